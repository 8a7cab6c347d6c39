"""Chooses the probability from which on a message is spam."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import parallel_config
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.metrics import precision_recall_curve, roc_curve
from sklearn.model_selection import GroupKFold, cross_val_predict

from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science.log_odds_sum import LogOddsSum

FOLDS = 5

Floats = npt.NDArray[np.float64]


def score_out_of_fold(
    classifier: LogOddsSum,
    features: csr_matrix,
    labels: list[str],
    clusters: list[int],
    random_state: int,
) -> Floats:
    """Score each training message with a model that saw neither it nor its near-duplicates.

    Args:
        classifier: Fitted.
        features: n rows, as the vectorizers made them of all messages.
        labels: n labels.
        clusters: n numbers; equal ones belong to near-duplicates.
        random_state: Seed of the folds.

    Returns:
        n log-odds of the class that sorts last; of the fitted model itself where a class has
        too few messages for folds.
    """
    clusters_of_classes = pd.Series(clusters).groupby(labels).nunique()
    if clusters_of_classes.min() < 2 * FOLDS:  # each fold shall hold both classes
        decision: Floats = classifier.decision_function(features)
        return decision
    folds = GroupKFold(FOLDS, shuffle=True, random_state=random_state)
    quick = clone(classifier).set_params(linear__tol=1e-4)
    with parallel_config("threading", n_jobs=-1):  # liblinear releases Python's lock
        scores: Floats = cross_val_predict(
            quick, features, labels, groups=clusters, cv=folds, method="decision_function"
        )
    return scores


def choose_threshold(
    positive: npt.NDArray[np.bool_], probabilities: Floats, decision: DecisionParameters
) -> float:
    """Choose the least probability at which a message belongs to the positive class.

    Args:
        positive: n booleans, True for the positive class.
        probabilities: n probabilities of the positive class.
        decision: `max_f1` maximises F1 of the positive class; `max_ham_blocked` catches as much
            of it as it can while at most that share of the negative class is caught too.

    Returns:
        A number between 0 and 1 with 3 decimals, about half-way between the least probability that
        is caught and the next lower one, and above that. From 0.999 on it has more decimals.
    """
    if decision.strategy == "max_f1":
        precision, recall, thresholds = precision_recall_curve(positive, probabilities)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        chosen = thresholds[np.argmax(f1[:-1])]
    else:
        blocked, _, thresholds = roc_curve(positive, probabilities, drop_intermediate=False)
        allowed = thresholds[blocked <= decision.max_ham_blocked]
        chosen = allowed[-1]
    below = probabilities[probabilities < chosen]
    return _round_above(float(below.max(initial=0.0)), float(min(chosen, 1.0)))


def _round_above(lower: float, upper: float) -> float:
    """Round the middle of two probabilities to a number above the lower one and below 1."""
    for decimals in range(3, 16):
        least = round(lower, decimals)
        if least <= lower:
            least = round(least + 10**-decimals, decimals)
        rounded = max(round((lower + upper) / 2, decimals), least)
        if rounded < 1:
            return rounded
    return math.nextafter(1.0, 0.0)
