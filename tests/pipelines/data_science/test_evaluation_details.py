"""Confidence intervals, slices and what is left without some messages."""

import numpy as np
import pandas as pd
import pytest

from spam_classifier.pipelines.data_science import evaluation_details as details

CLASSES = ("ham", "spam")
PREDICTIONS = pd.DataFrame(
    [
        ("ham", "ham", "see you at 9"),
        ("ham", "spam", "CALL ME"),
        ("spam", "spam", "win £100 at www.prize.com"),
        ("spam", "ham", "#ERROR!"),
        ("spam", "spam", "x" * 161),
    ],
    columns=["Category", "prediction", "Message"],
)
OUTCOMES = ["true_negatives", "false_positives", "false_negatives", "true_positives"]


def test_a_slice_holds_the_messages_of_its_kind_or_source() -> None:
    slices = details.measure_slices(PREDICTIONS.assign(source=[*"aabbb"]), CLASSES)
    assert {name: values["messages"] for name, values in slices.items()} == {
        "up to 40 characters": 4,
        "more than 160 characters": 1,
        "has a digit": 2,
        "has a URL": 1,
        "has a currency sign": 1,
        "only capitals": 2,
        "has a character beyond ASCII": 1,
        "has an artefact of the file": 1,
        "source: a": 2,
        "source: b": 3,
    }
    assert slices["source: b"]["spam_caught"] == pytest.approx(2 / 3)
    assert "ham_blocked" not in slices["source: b"], "it holds no ham"


def test_the_order_of_counts_does_not_matter() -> None:
    counts = pd.Series([8, 1, 90, 1], [OUTCOMES[n] for n in (3, 1, 0, 2)])
    (values,) = details.describe_counts(pd.DataFrame([counts])).values()
    assert round(values["spam_precision"], 3) == round(values["spam_caught"], 3) == 0.889
    assert details.bootstrap_intervals(counts, 0)["ham_blocked"][1] < 0.05


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Of 100 samples with a known share, about 95 % have it inside their interval."""
    covered = []
    for caught in np.random.default_rng(0).binomial(200, 0.85, size=100).tolist():
        counts = pd.Series([1000, 5, 200 - caught, caught], OUTCOMES)
        low, high = details.bootstrap_intervals(counts, 0)["spam_caught"]
        covered.append(low <= 0.85 <= high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)
