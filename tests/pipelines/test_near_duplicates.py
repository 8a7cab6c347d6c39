"""Near-duplicates are found, on fabricated pairs and on the corpus."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spam_classifier.pipelines import near_duplicates
from spam_classifier.pipelines.near_duplicates import find_clusters, fold_text, hash_folded_texts

OFFER = "Congratulations, you have won a holiday voucher. Call 07700 900123 before 6 pm"


def test_near_duplicates_are_in_one_cluster() -> None:
    """They may differ in numbers, case or a name; a word or a number in common is too little."""
    alike = [OFFER, OFFER.replace("900123", "900987"), OFFER.upper(), f"Dear Robin! {OFFER}"]
    others = ["Congratulations on the baby!", "Call 07700 900123", "shall we meet at the station?"]
    first, *clusters = find_clusters([*alike, *others])
    assert [bool(cluster == first) for cluster in clusters] == [True] * 3 + [False] * 3
    assert len(set(clusters)) == 4


def test_a_chain_of_near_duplicates_is_one_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends of the chain have little in common; each link has most."""
    words = [letter * 6 for letter in "abcdefghij"]
    chain = [" ".join(words[start : start + 6]) for start in range(5)]
    assert len(set(find_clusters([chain[0], chain[-1]]))) == 2
    for rows_at_once in (1, 3, 5):
        monkeypatch.setattr(near_duplicates, "BLOCK", rows_at_once)
        assert len(set(find_clusters([*chain[::2], *chain[1::2]]))) == 1


def test_of_very_many_messages_those_with_the_same_folded_text_are_one_cluster(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """All of them compared with each other would take hours; the log says so."""
    monkeypatch.setattr(near_duplicates, "MOST_MESSAGES", 2)
    first, second, third = find_clusters([OFFER, OFFER.upper(), f"Dear Robin! {OFFER}"])
    assert first == second != third
    assert "3 messages are too many to compare each with all others" in caplog.text


def test_353_of_the_641_spams_of_the_corpus_have_near_duplicates(finished_run: Path) -> None:
    table = pd.read_csv(finished_run / "data/03_primary/spam_data.csv", keep_default_na=False)
    clusters = find_clusters(table["Message"].to_list())
    sizes = np.bincount(clusters)[clusters][table["Category"] == "spam"]
    assert (len(sizes), int(np.sum(sizes > 1))) == (641, 353)


def test_case_numbers_punctuation_and_spacing_are_folded() -> None:
    alike = ["win 000 now", "Win £500 now", "WIN 123 NOW!!", " win... 999\n now", "win_£000_now"]
    assert {fold_text(text) for text in alike} == {"win 000 now"}
    assert fold_text("win 0000 now") == "win 0000 now"


def test_a_hash_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert hash_folded_texts([""], 1).tolist() != hash_folded_texts([""], 1337).tolist()
    assert hash_folded_texts(["Win £500 now", "win 123 NOW!", ""], 1337).tolist() == [
        1237768547168775488,
        1237768547168775488,
        3595111053417769471,
    ]
