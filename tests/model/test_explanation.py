"""Explanations: the parts of a score add up to it, and stand where the message has them."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers import make_block, make_model
from spam_classifier.model.explanation import Explanation
from spam_classifier.model.normalisation import build_normalisation

WORD_WEIGHTS = {
    "free": 2.0,
    "free prize": 1.5,
    "prize": 1.0,
    "!": 0.5,
    "mum": -2.0,
    "ß": 0.3,
    "i": -0.2,
    "❤": -1.0,
}
CHARACTER_WEIGHTS = {" ": 0.1, " f": 0.7, "fr": 0.4, "mum ": -0.6, "i̇": 0.8, "\u0301": 0.2}
TROUBLESOME = "aİẞßΣ\u03c3ς\u0301\u200d❤\ufe0f👩🏽 \t\x1c\x85\xa0\u3000.!_1"


MODEL = make_model(
    window=40,
    intercept=-1.25,
    normalisation=build_normalisation(),
    blocks=[
        make_block("word", WORD_WEIGHTS, (1, 2)),
        make_block("char_wb", CHARACTER_WEIGHTS, (1, 4)),
        make_block("word", WORD_WEIGHTS, (1, 1), binary=True),
    ],
)
texts = st.text() | st.text(alphabet=TROUBLESOME + "fremupzi", max_size=60)


def weights_by_text(text: str, explanation: Explanation) -> dict[str, float]:
    """Return the weights by the pieces of the message that they stand for."""
    return {text[span.start : span.end]: span.weight for span in explanation.spans}


@given(texts)
@example("")
@example("İİ FREE prize! free  PRIZE")
@example("ẞtraße ❤\ufe0f cafe\u0301 👩🏽\u200d👩 mum")
def test_parts_add_up_to_the_score_and_stand_where_they_are(text: str) -> None:
    """Spans lie within the message as sent, none over another, none with a space in it."""
    explanation = MODEL.explain(text)
    parts = [explanation.intercept, explanation.remainder]
    total = math.fsum([*parts, *(span.weight for span in explanation.spans)])
    assert explanation.score == pytest.approx(MODEL.score([text])[0], abs=1e-12)
    assert total == pytest.approx(explanation.score, abs=1e-9)
    end = 0
    for span in explanation.spans:
        assert end <= span.start < span.end <= len(text)
        assert not any(character.isspace() for character in text[span.start : span.end])
        end = span.end


@pytest.mark.parametrize(
    ("term", "text", "weights"),
    [
        ("free", "zzz FREE", {"FREE": 1.5}),
        ("free prize", "a free prize", {"free": 0.75, "prize": 0.75}),  # shared equally
        ("free", "İİİ free", {"free": 1.5}),  # a letter that is two in lower case
        ("❤", "x ❤\ufe0f", {"❤\ufe0f": 1.5}),  # a symbol with what belongs to it
        ("free", "zzz yyy", {}),
    ],
)
def test_words_have_the_weight_of_their_terms(
    term: str, text: str, weights: dict[str, float]
) -> None:
    model = make_model(intercept=-1.25, blocks=[make_block("word", {term: 1.5}, (1, 2))])
    explanation = model.explain(text)
    assert weights_by_text(text, explanation) == pytest.approx(weights)
    assert explanation.score == pytest.approx(-1.25 + sum(weights.values()))


def test_padding_alone_is_remainder() -> None:
    """What only the spaces around words add stands in no span."""
    explanation = make_model(blocks=[make_block("char_wb", {" ": 0.1}, (1, 1))]).explain("xyz")
    assert explanation.spans == []
    assert explanation.remainder == pytest.approx(0.1)
