"""What hides a word from a filter, but not from a reader, is undone."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spam_classifier.model.normalisation import Normalisation, build_normalisation

NORMALISE = build_normalisation()
TROUBLESOME = "aİẞßΣσς\u0301\u200d\ufe0f👩🏽 \t\x85\xa0\u3000.!&;#x1ﬁ가ᄀ\u1161а"
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
        ("see   you", "see you"),
        ("cafe\u0301", "caf\xe9"),
    ],
)
def test_a_message_is_read_as_a_person_reads_it(sent: str, read: str) -> None:
    assert NORMALISE(sent) == read


@pytest.mark.parametrize("sent", ["how r u", "u r a star", "a b c", "AT&T; 5 & 6", "x &unknown; y"])
def test_ordinary_texts_stay_as_they_are(sent: str) -> None:
    assert NORMALISE(sent) == sent.lower()


@given(texts)
@example("F R E E &lt; İİ e\u0301 가 ﬁ Σας")
def test_each_normalised_character_has_an_origin(text: str) -> None:
    """The offset map is as long as the normalised text, never goes back, and stays inside."""
    origins = NORMALISE.find_origins(text)
    assert len(origins) == len(NORMALISE(text))
    assert origins == sorted(origins)
    assert all(0 <= origin < len(text) for origin in origins)


def test_origins_point_at_the_character_that_was_sent() -> None:
    text = "а\u200b &amp; ＦR"
    assert [text[origin] for origin in NORMALISE.find_origins(text)] == list("а & ＦR")


def test_the_normalisation_survives_its_json() -> None:
    copy = Normalisation.model_validate_json(NORMALISE.model_dump_json())
    assert copy("рауment \x92") == NORMALISE("рауment \x92")
