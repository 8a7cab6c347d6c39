"""Finds the terms of a vocabulary in a text, as scikit-learn's analyzers do."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from .explanation import Stretches

_DIGIT = re.compile(r"\d")


def mask_digits(text: str) -> str:
    """Read every digit as 0, so that all numbers of a length are one term."""
    return _DIGIT.sub("0", text)


class TokenTermFinder:
    """Finds the terms of a text among the n-grams of its tokens."""

    def __init__(
        self, indices: dict[str, int], ngram_range: tuple[int, int], token_pattern: str
    ) -> None:
        """Keep the vocabulary.

        Args:
            indices: The number of each term.
            ngram_range: Fewest and most tokens of a term.
            token_pattern: Regular expression of a token.
        """
        self._indices = indices
        self._sizes = range(ngram_range[0], ngram_range[1] + 1)
        self._pattern = re.compile(token_pattern)

    def __call__(self, text: str) -> list[int]:
        """Return the number of each known term, once for each time that it occurs."""
        tokens = self._pattern.findall(text)
        ngrams = chain.from_iterable(
            map(" ".join, zip(*(tokens[start:] for start in range(size)), strict=False))
            for size in self._sizes
        )
        indices = self._indices
        return [indices[term] for term in ngrams if term in indices]

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Yield what a call returns, in the same order, with the tokens of each occurrence."""
        tokens = [(match.group(), match.span()) for match in self._pattern.finditer(text)]
        for size in self._sizes:
            for ngram in zip(*(tokens[start:] for start in range(size)), strict=False):
                words, stretches = zip(*ngram, strict=True)
                index = self._indices.get(" ".join(words))
                if index is not None:
                    yield index, stretches


class CharacterTermFinder:
    """Finds the terms of a text among the n-grams of the characters of its words.

    It repeats scikit-learn's `char_wb` analyzer: each word is padded by a space on both sides,
    and a padded word that is not longer than n counts once and ends the word. The terms of short
    words are remembered, because most words of a message have been seen before.
    """

    REMEMBERED_WORDS = 50_000
    REMEMBERED_LENGTH = 30

    def __init__(self, indices: dict[str, int], ngram_range: tuple[int, int]) -> None:
        """Keep the vocabulary.

        Args:
            indices: The number of each term.
            ngram_range: Fewest and most characters of a term.
        """
        self._indices = indices
        self._sizes = range(ngram_range[0], ngram_range[1] + 1)
        self._remembered: dict[str, tuple[int, ...]] = {}

    def __call__(self, text: str) -> list[int]:
        """Return the number of each known term, once for each time that it occurs."""
        found: list[int] = []
        for word in text.split():
            found += self._remembered.get(word) or self._find_in_word(word)
        return found

    def _find_in_word(self, word: str) -> tuple[int, ...]:
        padded = f" {word} "
        indices = self._indices
        ngrams = [padded[start:end] for start, end in _cut_ngrams(len(padded), self._sizes)]
        found = tuple(indices[term] for term in ngrams if term in indices)
        if len(word) <= self.REMEMBERED_LENGTH:
            if len(self._remembered) >= self.REMEMBERED_WORDS:
                self._remembered.clear()
            self._remembered[word] = found
        return found

    def locate(self, text: str) -> Iterator[tuple[int, Stretches]]:
        """Yield what a call returns, in another order, with the stretch of each occurrence.

        A space that pads a word is no character of the text: a term of nothing else has no stretch.
        """
        for match in re.finditer(r"\S+", text):
            padded = f" {match.group()} "
            length, offset = len(padded), match.start() - 1
            for start, end in _cut_ngrams(length, self._sizes):
                index = self._indices.get(padded[start:end])
                if index is not None:
                    first, last = max(start, 1), min(end, length - 1)
                    yield index, ((offset + first, offset + last),) if first < last else ()


@lru_cache(256)
def _cut_ngrams(length: int, sizes: range) -> list[tuple[int, int]]:
    """Return where the n-grams of a padded word begin and end; the whole of a short one is one."""
    shorter = range(sizes.start, min(sizes.stop, length))
    ngrams = [(start, start + size) for size in shorter for start in range(length - size + 1)]
    return ngrams if length >= sizes.stop else [*ngrams, (0, length)]
