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
def test_parts_add_up_to_the_score(text: str) -> None:
    """Intercept, remainder and weights give the log-odds, whatever the message."""
    explanation = MODEL.explain(text)
    parts = [explanation.intercept, explanation.remainder]
    total = math.fsum([*parts, *(span.weight for span in explanation.spans)])
    assert explanation.score == pytest.approx(MODEL.score([text])[0], abs=1e-12)
    assert total == pytest.approx(explanation.score, abs=1e-9)


@given(texts)
def test_spans_are_in_order_and_hold_no_space(text: str) -> None:
    """Spans lie within the message as sent, none over another, none with a space in it."""
    end = 0
    for span in MODEL.explain(text).spans:
        assert end <= span.start < span.end <= len(text)
        assert not any(character.isspace() for character in text[span.start : span.end])
        end = span.end


def test_only_unknown_words_leave_the_intercept() -> None:
    """A message without known terms has no spans, and its score is the intercept."""
    model = make_model(intercept=-1.25, blocks=MODEL.blocks[:1])
    explanation = model.explain("zzz yyy")
    assert explanation == Explanation(
        score=-1.25, intercept=-1.25, remainder=0.0, spans=[], known=0.0
    )


def test_words_speak_for_their_class() -> None:
    """Weights have the sign of the class that a word speaks for."""
    text = "FREE, mum"
    weights = weights_by_text(text, MODEL.explain(text))
    assert weights["FREE"] > 0 > weights["mum"]


def test_word_pairs_count_for_both_words() -> None:
    """The weight of a pair of words is shared equally between them."""
    vocabulary = make_block("word", {"free prize": 1.5}, (1, 2))
    model = make_model(blocks=[vocabulary])
    text = "a free prize"
    weights = weights_by_text(text, model.explain(text))
    assert weights == {"free": pytest.approx(0.75), "prize": pytest.approx(0.75)}


def test_offsets_survive_letters_that_grow_in_lower_case() -> None:
    """`İ` becomes two characters in lower case; the words after it keep their place."""
    text = "İİİ free"
    assert "free" in weights_by_text(text, MODEL.explain(text))


def test_marks_and_joiners_stay_with_their_symbol() -> None:
    """A heart with its variation selector, and a letter with its accent, are one span each."""
    text = "❤\ufe0f x\u0301"
    assert list(weights_by_text(text, MODEL.explain(text))) == ["❤\ufe0f", "x\u0301"]


def test_padding_alone_is_remainder() -> None:
    """What only the spaces around words add stands in no span."""
    model = make_model(blocks=[make_block("char_wb", {" ": 0.1}, (1, 1))])
    explanation = model.explain("xyz")
    assert explanation.spans == []
    assert explanation.remainder == pytest.approx(0.1)
