"""The model that the service answers with: the latest whole one, or a sentence."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from helpers import locked_out, make_model, store_model, wait_until
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
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


@pytest.mark.parametrize("damage", [None, {"creation_time": "yesterday"}, {"name": "another"}])
def test_a_damaged_description(
    damage: dict[str, str] | None, newest: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = newest / "model.yaml"
    known = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(known | damage) if damage else "\x00\x01")
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


@pytest.mark.parametrize(("field", "value"), [("intercept", "NaN"), ("format_version", "99")])
def test_a_model_of_numbers_out_of_range_or_of_another_format(
    field: str, value: str, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as it was stored, and yet it would have scores that are not finite, or none."""
    content = re.sub(rf'(?<="{field}":)[\d.]+', value, make_model().to_json())
    assert value in content
    monkeypatch.setattr(LinearTextModel, "to_json", lambda _: content)
    BentoModelDataset(name=NAME).save(PackagedModel(make_model(), {}, ""))
    tag = f"{NAME}:{(models / 'latest').read_text()}"
    assert refusal(lambda: read_model(LATEST.stored)) == (
        f"Model {tag} is of a format that this version cannot read, or has numbers that are out of "
        "range: type `make run` to train and store it again."
    )


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
    wait_until(lambda: taken == [f"{NAME}:{second}"], "the second model")
    (models / first / f"{NAME}.json").rename(models / "aside")
    production.write_text(f"{first}\n")
    wait_until(lambda: "is missing" in caplog.text, "a line in the log")
    time.sleep(0.1)
    (models / "aside").rename(models / first / f"{NAME}.json")
    wait_until(lambda: taken == [f"{NAME}:{second}", f"{NAME}:{first}"], "the first model")
    (line,) = (line for line in caplog.messages if "is missing" in line)
    assert line.startswith(f"{NAME}:{second} is still served: The file of model {NAME}:{first} is ")
