"""Which models there are, and which one is in production."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers import locked_out, refusal, store_model
from spam_classifier.commands.models import models as commands
from spam_classifier.errors import UserError
from spam_classifier.serving.store import LocalModel, list_promoted

NAME = "spam_classifier"
REFERENCE = LocalModel(f"{NAME}:production")


@pytest.fixture
def versions(models: Path) -> list[str]:
    """Return the versions of three models."""
    return [store_model(intercept) for intercept in (1.0, 2.0, 3.0)]


def told(*arguments: str) -> str:
    """Return what `kedro models` prints."""
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.rstrip("\n")


def refused(*arguments: str) -> str:
    """Return the sentence that ends `kedro models`."""
    return refusal(CliRunner().invoke(commands, arguments))


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
    assert refused("rollback").startswith("No other model was in production before: ")
    assert (models / "production").read_text() == f"{first}\n"
    assert not list(models.glob(".*"))


@pytest.mark.parametrize("tag", ["nope", f"{NAME}:nope", "other:VERSION", "../VERSION", "", "\0"])
def test_a_tag_that_does_not_exist(tag: str, models: Path, versions: list[str]) -> None:
    tag = tag.replace("VERSION", versions[0])
    sentence = f"There is no model {tag}: `kedro models list` has the tags."
    assert refused("promote", tag) == sentence
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
        assert "is not the one that was stored" in refused(*command)
    assert list_promoted(NAME) == [first, second]


@pytest.mark.parametrize("content", [None, b"\xff\x00../x", b"gone\n"])
def test_without_a_model_in_production_the_sentence_says_how_one_gets_there(
    content: bytes | None, models: Path, versions: list[str]
) -> None:
    """A damaged file names no model, and one whose model is gone neither."""
    if content:
        (models / "production").write_bytes(content)
    sentence = (
        f"There is no model {NAME}:production in the Bento model store: type `kedro models promote "
        "TAG`; `kedro models list` has the tags."
    )
    with pytest.raises(UserError, match=re.escape(sentence)):
        _ = REFERENCE.stored
    told("promote", versions[0])
    assert str(REFERENCE.stored.tag) == f"{NAME}:{versions[0]}"


def test_a_store_of_another_user(models: Path, versions: list[str]) -> None:
    with locked_out(models, 0o555):
        sentence = refused("promote", versions[0])
    assert "cannot be written to (Permission denied)" in sentence
    told("promote", versions[0])
    with locked_out(models / "production", 0o000):
        assert "chmod" in refused("rollback")


@pytest.mark.usefixtures("models")
def test_the_table_of_models() -> None:
    assert refused("list").endswith("type `make run` first.")
    metrics = {"spam": {"precision": 0.98765, "recall": 0.9}, "ham_blocked": 0.002}
    old, new = store_model(1.0), store_model(2.0, metrics=metrics, data_md5="0123456789abcdef")
    told("promote", old)
    head, first, second = (line.split() for line in told("list").splitlines())
    assert head[:3] == ["tag", "created", "data"]
    figures = ["01234567", "0.9877", "0.9000", "0.0020"]
    assert (first[0], first[3:]) == (f"{NAME}:{new}", [*figures, "latest"])
    assert (second[0], second[3:]) == (f"{NAME}:{old}", [*["-"] * 4, "production"])
