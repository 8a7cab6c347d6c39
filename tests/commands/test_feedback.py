"""`kedro feedback` as it is typed; tests/service lets a server keep the corrections."""

from pathlib import Path

import pytest

from helpers import invoke_kedro, refusal
from spam_classifier.serving.feedback import add_correction


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with corrections; one text was told to be ham, spam, and ham again."""
    folder = tmp_path / "kept"
    for text, label in (("a €", "ham"), ("b", "spam"), ("a €", "spam"), ("a €", "ham")):
        add_correction(folder, text, label, "ham", 0.1, "m:1")
    monkeypatch.setenv("SPAM_CLASSIFIER_FEEDBACK", str(folder))
    return folder


@pytest.mark.usefixtures("kept")
def test_the_later_class_of_a_text_is_exported(project: Path) -> None:
    file = project / "data/01_raw/extra/feedback.csv"
    result = invoke_kedro(project, "feedback", "export")
    assert result.stdout.splitlines() == [
        f"2 corrections are in {file}.",
        "1 texts were given both classes: the later one counts.",
    ]
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines == ['"Category","Message"', '"spam","b"', '"ham","a €"']


@pytest.mark.usefixtures("kept")
def test_a_correction_that_the_encoding_of_the_raw_file_lacks_is_told(project: Path) -> None:
    (project / "conf/local/globals.yml").write_text("encoding: latin-1")
    sentence = refusal(invoke_kedro(project, "feedback", "export"))
    assert sentence.startswith("A correction cannot be written in latin-1, ")
    assert not list(project.glob("data/01_raw/extra/*"))


def test_what_to_forget_must_be_said(kept: Path, project: Path) -> None:
    sentence = refusal(invoke_kedro(project, "feedback", "forget"))
    assert sentence == "Say what to forget: --id NUMBER, --text TEXT or --older-than DAYS."
    (kept / "feedback.sqlite").write_bytes(b"no database" * 100)
    sentence = refusal(invoke_kedro(project, "feedback", "forget", "--id", "1"))
    assert "cannot be read (file is not a database)" in sentence


def test_settings_that_cannot_be_read_are_told(project: Path) -> None:
    (project / "conf/local/globals.yml").write_text("sep: [")
    sentence = refusal(invoke_kedro(project, "feedback", "list"))
    assert sentence.startswith("The settings cannot be read: ")


@pytest.mark.usefixtures("kept")
def test_a_text_that_looks_like_an_option_can_be_forgotten(project: Path) -> None:
    result = invoke_kedro(project, "feedback", "forget", "--text", "-exciting")
    assert result.stdout.startswith("0 corrections are deleted; ")
