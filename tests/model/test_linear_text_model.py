"""The model scores many texts with numpy and a few without: the numbers are the same."""

import math
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers import make_block, make_model
from spam_classifier.model import batches, linear_text_model
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.normalisation import build_normalisation

WORDS = {
    "free": 2.0,
    "free prize": 1.5,
    "prize": 1.0,
    "to win a": 3.0,
    "call 00": 0.7,
    "00": 0.25,
    "!": 0.5,
    "! !": -0.75,
    "ß": 0.3,
    "❤": -1.0,
    "a": 0.1,
}
CHARACTERS = {
    " ": 0.1,
    "e": -0.3,
    "0": 0.15,
    "re": 0.6,
    " f": 0.7,
    "free": 0.4,
    " a ": -0.6,
    "prize": 1.1,
    " win ": 0.9,
    "i̇": 0.8,
    "\u0301": 0.2,
    "❤": 0.35,
    "never found, since it is two words": 5.0,
}
MODEL = make_model(
    window=40,
    intercept=-1.25,
    normalisation=build_normalisation(),
    blocks=[
        make_block("word", WORDS, (1, 3)),
        make_block("word", WORDS, (2, 2), mask_digits=True),
        make_block("word", WORDS, (1, 1), mask_digits=True, binary=True),
        make_block("char_wb", CHARACTERS, (1, 4)),
        make_block("char_wb", CHARACTERS, (5, 6), binary=True),
        make_block("char_wb", CHARACTERS, (1, 1), mask_digits=True),
    ],
)
ALPHABET = "aeİßΣς\u0301\u200d❤\ufe0f👩🏽 \t\n\x1c\x85\xa0\u3000\x00\ud800.!_19٣freewinprz"
texts = (
    st.text()
    | st.text(alphabet=ALPHABET, max_size=100)
    | st.lists(st.sampled_from([*" ".join(WORDS).split(), "other", "x", "12"])).map(" ".join)
)


@given(st.lists(texts), st.integers(1, 200), st.integers(0, 200))
@example(["", " ", "x", "unknown words only", "❤"], 100, 100)
@example(["free prize! " * 1000, "a" * 10_000, "free"], 100, 100)
@example(["now free", "prize now"], 100, 100)
def test_texts_score_together_as_each_alone(
    texts: list[str], batch_characters: int, remembered_characters: int
) -> None:
    """Neither other texts, nor the size of a batch, nor the words seen before change a score."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "BATCH_CHARACTERS", batch_characters)
        patch.setattr(batches, "REMEMBERED_CHARACTERS", remembered_characters)
        patch.setattr(linear_text_model, "FEW_WINDOWS", 0)
        together = MODEL.score(texts)
        patch.setattr(linear_text_model, "FEW_WINDOWS", 10_000)
        alone = [MODEL.score([text])[0] for text in texts]
    assert together == pytest.approx(alone, rel=0, abs=1e-9)


def test_a_long_text_counts_as_its_most_suspicious_part() -> None:
    """Harmless words around a spam do not change its score."""
    spam = "free prize! free prize! to win a prize"
    padded = f"{'other ' * 50} {spam} {'other ' * 50}"
    assert MODEL.score([padded])[0] >= MODEL.score([spam])[0] - 1e-9


def test_no_texts_have_no_scores() -> None:
    assert MODEL.score([]) == []


def test_a_model_without_terms_gives_the_intercept() -> None:
    assert make_model(intercept=0.5).score(["a", ""]) == [0.5, 0.5]


def test_an_empty_vocabulary_adds_nothing() -> None:
    blocks = [make_block("word", {}, (1, 2)), make_block("char_wb", {}, (1, 3))]
    assert make_model(intercept=0.5, blocks=blocks).score(["a", ""]) == [0.5, 0.5]


@pytest.mark.parametrize(("number", "refused"), [(1e308, True), (-1e308, True), (1e99, False)])
@pytest.mark.parametrize("field", ["weights", "idf"])
def test_numbers_that_lead_beyond_all_numbers_are_refused(
    field: str, number: float, refused: bool
) -> None:
    """A model that can be read has a finite score for each message."""
    block = make_block("word", {"free": 1.0, "prize": -1.0}, (1, 1)).model_dump()
    block[field][0] = abs(number) if field == "idf" and not refused else number
    content = make_model().model_dump() | {"blocks": [block]}
    if refused:
        with pytest.raises(ValueError, match=field):
            LinearTextModel.model_validate(content)
    else:
        model = LinearTextModel.model_validate(content)
        assert all(map(math.isfinite, model.score(["free " * 50, "prize", "free prize", ""] * 5)))


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("FREE prize, ｆｒｅｅ!", 1.0),
        ("free entry", 0.5),
        ("what is this", 0.0),
        ("call 87", 0.5),  # two digits are a term, whichever they are
        ("win a prize", 1 / 3),  # "win a" is a term, but neither "win" nor "a" is
        ("!!! ❤", 1.0),
        ("", 1.0),
    ],
)
def test_the_share_of_known_words(text: str, share: float) -> None:
    """A word is known if it is a term by itself; symbols are no words."""
    model = make_model(
        normalisation=build_normalisation(),
        blocks=[
            make_block("word", {"free": 1.0, "prize": 1.0, "00": 1.0, "win a": 1.0}, (1, 2)),
            make_block("word", {"free": 1.0}, (1, 1), mask_digits=True),
            make_block("char_wb", {"what": 1.0}, (1, 4)),
        ],
    )
    assert model.known_share(text) == model.explain(text).known == pytest.approx(share)


def test_a_scored_model_has_the_same_json() -> None:
    """The arrays that scoring makes are no part of the model's file."""
    model = LinearTextModel.from_json(MODEL.to_json())
    model.score(["free"])
    assert model.to_json() == MODEL.to_json()


def test_memory_does_not_grow_with_the_number_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that are made one after the other, of words that are all different."""
    monkeypatch.setattr(batches, "BATCH_CHARACTERS", 5_000)
    monkeypatch.setattr(batches, "REMEMBERED_CHARACTERS", 5_000)
    assert _measure_peak(2_000) < 1.5 * _measure_peak(500)


def _measure_peak(number_of_texts: int) -> int:
    tracemalloc.start()
    try:
        MODEL.score(_make_texts(number_of_texts))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _make_texts(number: int) -> Iterator[str]:
    for index in range(number):
        yield " ".join(f"word{index}x{place}" for place in range(5))


def test_reading_is_scoring_and_looking_for_known_words() -> None:
    model = make_model(blocks=[make_block("word", {"prize": 4.0}, (1, 1))])
    texts = ["A PRIZE!", "see you", ""]
    assert model.read(texts) == (model.score(texts), [model.known_share(text) for text in texts])
