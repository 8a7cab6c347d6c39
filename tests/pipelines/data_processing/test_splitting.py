"""Each strategy keeps its promise on fabricated labels and clusters."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.errors import UserError
from spam_classifier.pipelines.data_processing import splitting
from spam_classifier.pipelines.data_processing.splitting import Clusters, Labels, Mask

TEST_PROPS = st.floats(0.05, 0.95)
SEEDS = st.integers(0, 2**32 - 1)
TEXTS = [f"meet me {chr(97 + number % 26) * (1 + number // 26)}" for number in range(2000)]


def make_labels(ham: int, spam: int) -> Labels:
    """Return labels in a shuffled order that is always the same."""
    labels = np.array(["ham"] * ham + ["spam"] * spam, dtype=object)
    return np.random.default_rng(0).permutation(labels)


def place(
    strategy: str, texts: list[str] | str, labels: Labels | str = "ham", **options: float
) -> Mask:
    """Tell which rows train."""
    messages = pd.DataFrame({"Category": labels, "Message": texts}, dtype="str")
    settings: dict[str, Any] = {"test_prop": 0.4, "random_state": 1337, **options}
    placed = splitting.place_messages(messages, strategy=strategy, **settings)
    return np.array(placed["(in training)"])


def split(
    labels: Labels, strategy: str, clusters: Clusters | None = None, **options: float
) -> Mask:
    """Tell which rows train if these are their clusters; without them each row is alone."""
    numbers = np.arange(len(labels), dtype=np.int32) if clusters is None else clusters
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "find_clusters", lambda texts: numbers)
        return place(strategy, "", labels, **options)


@given(st.lists(st.integers(-5, 40), min_size=1, max_size=200), TEST_PROPS, SEEDS)
def test_grouped_keeps_every_cluster_on_one_side(
    numbers: list[int], test_prop: float, seed: int
) -> None:
    clusters = np.array(numbers, dtype=np.int32)
    labels = make_labels(len(numbers) // 2, len(numbers) - len(numbers) // 2)
    train = split(labels, "grouped", clusters, test_prop=test_prop, random_state=seed)
    assert not set(clusters[train]) & set(clusters[~train])


@given(TEST_PROPS, SEEDS)
def test_grouped_tests_about_the_share_of_each_class(test_prop: float, seed: int) -> None:
    """The clusters have up to 5 rows, so fewer than 5 rows of each class are missing."""
    labels = np.array(["ham"] * 300 + ["spam"] * 90, dtype=object)
    sizes = np.tile([1, 2, 3, 4, 5], 26)
    clusters = np.repeat(np.arange(len(sizes)) * 7 - 3, sizes).astype(np.int32)
    test = ~split(labels, "grouped", clusters, test_prop=test_prop, random_state=seed)
    for label in ("ham", "spam"):
        expected = round(np.sum(labels == label) * test_prop)
        assert expected - 5 < np.sum(labels[test] == label) <= expected


def test_another_seed_chooses_other_rows() -> None:
    labels = make_labels(60, 40)
    for strategy in ("stratified", "grouped"):
        assert (split(labels, strategy) != split(labels, strategy, random_state=1)).any()
    assert (place("hashed", TEXTS) != place("hashed", TEXTS, random_state=1)).any()


@pytest.mark.parametrize(("ham", "spam", "test_prop"), [(10, 1, 0.4), (3, 3, 0.01)])
def test_stratified_refuses_too_few_rows(ham: int, spam: int, test_prop: float) -> None:
    sentence = f"{ham} ham and {spam} spam rows .* both classes: set test_prop=0.5 or add rows"
    with pytest.raises(UserError, match=sentence):
        split(make_labels(ham, spam), "stratified", test_prop=test_prop)


def test_grouped_refuses_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "MOST_MESSAGES", 3)
    with pytest.raises(UserError, match=r"and 4 are too many .*: set split\.strategy=hashed\."):
        split(make_labels(2, 2), "grouped")


def test_hashed_tests_about_the_share_and_with_a_larger_one_the_same_and_more() -> None:
    fewer, more = place("hashed", TEXTS, test_prop=0.2), place("hashed", TEXTS, test_prop=0.5)
    assert 1 - np.mean(fewer) == pytest.approx(0.2, abs=0.03)
    assert not (~fewer & more).any()
    assert (fewer & ~more).any()


def test_hashed_looks_at_the_folded_text_of_a_message_only() -> None:
    train = place("hashed", TEXTS)
    assert (place("hashed", [f"{text.upper()}!!" for text in TEXTS]) == train).all()
    assert (place("hashed", TEXTS[::-2]) == train[::-2]).all()
