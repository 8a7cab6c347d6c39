"""The arithmetic of a linear model on TF-IDF, for any number of messages at once."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from .explanation import Stretches
from .term_block import TermBlock
from .terms import NO_TERM, CharacterTermFinder, Integers, TermFinder, TokenTermFinder, mask_digits

Floats = npt.NDArray[np.float64]

REMEMBERED_CHARACTERS = 500_000  # of words
FEW_BYTES = 400  # of a row: 100 numbers


class TermScorer:
    """Adds up what the terms of some vocabularies say of a message.

    It repeats the arithmetic of scikit-learn's `TfidfVectorizer`, with term counts that are
    dampened by their logarithm or not counted at all, followed by a dot product.
    """

    def __init__(self, blocks: Sequence[TermBlock]) -> None:
        self._finders: list[tuple[TermFinder, Callable[[str], str]]] = []
        first = NO_TERM + 1
        for block in blocks:
            numbers = {term: number for number, term in enumerate(block.terms, first)}
            finder: TermFinder = (
                CharacterTermFinder(numbers, block.ngram_range)
                if block.token_pattern is None
                else TokenTermFinder(numbers, block.ngram_range, block.token_pattern)
            )
            self._finders.append((finder, mask_digits if block.mask_digits else str))
            first += len(numbers)
        self._idf = np.array([0.0, *chain.from_iterable(block.idf for block in blocks)])
        self._weights = np.array([0.0, *chain.from_iterable(block.weights for block in blocks)])
        sizes = [1, *(len(block.terms) for block in blocks)]
        self._is_counted = np.repeat([False, *(not block.binary for block in blocks)], sizes)
        self._lists = self._idf.tolist(), self._weights.tolist(), self._is_counted.tolist()
        self._nothing = (b"",) * len(blocks)  # what is within a text without words
        self._words: dict[str, tuple[bytes, ...]] = {}
        self._characters = 0  # of these words

    def score(self, texts: Sequence[str]) -> Floats:
        """Return what the blocks add to the log-odds of each message.

        Args:
            texts: n normalised messages, n > 0.

        Returns:
            n sums of a dot product a block: of the message's unit-length TF-IDF vector with the
            weights.
        """
        if not self._finders:
            return np.zeros(len(texts))
        words_by_text = [text.split() for text in texts]
        known = self._read_words({*chain.from_iterable(words_by_text)})
        read = [
            tuple(map(b"".join, zip(*map(known.__getitem__, words), strict=True))) or self._nothing
            for words in words_by_text
        ]
        if len(texts) == 1:
            return np.array([self._score_one(read[0])])
        rows = map(list, zip(*read, strict=True))
        found = [finder.find(row) for (finder, _), row in zip(self._finders, rows, strict=True)]
        terms, counts, starts = _count(*map(np.concatenate, zip(*found, strict=True)))
        tf_idf = self._weigh(terms, counts)
        totals = np.add.reduceat(tf_idf * self._weights.take(terms), starts)
        norms = np.sqrt(np.add.reduceat(tf_idf * tf_idf, starts))
        parts = np.divide(totals, norms, out=np.zeros(len(starts)), where=norms > 0)
        scores: Floats = parts.reshape(len(self._finders), len(texts)).sum(axis=0)
        return scores

    def _score_one(self, rows: tuple[bytes, ...]) -> float:
        """Return the score of one text, of which each finder has read a row.

        The few words of a text message are added up sooner without numpy; its characters are not.
        """
        score = 0.0
        idf, weights, is_counted = self._lists
        for (finder, _), row in zip(self._finders, rows, strict=True):
            total = squares = 0.0
            if len(row) > FEW_BYTES:
                terms, counts, _ = _count(*finder.find([row]))
                tf_idf = self._weigh(terms, counts)
                total = float(tf_idf @ self._weights.take(terms))
                squares = float(tf_idf @ tf_idf)
            else:
                for term, count in Counter(finder.find_one(row)).items():
                    weight = idf[term]
                    if count > 1 and is_counted[term]:
                        weight *= 1.0 + math.log(count)
                    total += weight * weights[term]
                    squares += weight * weight
            score += total / math.sqrt(squares) if squares else 0.0
        return score

    def _read_words(self, words: set[str]) -> dict[str, tuple[bytes, ...]]:
        """Return what each finder reads in these words, and in others.

        It is remembered, because most words of a message have been seen before.
        """
        if self._characters > REMEMBERED_CHARACTERS:  # another thread may still need the old ones
            self._words, self._characters = {}, 0
        known = self._words
        if new := list(words.difference(known)):
            read = (finder.read_words(list(map(mask, new))) for finder, mask in self._finders)
            known.update(zip(new, zip(*read, strict=True), strict=True))
            self._characters += sum(map(len, new))
        return known

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
            tf_idf = self._weigh(terms, counts)
            parts = tf_idf * self._weights[terms] / np.linalg.norm(tf_idf) / counts
            for (_, stretches), part in zip(occurrences, parts[inverse].tolist(), strict=True):
                yield stretches, part

    def _weigh(self, terms: Integers, counts: Integers) -> Floats:
        """Return the TF-IDF of terms that occur so often."""
        counted = np.where(self._is_counted.take(terms), counts, 1)
        tf_idf: Floats = self._idf.take(terms) * (1.0 + np.log(counted))
        return tf_idf


def _count(numbers: Integers, lengths: Integers) -> tuple[Integers, Integers, Integers]:
    """Count the terms of each row.

    Args:
        numbers: Those of m rows, one row after the other; none is empty.
        lengths: How many each row has, m numbers.

    Returns:
        For each row its distinct terms, how often it has each of them, and where these start.
    """
    numbers = numbers.copy()
    ends = lengths.cumsum()
    starts = ends - lengths
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        numbers[start:end].sort()
    is_first = np.ones(len(numbers) + 1, bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:-1])
    is_first[starts] = True
    (firsts,) = is_first.nonzero()  # and the end
    return numbers[firsts[:-1]], firsts[1:] - firsts[:-1], firsts.searchsorted(starts)
