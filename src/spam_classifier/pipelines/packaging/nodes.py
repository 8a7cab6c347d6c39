"""The nodes of `packaging`."""

from itertools import islice
from typing import Any

import pandas as pd
from pydantic import BaseModel

from spam_classifier.dask_engine.partitions import Table, collect, map_rows
from spam_classifier.datasets.bento_model_dataset import (
    PackagedModel,
    StoredModel,
    find_version,
)
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.parameters import QualityGateParameters
from spam_classifier.pipelines.attacks import DISGUISES, Change, append_harmless_text
from spam_classifier.pipelines.packaging.card_page import Curve, make_page
from spam_classifier.pipelines.packaging.card_texts import (
    CORPUS_LEARNT_FROM,
    CORPUS_MD5,
    EDGE_EXAMPLES,
)
from spam_classifier.pipelines.packaging.model_card import ModelFacts, write_card
from spam_classifier.pipelines.packaging.operating_points import count_operating_points
from spam_classifier.pipelines.packaging.provenance import describe_code, describe_libraries
from spam_classifier.tables import CATEGORY, MESSAGE

# Which messages are tested, what they are called, and which of spam and ham matters more.
COMPARABLE = (
    *("test_prop", "random_state", "split"),
    *("text_column", "label_column", "label_aliases", "positive_label", "negative_label"),
    "decision",
)
UNTOUCHED = "All other files of the run are written; the model store is as it was."


def package_model(
    *,
    model: TextClassifier,
    metrics: dict[str, Any],
    predictions: Table,
    parameters: dict[str, Any],
    data_md5: str,
    stored_models: list[StoredModel],
    quality_gate: QualityGateParameters,
    card: str,
) -> PackagedModel:
    """Put what has to be known about a model beside it, and keep a bad one out of the store.

    Args:
        model: The fitted model.
        metrics: Its metrics on the test messages.
        predictions: The test messages with its answers.
        parameters: All parameters of the run.
        data_md5: MD5 of the raw file.
        stored_models: The models in the store, newest first.
        quality_gate: What the metrics must reach.
        card: The page of its model card.

    Returns:
        The model with its metadata and its card.

    Raises:
        UserError: If a linear model was tested on too few messages, does not reach the floors, or
            is worse than the newest stored one of the same data and split.
    """
    plain = _to_plain(parameters)
    points = None
    if isinstance(model, LinearTextModel):
        positive = model.classes[1]
        _require_test_rows(metrics, model.classes, quality_gate.least_test_rows)
        figures = _figures(metrics, positive)
        _require_floors(figures, quality_gate)
        rival = _find_rival(stored_models, data_md5, plain)
        if rival:
            theirs = _figures(rival.metadata["metrics"], positive)
            _require_no_worse(figures, theirs, rival.tag, quality_gate.tolerance)
        points = count_operating_points(predictions, positive, model.threshold)
    metadata = {
        "threshold": model.threshold,
        "metrics": metrics,
        "operating_points": points,
        "parameters": plain,
        "data_md5": data_md5,
        "learnt_from": CORPUS_LEARNT_FROM if data_md5 == CORPUS_MD5 else None,
        "versions": describe_libraries(),
    }
    return PackagedModel(model, metadata | describe_code(), card)


def describe_model(
    *,
    model: TextClassifier,
    predictions: Table,
    metrics: dict[str, Any],
    details: dict[str, Any],
    calibration: pd.DataFrame,
    quality: dict[str, Any],
    split: dict[str, Any],
    data_md5: str,
    parameters: dict[str, Any],
) -> str:
    """Write the model card.

    Args:
        model: The fitted model.
        predictions: The test messages with its answers, in pandas or in Dask.
        metrics: Its metrics on them.
        details: Intervals, slices and calibration.
        calibration: Columns `predicted` and `observed`.
        quality: What happened to the rows of the raw file.
        split: The split report.
        data_md5: MD5 of the raw file.
        parameters: All parameters of the run.

    Returns:
        Markdown.
    """
    plain = _to_plain(parameters)
    classes = (plain["negative_label"], plain["positive_label"])
    spam = collect(map_rows(_pick, predictions, classes[1]))[MESSAGE].to_list()
    return write_card(
        classes=classes,
        model=_find_facts(model, spam, classes[1], is_corpus=data_md5 == CORPUS_MD5),
        metrics=metrics,
        details=details,
        calibration=calibration,
        quality=quality,
        split=split,
        data_md5=data_md5,
        parameters=plain,
    )


def _pick(messages: pd.DataFrame, label: str) -> pd.DataFrame:
    return messages[messages[CATEGORY] == label]


def _find_facts(
    model: TextClassifier, spam: list[str], positive: str, *, is_corpus: bool
) -> ModelFacts:
    """Try the model on spam that is changed as senders do, and on messages at its limits."""
    harmless: dict[str, Change] = {"none": str, "a harmless text appended": append_harmless_text}
    changes = harmless | DISGUISES
    changed = [change(text) for change in changes.values() for text in spam]
    labels = iter(model.labels(model.score(changed)))
    caught = {name: list(islice(labels, len(spam))).count(positive) for name in changes}
    linear = model if isinstance(model, LinearTextModel) else None
    content = linear.to_json().encode() if linear else b""
    probabilities = model.probabilities(model.score(EDGE_EXAMPLES)) if is_corpus else None
    return ModelFacts(
        version=find_version(content) if linear else None,
        terms=sum(len(block.terms) for block in linear.blocks) if linear else 0,
        bytes=len(content),
        window=linear.window if linear else 0,
        revision=describe_code().get("git_revision"),
        attacked=len(spam),
        caught=caught,
        examples=dict(zip(EDGE_EXAMPLES, probabilities or [], strict=False)),
    )


def render_card(
    card: str, precision_recall: pd.DataFrame, calibration: pd.DataFrame, positive_label: str
) -> str:
    """Make the page of the model card that the service shows.

    Args:
        card: The model card, as Markdown.
        precision_recall: Columns `recall` and `precision`.
        calibration: Columns `predicted` and `observed`.
        positive_label: The class to catch.

    Returns:
        HTML that needs nothing but the styles of the service's page.
    """
    curves = {
        f"Precision and recall of {positive_label}": Curve(
            precision_recall["recall"], precision_recall["precision"], "recall", "precision"
        ),
        "Calibration": Curve(
            *(calibration["predicted"], calibration["observed"], "predicted", "observed"),
            has_diagonal=True,
        ),
    }
    return make_page(card, curves)


def _to_plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters as plain data; Kedro hands over some groups as pydantic models."""
    return {
        name: value.model_dump() if isinstance(value, BaseModel) else value
        for name, value in parameters.items()
    }


def _figures(metrics: dict[str, Any], positive: str) -> dict[str, float]:
    """Return the figures that the gate looks at, by the names that its sentences call them."""
    return {
        f"{positive} precision": metrics[positive]["precision"],
        f"{positive} recall": metrics[positive]["recall"],
        "weighted F1": metrics["weighted avg"]["f1-score"],
    }


def _require_test_rows(metrics: dict[str, Any], classes: tuple[str, str], least: int) -> None:
    for label in classes:
        rows = int(metrics[label]["support"])
        if rows < least:
            raise UserError(
                f"The model is not packaged: only {rows} of its test messages are {label}, fewer "
                f"than the {least} that quality_gate.least_test_rows asks for: add messages, or "
                f"raise test_prop. {UNTOUCHED}"
            )


def _require_floors(figures: dict[str, float], gate: QualityGateParameters) -> None:
    floors = {
        "least_spam_precision": gate.least_spam_precision,
        "least_spam_recall": gate.least_spam_recall,
        "least_weighted_f1": gate.least_weighted_f1,
    }
    for (figure, value), (parameter, floor) in zip(figures.items(), floors.items(), strict=True):
        if value < floor:
            raise UserError(
                f"The model is not packaged: its {figure} is {value:.4f}, below the {floor:g} that "
                f"quality_gate.{parameter} asks for. {UNTOUCHED}"
            )


def _find_rival(
    stored_models: list[StoredModel], data_md5: str, parameters: dict[str, Any]
) -> StoredModel | None:
    """Return the newest stored model whose metrics can be compared: same data, split and aim."""
    for stored in stored_models:
        theirs = stored.metadata.get("parameters", {})
        is_comparable = all(theirs.get(name) == parameters[name] for name in COMPARABLE)
        if is_comparable and stored.metadata.get("data_md5") == data_md5:
            return stored
    return None


def _require_no_worse(
    figures: dict[str, float], theirs: dict[str, float], tag: str, tolerance: float
) -> None:
    for figure, value in figures.items():
        if value < theirs[figure] - tolerance:
            raise UserError(
                f"The model is not packaged: its {figure} is {value:.4f}, more than "
                f"{tolerance:g} below the {theirs[figure]:.4f} of {tag}, which has the same "
                f"data and split (quality_gate.tolerance): if that was only a trial, type `bentoml "
                f"models delete {tag}` and run again. {UNTOUCHED}"
            )
