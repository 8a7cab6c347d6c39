"""The metrics and curves of a model on labelled messages, computed by scikit-learn."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    classification_report,
    matthews_corrcoef,
    precision_recall_curve,
    roc_auc_score,
)

from spam_classifier.model.linear_text_model import Scores
from spam_classifier.tables import CATEGORY, PREDICTION, SPAM_PROBABILITY

CALIBRATION_BINS = 10


def measure(scores: Scores, answers: pd.DataFrame) -> dict[str, Any]:
    """Measure answers to messages of both classes.

    Args:
        scores: What the model says of the n rows.
        answers: n rows with `Category`, `prediction` and `spam_probability`.

    Returns:
        The classification report and more; `brier_score` is None for a model without
        probabilities.
    """
    negative, positive = scores.classes
    truth, prediction = answers[CATEGORY] == positive, answers[PREDICTION] == positive
    report: dict[str, Any] = classification_report(
        truth,
        prediction,
        labels=[False, True],
        target_names=scores.classes,
        output_dict=True,
        zero_division=0.0,
    )
    return report | {
        "matthews_corrcoef": matthews_corrcoef(truth, prediction),
        "average_precision": average_precision_score(truth, scores.values),
        "roc_auc": roc_auc_score(truth, scores.values),
        "brier_score": None
        if scores.threshold is None
        else brier_score_loss(truth, answers[SPAM_PROBABILITY]),
        "ham_blocked": 1.0 - report[negative]["recall"],
        "spam_caught": report[positive]["recall"],
        "threshold": scores.threshold,
    }


def trade_precision_for_recall(scores: Scores, answers: pd.DataFrame) -> pd.DataFrame:
    """Return `recall` and `precision` from the loosest to the strictest threshold.

    Args:
        scores: What the model says of the n rows.
        answers: n rows with `Category`.
    """
    precision, recall, _ = precision_recall_curve(
        answers[CATEGORY] == scores.classes[1], scores.values, drop_intermediate=True
    )
    return pd.DataFrame({"recall": recall, "precision": precision})


def calibrate(scores: Scores, answers: pd.DataFrame) -> pd.DataFrame:
    """Compare predicted probabilities with what is observed.

    Args:
        scores: What the model says of the n rows.
        answers: n rows with `Category` and `spam_probability`.

    Returns:
        For each tenth of the probability range that holds messages their mean `predicted`
        probability, the `observed` share of the positive class, and the number of `messages`; no
        rows for a model without probabilities.
    """
    if scores.threshold is None:
        return pd.DataFrame({"predicted": [], "observed": [], "messages": []})
    probabilities = answers[SPAM_PROBABILITY].to_numpy()
    observed, predicted = calibration_curve(
        answers[CATEGORY] == scores.classes[1], probabilities, n_bins=CALIBRATION_BINS
    )
    inner_edges = np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1]  # the curve's own, and its sides
    _, messages = np.unique(np.searchsorted(inner_edges, probabilities), return_counts=True)
    return pd.DataFrame({"predicted": predicted, "observed": observed, "messages": messages})


def expected_calibration_error(calibration: pd.DataFrame) -> float | None:
    """Return how far predictions lie from observations on average (Naeini et al. 2015).

    Args:
        calibration: From `calibrate`; without rows there is no error.
    """
    if calibration.empty:
        return None
    gaps = (calibration["predicted"] - calibration["observed"]).abs()
    return float(np.average(gaps, weights=calibration["messages"]))
