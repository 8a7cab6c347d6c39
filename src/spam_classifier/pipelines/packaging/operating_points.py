"""What other thresholds would have done on the test messages: the curve for the page's slider."""

import numpy as np

from spam_classifier.dask_engine.partitions import Table, collect
from spam_classifier.tables import CATEGORY, SPAM_PROBABILITY

PERCENTS = range(1, 100)

OperatingPoints = dict[str, list[float] | list[int]]


def count_operating_points(predictions: Table, positive: str, threshold: float) -> OperatingPoints:
    """Count, for many thresholds, the spam that is caught and the ham that is blocked.

    Args:
        predictions: n rows with `Category` and `spam_probability`, in pandas or in Dask.
        positive: The class to catch.
        threshold: The model's own threshold.

    Returns:
        Three lists of the same length: `threshold`, which is each percent from 1 to 99 but for the
        one next to the model's own threshold, whose place that takes; `spam_caught` and
        `ham_blocked`, messages.
    """
    answers = collect(predictions[[CATEGORY, SPAM_PROBABILITY]])
    thresholds = np.array(PERCENTS) / 100
    thresholds[np.abs(thresholds - threshold).argmin()] = threshold
    is_positive = (answers[CATEGORY] == positive).to_numpy()
    probabilities = answers[SPAM_PROBABILITY].to_numpy()
    spam, ham = np.sort(probabilities[is_positive]), np.sort(probabilities[~is_positive])
    return {
        "threshold": thresholds.tolist(),
        "spam_caught": (len(spam) - np.searchsorted(spam, thresholds)).tolist(),
        "ham_blocked": (len(ham) - np.searchsorted(ham, thresholds)).tolist(),
    }
