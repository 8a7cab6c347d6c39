"""A vocabulary, with what turns its terms into a number: TF-IDF and one linear weight a term."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# So far from infinity, and from zero, that every message has a score that is finite.
Weight = Annotated[float, Field(gt=-1e100, lt=1e100)]
InverseFrequency = Annotated[float, Field(gt=1e-100, lt=1e100)]


class TermBlock(BaseModel):
    """A vocabulary with an inverse document frequency and a linear weight for each term.

    Attributes:
        analyzer: `word` (n-grams of the tokens that `token_pattern` finds) or `char_wb`
            (n-grams of the characters of each word, padded by a space on both sides).
        token_pattern: Regular expression of a token; None for `char_wb`.
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
