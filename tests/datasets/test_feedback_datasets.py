"""A run reads what the service keeps, but no texts."""

from pathlib import Path

import pytest
from kedro.io.core import DatasetError

from spam_classifier.datasets.feedback_datasets import FeedbackDataset, MonitorPageDataset
from spam_classifier.serving.answer_counter import AnswerCounter
from spam_classifier.serving.feedback import FILE_NAME, add_correction


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPAM_CLASSIFIER_FEEDBACK", str(tmp_path))
    return tmp_path


def test_tables_have_no_texts(folder: Path) -> None:
    add_correction(folder, "secret", "spam", "ham", 0.1, "m:1")
    counter = AnswerCounter(folder)
    counter.count("m:1", [("ham", 0.1, 1.0)], ["secret"])
    counter.write()
    corrections = FeedbackDataset(table="corrections").load()
    assert corrections[["label", "result", "model"]].to_numpy().tolist() == [["spam", "ham", "m:1"]]
    assert "text" not in corrections
    assert FeedbackDataset(table="answers").load()["number"].to_list() == [1]


def test_the_page_is_where_the_service_finds_it(folder: Path) -> None:
    add_correction(folder, "a", "spam", "ham", 0.1, "m:1")
    MonitorPageDataset().save("<p>…</p>")
    assert MonitorPageDataset().load() == (folder / "monitor.html").read_text(encoding="utf-8")


def test_nothing_kept_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatasetError, match=r"has kept no answers in .*: set SPAM_CLASSIFIER_FEED"):
        FeedbackDataset(table="answers").load()
    monkeypatch.delenv("SPAM_CLASSIFIER_FEEDBACK")
    with pytest.raises(DatasetError, match="has kept no answers: set SPAM_CLASSIFIER_FEEDBACK"):
        FeedbackDataset(table="answers").load()


def test_a_damaged_file_is_told(folder: Path) -> None:
    (folder / FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(DatasetError, match="cannot be read"):
        FeedbackDataset(table="corrections").load()
