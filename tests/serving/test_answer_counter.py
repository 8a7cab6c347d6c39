"""Answers are counted by day, without texts."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.serving.answer_counter import BINS, AnswerCounter, find_bins
from spam_classifier.serving.feedback import open_feedback
from spam_classifier.serving.schemas import Classification

MODEL = "spam_classifier:one"
SPAM: Classification = {"result": "spam", "spam_probability": 1.0, "known": 0.5}
HAM: Classification = {"result": "ham", "spam_probability": 0.04, "known": 1.0}


def test_answers_are_counted_without_their_texts(tmp_path: Path) -> None:
    counter = AnswerCounter(tmp_path)
    counter.count(MODEL, ["secret", "abc", "secret"], [SPAM, HAM, SPAM])
    counter.write()
    counter.count(MODEL, ["xyz"], [HAM])
    counter.write()
    with open_feedback(tmp_path) as connection:
        rows = [row[1:] for row in connection.execute("SELECT * FROM answers ORDER BY result")]
    assert rows == [(MODEL, "ham", 0, 2, 9, 2), (MODEL, "spam", 9, 3, 5, 2)]
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.iterdir())


def test_counts_wait_where_they_cannot_be_written(tmp_path: Path) -> None:
    counter = AnswerCounter(tmp_path / "folder")
    (tmp_path / "folder").touch()
    counter.count(MODEL, ["a"], [HAM])
    counter.write()
    (tmp_path / "folder").unlink()
    counter.write()
    with open_feedback(tmp_path / "folder") as connection:
        assert connection.execute("SELECT number FROM answers").fetchall() == [(1,)]


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_bins_hold_every_answer(share: float, characters: int) -> None:
    probability, length, known = find_bins(share, "a" * characters, share)
    assert probability == known
    assert probability in range(BINS["probability"])
    assert (
        probability == BINS["probability"] - 1 or probability / 10 <= share < (probability + 1) / 10
    )
    assert length == BINS["length"] - 1 or 2 ** (length - 1) <= characters < 2**length
