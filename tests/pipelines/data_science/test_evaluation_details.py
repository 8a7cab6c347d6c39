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


def count(*numbers: int) -> pd.Series:
    """Return true and false negatives, then false and true positives, by their names."""
    return pd.Series(numbers, list(details.tell_outcomes(PREDICTIONS, CLASSES)))


def test_outcomes_are_told_by_truth_and_answer() -> None:
    assert details.tell_outcomes(PREDICTIONS, CLASSES).sum().to_dict() == {
        "true_negatives": 1,
        "false_positives": 1,
        "false_negatives": 1,
        "true_positives": 2,
    }


def test_a_slice_holds_the_messages_of_its_kind() -> None:
    slices = details.measure_slices(PREDICTIONS, CLASSES)
    assert {name: values["messages"] for name, values in slices.items()} == {
        "up to 40 characters": 4,
        "more than 160 characters": 1,
        "has a digit": 2,
        "has a URL": 1,
        "has a currency sign": 1,
        "only capitals": 2,
        "has a character beyond ASCII": 1,
        "has an artefact of the file": 1,
    }
    assert slices["has a URL"]["spam_caught"] == 1.0
    assert "ham_blocked" not in slices["has a URL"], "it holds no ham"


def test_each_of_several_sources_is_a_slice() -> None:
    slices = details.measure_slices(PREDICTIONS.assign(source=[*"aabbb"]), CLASSES)
    assert slices["source: a"]["messages"] == 2
    assert slices["source: b"]["spam_caught"] == pytest.approx(2 / 3)


def test_without_messages_there_are_only_counts() -> None:
    """Fabricated messages may all be near-duplicates of each other."""
    (values,) = details.describe_counts(pd.DataFrame([count(0, 0, 0, 0)])).values()
    assert values == {"messages": 0} | count(0, 0, 0, 0).to_dict()


def test_intervals_narrow_with_more_messages() -> None:
    low, high = details.bootstrap_intervals(count(90, 2, 3, 27), 0)["spam_caught"]
    narrow_low, narrow_high = details.bootstrap_intervals(count(9000, 200, 300, 2700), 0)[
        "spam_caught"
    ]
    assert low < narrow_low < 0.9 < narrow_high < high


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Of 200 samples with a known share, about 95 % have it inside their interval."""
    covered = 0
    for caught in np.random.default_rng(0).binomial(200, 0.85, size=200).tolist():
        low, high = details.bootstrap_intervals(count(1000, 5, 200 - caught, caught), 0)[
            "spam_caught"
        ]
        covered += low <= 0.85 <= high
    assert covered / 200 == pytest.approx(0.95, abs=0.04)
