"""Metrics and curves of fabricated answers."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from spam_classifier.model.linear_text_model import Scores
from spam_classifier.pipelines.data_science import metrics

CLASSES = ("ham", "spam")
TRUTH = ["ham"] * 6 + ["spam"] * 4
PROBABILITIES = [0.05, 0.1, 0.15, 0.2, 0.3, 0.6, 0.7, 0.8, 0.95, 0.4]
SCORES = Scores(PROBABILITIES, CLASSES, threshold=0.5)
ANSWERS = pd.DataFrame(
    {
        "Category": TRUTH,
        "prediction": [CLASSES[probability >= 0.5] for probability in PROBABILITIES],
        "spam_probability": PROBABILITIES,
    }
)


def test_metrics_are_the_classification_report_and_more() -> None:
    values = metrics.measure(SCORES, ANSWERS)
    assert list(values) == [
        *("ham", "spam", "accuracy", "macro avg", "weighted avg"),
        *("matthews_corrcoef", "average_precision", "roc_auc", "brier_score"),
        *("ham_blocked", "spam_caught", "threshold"),
    ]
    sixths = dict.fromkeys(("precision", "recall", "f1-score"), pytest.approx(5 / 6))
    assert values["ham"] == sixths | {"support": 6}
    assert values["accuracy"] == 0.8
    assert values["spam_caught"] == values["spam"]["recall"] == 0.75
    assert values["ham_blocked"] == pytest.approx(1 / 6)
    assert values["matthews_corrcoef"] == pytest.approx(7 / 12)
    assert values["roc_auc"] == pytest.approx(23 / 24)  # of the pairs are in the right order
    squares = [(p - (truth == "spam")) ** 2 for p, truth in zip(PROBABILITIES, TRUTH, strict=True)]
    assert values["brier_score"] == pytest.approx(math.fsum(squares) / 10)


def test_the_first_class_by_name_may_be_the_positive_one() -> None:
    values = metrics.measure(
        Scores([2.0, 1.0, -1.0, -2.0], ("note", "alarm"), 0.5),
        pd.DataFrame(
            {
                "Category": ["alarm", "alarm", "note", "note"],
                "prediction": ["alarm", "note", "note", "note"],
                "spam_probability": [0.9, 0.4, 0.2, 0.1],
            }
        ),
    )
    assert values["spam_caught"] == values["alarm"]["recall"] == 0.5
    assert values["ham_blocked"] == 0
    assert values["roc_auc"] == values["average_precision"] == 1


def test_a_model_without_probabilities_has_ranking_metrics_only() -> None:
    scores = SCORES._replace(threshold=None)
    answers = ANSWERS.assign(spam_probability=np.nan)
    values = metrics.measure(scores, answers)
    assert values["brier_score"] is None
    assert values["roc_auc"] == pytest.approx(23 / 24)
    assert metrics.calibrate(scores, answers).empty
    assert metrics.expected_calibration_error(metrics.calibrate(scores, answers)) is None


def test_precision_is_traded_from_the_loosest_to_the_strictest_threshold() -> None:
    curve = metrics.trade_precision_for_recall(SCORES, ANSWERS)
    assert curve.iloc[0].to_dict() == {"recall": 1.0, "precision": 0.4}
    assert curve.iloc[-1].to_dict() == {"recall": 0.0, "precision": 1.0}


def calibrate(is_positive: npt.NDArray[np.bool_], probabilities: list[float]) -> pd.DataFrame:
    category = np.array(CLASSES)[is_positive.astype(int)]
    answers = pd.DataFrame({"Category": category, "spam_probability": probabilities})
    return metrics.calibrate(SCORES, answers)


@given(
    st.integers(1, 40).flatmap(
        lambda size: st.tuples(
            npst.arrays(bool, size).filter(np.any),
            st.lists(st.sampled_from(np.linspace(0, 1, 21).tolist()), min_size=size, max_size=size),
        )
    )
)
def test_every_message_is_in_one_bin_also_on_an_edge(
    drawn: tuple[npt.NDArray[np.bool_], list[float]],
) -> None:
    """0.1, 0.3 and 0.7 are edges that floating point makes easy to put on the wrong side."""
    is_positive, probabilities = drawn
    bins = calibrate(is_positive, probabilities)
    assert bins["messages"].sum() == len(probabilities)
    assert bins["observed"] @ bins["messages"] == pytest.approx(is_positive.sum())
    assert bins["predicted"] @ bins["messages"] == pytest.approx(math.fsum(probabilities))


@pytest.mark.parametrize(("shift", "error"), [(0.0, 0.0), (0.3, 0.3)])
def test_the_calibration_error_is_the_gap_to_what_is_observed(shift: float, error: float) -> None:
    one_in_five = np.array([True, False, False, False, False] * 20)
    bins = calibrate(one_in_five, [0.2 + shift] * 100)
    assert metrics.expected_calibration_error(bins) == pytest.approx(error)
