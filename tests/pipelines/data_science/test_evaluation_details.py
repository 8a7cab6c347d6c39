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
OUTCOMES = dict(zip(details.OUTCOMES, (1, 1, 1, 2), strict=True))


def test_outcomes_are_counted_by_truth_and_answer() -> None:
    assert details.count_outcomes(PREDICTIONS, CLASSES) == OUTCOMES


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


def test_some_of_the_messages_are_measured_alone() -> None:
    values = details.measure_rows(PREDICTIONS.drop(index=[1, 3]), CLASSES)
    assert values["messages"] == 3
    assert values["accuracy"] == values["matthews_corrcoef"] == 1.0


def test_without_messages_there_are_only_counts() -> None:
    """Fabricated messages may all be near-duplicates of each other."""
    values = details.measure_rows(PREDICTIONS[:0], CLASSES)
    assert values == {"messages": 0} | dict.fromkeys(details.OUTCOMES, 0)


def test_intervals_narrow_with_more_messages() -> None:
    few = dict(zip(details.OUTCOMES, (90, 2, 3, 27), strict=True))
    many = {name: 100 * count for name, count in few.items()}
    low, high = details.bootstrap_intervals(few, 0)["spam_caught"]
    narrow_low, narrow_high = details.bootstrap_intervals(many, 0)["spam_caught"]
    assert low < narrow_low < 0.9 < narrow_high < high


def test_the_order_of_the_counts_does_not_matter() -> None:
    turned = dict(reversed(OUTCOMES.items()))
    assert details.bootstrap_intervals(turned, 0) == details.bootstrap_intervals(OUTCOMES, 0)


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Of 200 samples with a known share, about 95 % have it inside their interval."""
    covered = 0
    for caught in np.random.default_rng(0).binomial(200, 0.85, size=200).tolist():
        counts = dict(zip(details.OUTCOMES, (1000, 5, 200 - caught, caught), strict=True))
        low, high = details.bootstrap_intervals(counts, 0)["spam_caught"]
        covered += low <= 0.85 <= high
    assert covered / 200 == pytest.approx(0.95, abs=0.04)
