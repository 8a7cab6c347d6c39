"""Answers are counted by day, without texts."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.serving.answer_bins import (
    LENGTH_BINS,
    SHARE_BINS,
    find_length_bin,
    find_share_bin,
)
from spam_classifier.serving.answer_counter import AnswerCounter
from spam_classifier.serving.feedback import open_feedback

MODEL = "spam_classifier:one"


def test_answers_are_counted_without_their_texts(tmp_path: Path) -> None:
    counter = AnswerCounter(tmp_path)
    spam, ham = ("spam", 1.0, 0.5), ("ham", 0.04, 1.0)
    counter.count(MODEL, [spam, ham, spam], ["secret", "abc", "secret"])
    counter.write()
    counter.count(MODEL, [ham], ["xyz"])
    counter.write()
    with open_feedback(tmp_path) as connection:
        rows = [row[1:] for row in connection.execute("SELECT * FROM answers ORDER BY result")]
    assert rows == [(MODEL, "ham", 0, 2, 9, 2), (MODEL, "spam", 9, 3, 5, 2)]
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.iterdir())


def test_counts_wait_where_they_cannot_be_written(tmp_path: Path) -> None:
    counter = AnswerCounter(tmp_path / "folder")
    (tmp_path / "folder").touch()
    counter.count(MODEL, [("ham", 0.0, 1.0)], ["a"])
    counter.write()
    (tmp_path / "folder").unlink()
    counter.write()
    with open_feedback(tmp_path / "folder") as connection:
        assert connection.execute("SELECT number FROM answers").fetchall() == [(1,)]


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_bins_hold_every_answer(share: float, characters: int) -> None:
    assert find_share_bin(share) in range(SHARE_BINS)
    number = find_length_bin(characters)
    assert number == LENGTH_BINS - 1 or 2 ** (number - 1) <= characters < 2**number
