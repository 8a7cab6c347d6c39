"""Texts are scored a batch at a time."""

from collections.abc import Iterator

import pytest

from helpers import make_block
from spam_classifier.model.batches import BATCH_CHARACTERS, BatchScorer

SCORER = BatchScorer([make_block("char_wb", {"x": 2.0}, (1, 1))])


def test_a_stream_is_read_one_batch_at_a_time() -> None:
    """The first score is there before the second batch is read."""
    taken: list[int] = []

    def make_texts() -> Iterator[tuple[int, str]]:
        for number in range(50):
            taken.append(number)
            yield number, "x" * (BATCH_CHARACTERS // 5)

    scores = SCORER.score(make_texts())
    assert taken == []
    assert next(scores)[0] == 0
    assert len(taken) == 5
    assert len(list(scores)) == 49


def test_short_texts_share_a_batch() -> None:
    """Empty texts count too, so that a stream of them does not make one batch without end."""
    taken: list[int] = []

    def make_texts() -> Iterator[tuple[int, str]]:
        for number in range(3 * BATCH_CHARACTERS):
            taken.append(number)
            yield number, ""

    assert next(SCORER.score(make_texts())) == (0, 0.0)
    assert len(taken) == BATCH_CHARACTERS


def test_numbers_stay_with_their_texts() -> None:
    """A number may stand for several texts, in any order."""
    scores = list(SCORER.score([(7, "x"), (7, "y"), (3, "x")]))
    assert scores == [(7, pytest.approx(2.0)), (7, 0.0), (3, pytest.approx(2.0))]
