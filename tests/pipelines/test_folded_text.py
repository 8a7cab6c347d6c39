"""Folded text and its hash."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.pipelines.near_duplicates import fold_text, hash_folded_texts

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5)


@pytest.mark.parametrize(
    "text", ["Win £500 now", "WIN 123 NOW!!", "  win... 999\n now", "win_£000_now", "win 000 now"]
)
def test_case_numbers_punctuation_and_spacing_do_not_count(text: str) -> None:
    assert fold_text(text) == "win 000 now"


@pytest.mark.parametrize("text", ["win 5000 now", "win now", "winn 000 now", "000 win now"])
def test_words_their_order_and_the_length_of_numbers_count(text: str) -> None:
    assert fold_text(text) != "win 000 now"


@given(TEXTS)
def test_folding_twice_is_folding_once(texts: list[str]) -> None:
    folded = [fold_text(text) for text in texts]
    assert [fold_text(text) for text in folded] == folded


def test_a_hash_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert hash_folded_texts(["Win £500 now", ""], 1337).tolist() == [
        1237768547168775488,
        3595111053417769471,
    ]


@given(TEXTS)
def test_a_hash_does_not_depend_on_other_messages(texts: list[str]) -> None:
    alone = [hash_folded_texts([text], 1)[0] for text in texts]
    assert hash_folded_texts(texts, 1).tolist() == alone


def test_near_duplicates_share_a_hash() -> None:
    first, second, other = hash_folded_texts(["Win £500 now", "win 123 NOW!", "Lose 1"], 1337)
    assert first == second != other


def test_another_seed_gives_unrelated_hashes() -> None:
    texts = [f"message {chr(97 + number % 26)} {'x' * number}" for number in range(500)]
    first, second = (hash_folded_texts(texts, seed) / 2**64 for seed in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.15
    assert abs(first.mean() - 0.5) < 0.05
