"""The arithmetic of a linear model on TF-IDF, for any number of messages at once."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from .explanation import Stretches
from .term_block import TermBlock
from .terms import NO_TERM, CharacterTermFinder, Integers, TermFinder, TokenTermFinder, mask_digits

Floats = npt.NDArray[np.float64]

REMEMBERED_CHARACTERS = 500_000  # of words
TINY = np.finfo(float).tiny  # for what has no terms: less than the square of any TF-IDF


class TermScorer:
    """Adds up what the terms of some vocabularies say of a message.

    It repeats the arithmetic of scikit-learn's `TfidfVectorizer`, with term counts that are
    dampened by their logarithm or not counted at all, followed by a dot product.
    """

    def __init__(self, blocks: Sequence[TermBlock]) -> None:
        ends = np.cumsum([NO_TERM + 1, *(len(block.terms) for block in blocks)])
        firsts = ends.tolist()[:-1]
        self._finders = list(map(_make_finder, blocks, firsts))
        self._finders_across = [
            finder
            for finder in self._finders
            if isinstance(finder, TokenTermFinder) and finder.looks_across_words
        ]
        self._first_terms = ends[1:-1].astype(np.int32)  # of all blocks but the first
        self._is_counted = np.array([not block.binary for block in blocks], bool)
        idf = np.array([0.0, *chain.from_iterable(block.idf for block in blocks)])
        weights = np.array([0.0, *chain.from_iterable(block.weights for block in blocks)])
        self._factors = np.column_stack([idf, idf * weights])  # together in a processor's cache
        self._nothing = (b"",) * (1 + len(self._finders_across))
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
        within, *split = zip(*map(self._read, texts), strict=True)
        numbers: Integers = np.frombuffer(b"".join(within), np.int32)
        lengths: Integers = np.fromiter(map(len, within), np.int64) // numbers.itemsize
        found = [(numbers, lengths)]
        for finder, rows in zip(self._finders_across, split, strict=True):
            found += finder.find_across(rows)
        terms, counts, row = _count(*map(np.concatenate, zip(*found, strict=True)))
        block, tf_idf, weighted = self._weigh(terms, counts)
        places = row % shape[0] * shape[1] + block
        totals = np.bincount(places, weighted, shape[0] * shape[1])
        squares = np.bincount(places, tf_idf * tf_idf, shape[0] * shape[1])
        parts = totals / np.sqrt(np.maximum(squares, TINY))
        scores: Floats = parts.reshape(shape).sum(axis=1)
        return scores

    def _read(self, text: str) -> tuple[bytes, ...]:
        """Return the terms within the words of a text, and its tokens for each finder of others."""
        known = self._words
        words = [known.get(word) or self._read_word(word) for word in text.split()]
        return tuple(map(b"".join, zip(*words, strict=True))) or self._nothing

    def _read_word(self, word: str) -> tuple[bytes, ...]:
        """Return the same of a word; it is remembered, since most have been seen before."""
        if self._characters > REMEMBERED_CHARACTERS:  # another thread may still need the old ones
            self._words, self._characters = {}, 0
        numbers = (finder.find_within(word) for finder in self._finders)
        within = array("i", chain.from_iterable(numbers)).tobytes()
        split = (finder.split(word) for finder in self._finders_across)
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
        for finder in self._finders:
            occurrences = list(finder.locate(text))
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


def _make_finder(block: TermBlock, first: int) -> TermFinder:
    """Return what finds the terms of a block, which are numbered from `first` on."""
    numbers = {term: number for number, term in enumerate(block.terms, first)}
    arguments = numbers, block.ngram_range, mask_digits if block.mask_digits else str
    if block.token_pattern is None:
        return CharacterTermFinder(*arguments)
    return TokenTermFinder(block.token_pattern, *arguments)


def _count(numbers: Integers, lengths: Integers) -> tuple[Integers, Integers, Integers]:
    """Count the terms of some rows.

    Args:
        numbers: Those of the terms of m rows, one row after the other.
        lengths: How many each row has, m numbers.

    Returns:
        The distinct terms of each row, one row after the other; how often it has each of them; and
        the number of the row, from 0 on.
    """
    ends = lengths.cumsum()
    starts = ends - lengths
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        numbers[start:end].sort()
    is_first = np.ones(len(numbers) + 1, bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:-1])
    is_first[starts] = True
    (firsts,) = is_first.nonzero()  # and the end
    rows = np.repeat(np.arange(len(lengths)), lengths)
    return numbers[firsts[:-1]], firsts[1:] - firsts[:-1], rows[firsts[:-1]]
