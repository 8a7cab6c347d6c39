"""Chooses the probability from which on a message is spam."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import parallel_config
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.metrics import precision_recall_curve, roc_curve
from sklearn.model_selection import GroupKFold, cross_val_predict

from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science.log_odds_sum import Floats, LogOddsSum

FOLDS = 5


def score_out_of_fold(
    classifier: LogOddsSum,
    features: csr_matrix,
    positive: npt.NDArray[np.bool_],
    clusters: list[int],
    random_state: int,
) -> Floats:
    """Score each training message with a model that saw neither it nor its near-duplicates.

    Args:
        classifier: Fitted.
        features: n rows, as the vectorizers made them of all messages.
        positive: Whether each message is of the positive class.
        clusters: n numbers; equal ones belong to near-duplicates.
        random_state: Seed of the folds.

    Returns:
        n log-odds of the positive class; of the fitted model itself where a class has too few
        messages for folds.
    """
    clusters_of_classes = pd.Series(clusters).groupby(positive).nunique()
    if clusters_of_classes.min() < 2 * FOLDS:  # each fold shall hold both classes
        return classifier.decision_function(features)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=random_state)
    quick = clone(classifier).set_params(linear__tol=1e-4)
    with parallel_config("threading", n_jobs=-1):  # liblinear releases Python's lock
        scores: Floats = cross_val_predict(
            quick, features, positive, groups=clusters, cv=folds, method="decision_function"
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
        A number between 0 and 1, half-way between the least probability that is caught and the
        next lower one, rounded to as few decimals as keep it above that, but not less than 3.
    """
    if decision.strategy == "max_f1":
        precision, recall, thresholds = precision_recall_curve(positive, probabilities)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        chosen = thresholds[np.argmax(f1[:-1])]
    else:
        blocked, _, thresholds = roc_curve(positive, probabilities, drop_intermediate=False)
        chosen = thresholds[blocked <= decision.max_ham_blocked][-1]
    below = probabilities[probabilities < chosen].max(initial=0.0)
    middle = float(below + min(chosen, 1.0)) / 2
    for decimals in range(3, 16):
        if below < (threshold := round(middle, decimals)) < 1:
            return threshold
    return float(np.clip(chosen, np.nextafter(0, 1), np.nextafter(1, 0)))
