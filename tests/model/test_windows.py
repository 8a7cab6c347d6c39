"""A long text is cut into windows that hold every word, none longer than it may be."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from spam_classifier.model.windows import find_windows

LENGTH = 8
texts = st.text(alphabet="ab \n", max_size=60)


@given(texts)
@example("a" * 100)
@example(" " * 20)
def test_no_character_of_a_word_is_left_out(text: str) -> None:
    """Windows are in order, at most as long as they may be, and half a length apart or more."""
    windows = find_windows(text, LENGTH)
    covered = {place for start, end in windows for place in range(start, end)}
    assert {place for place, sign in enumerate(text) if not sign.isspace()} <= covered
    assert all(0 <= end - start <= LENGTH for start, end in windows)
    starts = [start for start, _ in windows]
    assert all(b - a >= LENGTH // 2 for a, b in pairwise(starts))


def test_words_stay_whole() -> None:
    """But for one that is longer than half a window."""
    text = "one two six abcdefghijk"
    windows = [text[start:end] for start, end in find_windows(text, LENGTH)]
    assert windows == ["one two", "two six", "six abcd", "abcdefgh", "efghijk"]
    assert find_windows(" a b ", LENGTH) == [(0, 5)]
