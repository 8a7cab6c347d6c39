"""The fitted classifier as plain data: TF-IDF blocks with one linear weight a term.

Evaluation, batch scoring and the service all score with `LinearTextModel`, so training and
serving cannot differ. It needs neither scikit-learn nor pandas, and its file is JSON: there is
nothing to unpickle.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from .explanation import Explanation, Stretches, explain_sum
from .normalisation import Normalisation
from .terms import CharacterTermFinder, TokenTermFinder, mask_digits
from .windows import find_windows

if TYPE_CHECKING:
    from .block_arrays import BlockArrays

FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]


class Scores(NamedTuple):
    """What a model says of some messages, and what is needed to read it.

    Attributes:
        values: One number a message: the higher, the likelier the positive class.
        classes: The negative and the positive class.
        threshold: Least probability of the positive class at which it is the answer; None for a
            model without probabilities.
    """

    values: list[float]
    classes: tuple[str, str]
    threshold: float | None


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

    @cached_property
    def arrays(self) -> "BlockArrays":
        """The block in the form that scores many messages at once."""
        from .block_arrays import make_arrays

        return make_arrays(self)

    def score(self, text: str) -> float:
        """Return what the block adds to the log-odds of the second class.

        Args:
            text: A message, normalised.

        Returns:
            The dot product of the message's unit-length TF-IDF vector with the weights.
        """
        idf, weights = self.idf, self.weights
        total = squares = 0.0
        for index, count in self._count_terms(text).items():
            tf_idf = idf[index] if count == 1 else (1.0 + math.log(count)) * idf[index]
            total += tf_idf * weights[index]
            squares += tf_idf * tf_idf
        return total / math.sqrt(squares) if squares else 0.0

    def _count_terms(self, text: str) -> Mapping[int, int]:
        found = self._find_terms(mask_digits(text) if self.mask_digits else text)
        return dict.fromkeys(found, 1) if self.binary else Counter(found)

    def contributions(self, text: str) -> Iterator[tuple[Stretches, float]]:
        """Take the block's score apart.

        Args:
            text: A message, normalised.

        Yields:
            For each occurrence of a term the stretches of the text that it covers, and its part
            of the score.
        """
        occurrences = list(self._find_terms.locate(mask_digits(text) if self.mask_digits else text))
        counts = Counter(index for index, _ in occurrences)
        tf_idf = {
            index: (1.0 if self.binary else 1.0 + math.log(count)) * self.idf[index]
            for index, count in counts.items()
        }
        norm = math.sqrt(math.fsum(value * value for value in tf_idf.values()))
        for index, stretches in occurrences:
            yield stretches, tf_idf[index] * self.weights[index] / norm / counts[index]


class LinearTextModel(BaseModel):
    """A binary text classifier that adds up weighted terms.

    Attributes:
        format_version: Version of the file's layout; another one is refused.
        classes: The negative and the positive class, e.g. `("ham", "spam")`.
        threshold: Least probability of the positive class at which it is the answer.
        window: A longer message counts as the most suspicious part of it of so many characters,
            so that harmless text around a spam does not hide it. A text message has 160.
        intercept: Log-odds of the positive class for a message without any known term.
        normalisation: What is done to a message first.
        blocks: The vocabularies whose scores are added.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    classes: tuple[str, str]
    threshold: float = Field(gt=0, lt=1)
    window: int = Field(gt=0)
    intercept: FiniteFloat
    normalisation: Normalisation
    blocks: list[TermBlock]

    def score(self, texts: Iterable[str]) -> list[float]:
        """Return the log-odds of the positive class for each text, with numpy.

        Args:
            texts: Messages as they were sent, n of them; they are taken a batch at a time.

        Returns:
            n log-odds; above 0 the positive class is the likelier one.
        """
        from .batches import score_in_batches

        scores: list[float] = []
        arrays = [block.arrays for block in self.blocks]
        for number, score in score_in_batches(arrays, self._cut(texts)):
            if number == len(scores):
                scores.append(self.intercept + score)
            else:
                scores[number] = max(scores[number], self.intercept + score)
        return scores

    def score_one(self, text: str) -> float:
        """Return the log-odds of the positive class for one text, without numpy.

        It is what `score` returns but for rounding: faster for a few texts, slower for many.

        Args:
            text: A message as it was sent.
        """
        return max(self._score_part(part) for _, part in self._cut([text]))

    def _cut(self, texts: Iterable[str]) -> Iterator[tuple[int, str]]:
        """Yield the parts that texts are scored by, normalised, with the number of their text."""
        for number, text in enumerate(map(self.normalisation, texts)):
            if len(text) <= self.window:
                yield number, text
            else:
                for start, end in find_windows(text, self.window):
                    yield number, text[start:end]

    def _score_part(self, text: str) -> float:
        return self.intercept + sum(block.score(text) for block in self.blocks)

    def explain(self, text: str) -> Explanation:
        """Say which words and symbols of a message speak for which class.

        Args:
            text: The message as it was sent.

        Returns:
            The score, and its parts that add up to it; of a message longer than the window only
            the most suspicious part has weights.
        """
        normalised, origins = self.normalisation(text), self.normalisation.find_origins(text)
        parts = find_windows(normalised, self.window)
        start, end = max(parts, key=lambda part: self._score_part(normalised[slice(*part)]))
        part = normalised[start:end]
        return explain_sum(
            text,
            origins[start:end],
            chain.from_iterable(block.contributions(part) for block in self.blocks),
            score=self._score_part(part),
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
