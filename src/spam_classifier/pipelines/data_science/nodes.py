"""The nodes of `data_science`."""

import json
from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.dask_engine.partitions import Table, collect, keep, map_rows
from spam_classifier.model.linear_text_model import DECIMALS, Scores, TextClassifier
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.tables import CATEGORY, MESSAGE, PREDICTION, SPAM_PROBABILITY

SCORE = "(score)"
ANSWERS = [CATEGORY, PREDICTION, SPAM_PROBABILITY]


def train_model(
    messages: Table,
    clusters: list[int],
    model: ModelParameters,
    decision: DecisionParameters,
    negative_label: str,
    positive_label: str,
    random_state: int,
) -> TextClassifier:
    """Fit the model.

    Args:
        messages: n training messages with the columns `Category` and `Message`; in partitions only
            for `model.name: linear_sgd`.
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


def predict(model: TextClassifier, messages: Table) -> tuple[Table, Scores]:
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


def compute_metrics(scores: Scores, predictions: Table) -> dict[str, Any]:
    """Measure the predictions.

    Args:
        scores: What the model says of the n rows.
        predictions: n rows with `Category`, `prediction` and `spam_probability`.

    Returns:
        The classification report, then Matthews' correlation coefficient, average
        precision, area under the ROC curve, Brier score, the shares of ham that is blocked and of
        spam that is caught, and the threshold; rounded to 6 decimals.
    """
    from spam_classifier.pipelines.data_science.metrics import measure

    return _round(measure(scores, collect(predictions[ANSWERS])))


def compute_details(
    scores: Scores,
    predictions: Table,
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
    from spam_classifier.pipelines.data_science import evaluation_details, metrics

    answers = collect(predictions[ANSWERS]).reset_index(drop=True)
    alone = answers.drop(np.flatnonzero(np.isin(clusters, other_clusters)))
    counts = evaluation_details.count_outcomes(answers, scores.classes)
    details = {
        "outcomes": counts,
        "intervals": evaluation_details.bootstrap_intervals(counts, random_state),
        "without_near_duplicates": evaluation_details.measure_rows(alone, scores.classes),
        "slices": evaluation_details.measure_slices(predictions, scores.classes),
        "expected_calibration_error": metrics.expected_calibration_error(
            metrics.calibrate(scores, answers)
        ),
    }
    return _round(details)


def compute_curves(scores: Scores, predictions: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
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
    calibration = metrics.calibrate(scores, answers)[["predicted", "observed"]]
    return (
        metrics.trade_precision_for_recall(scores, answers).round(DECIMALS),
        calibration.round(DECIMALS),
    )


def draw_plots(
    scores: Scores,
    predictions: Table,
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


def _round(figures: dict[str, Any]) -> dict[str, Any]:
    """Round every float of what becomes JSON to 6 decimals."""
    rounded: dict[str, Any] = json.loads(
        json.dumps(figures), parse_float=lambda number: round(float(number), DECIMALS)
    )
    return rounded
