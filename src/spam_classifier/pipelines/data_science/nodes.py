"""The nodes of `data_science`."""

import json
from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.dask_engine.partitions import Table, collect, count_values, keep, map_rows
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import DECIMALS, Scores, TextClassifier
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.pipelines.data_science.evaluation_details import (
    bootstrap_intervals,
    describe_counts,
    measure_slices,
    tell_outcomes,
)
from spam_classifier.tables import CATEGORY, MESSAGE, PREDICTION, SPAM_PROBABILITY

SCORE = "(score)"
ANSWERS = [CATEGORY, PREDICTION, SPAM_PROBABILITY]
CALIBRATION_BINS = 10


def train_model(
    messages: Table,
    clusters: list[int],
    model: ModelParameters,
    decision: DecisionParameters,
    negative_label: str,
    positive_label: str,
    random_state: int,
) -> tuple[TextClassifier, dict[str, Any]]:
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
        A `LinearTextModel`, or the reference's model for `model.name: svc_rbf`; and the parameters
        that it was trained with.

    Raises:
        UserError: If there are not messages of both classes.
    """
    classes = (negative_label, positive_label)
    counts = count_values(messages[CATEGORY])
    if set(counts) != set(classes):
        raise UserError(f"Training needs messages of both classes: {' and '.join(classes)}.")
    fitted: TextClassifier
    if model.name == "linear_sgd":
        from spam_classifier.pipelines.data_science.training_beyond_memory import fit_beyond_memory

        fitted = fit_beyond_memory(messages, counts, classes, model, decision, random_state)
    else:
        texts = messages[MESSAGE].to_list()
        positive = (messages[CATEGORY] == positive_label).to_numpy()
        if model.name == "svc_rbf":
            from spam_classifier.pipelines.data_science.reference import fit_reference_model

            fitted = fit_reference_model(texts, positive, classes)
        else:
            from spam_classifier.pipelines.data_science.training import fit_linear_model

            fitted = fit_linear_model(
                texts, positive, clusters, classes, model, decision, random_state
            )
    made_with = {"model": model.model_dump(), "decision": decision.model_dump()}
    return fitted, {**made_with, "random_state": random_state}


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
    """Measure the predictions for messages of both classes.

    Args:
        scores: What the model says of the n rows.
        predictions: n rows with `Category`, `prediction` and `spam_probability`.

    Returns:
        The classification report, then Matthews' correlation coefficient, average precision, area
        under the ROC curve, Brier score (None for a model without probabilities), the shares of ham
        that is blocked and of spam that is caught, and the threshold; rounded to 6 decimals.
    """
    from sklearn import metrics

    answers, positive = _read_answers(scores, predictions)
    ham, spam = scores.classes
    prediction = answers[PREDICTION] == spam
    report: dict[str, Any] = metrics.classification_report(
        positive,
        prediction,
        labels=[False, True],
        target_names=scores.classes,
        output_dict=True,
        zero_division=0.0,
    )
    return _round(
        report
        | {
            "matthews_corrcoef": metrics.matthews_corrcoef(positive, prediction),
            "average_precision": metrics.average_precision_score(positive, scores.values),
            "roc_auc": metrics.roc_auc_score(positive, scores.values),
            "brier_score": None
            if scores.threshold is None
            else metrics.brier_score_loss(positive, answers[SPAM_PROBABILITY]),
            "ham_blocked": 1.0 - report[ham]["recall"],
            "spam_caught": report[spam]["recall"],
            "threshold": scores.threshold,
        }
    )


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
        clusters: The cluster of near-duplicates of each row; none where none is on both sides.
        other_clusters: The clusters of the messages on the other side of the split.
        random_state: Seed of the bootstrap.

    Returns:
        95 % confidence intervals, the metrics without near-duplicates of the other side, those of
        slices, and how far predictions lie from observations on average (Naeini et al. 2015; None
        for a model without probabilities); rounded to 6 decimals.
    """
    from sklearn.metrics import matthews_corrcoef

    answers, positive = _read_answers(scores, predictions)
    outcomes = tell_outcomes(answers, scores.classes)
    alone = answers.drop(np.flatnonzero(np.isin(clusters, other_clusters)))
    (figures_alone,) = describe_counts(outcomes.loc[alone.index].sum().to_frame().T).values()
    if alone[CATEGORY].nunique() == len(scores.classes):
        figures_alone["matthews_corrcoef"] = matthews_corrcoef(alone[CATEGORY], alone[PREDICTION])
    probabilities = answers[SPAM_PROBABILITY]
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1).tolist()  # as calibration_curve has them
    bins = pd.cut(probabilities, edges, include_lowest=True)
    gaps = (probabilities - positive).groupby(bins).sum().abs()
    return _round(
        {
            "outcomes": outcomes.sum().to_dict(),
            "intervals": bootstrap_intervals(outcomes.sum(), random_state),
            "without_near_duplicates": figures_alone,
            "slices": measure_slices(predictions, scores.classes),
            "expected_calibration_error": None
            if scores.threshold is None
            else gaps.sum() / len(answers),
        }
    )


def compute_curves(scores: Scores, predictions: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the precision-recall and the calibration curve of what `compute_metrics` measures.

    Returns:
        `recall` and `precision`, from the loosest to the strictest threshold; and for each tenth
        of the probability range that holds messages the mean `predicted` probability and the
        `observed` share of the positive class (no rows for a model without probabilities).
    """
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import precision_recall_curve

    answers, positive = _read_answers(scores, predictions)
    precision, recall, _ = precision_recall_curve(positive, scores.values, drop_intermediate=True)
    observed, predicted = (
        ([], [])
        if scores.threshold is None
        else calibration_curve(positive, answers[SPAM_PROBABILITY], n_bins=CALIBRATION_BINS)
    )
    return (
        pd.DataFrame({"recall": recall, "precision": precision}).round(DECIMALS),
        pd.DataFrame({"predicted": predicted, "observed": observed}).round(DECIMALS),
    )


def _read_answers(scores: Scores, predictions: Table) -> tuple[pd.DataFrame, pd.Series]:
    """Return the answers, and whether each is about a message of the positive class."""
    answers = collect(predictions[ANSWERS]).reset_index(drop=True)
    return answers, answers[CATEGORY] == scores.classes[1]


def _round(figures: dict[str, Any]) -> dict[str, Any]:
    """Round every float of what becomes JSON to 6 decimals."""
    rounded: dict[str, Any] = json.loads(
        json.dumps(figures), parse_float=lambda number: round(float(number), DECIMALS)
    )
    return rounded
