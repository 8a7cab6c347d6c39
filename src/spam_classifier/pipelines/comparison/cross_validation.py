"""Trains and tests models on parts of a table, and tells how often they are wrong."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import confusion_matrix, f1_score, matthews_corrcoef
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from spam_classifier.model.linear_text_model import TextClassifier
from spam_classifier.pipelines.near_duplicates import find_clusters
from spam_classifier.tables import CATEGORY, MESSAGE

FOLDS = 5

RowNumbers = npt.NDArray[np.int64]
Split = tuple[RowNumbers, RowNumbers]
Fit = Callable[[pd.DataFrame], TextClassifier]


def make_protocols(
    messages: pd.DataFrame, test_props: Iterable[float], repeats: int
) -> dict[str, list[list[Split]]]:
    """Return the splits of each protocol by its name.

    Args:
        messages: n rows with `Category` and `Message`.
        test_props: Shares of the rows for testing in the reference's splits: the first rows train.
        repeats: How often the rows are shared among folds, with and without near-duplicates in one.
    """
    protocols = {}
    for prop in test_props:
        train, test = np.split(np.arange(len(messages)), [round(len(messages) * (1 - prop))])
        protocols[f"sequential, test_prop={prop}"] = [[(train, test)]]
    for name, grouped in (("stratified", False), ("near-duplicates together", True)):
        folds = make_folds(messages, repeats=repeats, grouped=grouped, random_state=0)
        protocols[f"{repeats} x {FOLDS} folds, {name}"] = folds
    return protocols


def make_folds(
    messages: pd.DataFrame, *, repeats: int, grouped: bool, random_state: int
) -> list[list[Split]]:
    """Return the splits of repeated stratified 5-fold cross-validation.

    Args:
        messages: n rows with `Category` and `Message`.
        repeats: How often all rows are shared among the folds.
        grouped: Whether near-duplicates stay in one fold.
        random_state: Seed of the first repeat; the others follow it.

    Returns:
        Five splits for each repeat.
    """
    clusters = find_clusters(messages[MESSAGE].to_list()) if grouped else None
    kind = StratifiedGroupKFold if grouped else StratifiedKFold
    return [
        list(
            kind(FOLDS, shuffle=True, random_state=random_state + repeat).split(
                messages, messages[CATEGORY], clusters
            )
        )
        for repeat in range(repeats)
    ]


def cross_validate(
    messages: pd.DataFrame, repeats: list[list[Split]], fit: Fit, classes: tuple[str, str]
) -> dict[str, float]:
    """Train and test a model on each split.

    Args:
        messages: n rows with `Category` and `Message`, numbered from 0.
        repeats: The splits; those of a repeat test no row twice, and are measured together.
        fit: Trains a model on some of the rows.
        classes: The negative and the positive class.

    Returns:
        Means over the repeats of Matthews' correlation coefficient, weighted F1, F1 of the
        positive class, and the two kinds of error.
    """
    figures = [_measure_repeat(messages, splits, fit, classes) for splits in repeats]
    return {str(name): float(value) for name, value in pd.DataFrame(figures).mean().items()}


def _measure_repeat(
    messages: pd.DataFrame, splits: list[Split], fit: Fit, classes: tuple[str, str]
) -> dict[str, float]:
    answers = pd.concat([_answer(messages.iloc[a], messages.iloc[b], fit) for a, b in splits])
    truth = messages.loc[answers.index, CATEGORY]
    (_, false_positives), (false_negatives, _) = confusion_matrix(truth, answers, labels=classes)
    return {
        "matthews_corrcoef": matthews_corrcoef(truth, answers),
        "weighted_f1": f1_score(truth, answers, average="weighted"),
        "spam_f1": f1_score(truth, answers, pos_label=classes[1]),
        "false_positives": false_positives,
        "false_negatives": false_negatives,
    }


def _answer(train: pd.DataFrame, test: pd.DataFrame, fit: Fit) -> pd.Series:
    model = fit(train)
    return pd.Series(model.labels(model.score(test[MESSAGE].to_list())), test.index)
