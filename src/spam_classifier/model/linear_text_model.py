"""The fitted classifier as plain data: TF-IDF blocks with one linear weight a term.

Evaluation, batch scoring and the service all score with `LinearTextModel`, so training and
serving cannot differ. It needs neither scikit-learn nor pandas, and its file is JSON: there is
nothing to unpickle.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from .explanation import Explanation, find_spans
from .normalisation import Normalisation
from .term_block import TermBlock, Weight
from .term_scorer import TermScorer
from .terms import mask_digits
from .windows import find_windows

DECIMALS = 6  # of every probability and metric that is written or answered
REMEMBERED_WORDS, LONGEST_REMEMBERED = 20_000, 40  # the latter in characters
WINDOWS_AT_ONCE = 128  # scored together: their arrays fit into a processor's cache
_WORD = re.compile(r"\w+")


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
    window: int = Field(ge=2)
    intercept: Weight
    normalisation: Normalisation
    blocks: list[TermBlock]

    @cached_property
    def scorer(self) -> TermScorer:
        """What adds up the terms of a text."""
        return TermScorer(self.blocks)

    @cached_property
    def known_words(self) -> frozenset[str]:
        """The words among the terms, with the digits masked if a block masks them."""
        terms = chain.from_iterable(block.terms for block in self.blocks if block.token_pattern)
        return frozenset(self._find_words(" ".join(term for term in terms if " " not in term)))

    @cached_property
    def counted_words(self) -> dict[str, tuple[int, int]]:
        """What `_count_known` returned of words that came before, since most come again."""
        return {}

    def prepare(self) -> None:
        """Make now what scoring needs, rather than when it is needed first: 0.05 s."""
        _ = self.scorer, self.known_words

    def score(self, texts: Iterable[str]) -> list[float]:
        """Return the log-odds of the positive class for each text.

        Args:
            texts: Messages as they were sent, n of them; they are taken a batch at a time.

        Returns:
            n log-odds, all finite; above 0 the positive class is the likelier one.
        """
        return self._score_normalised(map(self.normalisation, texts))

    def read(self, texts: Iterable[str]) -> tuple[list[float], list[float]]:
        """Return what `score` and `known_share` return, with each text normalised once.

        Args:
            texts: Messages as they were sent, n of them.

        Returns:
            n log-odds of the positive class, and n shares of known words.
        """
        normalised = list(map(self.normalisation, texts))
        return self._score_normalised(normalised), list(map(self._known_share, normalised))

    def _score_normalised(self, texts: Iterable[str]) -> list[float]:
        scores: list[float] = []
        windows = (
            (number, text[start:end])
            for number, text in enumerate(texts)
            for start, end in find_windows(text, self.window)
        )
        while some := list(islice(windows, WINDOWS_AT_ONCE)):
            numbers, parts = zip(*some, strict=True)
            for number, score in zip(numbers, self._score_windows(parts), strict=True):
                if number == len(scores):
                    scores.append(score)
                else:
                    scores[number] = max(scores[number], score)
        return scores

    def _score_windows(self, texts: Sequence[str]) -> list[float]:
        scores: list[float] = (self.intercept + self.scorer.score(texts)).tolist()
        return scores

    def explain(self, text: str) -> Explanation:
        """Say which words and symbols of a message speak for which class.

        Args:
            text: The message as it was sent.

        Returns:
            The score, and its parts that add up to it; of a message longer than a window only
            the most suspicious one has weights.
        """
        normalised, origins = self.normalisation.align(text)
        windows = find_windows(normalised, self.window)
        texts = [normalised[start:end] for start, end in windows]
        scores = self._score_windows(texts)
        score = max(scores)
        chosen = scores.index(score)
        contributions = self.scorer.take_apart(texts[chosen])
        spans = find_spans(text, origins[slice(*windows[chosen])], contributions)
        remainder = score - math.fsum([self.intercept, *(span.weight for span in spans)])
        known = self._known_share(normalised)
        return Explanation(score, self.intercept, remainder, spans, known)

    def known_share(self, text: str) -> float:
        """Return which share of a message's words the model knows.

        A word is a run of letters, digits and underscores of the normalised message, its digits
        masked as the model does. It is known if it is a term by itself. Numbers are no words: they
        look alike in every language.

        Args:
            text: The message as it was sent.

        Returns:
            From 0 to 1; 1 for a message without words.
        """
        return self._known_share(self.normalisation(text))

    def _known_share(self, normalised: str) -> float:
        counts, known, words = self.counted_words, 0, 0
        for part in normalised.split():
            some_known, some = counts.get(part) or self._count_known(part)
            known, words = known + some_known, words + some
        return known / words if words else 1.0

    def _count_known(self, part: str) -> tuple[int, int]:
        """Count the known words, and all, between two spaces of a text."""
        words = self._find_words(part)
        count = sum(map(self.known_words.__contains__, words)), len(words)
        if len(self.counted_words) >= REMEMBERED_WORDS:
            self.counted_words.clear()
        if len(part) <= LONGEST_REMEMBERED:
            self.counted_words[part] = count
        return count

    def _find_words(self, normalised: str) -> list[str]:
        if any(block.mask_digits for block in self.blocks):
            normalised = mask_digits(normalised)
        return [word for word in _WORD.findall(normalised) if not word.isdecimal()]

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

    @staticmethod
    @lru_cache(1)  # the nodes of a run read the same file one after the other
    def from_json(content: str | bytes) -> "LinearTextModel":
        """Make the model from the text that `to_json` wrote; the last one is remembered.

        Raises:
            ValueError: If the text is no model of this format version.
        """
        return LinearTextModel.model_validate_json(content)


def _logistic(score: float) -> float:
    """Return 1 / (1 + exp(-score)) without overflow for large negative scores."""
    if score >= 0:
        return 1.0 / (1.0 + math.exp(-score))
    odds = math.exp(score)
    return odds / (1.0 + odds)
