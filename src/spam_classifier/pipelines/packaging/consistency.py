"""Whether the files that packaging finds are of one run."""

from typing import Any

from spam_classifier.dask_engine.partitions import Table, collect, take_first
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import DECIMALS, LinearTextModel, TextClassifier
from spam_classifier.parameters import SplitParameters
from spam_classifier.tables import CATEGORY, MESSAGE, PREDICTION, SPAM_PROBABILITY

SCORED_AGAIN = 1000  # messages


def confirm_metrics(
    *,
    model: TextClassifier,
    metrics: dict[str, Any],
    predictions: Table,
    split_report: dict[str, Any],
    split: SplitParameters,
) -> dict[str, Any]:
    """Make sure that metrics are those of the model and the split, whatever ran in between.

    Args:
        model: The fitted model.
        metrics: Metrics on the test messages.
        predictions: The test messages with predictions, of pandas or Dask.
        split_report: What became of the split.
        split: How the parameters ask to split.

    Returns:
        The metrics.

    Raises:
        UserError: If they are not.
    """
    if isinstance(model, LinearTextModel) and not (
        _gives(model, take_first(predictions, SCORED_AGAIN))
        and metrics["accuracy"] == _measure_accuracy(predictions)
        and metrics["weighted avg"]["support"] == split_report["test"]["rows"]
        and split_report["strategy"] == split.strategy
    ):
        raise UserError(
            "The model is not packaged: the model, its predictions, its metrics and the split are "
            "not of one run with these parameters; `kedro run` makes all of them."
        )
    return metrics


def _gives(model: LinearTextModel, predictions: Table) -> bool:
    """Tell whether a model gives these predictions."""
    scores = model.score(predictions[MESSAGE])
    probabilities = [round(share, DECIMALS) for share in model.probabilities(scores)]
    return bool(
        predictions[PREDICTION].to_list() == model.labels(scores)
        and predictions[SPAM_PROBABILITY].to_list() == probabilities
    )


def _measure_accuracy(predictions: Table) -> float:
    is_right = predictions[PREDICTION] == predictions[CATEGORY]
    return round(float(collect(is_right.mean())), DECIMALS)
