"""The nodes of `packaging` that keep a bad model out of the store."""

from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.dask_engine.partitions import Table, collect, map_rows, take_first
from spam_classifier.datasets.bento_model_dataset import PackagedModel
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import DECIMALS, LinearTextModel, TextClassifier
from spam_classifier.parameters import QualityGateParameters
from spam_classifier.pipelines.data_science.nodes import predict
from spam_classifier.pipelines.packaging import provenance
from spam_classifier.pipelines.packaging.model_card import CORPUS_MD5
from spam_classifier.tables import CATEGORY, MESSAGE, PREDICTION, SPAM_PROBABILITY

# Which messages are tested, what they are called, and which of spam and ham matters more.
COMPARABLE = (
    *("test_prop", "random_state", "split"),
    *("text_column", "label_column", "label_aliases", "positive_label", "negative_label"),
    "decision",
)
FLOORS = ("least_spam_precision", "least_spam_recall", "least_weighted_f1")
SCORED_AGAIN = 1000  # messages


def confirm_metrics(
    *,
    model: TextClassifier,
    metrics: dict[str, Any],
    predictions: Table,
    split_report: dict[str, Any],
    training: dict[str, Any],
    parameters: dict[str, Any],
) -> dict[str, Any]:
    """Return the metrics, if they are those of the model, its predictions and the parameters.

    Raises:
        UserError: If they are not, because another run wrote some of the files.
    """
    if not isinstance(model, LinearTextModel):
        return metrics
    first = take_first(predictions, SCORED_AGAIN)
    again, _ = predict(model, first)
    right = collect((predictions[PREDICTION] == predictions[CATEGORY]).mean())
    answers = [PREDICTION, SPAM_PROBABILITY]
    asked = provenance.describe_parameters(parameters)
    made_with = {
        **training,
        "test_prop": split_report.get("test_prop"),  # one of an older version has none
        "split": {"strategy": split_report["strategy"]},
    }
    if not (
        first[answers].equals(again[answers])
        and metrics["accuracy"] == round(float(right), DECIMALS)
        and metrics["weighted avg"]["support"] == split_report["test"]["rows"]
        and made_with == {name: asked[name] for name in made_with}
    ):
        raise UserError(
            "The model is not packaged: the model, its predictions, its metrics and the split are "
            "not of one run with these parameters; `kedro run` makes all of them."
        )
    return metrics


def package_model(
    *,
    model: TextClassifier,
    metrics: dict[str, Any],
    predictions: Table,
    parameters: dict[str, Any],
    data_md5: str,
    stored_models: list[Any],
    corrections: pd.DataFrame,
    quality_gate: QualityGateParameters,
    card: str,
) -> PackagedModel:
    """Put what has to be known about a model beside it, and keep a bad one out of the store.

    Metrics and predictions are those of the test messages. The stored models, each a
    `bentoml.Model`, stand in their order, the newest first; of the corrections, n rows with
    `Category` and `Message`, no model learnt.

    Returns:
        The model with its metadata and its card.

    Raises:
        UserError: If a linear model was tested on too few messages, does not reach the floors, or
            is worse than the newest stored one of the same test messages.
    """
    metadata = {
        "threshold": model.threshold,
        "metrics": metrics,
        "operating_points": None
        if model.threshold is None
        else count_operating_points(predictions, model.classes[1], model.threshold),
        "parameters": provenance.describe_parameters(parameters),
        "data_md5": data_md5,
        "test_rows": _hash_rows(predictions),
        "learnt_from": "English text messages of 2003 to 2012" if data_md5 == CORPUS_MD5 else None,
        "versions": provenance.describe_libraries(),
        **provenance.describe_code(),
    }
    if isinstance(model, LinearTextModel):
        rival = next((stored for stored in stored_models if _is_comparable(stored, metadata)), None)
        fault = _find_fault(metrics, model.classes, quality_gate, rival)
        if fault := fault or _compare_on_corrections(model, corrections, rival):
            raise UserError(
                f"The model is not packaged: {fault}. All other files of the run are written; the "
                "model store is as it was."
            )
    return PackagedModel(model, metadata, card)


def _is_comparable(stored: Any, metadata: dict[str, Any]) -> bool:
    """Tell whether metrics can be compared: same test messages, split and aim.

    More messages to learn from, such as corrections, need not change those of the test.
    """
    known = stored.info.metadata
    ours, theirs = metadata["parameters"], known.get("parameters", {})
    return known.get("test_rows") == metadata["test_rows"] and all(
        theirs.get(name) == ours[name] for name in COMPARABLE
    )


def _hash_rows(messages: Table) -> str:
    """Return a number for labelled messages in any order."""
    hashes = map_rows(_hash_each, messages[[CATEGORY, MESSAGE]])
    return f"{int(collect(hashes['hash'].sum())):016x}"


def _hash_each(messages: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"hash": pd.util.hash_pandas_object(messages, index=False)})


def _find_fault(
    metrics: dict[str, Any],
    classes: tuple[str, str],
    gate: QualityGateParameters,
    rival: Any,
) -> str:
    """Say what is wrong with the metrics; nothing if nothing is."""
    for label in classes:
        rows = int(metrics[label]["support"])
        if rows < gate.least_test_rows:
            return (
                f"only {rows} of its test messages are {label}, fewer than the "
                f"{gate.least_test_rows} that quality_gate.least_test_rows asks for: add messages, "
                "or raise test_prop"
            )
    figures = _name_figures(metrics, classes[1])
    for parameter, (name, value) in zip(FLOORS, figures.items(), strict=True):
        floor = getattr(gate, parameter)
        if value < floor:
            return (
                f"its {name} is {value:.4f}, below the {floor:g} that quality_gate.{parameter} "
                "asks for"
            )
        if not rival:
            continue
        theirs = _name_figures(rival.info.metadata["metrics"], classes[1])[name]
        if value < theirs - gate.tolerance:
            return (
                f"its {name} is {value:.4f}, more than {gate.tolerance:g} below the "
                f"{theirs:.4f} of {rival.tag}, which has the same test messages "
                f"(quality_gate.tolerance): if that was only a trial, type `bentoml models "
                f"delete {rival.tag}` and run again"
            )
    return ""


def _compare_on_corrections(model: LinearTextModel, corrections: pd.DataFrame, rival: Any) -> str:
    """Say that a stored model gets more of the newest corrections right, if it does."""
    if not rival or corrections.empty:
        return ""
    from spam_classifier.serving.store import read_model  # BentoML is slow to import

    try:
        other = read_model(rival)
    except UserError:
        raise UserError(
            f"The file of model {rival.tag} cannot be read: type `bentoml models delete "
            f"{rival.tag}`, then run again."
        ) from None
    ours, theirs = (_count_right(either, corrections) for either in (model, other))
    if ours >= theirs:
        return ""
    return (
        f"it gets {ours} of the {len(corrections)} newest corrections right, and {rival.tag}, "
        f"which has the same test messages, {theirs}"
    )


def _count_right(model: LinearTextModel, messages: pd.DataFrame) -> int:
    labels = model.labels(model.score(messages[MESSAGE].to_list()))
    return sum(map(str.__eq__, labels, messages[CATEGORY].to_list()))


def _name_figures(metrics: dict[str, Any], positive: str) -> dict[str, float]:
    """Return the figures that `FLOORS` are about, by their names in a sentence."""
    return {
        f"{positive} precision": metrics[positive]["precision"],
        f"{positive} recall": metrics[positive]["recall"],
        "weighted F1": metrics["weighted avg"]["f1-score"],
    }


def count_operating_points(
    predictions: Table, positive: str, threshold: float
) -> dict[str, list[float] | list[int]]:
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
    thresholds = np.arange(1, 100) / 100
    thresholds[np.abs(thresholds - threshold).argmin()] = threshold
    is_positive = answers[CATEGORY] == positive
    spam, ham = (
        answers.loc[rows, SPAM_PROBABILITY].sort_values() for rows in (is_positive, ~is_positive)
    )
    return {
        "threshold": thresholds.tolist(),
        "spam_caught": (len(spam) - spam.searchsorted(thresholds)).tolist(),
        "ham_blocked": (len(ham) - ham.searchsorted(thresholds)).tolist(),
    }
