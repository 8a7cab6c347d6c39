"""Finds the terms of a vocabulary in texts, as scikit-learn's analyzers do.

A term is known by its number; 0 stands for whatever is no term.
"""

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat

from .explanation import Stretches

NO_TERM = 0
_DIGIT = re.compile(r"\d")


def mask_digits(text: str) -> str:
    """Read every digit as 0, so that all numbers of a length are one term."""
    return _DIGIT.sub("0", text)


class TermFinder(ABC):
    """Finds the terms of a vocabulary.

    Args:
        numbers: The number of each term.
        ngram_range: Fewest and most tokens or characters of a term.
    """

    def __init__(self, numbers: Mapping[str, int], ngram_range: tuple[int, int]) -> None:
        self._numbers = numbers
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
    """

    def __init__(
        self, numbers: Mapping[str, int], ngram_range: tuple[int, int], token_pattern: str
    ) -> None:
        super().__init__(numbers, ngram_range)
        self._pattern = re.compile(token_pattern)
        self.sizes_across = [size for size in self._sizes if size > 1]
        ngrams = {term: term.split(" ") for term in numbers}
        tokens = {*chain.from_iterable(ngrams.values())}
        self._tokens = {token: number for number, token in enumerate(tokens, NO_TERM + 1)}
        self._ngrams = {
            tuple(map(self._tokens.__getitem__, ngram)): numbers[term]
            for term, ngram in ngrams.items()
            if len(ngram) in self.sizes_across
        }

    def find_within(self, word: str) -> Iterable[int]:
        """Find the tokens that are terms by themselves."""
        tokens = self._pattern.findall(word) if 1 in self._sizes else ()
        return map(self._numbers.get, tokens, repeat(NO_TERM))

    def split(self, word: str) -> bytes:
        """Return a number of four bytes for each token of a word, for `find_across`."""
        tokens = self._pattern.findall(word)
        return array("i", map(self._tokens.get, tokens, repeat(NO_TERM))).tobytes()

    def find_across(self, split: bytes) -> Iterable[int]:
        """Find the terms of several tokens, as `find_within` does.

        Args:
            split: What `split` returned for the words of a text, joined.
        """
        tokens = memoryview(split).cast("i").tolist()
        ngrams = (
            zip(*(tokens[start:] for start in range(size)), strict=False)
            for size in self.sizes_across
        )
        return map(self._ngrams.get, chain.from_iterable(ngrams), repeat(NO_TERM))

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

    def find_within(self, word: str) -> Iterable[int]:
        """Find all terms of a word: none goes beyond it."""
        return (number for number, _, _ in self._locate_in(f" {word} "))

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
