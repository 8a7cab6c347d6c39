"""Which models there are, and which one is in production."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpers import locked_out, make_model, refusal, use_store
from spam_classifier.commands.models import models as commands
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.errors import UserError
from spam_classifier.serving.store import LocalModel, list_promoted

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


def type_in(*arguments: str) -> Result:
    """Run `kedro models`."""
    return CliRunner().invoke(commands, arguments)


def told(*arguments: str) -> str:
    """Return what a command prints."""
    result = type_in(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.rstrip("\n")


def test_models_are_promoted_and_rolled_back(models: Path, versions: list[str]) -> None:
    """By tag or version; `latest` is the one that it stands for now."""
    first, second, third = versions
    assert told("promote", f"{NAME}:{first}") == f"{NAME}:{first} is in production now."
    assert told("promote", second) == f"{NAME}:{second} is in production now."
    assert told("promote", second) == f"{NAME}:{second} is in production already."
    told("promote", "latest")
    assert list_promoted(NAME) == [first, second, third]
    assert told("rollback") == f"{NAME}:{second} is in production again."
    assert str(REFERENCE.stored.tag) == f"{NAME}:{second}"
    assert told("promote", "production") == f"{NAME}:{second} is in production already."
    told("rollback")
    assert refusal(type_in("rollback")).startswith("No other model was in production before: ")
    assert (models / "production").read_text() == f"{first}\n"
    assert not list(models.glob(".*"))


@pytest.mark.parametrize("tag", ["nope", f"{NAME}:nope", "other:VERSION", "../VERSION", "", "\0"])
def test_a_tag_that_does_not_exist(tag: str, models: Path, versions: list[str]) -> None:
    tag = tag.replace("VERSION", versions[0])
    assert refusal(type_in("promote", tag)) == (
        f"There is no model {tag}: `kedro models list` has the tags."
    )
    assert not (models / "production").exists()


def test_a_model_that_cannot_be_served_is_not_put_into_production(
    models: Path, versions: list[str]
) -> None:
    first, second, third = versions
    for version in versions[:2]:
        told("promote", version)
    for version in (first, third):
        (models / version / f"{NAME}.json").write_text("{}")
    for command in (("promote", third), ("rollback",)):
        assert "is not the one that was stored" in refusal(type_in(*command))
    assert list_promoted(NAME) == [first, second]


def test_no_model_in_production(models: Path, versions: list[str]) -> None:
    """The sentence says how one gets there."""
    sentence = (
        f"There is no model {NAME}:production in the Bento model store: type `kedro models promote "
        "TAG`; `kedro models list` has the tags."
    )
    with pytest.raises(UserError, match=f"^{re.escape(sentence)}$"):
        _ = REFERENCE.stored
    told("promote", versions[0])
    (models / versions[0] / "model.yaml").unlink()
    with pytest.raises(UserError, match=f"^{re.escape(sentence)}$"):
        _ = REFERENCE.stored


def test_a_file_that_is_damaged(models: Path, versions: list[str]) -> None:
    """It names no model; the next promotion makes it good."""
    (models / "production").write_bytes(b"\xff\x00../x")
    with pytest.raises(UserError, match="There is no model"):
        _ = REFERENCE.stored
    told("promote", versions[0])
    assert str(REFERENCE.stored.tag) == f"{NAME}:{versions[0]}"


def test_a_store_of_another_user(models: Path, versions: list[str]) -> None:
    with locked_out(models, 0o555):
        sentence = refusal(type_in("promote", versions[0]))
    assert "cannot be written to (Permission denied)" in sentence
    told("promote", versions[0])
    with locked_out(models / "production", 0o000):
        assert "chmod" in refusal(type_in("rollback"))


def test_the_table_of_models(models: Path) -> None:
    """A model that was stored without metrics has dashes."""
    assert refusal(type_in("list")).endswith("type `make run` first.")
    metrics = {"spam": {"precision": 0.98765, "recall": 0.9}, "ham_blocked": 0.002}
    old, new = store_model(1.0), store_model(2.0, metrics=metrics, data_md5="0123456789abcdef")
    told("promote", old)
    head, first, second = told("list").splitlines()
    assert head.split()[:3] == ["tag", "created", "data"]
    assert first.split()[0] == f"{NAME}:{new}"
    assert first.split()[3:] == ["01234567", "0.9877", "0.9000", "0.0020", "latest"]
    assert second.split()[0] == f"{NAME}:{old}"
    assert second.split()[3:] == ["-", "-", "-", "-", "production"]
