"""The fitted classifier as plain data: TF-IDF blocks with one linear weight a term.

Evaluation, batch scoring and the service all score with `LinearTextModel`, so training and
serving cannot differ. It needs neither scikit-learn nor pandas, and its file is JSON: there is
nothing to unpickle.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from .explanation import Explanation, Stretches, explain_sum
from .terms import CharacterTermFinder, TokenTermFinder

FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]


class TextClassifier(Protocol):
    """What evaluation needs of a model."""

    @property
    def classes(self) -> tuple[str, str]:
        """The negative and the positive class."""

    @property
    def threshold(self) -> float | None:
        """Least probability of the positive class at which it is the answer, if there is one."""

    def score(self, texts: Iterable[str]) -> list[float]:
        """Return one number a text: the higher, the likelier the positive class."""

    def probabilities(self, scores: Iterable[float]) -> list[float] | None:
        """Turn scores into probabilities of the positive class; None where there are none."""

    def labels(self, scores: Iterable[float]) -> list[str]:
        """Turn scores into class names."""


def normalise(text: str) -> str:
    """Return the form of a message in which terms are looked up."""
    return text.lower()


def find_origins(text: str) -> list[int]:
    """Return, for each character of the normalised text, the position that it comes from.

    Args:
        text: The message as it was sent.

    Returns:
        As many positions in `text`, from left to right, as `normalise(text)` has characters.
    """
    return [position for position, character in enumerate(text) for _ in normalise(character)]


class TermBlock(BaseModel):
    """A vocabulary with an inverse document frequency and a linear weight for each term.

    It repeats the arithmetic of scikit-learn's `TfidfVectorizer(sublinear_tf=True, norm="l2")`
    followed by a dot product.

    Attributes:
        analyzer: `word` (n-grams of the tokens that `token_pattern` finds) or `char_wb`
            (n-grams of the characters of each word, padded by a space on both sides).
        token_pattern: Regular expression of a token; None for `char_wb`.
        ngram_range: Shortest and longest n-gram.
        terms: The vocabulary, n distinct terms.
        idf: Inverse document frequency of each term, n numbers.
        weights: Weight of each term in log-odds, n numbers; positive speaks for the second class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    analyzer: Literal["word", "char_wb"]
    token_pattern: str | None
    ngram_range: tuple[int, int]
    terms: list[str]
    idf: list[FiniteFloat]
    weights: list[FiniteFloat]
    _find_terms: TokenTermFinder | CharacterTermFinder = PrivateAttr()

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        if not len(self.terms) == len(self.idf) == len(self.weights) == len(set(self.terms)):
            raise ValueError("a block needs one idf and one weight for each of its distinct terms")
        if (self.token_pattern is None) == (self.analyzer == "word"):
            raise ValueError("token_pattern goes with the word analyzer, and only with it")
        return self

    def model_post_init(self, _context: Any, /) -> None:
        """Build the look-up tables once, when the model is made or loaded."""
        indices = {term: index for index, term in enumerate(self.terms)}
        if self.token_pattern is None:
            self._find_terms = CharacterTermFinder(indices, self.ngram_range)
        else:
            self._find_terms = TokenTermFinder(indices, self.ngram_range, self.token_pattern)

    def score(self, text: str) -> float:
        """Return what the block adds to the log-odds of the second class.

        Args:
            text: A message, normalised.

        Returns:
            The dot product of the message's unit-length TF-IDF vector with the weights.
        """
        idf, weights = self.idf, self.weights
        total = squares = 0.0
        for index, count in Counter(self._find_terms(text)).items():
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
        occurrences = list(self._find_terms.locate(text))
        counts = Counter(index for index, _ in occurrences)
        tf_idf = {index: (1.0 + math.log(n)) * self.idf[index] for index, n in counts.items()}
        norm = math.sqrt(math.fsum(value * value for value in tf_idf.values()))
        for index, stretches in occurrences:
            yield stretches, tf_idf[index] * self.weights[index] / norm / counts[index]


class LinearTextModel(BaseModel):
    """A binary text classifier that adds up weighted terms.

    Attributes:
        format_version: Version of the file's layout; another one is refused.
        classes: The negative and the positive class, e.g. `("ham", "spam")`.
        threshold: Least probability of the positive class at which it is the answer.
        intercept: Log-odds of the positive class for a message without any known term.
        blocks: The vocabularies whose scores are added.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    classes: tuple[str, str]
    threshold: float = Field(gt=0, lt=1)
    intercept: FiniteFloat
    blocks: list[TermBlock]

    def score(self, texts: Iterable[str]) -> list[float]:
        """Return the log-odds of the positive class for each text.

        Args:
            texts: Messages as they were sent, n of them.

        Returns:
            n log-odds; above 0 the positive class is the likelier one.
        """
        return [
            self.intercept + sum(block.score(text) for block in self.blocks)
            for text in map(normalise, texts)
        ]

    def explain(self, text: str) -> Explanation:
        """Say which words and symbols of a message speak for which class.

        Args:
            text: The message as it was sent.

        Returns:
            The score, and its parts that add up to it.
        """
        normalised = normalise(text)
        return explain_sum(
            text,
            find_origins(text),
            chain.from_iterable(block.contributions(normalised) for block in self.blocks),
            score=self.score([text])[0],
            intercept=self.intercept,
        )

    def probabilities(self, scores: Iterable[float]) -> list[float]:
        """Turn log-odds into probabilities of the positive class, from 0 to 1."""
        return [_logistic(score) for score in scores]

    def labels(self, scores: Iterable[float]) -> list[str]:
        """Turn log-odds into class names, by the threshold."""
        negative, positive = self.classes
        return [
            positive if probability >= self.threshold else negative
            for probability in self.probabilities(scores)
        ]

    def to_json(self) -> str:
        """Return the model as JSON text, the same for the same model, on one line."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, content: str | bytes) -> Self:
        """Make the model from the text that `to_json` wrote.

        Raises:
            ValueError: If the text is no model of this format version.
        """
        return cls.model_validate_json(content)


def _logistic(score: float) -> float:
    """Return 1 / (1 + exp(-score)) without overflow for large negative scores."""
    if score >= 0:
        return 1.0 / (1.0 + math.exp(-score))
    odds = math.exp(score)
    return odds / (1.0 + odds)
