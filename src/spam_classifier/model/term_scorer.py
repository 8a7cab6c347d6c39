"""The arithmetic of a linear model on TF-IDF, for any number of messages at once."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from .explanation import Stretches
from .term_block import TermBlock
from .terms import NO_TERM, CharacterTermFinder, TermFinder, TokenTermFinder, mask_digits

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]

REMEMBERED_CHARACTERS = 500_000  # of words


class TermScorer:
    """Adds up what the terms of some vocabularies say of a message.

    It repeats the arithmetic of scikit-learn's `TfidfVectorizer`, with term counts that are
    dampened by their logarithm or not counted at all, followed by a dot product.
    """

    def __init__(self, blocks: Sequence[TermBlock]) -> None:
        self._finders: list[tuple[TermFinder, Callable[[str], str]]] = []
        ends = np.cumsum([NO_TERM + 1, *(len(block.terms) for block in blocks)])
        for block, first in zip(blocks, ends.tolist(), strict=False):
            numbers = {term: number for number, term in enumerate(block.terms, first)}
            finder: TermFinder = (
                CharacterTermFinder(numbers, block.ngram_range)
                if block.token_pattern is None
                else TokenTermFinder(numbers, block.ngram_range, block.token_pattern)
            )
            self._finders.append((finder, mask_digits if block.mask_digits else str))
        self._finders_across = [
            (finder, mask)
            for finder, mask in self._finders
            if isinstance(finder, TokenTermFinder) and finder.sizes_across
        ]
        self._first_terms = ends[1:-1].astype(np.int32)  # of all blocks but the first
        self._is_counted = np.array([not block.binary for block in blocks], bool)
        idf = np.array([0.0, *chain.from_iterable(block.idf for block in blocks)])
        weights = np.array([0.0, *chain.from_iterable(block.weights for block in blocks)])
        self._factors = np.column_stack([idf, idf * weights])  # together in a processor's cache
        self._words: dict[str, tuple[bytes, ...]] = {}
        self._characters = 0  # of these words

    def score(self, texts: Sequence[str]) -> Floats:
        """Return what the blocks add to the log-odds of each message.

        Args:
            texts: n normalised messages.

        Returns:
            n sums of a dot product a block: of the message's unit-length TF-IDF vector with the
            weights.
        """
        shape = len(texts), len(self._finders)
        if not all(shape):
            return np.zeros(shape[0])
        terms, counts, rows = _count(list(map(self._find_terms, texts)))
        blocks, tf_idf, weighted = self._weigh(terms, counts)
        places = rows * shape[1] + blocks
        totals = np.bincount(places, weighted, shape[0] * shape[1])
        norms = np.sqrt(np.bincount(places, tf_idf * tf_idf, shape[0] * shape[1]))
        parts = np.divide(totals, norms, out=np.zeros(len(totals)), where=norms > 0)
        scores: Floats = parts.reshape(shape).sum(axis=1)
        return scores

    def _find_terms(self, text: str) -> bytes:
        """Return the number of each term, as often as it occurs, in four bytes."""
        known = self._words
        words = [known.get(word) or self._read_word(word) for word in text.split()]
        if not words:
            return b""
        within, *split = zip(*words, strict=True)
        across = (
            array("i", finder.find_across(b"".join(tokens)))
            for (finder, _), tokens in zip(self._finders_across, split, strict=True)
        )
        return b"".join([*within, *across])

    def _read_word(self, word: str) -> tuple[bytes, ...]:
        """Return the terms within a word, and its tokens for each finder of longer terms.

        It is remembered, because most words of a message have been seen before.
        """
        if self._characters > REMEMBERED_CHARACTERS:  # another thread may still need the old ones
            self._words, self._characters = {}, 0
        numbers = (finder.find_within(mask(word)) for finder, mask in self._finders)
        within = array("i", chain.from_iterable(numbers)).tobytes()
        split = (finder.split(mask(word)) for finder, mask in self._finders_across)
        self._words[word] = read = (within, *split)
        self._characters += len(word)
        return read

    def take_apart(self, text: str) -> Iterator[tuple[Stretches, float]]:
        """Take the score of a message apart.

        Args:
            text: A normalised message.

        Yields:
            For each occurrence of a term the stretches of the text that it covers, and its part
            of the score.
        """
        for finder, mask in self._finders:
            occurrences = list(finder.locate(mask(text)))
            numbers = np.array([number for number, _ in occurrences], np.int32)
            terms, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
            _, tf_idf, weighted = self._weigh(terms, counts)
            parts = weighted / np.linalg.norm(tf_idf) / counts
            for (_, stretches), part in zip(occurrences, parts[inverse].tolist(), strict=True):
                yield stretches, part

    def _weigh(self, terms: Integers, counts: Integers) -> tuple[Integers, Floats, Floats]:
        """Return of terms that occur so often the block, TF-IDF, and that times the weight."""
        blocks = self._first_terms.searchsorted(terms, side="right")
        counted = np.where(self._is_counted.take(blocks), counts, 1)
        tf_idf, weighted = self._factors.take(terms, axis=0).T * (1.0 + np.log(counted))
        return blocks, tf_idf, weighted


def _count(rows: Sequence[bytes]) -> tuple[Integers, Integers, Integers]:
    """Count the terms of each row.

    Args:
        rows: The numbers of terms, as `_find_terms` returned them.

    Returns:
        The distinct terms of each row, one row after the other; how often it has each of them; and
        the number of the row, from 0 on.
    """
    numbers = np.array(memoryview(b"".join(rows)).cast("i"), np.int32)
    ends = np.cumsum(np.fromiter(map(len, rows), np.int64) // numbers.itemsize)
    starts = np.append(0, ends)[:-1]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        numbers[start:end].sort()
    is_first = np.ones(len(numbers) + 1, bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:-1])
    is_first[starts] = True
    (firsts,) = is_first.nonzero()  # and the end
    of_numbers = np.repeat(np.arange(len(rows)), ends - starts)
    return numbers[firsts[:-1]], firsts[1:] - firsts[:-1], of_numbers[firsts[:-1]]
