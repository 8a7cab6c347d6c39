"""The nodes of `data_science`."""

from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.dask_engine.partitions import collect, keep, map_rows
from spam_classifier.model.linear_text_model import Scores, TextClassifier
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.tables import CATEGORY, DECIMALS, MESSAGE, PREDICTION, SPAM_PROBABILITY

SCORE = "(score)"
ANSWERS = [CATEGORY, PREDICTION, SPAM_PROBABILITY]
CALIBRATION_BINS = 10


def train_model(
    messages: pd.DataFrame,
    clusters: list[int],
    model: ModelParameters,
    decision: DecisionParameters,
    negative_label: str,
    positive_label: str,
    random_state: int,
) -> TextClassifier:
    """Fit the model.

    Args:
        messages: n training messages with the columns `Category` and `Message`; for
            `model.name: linear_sgd` also a Dask DataFrame.
        clusters: n numbers; equal ones belong to near-duplicates.
        model: What to train.
        decision: How the threshold is chosen.
        negative_label: The class to let through.
        positive_label: The class to catch.
        random_state: Seed of the solver.

    Returns:
        A `LinearTextModel`, or the reference's model for `model.name: svc_rbf`.
    """
    classes = (negative_label, positive_label)
    if model.name == "linear_sgd":
        from spam_classifier.pipelines.data_science.training_beyond_memory import (
            fit_beyond_memory,
        )

        return fit_beyond_memory(
            messages, classes, model=model, decision=decision, random_state=random_state
        )
    texts, labels = messages[MESSAGE].to_list(), messages[CATEGORY].to_list()
    if model.name == "svc_rbf":
        from spam_classifier.pipelines.data_science.reference import fit_reference_model

        return fit_reference_model(texts, labels, classes)
    from spam_classifier.pipelines.data_science.training import fit_linear_model

    return fit_linear_model(
        texts,
        labels,
        classes,
        clusters=clusters,
        model=model,
        decision=decision,
        random_state=random_state,
    )


def predict(model: TextClassifier, messages: Any) -> tuple[Any, Scores]:
    """Ask the model for every message.

    Args:
        model: The fitted model.
        messages: n rows with the columns `Category` and `Message`, in pandas or in Dask.

    Returns:
        The rows with `prediction` and `spam_probability` (0 to 1, 6 decimals; empty for a model
        without probabilities), and the scores that rank them.
    """
    scored = keep(map_rows(_score_rows, messages, model))
    scores = collect(scored[SCORE]).to_list()
    return scored.drop(columns=SCORE), Scores(scores, model.classes, model.threshold)


def _score_rows(messages: pd.DataFrame, model: TextClassifier) -> pd.DataFrame:
    scores = model.score(messages[MESSAGE].to_list())
    probabilities = model.probabilities(scores)
    return messages.assign(
        prediction=pd.Series(model.labels(scores), messages.index, dtype="str"),
        spam_probability=np.nan
        if probabilities is None
        else np.round(np.array(probabilities, dtype=float), DECIMALS),
        **{SCORE: np.array(scores, dtype=float)},
    )


def compute_metrics(scores: Scores, predictions: Any) -> dict[str, Any]:
    """Measure the predictions.

    Args:
        scores: What the model says of the n rows.
        predictions: n rows with `Category`, `prediction` and `spam_probability`.

    Returns:
        The classification report, then Matthews' correlation coefficient, average
        precision, area under the ROC curve, Brier score, the shares of ham that is blocked and of
        spam that is caught, and the threshold; rounded to 6 decimals.
    """
    from spam_classifier.pipelines.data_science import metrics
    from spam_classifier.pipelines.data_science.evaluation_details import count_outcomes

    answers = collect(predictions[ANSWERS])
    negative, positive = scores.classes
    is_positive = (answers[CATEGORY] == positive).to_numpy()
    values = np.array(scores.values)
    counts = count_outcomes(answers, scores.classes)
    report = metrics.classification_report(counts, scores.classes)
    more = {
        "matthews_corrcoef": metrics.matthews_corrcoef(counts),
        "average_precision": metrics.average_precision(is_positive, values),
        "roc_auc": metrics.roc_auc(is_positive, values),
        "brier_score": None
        if scores.threshold is None
        else float(((answers["spam_probability"] - is_positive) ** 2).mean()),
        "ham_blocked": 1.0 - report[negative]["recall"],
        "spam_caught": report[positive]["recall"],
        "threshold": scores.threshold,
    }
    return {name: _round(value) for name, value in (report | more).items()}


def compute_details(
    scores: Scores,
    predictions: Any,
    clusters: list[int],
    other_clusters: list[int],
    random_state: int,
) -> dict[str, Any]:
    """Tell how far the metrics can be trusted, and for which messages.

    Args:
        scores: What the model says of the n rows.
        predictions: n rows with `Category`, `Message`, `prediction` and `spam_probability`.
        clusters: The cluster of near-duplicates of each row.
        other_clusters: The clusters of the messages on the other side of the split.
        random_state: Seed of the bootstrap.

    Returns:
        95 % confidence intervals, the metrics without near-duplicates of the other side, those of
        slices, and the calibration error; rounded to 6 decimals.
    """
    from spam_classifier.pipelines.data_science.evaluation_details import (
        bootstrap_intervals,
        count_outcomes,
        expected_calibration_error,
        measure_slices,
        measure_without,
    )

    answers = collect(predictions[ANSWERS]).reset_index(drop=True)
    counts = count_outcomes(answers, scores.classes)
    details = {
        "outcomes": counts,
        "intervals": bootstrap_intervals(counts, random_state),
        "without_near_duplicates": measure_without(
            answers, np.flatnonzero(np.isin(clusters, other_clusters)).tolist(), scores.classes
        ),
        "slices": measure_slices(predictions, scores.classes),
        "expected_calibration_error": None
        if scores.threshold is None
        else expected_calibration_error(
            (answers[CATEGORY] == scores.classes[1]).to_numpy(),
            answers["spam_probability"].to_numpy(),
        ),
    }
    return {name: _round(value) for name, value in details.items()}


def compute_curves(scores: Scores, predictions: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the precision-recall and the calibration curve.

    Args:
        scores: What the model says of the n rows.
        predictions: n rows with `Category` and `spam_probability`.

    Returns:
        `recall` and `precision`, from the loosest to the strictest threshold; and for each tenth
        of the probability range that holds messages the mean `predicted` probability and the
        `observed` share of the positive class (no rows for a model without probabilities).
    """
    from spam_classifier.pipelines.data_science import metrics

    answers = collect(predictions[ANSWERS])
    is_positive = (answers[CATEGORY] == scores.classes[1]).to_numpy()
    precision, recall = metrics.precision_recall_curve(is_positive, np.array(scores.values))
    observed = predicted = np.empty(0)
    if scores.threshold is not None:
        observed, predicted = metrics.calibration_curve(
            is_positive, answers["spam_probability"].to_numpy(), CALIBRATION_BINS
        )
    return (
        pd.DataFrame({"recall": recall, "precision": precision}).round(DECIMALS),
        pd.DataFrame({"predicted": predicted, "observed": observed}).round(DECIMALS),
    )


def draw_plots(
    scores: Scores,
    predictions: Any,
    precision_recall: pd.DataFrame,
    calibration: pd.DataFrame,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Draw the confusion matrix and the two curves for Kedro-Viz.

    Args:
        scores: What the model says of the n rows.
        predictions: n rows with `Category` and `prediction`.
        precision_recall: Columns `recall` and `precision`.
        calibration: Columns `predicted` and `observed`.

    Returns:
        Three figures as Plotly's JSON.
    """
    from spam_classifier.pipelines.data_science import plots

    answers = collect(predictions[ANSWERS])
    return (
        plots.draw_confusion(answers[CATEGORY], answers["prediction"], scores.classes),
        plots.draw_precision_recall(precision_recall, scores.classes[1]),
        plots.draw_calibration(calibration, scores.classes[1]),
    )


def _round(value: Any) -> Any:
    """Round every float in nested dictionaries and lists to 6 decimals."""
    if isinstance(value, dict):
        return {key: _round(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_round(item) for item in value]
    return round(float(value), DECIMALS) if isinstance(value, float) else value
