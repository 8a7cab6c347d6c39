"""A run reads what the service keeps, and lets the latest correction of a text count."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from kedro.io.core import DatasetError

from spam_classifier.datasets.feedback_dataset import FeedbackDataset, choose_latest
from spam_classifier.serving.feedback import FILE_NAME, add_correction


def load(folder: Path, table: str) -> pd.DataFrame:
    return FeedbackDataset(filepath=str(folder / FILE_NAME), table=table).load()  # type: ignore[arg-type]


def test_the_later_correction_of_a_text_counts(tmp_path: Path) -> None:
    for text, label in (("a", "spam"), ("b", "ham"), ("a", "ham"), ("b", "spam"), ("b", "ham")):
        add_correction(tmp_path, text, label, "ham", 0.1, "m:1")
    latest = choose_latest(load(tmp_path, "corrections"))
    assert latest[["text", "label"]].to_numpy().tolist() == [["a", "ham"], ["b", "ham"]]


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """Neither tables nor settings of the service are added to a file that lacks them."""
    file = tmp_path / "%kept?" / FILE_NAME
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE answers (number); INSERT INTO answers VALUES (1)")
    before = file.read_bytes()
    assert load(file.parent, "answers")["number"].to_list() == [1]
    assert file.read_bytes() == before


def test_nothing_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"kept nothing in .*: set SPAM_CLASSIFIER_FEEDBACK to"):
        load(tmp_path, "answers")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(DatasetError, match=r"cannot be read \(file is not a database\)"):
        load(tmp_path, "corrections")
