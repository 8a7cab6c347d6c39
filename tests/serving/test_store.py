"""The model that the service answers with: the latest whole one, or a sentence."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from helpers import locked_out, make_model, run_command, use_store
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.serving.store import LocalModel, UnusableModelError, list_entries, read_model

NAME = "spam_classifier"
LATEST = LocalModel(f"{NAME}:latest")


@pytest.fixture(autouse=True)
def models() -> Iterator[Path]:
    """Let each test have a store with two models; return where they are."""
    with use_store() as store:
        for intercept in (1.0, 2.0):
            BentoModelDataset(name=NAME).save(
                PackagedModel(make_model(intercept=intercept), {}, "")
            )
        yield store / NAME


@pytest.fixture
def newest(models: Path) -> Path:
    """Return the folder of the newer model."""
    return models / (models / "latest").read_text()


def refusal(read: Callable[[], object]) -> str:
    with pytest.raises(UnusableModelError) as raised:
        read()
    return str(raised.value)


@pytest.mark.parametrize("version", ["latest", "its own"])
def test_a_model_is_found(version: str, newest: Path) -> None:
    """By its version, or as the newest one; a bento is built with it."""
    model = LocalModel(f"{NAME}:{newest.name if version == 'its own' else version}")
    entry = model.stored
    assert str(entry.tag) == str(model.resolve().tag) == str(model.to_info().tag)
    assert read_model(entry).intercept == 2.0


def test_what_a_killed_run_leaves_is_passed_over(models: Path, newest: Path) -> None:
    """A folder without a description, and a broken `latest`, keep no server from starting."""
    (models / "half").mkdir()
    (models / "latest").write_text("half")
    assert LATEST.stored.tag.version == newest.name


@pytest.mark.parametrize("tag", [f"{NAME}:no-such-version", "no_such_name:latest"])
def test_no_model(tag: str) -> None:
    assert refusal(lambda: LocalModel(tag).stored) == (
        f"There is no model {tag} in the Bento model store: type `make run` first."
    )


def cut_indented_lines(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(" "))


def change(**fields: object) -> Callable[[str], str]:
    return lambda text: yaml.safe_dump(yaml.safe_load(text) | fields)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: "\x00\x01", id="control characters"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "- a\n- b\n", id="a list"),
        pytest.param(cut_indented_lines, id="without its indented lines"),
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


@pytest.mark.parametrize(
    ("read", "locked"),
    [
        pytest.param(lambda: LATEST.stored, "newest", id="serve"),
        pytest.param(lambda: list_entries(NAME), "newest", id="run"),
        pytest.param(lambda: list_entries(NAME), "models", id="all models"),
    ],
)
def test_folders_of_another_user(
    read: Callable[[], object], locked: str, request: pytest.FixtureRequest
) -> None:
    """The sentence says what their owner can do."""
    folder: Path = request.getfixturevalue(locked)
    with locked_out(folder, 0o000):
        sentence = refusal(read)
    assert folder.name in sentence.partition(" cannot be read ")[0]
    assert sentence.endswith(
        f"cannot be read (Permission denied): as its owner type `chmod -R a+rX {folder}`."
    )


@pytest.mark.parametrize("weight", ["1e308", "NaN", '"x"'])
def test_a_model_of_numbers_out_of_range(weight: str, models: Path) -> None:
    """It would have scores that are not finite."""
    content = make_model(intercept=3.0).to_json().replace("3.0", weight)
    model = make_model().model_construct(**dict(make_model()))
    object.__setattr__(model, "to_json", lambda: content)
    BentoModelDataset(name=NAME).save(PackagedModel(model, {}, ""))
    tag = f"{NAME}:{(models / 'latest').read_text()}"
    assert refusal(lambda: read_model(LATEST.stored)) == (
        f"Model {tag} is of a format that this version cannot read, or has numbers that are out of "
        "range: type `make run` to train and store it again."
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", [("serve",), ("models", "list")])
def test_a_home_that_is_a_file(command: tuple[str, ...], tmp_path: Path) -> None:
    """Any command ends with one sentence."""
    home = tmp_path / "home"
    home.touch()
    done = run_command("bentoml", *command, cwd=tmp_path, env={"BENTOML_HOME": str(home)})
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: The Bento home cannot be used ({home} is not a directory): "
        "name another folder in BENTOML_HOME.\n"
    )
