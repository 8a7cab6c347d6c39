"""Finds the terms of a vocabulary in texts, as scikit-learn's analyzers do.

A term is known by its number; 0 stands for whatever is no term.
"""

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterator, Mapping
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from .explanation import Stretches

Integers = npt.NDArray[np.integer]

NO_TERM = 0
_ROW_START = NO_TERM.to_bytes(4)  # no n-gram goes beyond it, and no row is without numbers
_DIGIT = re.compile(r"\d")


def mask_digits(text: str) -> str:
    """Read every digit as 0, so that all numbers of a length are one term."""
    return _DIGIT.sub("0", text)


class TermFinder(ABC):
    """Finds the terms of a vocabulary.

    Args:
        numbers: The number of each term, from 1 on.
        ngram_range: Fewest and most tokens or characters of a term.
    """

    def __init__(self, numbers: Mapping[str, int], ngram_range: tuple[int, int]) -> None:
        self._numbers = numbers
        self._sizes = range(ngram_range[0], ngram_range[1] + 1)

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


class TokenTermFinder(TermFinder):
    """Finds terms among the n-grams of the tokens of a text.

    The regular expression of a token neither matches whitespace nor depends on what is beyond it.
    """

    def __init__(
        self, numbers: Mapping[str, int], ngram_range: tuple[int, int], token_pattern: str
    ) -> None:
        super().__init__(numbers, ngram_range)
        self._pattern = re.compile(token_pattern)
        ngrams = [term.split(" ") for term in numbers]
        tokens = enumerate({*chain.from_iterable(ngrams)}, start=1)
        self._tokens = {token: number for number, token in tokens}
        self._factor = len(self._tokens) + 1
        self._ngrams = {
            tuple(map(self._tokens.__getitem__, ngram)): number
            for ngram, number in zip(ngrams, numbers.values(), strict=True)
            if len(ngram) in self._sizes
        }
        self._levels = list(self._make_levels())

    def _make_levels(self) -> Iterator[tuple[Integers, Integers]]:
        """Yield for one token, two tokens and so on the n-grams that terms begin with.

        The place of a token is its number; that of a longer n-gram is that of its key, which is
        made of the place of the n-gram without its last token, and that token. A level has its
        keys in their order, from place 1 on, and for each place the number of the term.
        """
        ngrams, numbers = [*self._ngrams], np.array([*self._ngrams.values()], np.int32)
        lengths = np.array([len(ngram) for ngram in ngrams], np.int64)
        places = np.array([ngram[0] for ngram in ngrams], np.int64)
        keys = np.arange(1, self._factor)
        for size in range(1, self._sizes.stop):
            if size > 1:
                rows = np.flatnonzero(lengths >= size)
                last = np.array([ngrams[row][size - 1] for row in rows], np.int64)
                made = places[rows] * self._factor + last
                keys, inverse = np.unique(made, return_inverse=True)
                places[rows] = inverse + 1
            terms = np.full(len(keys) + 1, NO_TERM, np.int32)
            terms[places[lengths == size]] = numbers[lengths == size]
            yield np.append(keys, -1), terms

    def find(self, rows: list[bytes]) -> tuple[Integers, Integers]:
        """Find the terms of some texts, as the base does; a word has the numbers of its tokens."""
        tokens, lengths = super().find(rows)
        found = np.zeros((len(tokens), len(self._levels)), np.int32)
        places = tokens.astype(np.int64)
        for level, (keys, terms) in enumerate(self._levels):
            if level:
                wanted = places[:-1] * self._factor + tokens[level:]
                places = keys[:-1].searchsorted(wanted)
                places = np.where(keys[places] == wanted, places + 1, 0)
            found[: len(places), level] = terms.take(places)
        return found.ravel(), lengths * len(self._levels)

    def find_one(self, row: bytes) -> list[int]:
        """Find the terms of one text, as the base does."""
        tokens = super().find_one(row)
        ngrams = chain.from_iterable(
            zip(*(tokens[start:] for start in range(size)), strict=False) for size in self._sizes
        )
        return [*map(self._ngrams.get, ngrams, repeat(NO_TERM))]

    def read_words(self, words: list[str]) -> list[bytes]:
        """Return the tokens of each word."""
        find, number = self._pattern.findall, self._tokens.get
        return [array("i", map(number, find(word), repeat(NO_TERM))).tobytes() for word in words]

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which tokens are terms."""
        tokens = [(match.group(), match.span()) for match in self._pattern.finditer(text)]
        for size in self._sizes:
            for ngram in zip(*(tokens[start:] for start in range(size)), strict=False):
                words, stretches = zip(*ngram, strict=True)
                if number := self._numbers.get(" ".join(words)):
                    yield number, stretches


class CharacterTermFinder(TermFinder):
    """Finds terms among the n-grams of the characters of the words of a text.

    It repeats scikit-learn's `char_wb` analyzer: each word is padded by a space on both sides,
    and a padded word that is shorter than the shortest n-gram counts as a whole.
    """

    def read_words(self, words: list[str]) -> list[bytes]:
        """Return the terms of each word."""
        numbers = ((number for number, _, _ in self._locate_in(f" {word} ")) for word in words)
        return [array("i", some).tobytes() for some in numbers]

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which characters are terms.

        A space that pads a word is no character of the text: a term of nothing else has no stretch.
        """
        for match in re.finditer(r"\S+", text):
            before = match.start() - 1
            for number, start, end in self._locate_in(f" {match.group()} "):
                first, last = max(before + start, match.start()), min(before + end, match.end())
                yield number, ((first, last),) if first < last else ()

    def _locate_in(self, padded: str) -> Iterator[tuple[int, int, int]]:
        """Yield the number, the start and the end of each term in a padded word."""
        length = len(padded)
        for size in self._sizes if length >= self._sizes.start else [length]:
            for start in range(length - size + 1):
                if number := self._numbers.get(padded[start : start + size]):
                    yield number, start, start + size
