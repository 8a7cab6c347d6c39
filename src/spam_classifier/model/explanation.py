"""Which words of a message speak for which class: what a linear model adds up, word by word."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

# A mark, joiner or skin tone belongs to the letter or symbol before it.
_MARKS = r"[\u0300-\u036f\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*"
_WORD_OR_SYMBOL = re.compile(rf"(?:\w{_MARKS})+|[^\w\s]{_MARKS}")

# The stretches of a normalised text that a term covers, each as start and end.
Stretches = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A word or symbol of a message, and what it adds to the log-odds.

    Attributes:
        start: First code point of the message as it was sent, from 0.
        end: Code point after the last one.
        weight: Log-odds; positive speaks for the positive class.
    """

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a score: `score = intercept + remainder + the weights of the spans`.

    Attributes:
        score: The log-odds of the positive class.
        intercept: Log-odds for a message without any known term.
        remainder: What no word or symbol accounts for.
        spans: The words and symbols with a weight.
        known: Share of the message's words that the model knows, 0 to 1.
    """

    score: float
    intercept: float
    remainder: float
    spans: list[Span]
    known: float


def find_spans(
    text: str, origins: list[int], contributions: Iterable[tuple[Stretches, float]]
) -> list[Span]:
    """Share out what terms add to a score among the words and symbols of a message.

    A term's contribution goes in equal parts to the stretches that it covers, and within a
    stretch in equal parts to its characters; a word's weight is the sum over its characters.

    Args:
        text: The message as it was sent.
        origins: For each character of the normalised text the one of `text` that it comes from.
        contributions: For each occurrence of a term its stretches of the normalised text, and
            what it adds to the score.

    Returns:
        The words and symbols with a weight, from left to right, none over another.
    """
    weights = [0.0] * len(text)
    for stretches, contribution in contributions:
        for start, end in stretches:
            share = contribution / len(stretches) / (end - start)
            for position in range(start, end):
                weights[origins[position]] += share
    return [
        Span(match.start(), match.end(), weight)
        for match in _WORD_OR_SYMBOL.finditer(text)
        if (weight := math.fsum(weights[match.start() : match.end()]))
    ]
