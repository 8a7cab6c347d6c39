"""A run reads what the service keeps; tests/commands has which correction of a text counts."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kedro.io.core import DatasetError

from spam_classifier.datasets.feedback_dataset import FeedbackDataset
from spam_classifier.serving.feedback import FILE_NAME


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """Neither tables nor settings of the service are added to a file that lacks them."""
    file = tmp_path / "%kept?" / FILE_NAME
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE answers (number); INSERT INTO answers VALUES (1)")
    before = file.read_bytes()
    answers = FeedbackDataset(filepath=str(file), table="answers").load()
    assert answers["number"].to_list() == [1]
    assert file.read_bytes() == before


def test_nothing_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"kept nothing in .*: set SPAM_CLASSIFIER_FEEDBACK to"):
        FeedbackDataset(filepath=str(tmp_path / FILE_NAME), table="answers").load()
