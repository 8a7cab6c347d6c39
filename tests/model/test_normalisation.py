"""What hides a word from a filter, but not from a reader, is undone."""

import unicodedata
from itertools import groupby
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spam_classifier.model.normalisation import MOST_MARKS, build_normalisation

NORMALISE = build_normalisation()
TROUBLESOME = "aİẞßΣσς\u0301\u200d\ufe0f👩🏽 \t\x85\xa0\u3000.!&;#x1ﬁ가ᄀ\u1161а"
HOSTILE = "a \u0301\u0344\u0f73\u0f75\u3099\uff9e\uff9f\ufdfa\ufdfb\u3316\u1fb7가İ&"
texts = st.text() | st.text(alphabet=TROUBLESOME, max_size=40)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("FREE Prize", "free prize"),
        ("don\x92t", "don't"),
        ("don\u2019t", "don't"),
        ("&lt;#&gt; &amp; &pound;5", "<#> & £5"),
        ("f\u200br\u200be\u2060e", "free"),
        ("fr\xadee\x00", "free"),
        ("рауment ѕесurе", "payment secure"),
        ("ＦＲＥＥ ２ ｗｉｎ", "free 2 win"),
        ("𝐅𝐑𝐄𝐄 𝗣𝗿𝗶𝘇𝗲", "free prize"),
        ("F R E E   p r i z e !   w i n", "free prize! win"),
        ("& p o u n d ; 5  &l\u200bt;", "£5 <"),
        ("how r u", "how r u"),
        ("AT&T; 5 & 6 &unknown; y", "at&t; 5 & 6 &unknown; y"),
        ("cafe\u0301", "caf\xe9"),
        ("x" + "\u0363" * 31 + "y\u0363", "x" + "\u0363" * 30 + "y\u0363"),
        ("\ufdfa Ｆ\ufdfb", "\ufdfa f\ufdfb"),
    ],
)
def test_a_message_is_read_as_a_person_reads_it(sent: str, read: str) -> None:
    assert NORMALISE(sent) == read


@given(texts)
@example("F R E E &lt; İİ e\u0301 가 ﬁ Σας")
@example("a" + "\u0344\u0f73" * 40 + "\ufdfa")
def test_each_normalised_character_has_an_origin(text: str) -> None:
    """The aligned text is the normalised one; its origins never go back, and stay inside."""
    normalised, origins = NORMALISE.align(text)
    assert normalised == NORMALISE(text)
    assert len(origins) == len(normalised)
    assert origins == sorted(origins)
    assert all(0 <= origin < len(text) for origin in origins)


def test_origins_point_at_the_character_that_was_sent() -> None:
    text = "а\u200b &amp; ＦR"
    assert [text[origin] for origin in NORMALISE.align(text)[1]] == list("а & ＦR")


def count_work(text: str) -> int:
    """Return what CPython does for a text: it sorts each run of marks by insertion."""
    normalize, work = unicodedata.normalize, len(text)

    def count(form: Literal["NFKC", "NFKD"], part: str) -> str:
        nonlocal work
        decomposed = normalize("NFKD", part)
        work += len(decomposed)
        for are_marks, run in groupby(decomposed, lambda sign: unicodedata.combining(sign) > 0):
            work += len(list(run)) ** 2 if are_marks else 0
        return normalize(form, part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unicodedata, "normalize", count)
        normalised, _ = NORMALISE.align(text)
        work += len(normalised) + len(NORMALISE(text))
    return work


@settings(max_examples=40)
@given(st.text(alphabet=HOSTILE, min_size=1, max_size=12) | st.text(min_size=1, max_size=12))
@example("\u0344\u0f73")
@example("\u0f73")
@example("\uff9e\uff9f")
@example("\ufdfa")
def test_twice_the_text_is_about_twice_the_work(unit: str) -> None:
    """Steps and sizes are counted; a run of marks may be of any length."""
    once, twice = count_work(unit * 200), count_work(unit * 400)
    assert twice <= 2.1 * once
    assert twice <= 4 * MOST_MARKS * 400 * len(unit)


def test_no_character_makes_more_than_six() -> None:
    """So a message of 10,000 characters has a bounded price."""
    characters = map(chr, [*range(0xD800), *range(0xE000, 0x110000)])
    lines = NORMALISE("\n".join(characters)).split("\n")
    assert max(map(len, lines)) == 6
