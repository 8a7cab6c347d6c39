"""Scores any number of texts, some thousands of words at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, islice

import numpy as np

from .block_arrays import BlockArrays, Floats
from .ngram_trie import Integers

BATCH_CHARACTERS = 100_000
REMEMBERED_CHARACTERS = 300_000


def score_in_batches(
    blocks: Sequence[BlockArrays], texts: Iterable[tuple[int, str]]
) -> Iterator[tuple[int, float]]:
    """Add up the scores of some blocks, in memory that does not grow with the number of texts.

    Args:
        blocks: The blocks of a model.
        texts: Normalised texts, each with a number of any meaning.

    Yields:
        The number and the score of each text.
    """
    scorer = _Scorer(blocks)
    for batch in _cut(texts):
        numbers, batch_texts = zip(*batch, strict=True)
        yield from zip(numbers, scorer.score(batch_texts).tolist(), strict=True)


def _cut(texts: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Cut a stream into batches of `BATCH_CHARACTERS`, or of the one text that is longer."""
    batch: list[tuple[int, str]] = []
    characters = 0
    for numbered in texts:
        batch.append(numbered)
        characters += len(numbered[1]) + 1
        if characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


class _Scorer:
    """Scores one batch after the other, and reads a word only once."""

    def __init__(self, blocks: Sequence[BlockArrays]) -> None:
        self._blocks = blocks
        self._forget()

    def _forget(self) -> None:
        self._numbers = defaultdict[str, int](count(1).__next__)
        self._memories = [_Memory(block) for block in self._blocks]
        self._characters = 0

    def score(self, texts: Sequence[str]) -> Floats:
        """Return the sum of the blocks' scores for each of n texts, n > 0."""
        if self._characters > REMEMBERED_CHARACTERS:
            self._forget()
        cut = [text.split() for text in texts]
        lengths = np.fromiter(map(len, cut), np.int64)
        known = len(self._numbers)
        numbers = map(self._numbers.__getitem__, chain.from_iterable(cut))
        words = np.insert(np.fromiter(numbers, np.int64), np.cumsum(lengths), 0)
        self._read(list(islice(self._numbers, known, None)))
        ends = np.cumsum(lengths + 1)
        scores = np.zeros(len(texts))
        for memory in self._memories:
            scores += memory.score(words, ends)
        return scores

    def _read(self, words: list[str]) -> None:
        if words:
            self._characters += sum(map(len, words))
            for memory in self._memories:
                memory.add(words)


class _Memory:
    """What a block read in the words so far; word 0 is the end of a message."""

    def __init__(self, block: BlockArrays) -> None:
        self._block = block
        self._rows, self._lengths = block.make_end(), np.ones(1, np.int64)

    def add(self, words: list[str]) -> None:
        """Read the next words."""
        rows, lengths = self._block.read(words)
        self._rows = np.concatenate([self._rows, rows])
        self._lengths = np.concatenate([self._lengths, lengths])

    def score(self, words: Integers, ends: Integers) -> Floats:
        """Return the block's score of each message.

        Args:
            words: For each of m messages the numbers of its words, then 0.
            ends: Where the words of each message end, m numbers.
        """
        lengths = self._lengths[words]
        row_ends = np.cumsum(lengths)
        starts = np.cumsum(self._lengths) - self._lengths
        places = np.repeat(starts[words] - row_ends + lengths, lengths)
        places += np.arange(len(places))
        return self._block.score(self._rows.take(places, axis=0), row_ends[ends - 1])
