"""Which model is in production, and how a running service takes over another one."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers import invoke_kedro, locked_out, make_model, refusal, use_store
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.errors import UserError
from spam_classifier.serving import production
from spam_classifier.serving.production import describe_models, promote, roll_back
from spam_classifier.serving.store import (
    LocalModel,
    ServedModel,
    UnusableModelError,
    list_promoted,
    load_model,
)

NAME = "spam_classifier"
REFERENCE = LocalModel(f"{NAME}:production")


def store_model(intercept: float, **metadata: object) -> str:
    """Store a model, and return its version."""
    packaged = PackagedModel(make_model(intercept=intercept), metadata, "")
    BentoModelDataset(name=NAME).save(packaged)
    return str(LocalModel(f"{NAME}:latest").stored.tag.version)


@pytest.fixture(autouse=True)
def models() -> Iterator[Path]:
    """Let each test have a store of its own; return where its models are."""
    with use_store() as store:
        yield store / NAME


@pytest.fixture
def versions(models: Path) -> list[str]:
    """Return the versions of three models."""
    return [store_model(intercept) for intercept in (1.0, 2.0, 3.0)]


def complaint(act: Callable[[], object]) -> str:
    with pytest.raises(UserError) as raised:
        act()
    return str(raised.value)


def test_models_are_promoted_and_rolled_back(models: Path, versions: list[str]) -> None:
    """By tag or version; `latest` is the one that it stands for now."""
    first, second, third = versions
    assert promote(f"{NAME}:{first}") == f"{NAME}:{first} is in production now."
    assert promote(second) == f"{NAME}:{second} is in production now."
    assert promote(second) == f"{NAME}:{second} is in production already."
    promote("latest")
    assert list_promoted(NAME) == [first, second, third]
    assert roll_back() == f"{NAME}:{second} is in production again."
    assert str(REFERENCE.stored.tag) == f"{NAME}:{second}"
    assert promote("production") == f"{NAME}:{second} is in production already."
    roll_back()
    assert complaint(roll_back).startswith("No other model was in production before: ")
    assert (models / "production").read_text() == f"{first}\n"
    assert not list(models.glob(".*"))


@pytest.mark.parametrize("tag", ["nope", f"{NAME}:nope", "other:VERSION", "../VERSION", "", "\0"])
def test_a_tag_that_does_not_exist(tag: str, models: Path, versions: list[str]) -> None:
    tag = tag.replace("VERSION", versions[0])
    assert complaint(lambda: promote(tag)) == (
        f"There is no model {tag}: `kedro models list` has the tags."
    )
    assert not (models / "production").exists()


def test_a_model_that_cannot_be_served_is_not_put_into_production(
    models: Path, versions: list[str]
) -> None:
    first, second, third = versions
    for version in versions[:2]:
        promote(version)
    for version in (first, third):
        (models / version / f"{NAME}.json").write_text("{}")
    for act in (lambda: promote(third), roll_back):
        assert "is not the one that was stored" in complaint(act)
    assert list_promoted(NAME) == [first, second]


def test_no_model_in_production(models: Path, versions: list[str]) -> None:
    """The sentence says how one gets there."""
    sentence = (
        f"There is no model {NAME}:production in the Bento model store: type `kedro models promote "
        "TAG`; `kedro models list` has the tags."
    )
    with pytest.raises(UnusableModelError, match=f"^{re.escape(sentence)}$"):
        _ = REFERENCE.stored
    promote(versions[0])
    (models / versions[0] / "model.yaml").unlink()
    with pytest.raises(UnusableModelError, match=f"^{re.escape(sentence)}$"):
        _ = REFERENCE.stored


def test_a_file_that_is_damaged(models: Path, versions: list[str]) -> None:
    """It names no model; the next promotion makes it good."""
    (models / "production").write_bytes(b"\xff\x00../x")
    with pytest.raises(UnusableModelError, match="There is no model"):
        _ = REFERENCE.stored
    promote(versions[0])
    assert str(REFERENCE.stored.tag) == f"{NAME}:{versions[0]}"


def test_a_store_of_another_user(models: Path, versions: list[str]) -> None:
    with locked_out(models, 0o555):
        assert "cannot be written to (Permission denied)" in complaint(lambda: promote(versions[0]))
    promote(versions[0])
    with locked_out(models / "production", 0o000):
        assert "chmod" in complaint(roll_back)


def test_the_table_of_models(models: Path) -> None:
    """A model that was stored without metrics has dashes."""
    assert complaint(describe_models).endswith("type `make run` first.")
    metrics = {"spam": {"precision": 0.98765, "recall": 0.9}, "ham_blocked": 0.002}
    old, new = store_model(1.0), store_model(2.0, metrics=metrics, data_md5="0123456789abcdef")
    promote(old)
    head, first, second = describe_models().splitlines()
    assert head.split()[:3] == ["tag", "created", "data"]
    assert first.split()[0] == f"{NAME}:{new}"
    assert first.split()[3:] == ["01234567", "0.9877", "0.9000", "0.0020", "latest"]
    assert second.split()[0] == f"{NAME}:{old}"
    assert second.split()[3:] == ["-", "-", "-", "-", "production"]


def test_the_commands(make_project: Callable[..., Path], versions: list[str]) -> None:
    """They print what the functions say, and end with the same sentences."""
    project = make_project()
    for command in (("promote", versions[0]), ("promote", versions[1]), ("rollback",)):
        result = invoke_kedro(project, "models", *command)
        assert result.exit_code == 0, result.output
    assert result.stdout == f"{NAME}:{versions[0]} is in production again.\n"
    assert invoke_kedro(project, "models", "list").stdout.count("production") == 1
    sentence = refusal(invoke_kedro(project, "models", "promote", "nope"))
    assert sentence.startswith("There is no model nope")


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_service_follows_what_is_in_production(
    models: Path,
    versions: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One that cannot be served leaves the one before; the log says so once."""
    monkeypatch.setattr(production, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(production.logger, "propagate", True)
    caplog.set_level("INFO", "bentoml.production")
    first, second, third = versions
    promote(first)
    taken: list[ServedModel] = []
    production.follow_promotions(REFERENCE, load_model(REFERENCE.stored), taken.append)
    promote(third)
    wait_until(lambda: len(taken) == 1)
    promote(second)
    wait_until(lambda: len(taken) == 2)
    (models / third / f"{NAME}.json").unlink()
    (models / "production").write_text(f"{second}\n{third}\n")
    wait_until(lambda: "is missing" in caplog.text)
    time.sleep(0.1)
    (models / "production").write_text(f"{first}\n")
    wait_until(lambda: len(taken) == 3)
    assert [served.model.intercept for served in taken] == [3.0, 2.0, 1.0]
    assert [served.description["tag"] for served in taken] == [
        f"{NAME}:{version}" for version in (third, second, first)
    ]
    lines = [line for line in caplog.messages if "is missing" in line]
    assert len(lines) == 1
    assert lines[0].startswith(
        f"{NAME}:{second} is still served: The file of model {NAME}:{third} is "
    )
