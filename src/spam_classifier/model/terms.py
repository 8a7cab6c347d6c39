"""Finds the terms of a vocabulary in texts, as scikit-learn's analyzers do.

A term is known by its number; 0 stands for whatever is no term.
"""

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise, repeat

import numpy as np
import numpy.typing as npt

from .explanation import Stretches

Integers = npt.NDArray[np.integer]

NO_TERM = 0
_ROW_START = NO_TERM.to_bytes(4)  # no n-gram goes beyond it, and no row is without numbers
_BREAK = "\0"  # between words
_DIGIT = re.compile(r"\d")


def mask_digits(text: str) -> str:
    """Read every digit as 0, so that all numbers of a length are one term."""
    return _DIGIT.sub("0", text)


class TermFinder(ABC):
    """Finds the terms of a vocabulary, which are n-grams of tokens or characters: its symbols."""

    def __init__(self, numbers: Mapping[str, int], ngram_range: tuple[int, int]) -> None:
        """Keep the vocabulary.

        Args:
            numbers: The number of each term, from 1 on.
            ngram_range: Fewest and most symbols of a term.
        """
        self._numbers = numbers
        self._sizes = range(ngram_range[0], ngram_range[1] + 1)
        ngrams = {term: self._split(term) for term in numbers}
        symbols = {*chain.from_iterable(ngrams.values())}
        self._symbols = {symbol: number for number, symbol in enumerate(symbols, start=1)}
        counted = {numbers[term]: ngram for term, ngram in ngrams.items() if self._counts(term)}
        self._factor = len(self._symbols) + 1
        self._levels = list(self._make_levels(list(counted.values()), np.array([*counted], int)))

    def _make_levels(
        self, ngrams: list[Sequence[str]], numbers: Integers
    ) -> Iterator[tuple[Integers, Integers]]:
        """Yield for one symbol, two symbols and so on the n-grams that terms begin with.

        The place of a symbol is its number; that of a longer n-gram is that of its key, which is
        made of the place of the n-gram without its last symbol, and that symbol. A level has its
        keys in their order, from place 1 on, and for each place the number of the term.
        """
        lengths = np.array([len(ngram) for ngram in ngrams], np.int64)
        places = np.array([self._symbols[ngram[0]] for ngram in ngrams], np.int64)
        keys = np.arange(1, len(self._symbols) + 1)
        for size in range(1, self._sizes.stop):
            if size > 1:
                rows = np.flatnonzero(lengths >= size)
                last = np.array([self._symbols[ngrams[row][size - 1]] for row in rows], np.int64)
                made = places[rows] * self._factor + last
                keys, inverse = np.unique(made, return_inverse=True)
                places[rows] = inverse + 1
            terms = np.full(len(keys) + 1, NO_TERM, np.int32)
            terms[places[lengths == size]] = numbers[lengths == size]
            yield np.append(keys, -1), terms

    def _look_up(self, symbols: Integers) -> Integers:
        """Return the terms that begin at each of n symbols: n rows, a column for each size."""
        found = np.zeros((len(symbols), len(self._levels)), np.int32)
        places = symbols.astype(np.int64)
        for level, (keys, terms) in enumerate(self._levels):
            if level:
                wanted = places[: len(symbols) - level] * self._factor + symbols[level:]
                places = keys[:-1].searchsorted(wanted)
                places = np.where(keys[places] == wanted, places + 1, 0)
            found[: len(places), level] = terms[places]
        return found

    def find(self, rows: list[bytes]) -> tuple[Integers, Integers]:
        """Find the terms of some texts.

        Args:
            rows: n times what `read_words` returned for the words of a text, joined.

        Returns:
            The numbers of the terms of all texts, one text after the other, each number as often
            as its term occurs, with zeros besides; and n times how many numbers a text has, 1 or
            more.
        """
        numbers = np.frombuffer(_ROW_START.join([b"", *rows]), np.int32)
        return numbers, np.fromiter(map(len, rows), np.int64) // numbers.itemsize + 1

    def find_one(self, row: bytes) -> list[int]:
        """Find the terms of one text, without numpy: a short one takes a third of the time.

        Args:
            row: As `find` takes several.

        Returns:
            The number of each term, as often as it occurs, with zeros besides.
        """
        return memoryview(row).cast("i").tolist()

    @abstractmethod
    def read_words(self, words: list[str]) -> list[bytes]:
        """Return what is within each word, in four bytes a number; `find` takes it."""

    @abstractmethod
    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out where the terms of a text are.

        Args:
            text: A normalised message.

        Yields:
            For each occurrence of a term its number, and the stretches of the text that it covers.
        """

    @abstractmethod
    def _split(self, term: str) -> Sequence[str]:
        """Return the symbols of a term."""

    @abstractmethod
    def _counts(self, term: str) -> bool:
        """Tell whether a message can have a term at all."""


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
        self._tables = [  # the levels, for one text
            ({key: place for place, key in enumerate(keys.tolist(), start=1)}, terms.tolist())
            for keys, terms in self._levels
        ]

    def find(self, rows: list[bytes]) -> tuple[Integers, Integers]:
        """Find the terms of some texts, as the base does; a word has the numbers of its tokens."""
        tokens, lengths = super().find(rows)
        if len(self._levels) == 1:
            return self._levels[0][1].take(tokens), lengths
        return self._look_up(tokens).ravel(), lengths * len(self._levels)

    def find_one(self, row: bytes) -> list[int]:
        """Find the terms of one text, as the base does."""
        tokens = super().find_one(row)
        places, numbers = tokens, list[int]()
        for level, (place_by_key, terms) in enumerate(self._tables):
            if level:
                pairs = zip(places, tokens[level:], strict=False)
                places = [
                    place_by_key.get(place * self._factor + token, 0) for place, token in pairs
                ]
            numbers += map(terms.__getitem__, places)
        return numbers

    def read_words(self, words: list[str]) -> list[bytes]:
        """Return the tokens of each word."""
        find, number = self._pattern.findall, self._symbols.get
        return [array("i", map(number, find(word), repeat(NO_TERM))).tobytes() for word in words]

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which tokens are terms."""
        tokens = [(match.group(), match.span()) for match in self._pattern.finditer(text)]
        for size in self._sizes:
            for ngram in zip(*(tokens[start:] for start in range(size)), strict=False):
                words, stretches = zip(*ngram, strict=True)
                if number := self._numbers.get(" ".join(words)):
                    yield number, stretches

    def _split(self, term: str) -> Sequence[str]:
        return term.split(" ")

    def _counts(self, term: str) -> bool:
        return term.count(" ") + 1 in self._sizes


class CharacterTermFinder(TermFinder):
    """Finds terms among the n-grams of the characters of the words of a text.

    It repeats scikit-learn's `char_wb` analyzer: each word is padded by a space on both sides,
    and a padded word that is shorter than the shortest n-gram counts as a whole.
    """

    def read_words(self, words: list[str]) -> list[bytes]:
        """Return the terms of each word."""
        text = "".join(f" {word} {_BREAK}" for word in words)
        symbols = np.array([*map(self._symbols.get, text, repeat(NO_TERM))], np.int64)
        found = self._look_up(symbols)
        is_term = found != NO_TERM
        counts = is_term.sum(axis=1).cumsum()
        ends = counts[np.cumsum([len(word) + 3 for word in words]) - 1] * found.itemsize
        numbers = found[is_term].tobytes()
        return [numbers[start:end] for start, end in pairwise([0, *ends.tolist()])]

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which characters are terms.

        A space that pads a word is no character of the text: a term of nothing else has no stretch.
        """
        for match in re.finditer(r"\S+", text):
            padded = f" {match.group()} "
            length, offset = len(padded), match.start() - 1
            for size in self._sizes if length >= self._sizes.start else [length]:
                for start in range(length - size + 1):
                    if number := self._numbers.get(padded[start : start + size]):
                        first, last = max(start, 1), min(start + size, length - 1)
                        yield number, ((offset + first, offset + last),) if first < last else ()

    def _split(self, term: str) -> Sequence[str]:
        return term

    def _counts(self, term: str) -> bool:
        is_padded_word = len(term) > 2 and term[0] == term[-1] == " "
        return len(term) in self._sizes or is_padded_word
