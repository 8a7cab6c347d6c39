"""Near-duplicates are found, on fabricated pairs and on the corpus."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from helpers import clean
from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.pipelines.near_duplicates import find_clusters, vectorize

OFFER = "Congratulations, you have won a holiday voucher. Call 07700 900123 before 6 pm"


@pytest.fixture(scope="module")
def messages(corpus: Path) -> pd.DataFrame:
    """Return the distinct messages of the corpus."""
    rows: pd.DataFrame = clean(RawTableDataset(filepath=str(corpus)).load())[0]
    return rows


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


@given(st.lists(st.text(st.sampled_from("ab0 \té"), min_size=1), min_size=1))
def test_the_vectors_are_those_of_scikit_learn(texts: list[str]) -> None:
    """Products of the rows: the columns are in another order."""
    texts = [f"{text} z" for text in texts]
    ours = vectorize(texts)
    expected = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5)).fit_transform(texts)
    assert ours.shape == expected.shape
    np.testing.assert_allclose((ours @ ours.T).toarray(), (expected @ expected.T).toarray())


@pytest.mark.parametrize("texts", [[" "], [" ", "\n"], [" ", "a"]])
def test_messages_without_words_are_alone(texts: list[str]) -> None:
    assert len(set(find_clusters(texts))) == len(texts)


def test_353_of_the_641_spams_of_the_corpus_have_near_duplicates(messages: pd.DataFrame) -> None:
    clusters = find_clusters(messages["Message"].to_list())
    is_spam = (messages["Category"] == "spam").to_numpy()
    sizes = np.bincount(clusters)[clusters][is_spam]
    assert len(sizes) == 641
    assert np.sum(sizes > 1) == 353
