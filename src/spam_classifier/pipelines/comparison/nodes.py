"""The nodes of `comparison`."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.pipelines.attacks import DISGUISES, Change, append_texts
from spam_classifier.pipelines.data_science.nodes import train_model
from spam_classifier.pipelines.near_duplicates import find_clusters
from spam_classifier.tables import CATEGORY, CLUSTER, MESSAGE

logger = logging.getLogger(__name__)

FOLDS, REPEATS = 5, 5
TEST_PROPS = (0.1, 0.2, 0.3, 0.4, 0.5)
VARIANTS: list[dict[str, Any]] = [
    {},
    {"naive_bayes_weight": 0.0},
    {"naive_bayes_weight": 0.1},
    {"naive_bayes_weight": 1.0},
    {"naive_bayes_alpha": 1.0},
    {"character_ngram_max": 3},
    {"character_ngram_max": 5},
    {"word_ngram_max": 1},
    {"C": 10.0},
    {"C": 100.0},
    {"class_weight": None},
]

Split = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]  # row numbers: train, test
Fit = Callable[[pd.DataFrame], TextClassifier]


def search_settings(
    messages: pd.DataFrame,
    model: ModelParameters,
    negative_label: str,
    positive_label: str,
    random_state: int,
) -> pd.DataFrame:
    """Compare settings of the default model by grouped cross-validation within the first half.

    The second half is test rows at one test_prop or another, and takes no part in any choice.

    Returns:
        For each variant the mean over the repeats of Matthews' correlation coefficient and of the
        two kinds of error, at a threshold of 0.5; the settings as they are come first.
    """
    from spam_classifier.pipelines.data_science import training

    half = _add_clusters(messages.iloc[: len(messages) // 2])
    classes = (negative_label, positive_label)
    folds = _make_folds(half, random_state, half[CLUSTER])

    def fit(settings: ModelParameters, train: pd.DataFrame) -> TextClassifier:
        pipeline = training.build_linear_pipeline(settings, random_state)
        positive = (train[CATEGORY] == positive_label).to_numpy()
        training.fit(pipeline, train[MESSAGE].to_list(), positive)
        return training.to_linear_text_model(pipeline, classes, threshold=0.5)

    rows = []
    for variant in VARIANTS:
        name = ", ".join(f"{key}={value}" for key, value in variant.items()) or "as set"
        fit_variant = partial(fit, model.model_copy(update=variant))
        rows.append({"setting": name} | _cross_validate(half, folds, fit_variant, classes))
    return _log_table(rows)


def compare_models(
    messages: pd.DataFrame,
    model: ModelParameters,
    decision: DecisionParameters,
    negative_label: str,
    positive_label: str,
    random_state: int,
) -> pd.DataFrame:
    """Compare the default model with the reference's, on the same n rows.

    Returns:
        For each protocol (the reference's sequential splits, stratified and grouped 5-fold
        cross-validation, five times over) and each model: Matthews' correlation coefficient,
        weighted F1, F1 of the positive class, and the two kinds of error, means over the repeats.
    """
    classes = (negative_label, positive_label)
    messages = _add_clusters(messages)
    protocols: dict[str, list[list[Split]]] = {}
    rows = np.arange(len(messages))
    for prop in TEST_PROPS:
        size = round(len(messages) * (1 - prop))
        protocols[f"sequential, test_prop={prop}"] = [[(rows[:size], rows[size:])]]
    folds = f"{REPEATS} x {FOLDS} folds"
    protocols[f"{folds}, stratified"] = _make_folds(messages, 0)
    protocols[f"{folds}, near-duplicates together"] = _make_folds(messages, 0, messages[CLUSTER])
    models = {"reference": model.model_copy(update={"name": "svc_rbf"}), "default": model}

    def fit(settings: ModelParameters, train: pd.DataFrame) -> TextClassifier:
        clusters = train[CLUSTER].to_list()
        return train_model(train, clusters, settings, decision, *classes, random_state)[0]

    return _log_table(
        [
            {"protocol": protocol, "model": name}
            | _cross_validate(messages, splits, partial(fit, settings), classes)
            for protocol, splits in protocols.items()
            for name, settings in models.items()
        ]
    )


def _make_folds(
    messages: pd.DataFrame, random_state: int, clusters: pd.Series | None = None
) -> list[list[Split]]:
    """Return the five splits of each repeat; the first has the seed, and the others follow it."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedKFold if clusters is None else StratifiedGroupKFold
    folds = [kind(FOLDS, shuffle=True, random_state=random_state + n) for n in range(REPEATS)]
    return [list(fold.split(messages, messages[CATEGORY], clusters)) for fold in folds]


def _cross_validate(
    messages: pd.DataFrame, repeats: list[list[Split]], fit: Fit, classes: tuple[str, str]
) -> dict[str, float]:
    """Return the mean figures of the repeats; each tests no row twice and is measured as one."""
    from sklearn.metrics import confusion_matrix, f1_score, matthews_corrcoef

    figures = []
    for splits in repeats:
        answers = pd.concat([_answer(fit(messages.iloc[a]), messages.iloc[b]) for a, b in splits])
        truth = messages.loc[answers.index, CATEGORY]
        confusion = confusion_matrix(truth, answers, labels=classes)
        figures.append(
            {
                "matthews_corrcoef": matthews_corrcoef(truth, answers),
                "weighted_f1": f1_score(truth, answers, average="weighted"),
                "spam_f1": f1_score(truth, answers, pos_label=classes[1]),
                "false_positives": confusion[0, 1],
                "false_negatives": confusion[1, 0],
            }
        )
    return {str(name): float(value) for name, value in pd.DataFrame(figures).mean().items()}


def _answer(model: TextClassifier, messages: pd.DataFrame) -> pd.Series:
    return pd.Series(model.labels(model.score(messages[MESSAGE].to_list())), messages.index)


def _add_clusters(messages: pd.DataFrame) -> pd.DataFrame:
    return messages.assign(**{CLUSTER: find_clusters(messages[MESSAGE].to_list())})


def attack_model(
    model: LinearTextModel, train: pd.DataFrame, test: pd.DataFrame, random_state: int
) -> pd.DataFrame:
    """Disguise every test message in each of the ways that people use.

    Args:
        model: The fitted model.
        train: Training messages, from which harmless ones are taken to append.
        test: Test messages.
        random_state: Seed of what is appended.

    Returns:
        For each attack the share of the positive class that is caught, and of the negative class
        that is blocked.
    """
    negative, positive = model.classes
    harmless = train.loc[train[CATEGORY] == negative, MESSAGE].to_list()
    attacks: dict[str, Change] = {
        "none": str,
        **DISGUISES,
        "1 harmless message appended": append_texts(harmless, 1, random_state),
        "3 harmless messages appended": append_texts(harmless, 3, random_state),
    }
    is_positive = test[CATEGORY] == positive
    rows = []
    for name, change in attacks.items():
        answers = _answer(model, test.assign(**{MESSAGE: test[MESSAGE].map(change)}))
        shares = (answers == positive).groupby(is_positive).mean()
        rows.append({"attack": name, "spam_caught": shares[True], "ham_blocked": shares[False]})
    return _log_table(rows)


def _log_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table with 5 decimals, and show it in the log."""
    table = pd.DataFrame(rows).round(5)
    logger.info("%s", table.to_string(index=False))
    return table
