"""Near-duplicates are found, on fabricated pairs and on the corpus."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import clean
from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.pipelines import near_duplicates
from spam_classifier.pipelines.near_duplicates import find_clusters, fold_text, hash_folded_texts

OFFER = "Congratulations, you have won a holiday voucher. Call 07700 900123 before 6 pm"
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(OFFER.replace("900123", "900987"), id="a number"),
        pytest.param(OFFER.replace("07700 900123", "0770 0900123"), id="spaces in a number"),
        pytest.param(OFFER.upper(), id="case"),
        pytest.param(OFFER.replace("a holiday", "the holiday"), id="a word"),
        pytest.param(f"Dear Robin! {OFFER}", id="a name"),
        pytest.param(OFFER, id="nothing"),
    ],
)
def test_messages_are_near_duplicates_when_they_differ_in(other: str) -> None:
    first, second, third = find_clusters([OFFER, other, "shall we meet at the station?"])
    assert first == second
    assert third != first


@pytest.mark.parametrize(
    "other", ["Congratulations on the baby!", "Call 07700 900123", "before 6 pm", "?", "a"]
)
def test_a_few_words_in_common_make_no_near_duplicates(other: str) -> None:
    first, second = find_clusters([OFFER, other])
    assert first != second


def test_a_chain_of_near_duplicates_is_one_cluster() -> None:
    """The ends of the chain have little in common; each link has most."""
    words = [letter * 6 for letter in "abcdefghij"]
    chain = [" ".join(words[start : start + 6]) for start in range(5)]
    assert len(set(find_clusters([chain[0], chain[-1]]))) == 2
    assert len(set(find_clusters(chain))) == 1


def test_the_order_of_the_messages_does_not_matter() -> None:
    texts = [OFFER, "see you", OFFER.replace("6 pm", "7 pm"), "see you!", "on my way"]
    clusters = find_clusters(texts)
    backwards = find_clusters(texts[::-1])[::-1]
    same = clusters[:, None] == clusters
    assert np.array_equal(same, backwards[:, None] == backwards)


def test_of_very_many_messages_those_with_the_same_folded_text_are_one_cluster(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """All of them compared with each other would take hours; the log says so."""
    texts = [OFFER, OFFER.upper(), f"Dear Robin! {OFFER}"]
    assert len(set(find_clusters(texts))) == 1
    monkeypatch.setattr(near_duplicates, "MOST_MESSAGES", 2)
    first, second, third = find_clusters(texts)
    assert first == second != third
    assert "3 messages are too many to compare each with all others" in caplog.text


def test_353_of_the_641_spams_of_the_corpus_have_near_duplicates(corpus: Path) -> None:
    messages: pd.DataFrame = clean(RawTableDataset(filepath=str(corpus)).load())[0]
    clusters = find_clusters(messages["Message"].to_list())
    is_spam = (messages["Category"] == "spam").to_numpy()
    sizes = np.bincount(clusters)[clusters][is_spam]
    assert (len(sizes), int(np.sum(sizes > 1))) == (641, 353)


@pytest.mark.parametrize(
    "text", ["Win £500 now", "WIN 123 NOW!!", "  win... 999\n now", "win_£000_now", "win 000 now"]
)
def test_case_numbers_punctuation_and_spacing_are_folded(text: str) -> None:
    assert fold_text(text) == "win 000 now"


@pytest.mark.parametrize("text", ["win 5000 now", "win now", "winn 000 now", "000 win now"])
def test_words_their_order_and_the_length_of_numbers_are_not(text: str) -> None:
    assert fold_text(text) != "win 000 now"


@given(TEXTS)
def test_folding_twice_is_folding_once(texts: list[str]) -> None:
    folded = [fold_text(text) for text in texts]
    assert [fold_text(text) for text in folded] == folded


def test_a_hash_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert hash_folded_texts(["Win £500 now", "win 123 NOW!", ""], 1337).tolist() == [
        1237768547168775488,
        1237768547168775488,
        3595111053417769471,
    ]


@given(TEXTS)
def test_a_hash_does_not_depend_on_other_messages(texts: list[str]) -> None:
    alone = [hash_folded_texts([text], 1)[0] for text in texts]
    assert hash_folded_texts(texts, 1).tolist() == alone


def test_another_seed_gives_unrelated_hashes() -> None:
    texts = [f"message {chr(97 + number % 26)} {'x' * number}" for number in range(500)]
    first, second = (hash_folded_texts(texts, seed) / 2**64 for seed in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.15
    assert abs(first.mean() - 0.5) < 0.05
