"""The nodes of `comparison`."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.tables import CATEGORY, CLUSTER, MESSAGE

logger = logging.getLogger(__name__)

REPEATS = 5
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


def search_settings(
    messages: pd.DataFrame,
    model: ModelParameters,
    negative_label: str,
    positive_label: str,
    random_state: int,
) -> pd.DataFrame:
    """Compare settings of the default model by grouped cross-validation within the first half.

    The second half is test rows at one test_prop or another, and takes no part in any choice.

    Args:
        messages: n rows with `Category` and `Message`.
        model: The settings to start from.
        negative_label: The class to let through.
        positive_label: The class to catch.
        random_state: Seed of the folds.

    Returns:
        For each variant the mean over the repeats of Matthews' correlation coefficient and of the
        two kinds of error, at a threshold of 0.5; the settings as they are come first.
    """
    from spam_classifier.model.normalisation import build_normalisation
    from spam_classifier.pipelines.comparison.cross_validation import cross_validate, make_folds
    from spam_classifier.pipelines.data_science import training

    half = messages.iloc[: len(messages) // 2]
    classes = (negative_label, positive_label)
    folds = make_folds(half, repeats=REPEATS, grouped=True, random_state=random_state)
    normalisation = build_normalisation()

    def measure(settings: ModelParameters) -> dict[str, float]:
        def fit(train: pd.DataFrame) -> TextClassifier:
            pipeline = training.build_linear_pipeline(settings, normalisation, random_state)
            training.fit(pipeline, train[MESSAGE].to_list(), train[CATEGORY].to_list())
            return training.to_linear_text_model(pipeline, normalisation, classes, threshold=0.5)

        return cross_validate(half, folds, fit, classes)

    rows = []
    for variant in VARIANTS:
        name = ", ".join(f"{key}={value}" for key, value in variant.items()) or "as set"
        rows.append({"setting": name} | measure(model.model_copy(update=variant)))
    return _log_table(rows)


def compare_models(
    messages: pd.DataFrame,
    model: ModelParameters,
    decision: DecisionParameters,
    negative_label: str,
    positive_label: str,
    random_state: int,
) -> pd.DataFrame:
    """Compare the default model with the reference's, on the same rows.

    Args:
        messages: n rows with `Category` and `Message`.
        model: The settings of the default model.
        decision: How its threshold is chosen.
        negative_label: The class to let through.
        positive_label: The class to catch.
        random_state: Seed of folds, solver and threshold.

    Returns:
        For each protocol (the reference's sequential splits, stratified and grouped 5-fold
        cross-validation, five times over) and each model: Matthews' correlation coefficient,
        weighted F1, F1 of the positive class, and the two kinds of error, means over the repeats.
    """
    from spam_classifier.pipelines.comparison.cross_validation import cross_validate, make_protocols
    from spam_classifier.pipelines.data_science.reference import fit_reference_model
    from spam_classifier.pipelines.data_science.training import fit_linear_model
    from spam_classifier.pipelines.near_duplicates import find_clusters

    classes = (negative_label, positive_label)
    messages = messages.assign(**{CLUSTER: find_clusters(messages[MESSAGE].to_list())})

    def fit_reference(train: pd.DataFrame) -> TextClassifier:
        return fit_reference_model(train[MESSAGE].to_list(), train[CATEGORY].to_list(), classes)

    def fit_default(train: pd.DataFrame) -> TextClassifier:
        return fit_linear_model(
            train[MESSAGE].to_list(),
            train[CATEGORY].to_list(),
            classes,
            clusters=train[CLUSTER].to_list(),
            model=model,
            decision=decision,
            random_state=random_state,
        )

    return _log_table(
        [
            {"protocol": protocol, "model": name} | cross_validate(messages, splits, fit, classes)
            for protocol, splits in make_protocols(messages, TEST_PROPS, REPEATS).items()
            for name, fit in (("reference", fit_reference), ("default", fit_default))
        ]
    )


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
    from spam_classifier.pipelines.attacks import DISGUISES, append_texts

    harmless = train.loc[train[CATEGORY] == model.classes[0], MESSAGE].to_list()
    attacks = {"none": str} | DISGUISES
    for count in (1, 3):
        name = f"{count} harmless message{'s' if count > 1 else ''} appended"
        attacks[name] = append_texts(harmless, count, random_state)
    positive = (test[CATEGORY] == model.classes[1]).to_numpy()
    rows = []
    for name, change in attacks.items():
        labels = model.labels(model.score(map(change, test[MESSAGE])))
        caught = np.array(labels) == model.classes[1]
        shares = {"spam_caught": caught[positive].mean(), "ham_blocked": caught[~positive].mean()}
        rows.append({"attack": name} | shares)
    return _log_table(rows)


def _log_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table with 5 decimals, and show it in the log."""
    table = pd.DataFrame(rows).round(5)
    logger.info("%s", table.to_string(index=False))
    return table
