"""A vocabulary that turns a text into a number: TF-IDF and one linear weight a term."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .explanation import Stretches
from .terms import CharacterTermFinder, TokenTermFinder, mask_digits

# So far from infinity, and from zero, that every message has a score that is finite.
Weight = Annotated[float, Field(gt=-1e100, lt=1e100)]
InverseFrequency = Annotated[float, Field(gt=1e-100, lt=1e100)]


class TermBlock(BaseModel):
    """A vocabulary with an inverse document frequency and a linear weight for each term.

    It repeats the arithmetic of scikit-learn's `TfidfVectorizer`, with term counts that are
    dampened by their logarithm or not counted at all, followed by a dot product.

    Attributes:
        analyzer: `word` (n-grams of the tokens that `token_pattern` finds) or `char_wb`
            (n-grams of the characters of each word, padded by a space on both sides).
        token_pattern: Regular expression of a token, which neither holds whitespace nor depends
            on what is beyond it; None for `char_wb`.
        ngram_range: Shortest and longest n-gram.
        mask_digits: Whether every digit is read as 0.
        binary: Whether a term counts once, however often it occurs.
        terms: The vocabulary, n distinct terms.
        idf: Inverse document frequency of each term, n numbers.
        weights: Weight of each term in log-odds, n numbers; positive speaks for the second class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    analyzer: Literal["word", "char_wb"]
    token_pattern: str | None
    ngram_range: tuple[int, int]
    mask_digits: bool
    binary: bool
    terms: list[str]
    idf: list[InverseFrequency]
    weights: list[Weight]

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        if not len(self.terms) == len(self.idf) == len(self.weights) == len(set(self.terms)):
            raise ValueError("a block needs one idf and one weight for each of its distinct terms")
        if (self.token_pattern is None) == (self.analyzer == "word"):
            raise ValueError("token_pattern goes with the word analyzer, and only with it")
        return self

    @cached_property
    def finder(self) -> TokenTermFinder | CharacterTermFinder:
        """What finds the terms in a text, by their numbers."""
        indices = {term: index for index, term in enumerate(self.terms)}
        if self.token_pattern is None:
            return CharacterTermFinder(indices, self.ngram_range)
        return TokenTermFinder(indices, self.ngram_range, self.token_pattern)

    def score(self, text: str) -> float:
        """Return what the block adds to the log-odds of the second class.

        Args:
            text: A message, normalised.

        Returns:
            The dot product of the message's unit-length TF-IDF vector with the weights.
        """
        idf, weights = self.idf, self.weights
        total = squares = 0.0
        for index, count in self._count(self.finder(self._mask(text))).items():
            tf_idf = idf[index] if count == 1 else (1.0 + math.log(count)) * idf[index]
            total += tf_idf * weights[index]
            squares += tf_idf * tf_idf
        return total / math.sqrt(squares) if squares else 0.0

    def contributions(self, text: str) -> Iterator[tuple[Stretches, float]]:
        """Take the block's score apart.

        Args:
            text: A message, normalised.

        Yields:
            For each occurrence of a term the stretches of the text that it covers, and its part
            of the score.
        """
        occurrences = list(self.finder.locate(self._mask(text)))
        counts = Counter(index for index, _ in occurrences)
        tf_idf = {
            index: (1.0 if self.binary else 1.0 + math.log(count)) * self.idf[index]
            for index, count in counts.items()
        }
        norm = math.sqrt(math.fsum(value * value for value in tf_idf.values()))
        for index, stretches in occurrences:
            yield stretches, tf_idf[index] * self.weights[index] / norm / counts[index]

    def _mask(self, text: str) -> str:
        return mask_digits(text) if self.mask_digits else text

    def _count(self, found: list[int]) -> Mapping[int, int]:
        return dict.fromkeys(found, 1) if self.binary else Counter(found)
