"""The model adds up what scikit-learn adds up, for any texts, and tells the parts of it."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from helpers import make_block, make_model
from spam_classifier.model import linear_text_model, term_scorer
from spam_classifier.model.linear_text_model import WINDOWS_AT_ONCE
from spam_classifier.model.normalisation import build_normalisation
from spam_classifier.model.term_block import TermBlock
from spam_classifier.model.term_scorer import Floats, TermScorer
from spam_classifier.model.terms import mask_digits
from spam_classifier.model.windows import find_windows

WORDS = ["free", "free prize", "prize", "to win a", "call 00 a", "00", "!", "! !", "ß", "❤", "a"]
CHARACTERS = [" ", "e", "0", "i̇", "\u0301", "❤", " f", " a ", "free", "mum ", "prize", " win "]
CHARACTERS += ["e p"]  # never found: it is of two words
WINDOW = 8  # characters


def weigh(terms: list[str]) -> dict[str, float]:
    """Give each term another weight."""
    return {term: 2.1 - number / 3 for number, term in enumerate(terms)}


MODEL = make_model(
    window=40,
    intercept=-1.25,
    normalisation=build_normalisation(),
    blocks=[
        make_block("word", weigh(WORDS), (1, 3)),
        make_block("word", weigh(WORDS), (3, 3), mask_digits=True),
        make_block("word", weigh(WORDS), (1, 1), mask_digits=True, binary=True),
        make_block("char_wb", weigh(CHARACTERS), (1, 4)),
        make_block("char_wb", weigh(CHARACTERS), (5, 6), binary=True),
        make_block("char_wb", weigh(CHARACTERS), (1, 1), mask_digits=True),
    ],
)
ALPHABET = "aeİßΣς\u0301\u200d❤\ufe0f👩🏽 \t\n\x1c\x85\xa0\u3000\x00\ud800.!_19٣freewinprz"
messages = (
    st.text()
    | st.text(alphabet=ALPHABET, max_size=100)
    | st.lists(st.sampled_from([*" ".join(WORDS).split(), "other", "x", "12"])).map(" ".join)
)


def score_by_scikit_learn(block: TermBlock, texts: list[str]) -> list[float]:
    """Return the dot products of a block, computed by scikit-learn."""
    vectorizer = TfidfVectorizer(
        analyzer=block.analyzer,
        token_pattern=block.token_pattern,
        ngram_range=block.ngram_range,
        preprocessor=mask_digits if block.mask_digits else str,
        binary=block.binary,
        sublinear_tf=not block.binary,
        vocabulary=block.terms,
    ).fit([""])
    vectorizer.idf_ = np.array(block.idf)
    scores: list[float] = (vectorizer.transform(texts) @ np.array(block.weights)).tolist()
    return scores


@settings(max_examples=40)
@given(st.lists(messages, min_size=1))
@example(["", " ", "x", "unknown words only", "❤"])
@example(["free prize! " * 100, "a" * 1000, "free"])
@example(["now free", "prize call 12 a", "now to win a free prize"])
def test_the_score_is_what_scikit_learn_computes(texts: list[str]) -> None:
    """Neither other texts, nor the words seen before, change a score."""
    model = MODEL.model_copy(update={"window": 10_000})
    normalised = list(map(model.normalisation, texts))
    expected = np.full(len(texts), model.intercept)
    for block in model.blocks:
        expected += score_by_scikit_learn(block, normalised)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(term_scorer, "REMEMBERED_CHARACTERS", 3)
        assert model.score(texts) == pytest.approx(expected, rel=0, abs=1e-9)
        alone = [model.score([text])[0] for text in texts]
        assert alone == pytest.approx(expected, rel=0, abs=1e-9)


def test_what_has_no_terms_has_the_intercept() -> None:
    blocks = [make_block("word", {}, (1, 2)), make_block("char_wb", {}, (1, 3))]
    assert make_model(intercept=0.5).score(["a", ""]) == [0.5, 0.5]
    assert make_model(intercept=0.5, blocks=blocks).score(["a", ""]) == [0.5, 0.5]
    assert MODEL.score([]) == []


def test_texts_of_the_same_single_term_are_told_apart() -> None:
    model = make_model(blocks=[make_block("word", {"free": 1.5}, (1, 1))])
    assert model.score(["free"] * 3) == [1.5] * 3


def test_the_largest_numbers_that_a_model_may_have_lead_to_finite_scores() -> None:
    model = make_model(blocks=[make_block("word", {"free": 1e99, "prize": -1e99}, (1, 1))])
    assert all(map(math.isfinite, model.score(["free " * 50, "prize", "free prize", ""] * 5)))


def test_terms_that_no_number_can_stand_for_are_refused() -> None:
    block = make_block("word", dict.fromkeys("abcd", 1.0), (1, 28))
    with pytest.raises(ValueError, match="too many tokens"):
        make_model(blocks=[block]).score(["a b"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"terms": ["free", "free"]}, "for each of its distinct terms"),
        ({"idf": [1.0]}, "for each of its distinct terms"),
        ({"token_pattern": None}, "goes with the word analyzer"),
        ({"weights": [1.0, 1e308]}, "weights"),
        ({"weights": [-1e308, 1.0]}, "weights"),
        ({"idf": [1e308, 1.0]}, "idf"),
        ({"idf": [1.0, 0.0]}, "idf"),
    ],
)
def test_a_block_that_does_not_fit_is_refused(fields: dict[str, object], sentence: str) -> None:
    block = make_block("word", {"free": 1.0, "prize": 1.0}, (1, 1)).model_dump()
    with pytest.raises(ValueError, match=sentence):
        make_model(blocks=[block | fields])


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("FREE prize, ｆｒｅｅ!", 1.0),
        ("what is this", 0.0),
        ("free 4you call", 2 / 3),  # a digit and "you" are a term, whichever the digit is
        ("free 87 call", 0.5),  # a number is no word, although two digits are a term
        ("87", 1.0),
        ("win a prize", 1 / 3),  # "win a" is a term, but neither "win" nor "a" is
        ("!!! ❤", 1.0),
    ],
)
def test_the_share_of_known_words(text: str, share: float) -> None:
    model = make_model(
        normalisation=build_normalisation(),
        blocks=[
            make_block("word", {"free": 1.0, "00": 1.0, "0you": 1.0, "win a": 1.0}, (1, 2)),
            make_block("word", {"free": 1.0, "prize": 1.0}, (1, 1), mask_digits=True),
            make_block("char_wb", {"what": 1.0}, (1, 4)),
        ],
    )
    assert model.known_share(text) == model.explain(text).known == pytest.approx(share)
    assert model.read([text]) == (model.score([text]), [model.known_share(text)])


def test_few_and_short_words_are_remembered_as_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_text_model, "REMEMBERED_WORDS", 2)
    model = make_model(blocks=[make_block("word", {"free": 1.0, "a": 1.0}, (1, 1))])
    for text, share in [("free a", 1.0), ("b free c", 1 / 3), ("a b", 0.5), ("x" * 41, 0.0)] * 2:
        assert model.known_share(text) == share
        assert len(model.counted_words) <= 2
        assert "x" * 41 not in model.counted_words


def test_texts_are_taken_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So memory does not grow with their number."""
    taken, sizes = list[str](), list[int]()

    def score(_: TermScorer, texts: Sequence[str]) -> Floats:
        sizes.append(len(taken))
        return np.zeros(len(texts))

    monkeypatch.setattr(TermScorer, "score", score)
    MODEL.score(taken.append(text) or text for text in ["free"] * 3 * WINDOWS_AT_ONCE)  # type: ignore[func-returns-value]
    assert sizes == [WINDOWS_AT_ONCE * part for part in (1, 2, 3)]


@given(st.text(alphabet="ab \n", max_size=60))
@example("a" * 100)
@example(" " * 20)
def test_no_character_of_a_word_is_left_out(text: str) -> None:
    """Windows are in order, at most as long as they may be, and half a length apart or more."""
    windows = find_windows(text, WINDOW)
    covered = {place for start, end in windows for place in range(start, end)}
    assert {place for place, sign in enumerate(text) if not sign.isspace()} <= covered
    assert all(0 <= end - start <= WINDOW for start, end in windows)
    starts = [start for start, _ in windows]
    assert all(b - a >= WINDOW // 2 for a, b in pairwise(starts))


def test_words_stay_whole() -> None:
    """But for one that is longer than half a window."""
    text = "one two six abcdefghijk"
    windows = [text[start:end] for start, end in find_windows(text, WINDOW)]
    assert windows == ["one two", "two six", "six abcd", "abcdefgh", "efghijk"]
    assert find_windows(" a b ", WINDOW) == [(0, 5)]


def test_long_texts_keep_their_scores_apart() -> None:
    """Parts of a text that are scored at different times count for the same text."""
    texts = [f"{'other ' * 40 * WINDOWS_AT_ONCE}free prize!", "a", "free"]
    assert MODEL.score(texts * 2) == pytest.approx(MODEL.score(texts) * 2)
    assert MODEL.score(texts)[0] == pytest.approx(MODEL.score([texts[0][-36:]])[0])


@given(messages)
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
        ("free", "other " * 40 + "free", {"free": 1.5}),  # in one of several windows
        ("free", "zzz yyy", {}),
    ],
)
def test_words_have_their_terms_weights(term: str, text: str, weights: dict[str, float]) -> None:
    model = make_model(intercept=-1.25, blocks=[make_block("word", {term: 1.5}, (1, 2))])
    explanation = model.explain(text)
    found = {text[span.start : span.end]: span.weight for span in explanation.spans}
    assert found == pytest.approx(weights)
    assert explanation.score == pytest.approx(-1.25 + sum(weights.values()))


def test_characters_speak_for_the_words_and_symbols_that_they_are_in() -> None:
    """What only pads them is remainder."""
    blocks = [make_block("char_wb", term, (1, 2)) for term in ({"e!": 1.5}, {" ": 0.1})]
    explanation = make_model(blocks=blocks).explain("a prize!")
    weights = {span.start: span.weight for span in explanation.spans}
    assert weights == pytest.approx({2: 0.75, 7: 0.75})
    assert explanation.remainder == pytest.approx(0.1)
