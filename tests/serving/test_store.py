"""The model that the service answers with: the latest whole one, or a sentence."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from helpers import locked_out, make_model, run_command, store_model
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.errors import UserError
from spam_classifier.serving import store
from spam_classifier.serving.store import (
    LocalModel,
    ServedModel,
    follow_promotions,
    list_entries,
    read_model,
)

NAME = "spam_classifier"
LATEST, PRODUCTION = LocalModel(f"{NAME}:latest"), LocalModel(f"{NAME}:production")


@pytest.fixture(autouse=True)
def models(models: Path) -> Path:
    """Let each test have a store with two models; return where they are."""
    for intercept in (1.0, 2.0):
        store_model(intercept)
    return models


@pytest.fixture
def newest(models: Path) -> Path:
    """Return the folder of the newer model."""
    return models / (models / "latest").read_text()


def refusal(read: Callable[[], object]) -> str:
    with pytest.raises(UserError) as raised:
        read()
    return str(raised.value)


def test_a_model_is_found_by_its_version_or_as_the_newest(models: Path, newest: Path) -> None:
    """What a killed run leaves, or a broken `latest`, keeps no server from starting."""
    (models / "half").mkdir()
    for latest in (newest.name, "half"):
        (models / "latest").write_text(latest)
        for version in ("latest", newest.name):
            model = LocalModel(f"{NAME}:{version}")
            assert str(model.resolve().tag) == str(model.to_info().tag) == f"{NAME}:{newest.name}"
            assert read_model(model.stored).intercept == 2.0


@pytest.mark.parametrize("tag", [f"{NAME}:no-such-version", "no_such_name:latest"])
def test_no_model(tag: str) -> None:
    assert refusal(lambda: LocalModel(tag).stored) == (
        f"There is no model {tag} in the Bento model store: type `make run` first."
    )


def change(**fields: object) -> Callable[[str], str]:
    return lambda text: yaml.safe_dump(yaml.safe_load(text) | fields)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: "\x00\x01", id="control characters"),
        pytest.param(lambda _: "- a\n- b\n", id="a list"),
        pytest.param(lambda text: re.sub("\n .*", "", text), id="without its indented lines"),
        pytest.param(change(creation_time="yesterday"), id="wrong time"),
        pytest.param(change(name="another"), id="another name"),
        pytest.param(lambda text: text.replace("name: ", "nome: ", 1), id="no name"),
    ],
)
def test_a_damaged_description(
    damage: Callable[[str], str], newest: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is logged besides the sentence."""
    file = newest / "model.yaml"
    file.write_text(damage(file.read_text()), encoding="utf-8", errors="surrogateescape")
    for read in (lambda: LATEST.stored, lambda: list_entries(NAME)):
        assert refusal(read) == (
            f"The description of model {NAME}:{newest.name} is damaged: delete {newest}, then type "
            "`make run` to train and store it again."
        )
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("locked", ["newest", "models"])
def test_folders_of_another_user(locked: str, request: pytest.FixtureRequest) -> None:
    """The sentence says what their owner can do."""
    folder: Path = request.getfixturevalue(locked)
    with locked_out(folder, 0o000):
        sentence = refusal(lambda: list_entries(NAME))
    assert folder.name in sentence.partition(" cannot be read ")[0]
    assert sentence.endswith(
        f"cannot be read (Permission denied): as its owner type `chmod -R a+rX {folder}`."
    )


def test_a_model_without_its_file(newest: Path) -> None:
    (newest / f"{NAME}.json").unlink()
    assert "is missing" in refusal(lambda: read_model(LATEST.stored))


@pytest.mark.parametrize(
    ("old", "new"),
    [("3.0", "1e308"), ("3.0", "NaN"), ('"format_version":1', '"format_version":99')],
)
def test_a_model_of_numbers_out_of_range_or_of_another_format(
    old: str, new: str, models: Path
) -> None:
    """It is as it was stored, and yet it would have scores that are not finite, or none."""
    content = make_model(intercept=3.0).to_json().replace(old, new)
    model = make_model().model_construct(**dict(make_model()))
    object.__setattr__(model, "to_json", lambda: content)
    BentoModelDataset(name=NAME).save(PackagedModel(model, {}, ""))
    tag = f"{NAME}:{(models / 'latest').read_text()}"
    assert refusal(lambda: read_model(LATEST.stored)) == (
        f"Model {tag} is of a format that this version cannot read, or has numbers that are out of "
        "range: type `make run` to train and store it again."
    )


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_service_follows_what_is_in_production(
    models: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that cannot be served leaves the one before; the log says so once."""
    monkeypatch.setattr(store, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(store.logger, "propagate", True)
    second, first = (str(entry.tag.version) for entry in list_entries(NAME))
    production, taken = models / "production", list[str]()
    production.write_text(first)
    follow_promotions(
        ServedModel(PRODUCTION.stored), lambda served: taken.append(served.description["tag"])
    )
    production.write_text(f"{first}\n{second}\n")
    wait_until(lambda: taken == [f"{NAME}:{second}"])
    (models / first / f"{NAME}.json").rename(models / "aside")
    production.write_text(f"{first}\n")
    wait_until(lambda: "is missing" in caplog.text)
    time.sleep(0.1)
    (models / "aside").rename(models / first / f"{NAME}.json")
    wait_until(lambda: taken == [f"{NAME}:{second}", f"{NAME}:{first}"])
    (line,) = (line for line in caplog.messages if "is missing" in line)
    assert line.startswith(f"{NAME}:{second} is still served: The file of model {NAME}:{first} is ")


@pytest.mark.slow
def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    """Any command ends with one sentence."""
    home = tmp_path / "home"
    home.touch()
    done = run_command("bentoml", "serve", cwd=tmp_path, env={"BENTOML_HOME": str(home)})
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: The Bento home cannot be used ({home} is not a directory): "
        "name another folder in BENTOML_HOME.\n"
    )
