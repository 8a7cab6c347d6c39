"""The nodes of `packaging`."""

from typing import Any

import yaml
from pydantic import BaseModel

from spam_classifier.datasets.bento_model_dataset import PackagedModel, StoredModel
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.parameters import QualityGateParameters
from spam_classifier.pipelines.packaging.provenance import describe_code, describe_libraries

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
    parameters: dict[str, Any],
    data_md5: str,
    stored_models: list[StoredModel],
    quality_gate: QualityGateParameters,
) -> PackagedModel:
    """Put what has to be known about a model beside it, and keep a bad one out of the store.

    Args:
        model: The fitted model.
        metrics: Its metrics on the test messages.
        parameters: All parameters of the run.
        data_md5: MD5 of the raw file.
        stored_models: The models in the store, newest first.
        quality_gate: What the metrics must reach.

    Returns:
        The model with its metadata.

    Raises:
        UserError: If a linear model was tested on too few messages, does not reach the floors, or
            is worse than the newest stored one of the same data and split.
    """
    plain = _to_plain(parameters)
    if isinstance(model, LinearTextModel):
        positive = model.classes[1]
        _require_test_rows(metrics, model.classes, quality_gate.least_test_rows)
        figures = _figures(metrics, positive)
        _require_floors(figures, quality_gate)
        rival = _find_rival(stored_models, data_md5, plain)
        if rival:
            theirs = _figures(rival.metadata["metrics"], positive)
            _require_no_worse(figures, theirs, rival.tag, quality_gate.tolerance)
    metadata = {
        "threshold": model.threshold,
        "metrics": metrics,
        "parameters": plain,
        "data_md5": data_md5,
        "versions": describe_libraries(),
    }
    return PackagedModel(model, metadata | describe_code())


def describe_model(
    *,
    negative_label: str,
    positive_label: str,
    metrics: dict[str, Any],
    details: dict[str, Any],
    quality: dict[str, Any],
    split: dict[str, Any],
    data_md5: str,
    parameters: dict[str, Any],
) -> str:
    """Write the model card.

    Args:
        negative_label: The class to let through.
        positive_label: The class to catch.
        metrics: The model's metrics on the test messages.
        details: Intervals, slices and calibration.
        quality: What happened to the rows of the raw file.
        split: The split report.
        data_md5: MD5 of the raw file.
        parameters: All parameters of the run.

    Returns:
        Markdown.
    """
    from spam_classifier.pipelines.packaging.model_card import write_card

    plain = _to_plain(parameters)
    return write_card(
        classes=(negative_label, positive_label),
        metrics=metrics,
        details=details,
        quality=quality,
        split=split,
        data_md5=data_md5,
        decision=plain["decision"]["strategy"],
        parameters=yaml.safe_dump(plain, sort_keys=False, allow_unicode=True),
    )


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
