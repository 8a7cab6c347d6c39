"""Metrics of two classes, equal to scikit-learn's of the same names (the tests compare them).

scikit-learn needs more time to be imported than all else that evaluating does takes.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = dict[str, int]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def classification_report(counts: Counts, classes: tuple[str, str]) -> dict[str, Any]:
    """Compute what scikit-learn's function of this name returns as a dictionary.

    Args:
        counts: The four cells of the confusion matrix, by name.
        classes: The negative and the positive class.

    Returns:
        Precision, recall, F1 and support of each class, the accuracy, and the means over the
        classes, without and with their supports as weights; 0 where there is nothing to divide by.
    """
    true_negatives, false_positives, false_negatives, true_positives = counts.values()
    sections = [
        _measure_class(true_negatives, false_negatives, false_positives),
        _measure_class(true_positives, false_positives, false_negatives),
    ]
    size = sum(counts.values())
    weights = [section["support"] for section in sections]
    report: dict[str, Any] = dict(zip(classes, sections, strict=True))
    report["accuracy"] = _divide(true_negatives + true_positives, size)
    for name, weight in (("macro avg", None), ("weighted avg", weights)):
        means = {
            key: float(np.average([section[key] for section in sections], weights=weight))
            for key in ("precision", "recall", "f1-score")
        }
        report[name] = means | {"support": float(size)}
    return report


def _measure_class(right: int, wrongly_called: int, missed: int) -> dict[str, float]:
    return {
        "precision": _divide(right, right + wrongly_called),
        "recall": _divide(right, right + missed),
        "f1-score": _divide(2 * right, 2 * right + wrongly_called + missed),
        "support": float(right + missed),
    }


def _divide(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def matthews_corrcoef(counts: Counts) -> float:
    """Compute Matthews' correlation coefficient, 0 where it is not defined.

    Args:
        counts: The four cells of the confusion matrix, by name.
    """
    true_negatives, false_positives, false_negatives, true_positives = counts.values()
    product = (
        (true_positives + false_positives)
        * (true_positives + false_negatives)
        * (true_negatives + false_positives)
        * (true_negatives + false_negatives)
    )
    agreement = true_positives * true_negatives - false_positives * false_negatives
    return _divide(agreement, math.sqrt(product))


def _count_called(is_positive: Bools, scores: Floats) -> tuple[Floats, Floats]:
    """Count right and wrong positive answers at each distinct score, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    last_of_score = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    right = np.cumsum(is_positive[order])[last_of_score].astype(float)
    return right, 1.0 + last_of_score - right


def average_precision(is_positive: Bools, scores: Floats) -> float:
    """Compute the average precision.

    Args:
        is_positive: n booleans, of which at least one is true.
        scores: n numbers, higher for what is more likely positive.
    """
    right, wrong = _count_called(is_positive, scores)
    return float(np.sum(np.diff(right, prepend=0.0) / right[-1] * right / (right + wrong)))


def roc_auc(is_positive: Bools, scores: Floats) -> float:
    """Compute the area under the ROC curve.

    Args:
        is_positive: n booleans, of both kinds.
        scores: n numbers, higher for what is more likely positive.
    """
    right, wrong = (np.append(0.0, counts) for counts in _count_called(is_positive, scores))
    return float(np.trapezoid(right / right[-1], wrong / wrong[-1]))


def precision_recall_curve(is_positive: Bools, scores: Floats) -> tuple[Floats, Floats]:
    """Compute precision and recall, from the loosest threshold to the strictest.

    Args:
        is_positive: n booleans, of which at least one is true.
        scores: n numbers, higher for what is more likely positive.

    Returns:
        Precision and recall; thresholds between two others of the same recall are left out, and
        the last point is the one at which nothing is called positive.
    """
    right, wrong = _count_called(is_positive, scores)
    turns = np.diff(right) != 0
    kept = np.concatenate([[True], turns[:-1] | turns[1:], [True]])[: len(right)]
    precision = (right / (right + wrong))[kept]
    recall = (right / right[-1])[kept]
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0)


def calibration_curve(
    is_positive: Bools, probabilities: Floats, bins: int
) -> tuple[Floats, Floats]:
    """Compare predicted probabilities with what is observed.

    Args:
        is_positive: n booleans.
        probabilities: n numbers from 0 to 1.
        bins: How many equal parts the range is cut into.

    Returns:
        For each part that holds messages, the observed share of the positive class and the mean
        predicted probability.
    """
    bin_of = np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], probabilities)
    sizes = np.bincount(bin_of, minlength=bins)
    filled = sizes > 0
    observed, predicted = (
        np.bincount(bin_of, weights=values, minlength=bins)[filled] / sizes[filled]
        for values in (is_positive, probabilities)
    )
    return observed, predicted
