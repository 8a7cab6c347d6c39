"""Scores any number of texts with numpy, some thousands of words at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, islice

import numpy as np

from .block_arrays import BlockArrays, Floats, make_arrays
from .ngram_trie import Integers
from .term_block import TermBlock

BATCH_CHARACTERS = 100_000
REMEMBERED_CHARACTERS = 300_000


class BatchScorer:
    """Adds up the scores of some blocks, in memory that does not grow with the number of texts."""

    def __init__(self, blocks: Sequence[TermBlock]) -> None:
        """Make the arrays.

        Args:
            blocks: The blocks of a model.
        """
        self._arrays = [make_arrays(block) for block in blocks]

    def score(self, texts: Iterable[tuple[int, str]]) -> Iterator[tuple[int, float]]:
        """Score texts in their order.

        Args:
            texts: Normalised texts, each with a number of any meaning.

        Yields:
            The number and the score of each text.
        """
        words = _Words(self._arrays)
        for batch in _make_batches(texts):
            numbers, batch_texts = zip(*batch, strict=True)
            yield from zip(numbers, words.score(batch_texts).tolist(), strict=True)
            if words.characters > REMEMBERED_CHARACTERS:
                words = _Words(self._arrays)


def _make_batches(texts: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Make batches of `BATCH_CHARACTERS`, or of the one text that is longer."""
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


class _Words:
    """The words so far, each of which is read only once.

    Attributes:
        characters: How many there are in these words.
    """

    def __init__(self, blocks: Sequence[BlockArrays]) -> None:
        self._numbers = defaultdict[str, int](count(1).__next__)
        self._readings = [_Reading(block) for block in blocks]
        self.characters = 0

    def score(self, texts: Sequence[str]) -> Floats:
        """Return the sum of the blocks' scores for each of n texts, n > 0."""
        words_by_text = [text.split() for text in texts]
        lengths = np.fromiter(map(len, words_by_text), np.int64)
        known = len(self._numbers)
        numbers = map(self._numbers.__getitem__, chain.from_iterable(words_by_text))
        words = np.insert(np.fromiter(numbers, np.int64), np.cumsum(lengths), 0)
        new = list(islice(self._numbers, known, None))
        self.characters += sum(map(len, new))
        ends = np.cumsum(lengths + 1)
        scores = np.zeros(len(texts))
        for reading in self._readings:
            if new:
                reading.add(new)
            scores += reading.score(words, ends)
        return scores


class _Reading:
    """What a block read in the words so far; word 0 is the end of a message."""

    def __init__(self, block: BlockArrays) -> None:
        self._block = block
        self._places, self._lengths = block.make_end(), np.ones(1, np.int64)

    def add(self, words: list[str]) -> None:
        """Read the next words."""
        places, lengths = self._block.read(words)
        self._places = np.concatenate([self._places, places])
        self._lengths = np.concatenate([self._lengths, lengths])

    def score(self, words: Integers, ends: Integers) -> Floats:
        """Return the block's score of each message.

        Args:
            words: For each of m messages the numbers of its words, then 0.
            ends: Where the words of each message end, m numbers.
        """
        lengths = self._lengths[words]
        place_ends = np.cumsum(lengths)
        starts = np.cumsum(self._lengths) - self._lengths
        indices = np.repeat(starts[words] - place_ends + lengths, lengths)
        indices += np.arange(len(indices))
        return self._block.score(self._places.take(indices, axis=0), place_ends[ends - 1])
