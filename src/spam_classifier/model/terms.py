"""Finds the terms of a vocabulary in texts, as scikit-learn's analyzers do.

A term is known by its number; 0 stands for whatever is no term.
"""

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from .explanation import Stretches

Integers = npt.NDArray[np.integer]

NO_TERM = 0
NO_KEY = 2**63 - 1  # beyond all keys
_TEXT_END = NO_TERM.to_bytes(8)  # no n-gram goes beyond it
_DIGIT = re.compile(r"\d")


def mask_digits(text: str) -> str:
    """Read every digit as 0, so that all numbers of a length are one term."""
    return _DIGIT.sub("0", text)


class TermFinder(ABC):
    """Finds the terms of a vocabulary.

    Args:
        numbers: The number of each term.
        ngram_range: Fewest and most tokens or characters of a term.
        change: What is done to a text first: `mask_digits`, or nothing.
    """

    def __init__(
        self, numbers: Mapping[str, int], ngram_range: tuple[int, int], change: Callable[[str], str]
    ) -> None:
        self._numbers = numbers
        self._change = change
        self._sizes = range(ngram_range[0], ngram_range[1] + 1)

    @abstractmethod
    def find_within(self, word: str) -> Iterable[int]:
        """Find the terms of a word that are terms whatever stands beside it.

        Returns:
            The number of each term, as often as it occurs, with zeros besides.
        """

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
    An n-gram has a key: a number whose digits are the numbers of the tokens.
    """

    def __init__(self, token_pattern: str, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._pattern = re.compile(token_pattern)
        tokens = {token for term in self._numbers for token in term.split(" ")}
        self._tokens = {token: number for number, token in enumerate(tokens, NO_TERM + 1)}
        self._base = len(tokens) + 1
        if self._base ** max(self._sizes) > NO_KEY:
            raise ValueError("The vocabulary has too many tokens for terms of so many tokens.")
        self._tables = [self._make_table(size) for size in range(2, self._sizes.stop)]

    @property
    def looks_across_words(self) -> bool:
        """Whether terms may have several tokens."""
        return bool(self._tables)

    def _make_table(self, size: int) -> tuple[Integers, Integers]:
        """Return the keys of the terms of a size in their order, and the numbers of these terms."""
        terms = {NO_KEY: NO_TERM}
        for term, number in self._numbers.items() if size in self._sizes else ():
            digits = [self._tokens[token] for token in term.split(" ")]
            if len(digits) == size:
                terms[reduce(lambda key, digit: key * self._base + digit, digits)] = number
        keys = sorted(terms)
        return np.array(keys), np.array([terms[key] for key in keys], np.int32)

    def find_within(self, word: str) -> Iterable[int]:
        """Find the tokens that are terms by themselves."""
        tokens = self._pattern.findall(self._change(word)) if 1 in self._sizes else ()
        return map(self._numbers.get, tokens, repeat(NO_TERM))

    def split(self, word: str) -> bytes:
        """Return a number of eight bytes for each token of a word, for `find_across`."""
        tokens = self._pattern.findall(self._change(word))
        return array("q", map(self._tokens.get, tokens, repeat(NO_TERM))).tobytes()

    def find_across(self, texts: Sequence[bytes]) -> Iterator[tuple[Integers, Integers]]:
        """Find the terms of several tokens in some texts.

        Args:
            texts: n times what `split` returned for the words of a text, joined.

        Yields:
            For two tokens, three and so on: the numbers of the terms of all texts, one text after
            the other, each as often as it occurs, with zeros besides; and n times how many numbers
            a text has.
        """
        end = _TEXT_END * len(self._tables)
        tokens = np.frombuffer(_TEXT_END.join([*texts, end]), np.int64)
        lengths = np.fromiter(map(len, texts), np.int64) // tokens.itemsize + 1
        count = len(tokens) - len(self._tables)
        wanted = tokens[:count]
        for start, (keys, terms) in enumerate(self._tables, start=1):
            wanted = wanted * self._base + tokens[start : start + count]
            places = keys.searchsorted(wanted)
            found = terms.take(places) * (keys.take(places) == wanted)
            yield found, lengths

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which tokens are terms."""
        tokens = [
            (match.group(), match.span()) for match in self._pattern.finditer(self._change(text))
        ]
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

    def find_within(self, word: str) -> Iterable[int]:
        """Find all terms of a word: none goes beyond it."""
        return (number for number, _, _ in self._locate_in(word))

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Find out which characters are terms.

        A space that pads a word is no character of the text: a term of nothing else has no stretch.
        """
        for match in re.finditer(r"\S+", text):
            before = match.start() - 1
            for number, start, end in self._locate_in(match.group()):
                first, last = max(before + start, match.start()), min(before + end, match.end())
                yield number, ((first, last),) if first < last else ()

    def _locate_in(self, word: str) -> Iterator[tuple[int, int, int]]:
        """Yield the number, the start and the end of each term in a word, which is padded first."""
        padded = f" {self._change(word)} "
        length = len(padded)
        for size in self._sizes if length >= self._sizes.start else [length]:
            for start in range(length - size + 1):
                if number := self._numbers.get(padded[start : start + size]):
                    yield number, start, start + size
