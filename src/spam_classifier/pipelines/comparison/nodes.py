"""The nodes of `comparison`."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.tables import CATEGORY, MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

FOLDS = 5
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

Rows = npt.NDArray[np.int64]
Split = tuple[Rows, Rows]


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
    from spam_classifier.pipelines.data_science.training import (
        build_linear_pipeline,
        fit,
        to_linear_text_model,
    )

    half = messages.iloc[: len(messages) // 2]
    classes = (negative_label, positive_label)
    normalisation = build_normalisation()
    splits = [
        split
        for repeat in range(REPEATS)
        for split in _make_folds(half, grouped=True, random_state=random_state + repeat)
    ]
    rows = []
    for variant in VARIANTS:
        settings = model.model_copy(update=variant)

        def train(
            texts: list[str], labels: list[str], settings: ModelParameters = settings
        ) -> TextClassifier:
            pipeline = build_linear_pipeline(settings, normalisation, random_state)
            fit(pipeline, texts, labels)
            return to_linear_text_model(pipeline, normalisation, classes, threshold=0.5)

        name = ", ".join(f"{key}={value}" for key, value in variant.items()) or "as set"
        rows.append({"setting": name} | _measure(half, splits, train, positive_label))
    return _log_table(pd.DataFrame(rows))


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
    from spam_classifier.pipelines.data_science.reference import fit_reference_model
    from spam_classifier.pipelines.data_science.training import fit_linear_model
    from spam_classifier.pipelines.near_duplicates import find_clusters

    classes = (negative_label, positive_label)

    def train_default(texts: list[str], labels: list[str]) -> TextClassifier:
        return fit_linear_model(
            texts,
            labels,
            classes,
            clusters=find_clusters(texts).tolist(),
            model=model,
            decision=decision,
            random_state=random_state,
        )

    def train_reference(texts: list[str], labels: list[str]) -> TextClassifier:
        return fit_reference_model(texts, labels, classes)

    protocols = {f"sequential, test_prop={prop}": [_cut(messages, prop)] for prop in TEST_PROPS}
    for name, grouped in (("stratified", False), ("near-duplicates together", True)):
        protocols[f"{REPEATS} x {FOLDS} folds, {name}"] = [
            split
            for repeat in range(REPEATS)
            for split in _make_folds(messages, grouped=grouped, random_state=repeat)
        ]
    return _log_table(
        pd.DataFrame(
            [
                {"protocol": protocol, "model": name}
                | _measure(messages, splits, train, positive_label)
                for protocol, splits in protocols.items()
                for name, train in (("reference", train_reference), ("default", train_default))
            ]
        )
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
    return _log_table(pd.DataFrame(rows))


def _cut(messages: pd.DataFrame, test_prop: float) -> Split:
    """Return the reference's split: the first rows train."""
    size = round(len(messages) * (1 - test_prop))
    return np.arange(size), np.arange(size, len(messages))


def _make_folds(messages: pd.DataFrame, *, grouped: bool, random_state: int) -> Iterator[Split]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    from spam_classifier.pipelines.near_duplicates import find_clusters

    labels = messages[CATEGORY].to_numpy(dtype=object)
    if not grouped:
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=random_state)
        return iter(folds.split(labels, labels))
    clusters = find_clusters(messages[MESSAGE].to_list())
    group_folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=random_state)
    return iter(group_folds.split(labels, labels, clusters))


def _measure(
    messages: pd.DataFrame,
    splits: list[Split],
    train: "Callable[[list[str], list[str]], TextClassifier]",
    positive_label: str,
) -> dict[str, float]:
    """Train and test on each split; pool the answers of a repeat, then average the repeats."""
    from sklearn.metrics import f1_score, matthews_corrcoef

    texts = messages[MESSAGE].to_numpy(dtype=object)
    labels = messages[CATEGORY].to_numpy(dtype=object)
    in_a_repeat = min(FOLDS, len(splits))
    figures = []
    for start in range(0, len(splits), in_a_repeat):
        tested, answers = [], []
        for training, test in splits[start : start + in_a_repeat]:
            model = train(texts[training].tolist(), labels[training].tolist())
            answers += model.labels(model.score(texts[test].tolist()))
            tested += test.tolist()
        truth, answer = labels[tested], np.array(answers, dtype=object)
        wrong = answer[truth != answer]
        false_positives = int((wrong == positive_label).sum())
        figures.append(
            {
                "matthews_corrcoef": matthews_corrcoef(truth, answer),
                "weighted_f1": f1_score(truth, answer, average="weighted"),
                "spam_f1": f1_score(truth, answer, pos_label=positive_label),
                "false_positives": false_positives,
                "false_negatives": len(wrong) - false_positives,
            }
        )
    return {str(name): float(value) for name, value in pd.DataFrame(figures).mean().items()}


def _log_table(table: pd.DataFrame) -> pd.DataFrame:
    """Show a table in the log, and return it rounded to 5 decimals."""
    rounded = table.round(5)
    logger.info("%s", rounded.to_string(index=False))
    return rounded
