"""Each strategy keeps its promise on fabricated labels and clusters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.errors import UserError
from spam_classifier.pipelines.data_processing import splitting
from spam_classifier.pipelines.data_processing.splitting import (
    Clusters,
    Labels,
    Mask,
    place_messages,
)

TEST_PROPS = st.floats(0.05, 0.95)
SEEDS = st.integers(0, 2**32 - 1)


def make_labels(ham: int, spam: int) -> Labels:
    """Return labels in a shuffled order that is always the same."""
    labels = np.array(["ham"] * ham + ["spam"] * spam, dtype=object)
    return np.random.default_rng(0).permutation(labels)


def split(
    labels: Labels,
    strategy: str,
    *,
    clusters: Clusters | None = None,
    test_prop: float = 0.4,
    random_state: int = 1337,
) -> Mask:
    """Tell which rows train; without clusters each row is alone."""
    messages = pd.DataFrame({"Category": labels, "Message": ""})
    if clusters is None:
        clusters = np.arange(len(labels), dtype=np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "find_clusters", lambda texts: clusters)
        placed = place_messages(messages, test_prop, random_state, strategy)
    return np.array(placed["(in training)"])


@pytest.mark.parametrize(
    ("strategy", "rows"),
    [("stratified", [0, 1, 2, 3, 4, 5, 6, 8, 9, 14]), ("sequential", list(range(10)))],
)
def test_a_strategy_draws_the_rows_that_it_always_drew(strategy: str, rows: list[int]) -> None:
    """A change of them would change every figure of the project."""
    assert np.flatnonzero(split(make_labels(12, 4), strategy)).tolist() == rows


@given(st.lists(st.integers(-5, 40), min_size=1, max_size=200), TEST_PROPS, SEEDS)
def test_grouped_keeps_every_cluster_on_one_side(
    numbers: list[int], test_prop: float, seed: int
) -> None:
    clusters = np.array(numbers, dtype=np.int32)
    labels = make_labels(len(numbers) // 2, len(numbers) - len(numbers) // 2)
    train = split(labels, "grouped", clusters=clusters, test_prop=test_prop, random_state=seed)
    assert not set(clusters[train]) & set(clusters[~train])


@given(TEST_PROPS, SEEDS)
def test_grouped_tests_about_the_share_of_each_class(test_prop: float, seed: int) -> None:
    """The clusters have up to 5 rows, so fewer than 5 rows of each class are missing."""
    labels = np.array(["ham"] * 300 + ["spam"] * 90, dtype=object)
    sizes = np.tile([1, 2, 3, 4, 5], 26)
    clusters = np.repeat(np.arange(len(sizes)) * 7 - 3, sizes).astype(np.int32)
    test = ~split(labels, "grouped", clusters=clusters, test_prop=test_prop, random_state=seed)
    for label in ("ham", "spam"):
        expected = round(np.sum(labels == label) * test_prop)
        assert expected - 5 < np.sum(labels[test] == label) <= expected


@pytest.mark.parametrize("strategy", ["stratified", "grouped"])
def test_another_seed_chooses_other_rows(strategy: str) -> None:
    labels = make_labels(60, 40)
    assert not np.array_equal(split(labels, strategy), split(labels, strategy, random_state=1))
    assert place(TEXTS) != place(TEXTS, random_state=1)


@pytest.mark.parametrize(
    ("ham", "spam", "test_prop"),
    [
        pytest.param(10, 1, 0.4, id="a class with one row"),
        pytest.param(3, 3, 0.1, id="a test side of one row"),
        pytest.param(3, 3, 0.01, id="an empty test side"),
        pytest.param(3, 3, 0.99, id="an empty training side"),
    ],
)
def test_stratified_refuses_too_few_rows(ham: int, spam: int, test_prop: float) -> None:
    sentence = f"{ham} ham and {spam} spam rows .* both classes: set test_prop=0.5 or add rows"
    with pytest.raises(UserError, match=sentence):
        split(make_labels(ham, spam), "stratified", test_prop=test_prop)


def test_grouped_refuses_more_messages_than_can_be_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(splitting, "MOST_MESSAGES", 3)
    messages = pd.DataFrame({"Category": ["ham", "spam"] * 2, "Message": list("abcd")})
    with pytest.raises(UserError, match=r"and 4 are too many .*: set split\.strategy=hashed\."):
        place_messages(messages, 0.4, 1337, "grouped")


def place(texts: list[str], test_prop: float = 0.4, random_state: int = 1337) -> list[bool]:
    """Return for each text whether it trains, when the split is by hash."""
    messages = pd.DataFrame({"Category": "ham", "Message": texts}, dtype="str")
    placed = place_messages(messages, test_prop, random_state, "hashed")
    return list(placed["(in training)"])


TEXTS = [f"meet me {chr(97 + number % 26) * (1 + number // 26)}" for number in range(2000)]


def test_hashed_tests_about_the_share_and_with_a_larger_one_the_same_and_more() -> None:
    fewer, more = np.array(place(TEXTS, 0.2)), np.array(place(TEXTS, 0.5))
    assert 1 - np.mean(fewer) == pytest.approx(0.2, abs=0.03)
    assert not (~fewer & more).any()
    assert (fewer & ~more).any()


def test_hashed_looks_at_the_folded_text_of_a_message_only() -> None:
    sides = place(TEXTS)
    assert place([f"{text.upper()}!!" for text in TEXTS]) == sides
    assert place(TEXTS[::-2]) == sides[::-2]
