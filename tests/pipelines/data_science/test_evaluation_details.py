"""Confidence intervals, slices and calibration on fabricated predictions."""

import numpy as np
import pandas as pd
import pytest

from spam_classifier.pipelines.data_science import evaluation_details as details

CLASSES = ("ham", "spam")


def make_predictions(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["Category", "prediction", "Message"])


PREDICTIONS = make_predictions(
    ("ham", "ham", "see you at 9"),
    ("ham", "spam", "CALL ME"),
    ("spam", "spam", "win £100 at www.prize.com"),
    ("spam", "ham", "#ERROR!"),
    ("spam", "spam", "x" * 161),
)


def test_outcomes_are_counted_by_truth_and_answer() -> None:
    assert details.count_outcomes(PREDICTIONS, CLASSES) == {
        "true_negatives": 1,
        "false_positives": 1,
        "false_negatives": 1,
        "true_positives": 2,
    }


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("up to 40 characters", 4),
        ("more than 160 characters", 1),
        ("has a digit", 2),
        ("has a URL", 1),
        ("has a currency sign", 1),
        ("only capitals", 2),
        ("has a character beyond ASCII", 1),
        ("has an artefact of the file", 1),
    ],
)
def test_a_slice_holds_the_messages_of_its_kind(name: str, messages: int) -> None:
    assert details.measure_slices(PREDICTIONS, CLASSES)[name]["messages"] == messages


def test_a_slice_without_messages_is_left_out() -> None:
    assert "41 to 160 characters" not in details.measure_slices(PREDICTIONS, CLASSES)


def test_a_slice_of_one_class_has_no_share_of_the_other() -> None:
    values = details.measure_slices(PREDICTIONS, CLASSES)["has a URL"]
    assert values["spam_caught"] == 1.0
    assert "ham_blocked" not in values


def test_rows_can_be_left_out() -> None:
    values = details.measure_without(PREDICTIONS, [1, 3], CLASSES)
    assert values["messages"] == 3
    assert values["accuracy"] == values["matthews_corrcoef"] == 1.0


def test_all_rows_can_be_left_out() -> None:
    """Fabricated messages may all be near-duplicates of each other."""
    values = details.measure_without(PREDICTIONS, list(PREDICTIONS.index), CLASSES)
    assert set(values.values()) == {0}


def test_intervals_hold_the_metric_and_narrow_with_more_messages() -> None:
    few = {"true_negatives": 90, "false_positives": 2, "false_negatives": 3, "true_positives": 27}
    many = {name: 100 * count for name, count in few.items()}
    low, high = details.bootstrap_intervals(few, 0)["spam_caught"]
    narrow_low, narrow_high = details.bootstrap_intervals(many, 0)["spam_caught"]
    assert low < narrow_low < 0.9 < narrow_high < high


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Of 200 samples with a known share, about 95 % have it inside their interval."""
    generator = np.random.default_rng(0)
    covered = 0
    for caught in generator.binomial(200, 0.85, size=200):
        counts = {
            "true_negatives": 1000,
            "false_positives": 5,
            "false_negatives": 200 - int(caught),
            "true_positives": int(caught),
        }
        low, high = details.bootstrap_intervals(counts, 0)["spam_caught"]
        covered += low <= 0.85 <= high
    assert covered / 200 == pytest.approx(0.95, abs=0.04)


def test_the_calibration_error_is_0_where_shares_match_probabilities() -> None:
    is_positive = np.array([True, False, False, False, False] * 20)
    probabilities = np.full(100, 0.2)
    assert details.expected_calibration_error(is_positive, probabilities) == pytest.approx(0)
    assert details.expected_calibration_error(is_positive, probabilities + 0.3) == (
        pytest.approx(0.3)
    )
