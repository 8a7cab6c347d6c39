"""Finds the terms of a vocabulary in texts, as scikit-learn's analyzers do.

A term is known by its number; 0 stands for whatever is no term.
"""

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from .explanation import Stretches

Integers = npt.NDArray[np.integer]

NO_TERM = 0
REMEMBERED_WORDS = 50_000
REMEMBERED_LENGTH = 30  # characters
_ROW_START = NO_TERM.to_bytes(4)  # no n-gram goes beyond it, and no row is without numbers
_DIGIT = re.compile(r"\d")


def mask_digits(text: str) -> str:
    """Read every digit as 0, so that all numbers of a length are one term."""
    return _DIGIT.sub("0", text)


class TermFinder(ABC):
    """Finds the terms of a vocabulary."""

    def __init__(self, numbers: Mapping[str, int], ngram_range: tuple[int, int]) -> None:
        """Keep the vocabulary.

        Args:
            numbers: The number of each term, from 1 on.
            ngram_range: Fewest and most tokens, or characters, of a term.
        """
        self._numbers = numbers
        self._sizes = range(ngram_range[0], ngram_range[1] + 1)
        self._words = _Words(self._read_word)

    def find(self, texts: Sequence[str]) -> tuple[Integers, Integers]:
        """Find the terms of each text.

        Args:
            texts: n normalised messages.

        Returns:
            The numbers of the terms of all texts, one text after the other, each number as often
            as its term occurs, with zeros besides; and n times how many numbers a text has, 1 or
            more.
        """
        rows = [b"".join(map(self._words.__getitem__, text.split())) for text in texts]
        numbers = np.frombuffer(_ROW_START.join([b"", *rows]), np.int32)
        return numbers, np.fromiter(map(len, rows), np.int64) // numbers.itemsize + 1

    @abstractmethod
    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out where the terms of a text are.

        Args:
            text: A normalised message.

        Yields:
            For each occurrence of a term its number, and the stretches of the text that it covers.
        """

    @abstractmethod
    def _read_word(self, word: str) -> list[int]:
        """Return the numbers of what is within a word."""


class TokenTermFinder(TermFinder):
    """Finds terms among the n-grams of the tokens of a text."""

    def __init__(
        self, numbers: Mapping[str, int], ngram_range: tuple[int, int], token_pattern: str
    ) -> None:
        """Keep the vocabulary.

        Args:
            numbers: The number of each term, from 1 on.
            ngram_range: Fewest and most tokens of a term.
            token_pattern: Regular expression of a token, which neither holds whitespace nor
                depends on what is beyond it.
        """
        super().__init__(numbers, ngram_range)
        self._pattern = re.compile(token_pattern)
        ngrams = [term.split(" ") for term in numbers]
        self._tokens = {token: n for n, token in enumerate({*chain.from_iterable(ngrams)}, start=1)}
        self._levels = list(self._make_levels(ngrams, np.array([*numbers.values()], np.int32)))

    def _make_levels(
        self, ngrams: list[list[str]], numbers: Integers
    ) -> Iterator[tuple[Integers, Integers]]:
        """Yield for one token, two tokens and so on the n-grams that terms begin with.

        The place of a token is its number; that of a longer n-gram is that of its key, which is
        made of the place of the n-gram without its last token, and that token. A level has its
        keys in their order, from place 1 on, and for each place the number of the term.
        """
        lengths = np.array([len(ngram) for ngram in ngrams], np.int64)
        places, keys = np.zeros(len(ngrams), np.int64), np.arange(1, len(self._tokens) + 1)
        for size in range(1, self._sizes.stop):
            rows = np.flatnonzero(lengths >= size)
            tokens = np.array([self._tokens[ngrams[row][size - 1]] for row in rows], np.int64)
            if size == 1:
                places[rows] = tokens
            else:
                keys, inverse = np.unique(
                    self._make_keys(places[rows], tokens), return_inverse=True
                )
                places[rows] = inverse + 1
            terms = np.full(len(keys) + 1, NO_TERM, np.int32)
            if size in self._sizes:
                terms[places[lengths == size]] = numbers[lengths == size]
            yield np.append(keys, -1), terms

    def _make_keys(self, places: Integers, tokens: Integers) -> Integers:
        return places * (len(self._tokens) + 1) + tokens

    def find(self, texts: Sequence[str]) -> tuple[Integers, Integers]:
        """Find the terms of each text, as the base does."""
        tokens, lengths = super().find(texts)
        found = np.full((len(tokens), len(self._levels)), NO_TERM, np.int32)
        places = tokens.astype(np.int64)
        for level, (keys, terms) in enumerate(self._levels):
            if level:
                wanted = self._make_keys(places[: len(tokens) - level], tokens[level:])
                places = keys[:-1].searchsorted(wanted)
                places = np.where(keys[places] == wanted, places + 1, 0)
            found[: len(places), level] = terms[places]
        return found.ravel(), lengths * len(self._levels)

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which tokens are terms."""
        tokens = [(match.group(), match.span()) for match in self._pattern.finditer(text)]
        for size in self._sizes:
            for ngram in zip(*(tokens[start:] for start in range(size)), strict=False):
                words, stretches = zip(*ngram, strict=True)
                if number := self._numbers.get(" ".join(words)):
                    yield number, stretches

    def _read_word(self, word: str) -> list[int]:
        return [self._tokens.get(token, NO_TERM) for token in self._pattern.findall(word)]


class CharacterTermFinder(TermFinder):
    """Finds terms among the n-grams of the characters of the words of a text.

    It repeats scikit-learn's `char_wb` analyzer: each word is padded by a space on both sides,
    and a padded word that is not longer than n counts once and ends the word.
    """

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which characters are terms.

        A space that pads a word is no character of the text: a term of nothing else has no stretch.
        """
        for match in re.finditer(r"\S+", text):
            padded = f" {match.group()} "
            length, offset = len(padded), match.start() - 1
            for start, end in _cut_ngrams(length, self._sizes):
                if number := self._numbers.get(padded[start:end]):
                    first, last = max(start, 1), min(end, length - 1)
                    yield number, ((offset + first, offset + last),) if first < last else ()

    def _read_word(self, word: str) -> list[int]:
        padded, numbers = f" {word} ", self._numbers
        ngrams = [padded[start:end] for start, end in _cut_ngrams(len(padded), self._sizes)]
        return [numbers[ngram] for ngram in ngrams if ngram in numbers]


class _Words(dict[str, bytes]):
    """What is within each word, in four bytes a number.

    Short words are remembered, because most words of a message have been seen before.
    """

    def __init__(self, read: Callable[[str], list[int]]) -> None:
        self._read = read

    def __missing__(self, word: str) -> bytes:
        numbers = array("i", self._read(word)).tobytes()
        if len(word) <= REMEMBERED_LENGTH:
            if len(self) >= REMEMBERED_WORDS:
                self.clear()
            self[word] = numbers
        return numbers


@lru_cache(256)
def _cut_ngrams(length: int, sizes: range) -> list[tuple[int, int]]:
    """Return where the n-grams of a padded word begin and end; the whole of a short one is one."""
    shorter = range(sizes.start, min(sizes.stop, length))
    ngrams = [(start, start + size) for size in shorter for start in range(length - size + 1)]
    return ngrams if length >= sizes.stop else [*ngrams, (0, length)]
