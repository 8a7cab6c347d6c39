"""How far the metrics can be trusted: confidence intervals, slices, near-duplicates left out."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from spam_classifier.dask_engine.partitions import collect, map_rows
from spam_classifier.pipelines.data_science.metrics import matthews_corrcoef
from spam_classifier.tables import CATEGORY, MESSAGE, SOURCE

RESAMPLES = 2000
CONFIDENCE = 0.95

# A slice is the messages in which the pattern is found.
SLICE_PATTERNS = {
    "up to 40 characters": r"(?s)\A.{0,40}\Z",
    "41 to 160 characters": r"(?s)\A.{41,160}\Z",
    "more than 160 characters": r"(?s)\A.{161,}\Z",
    "has a digit": r"\d",
    "has a URL": r"(?i)https?://|www\.|\b[\w-]+\.(?:com|co\.uk|net|org|info)\b",
    "has a currency sign": r"[$£€¥]|&pound;",
    "only capitals": r"\A[^a-z]*[A-Z][^a-z]*\Z",
    "has a character beyond ASCII": r"[^\x00-\x7f]",
    "has an artefact of the file": r"#ERROR!|&(?:lt|gt|amp|pound);|[\x80-\x9f]",
}

OUTCOMES = ("true_negatives", "false_positives", "false_negatives", "true_positives")

Counts = dict[str, int]


def count_outcomes(predictions: pd.DataFrame, classes: tuple[str, str]) -> Counts:
    """Count the four cells of the confusion matrix.

    Args:
        predictions: n rows with `Category` and `prediction`.
        classes: The negative and the positive class.

    Returns:
        True and false negatives and positives.
    """
    truth = predictions[CATEGORY] == classes[1]
    answer = predictions["prediction"] == classes[1]
    cells = (~truth & ~answer, ~truth & answer, truth & ~answer, truth & answer)
    return {outcome: int(cell.sum()) for outcome, cell in zip(OUTCOMES, cells, strict=True)}


def measure(counts: Any) -> dict[str, Any]:
    """Compute the shares that follow from the confusion matrix.

    Args:
        counts: The four cells as `count_outcomes` returns them, numbers or arrays of numbers.

    Returns:
        The metrics by name; NaN where there is nothing to divide by.
    """
    negatives = counts["true_negatives"] + counts["false_positives"]
    positives = counts["true_positives"] + counts["false_negatives"]
    called = counts["true_positives"] + counts["false_positives"]
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "spam_precision": np.divide(counts["true_positives"], called),
            "spam_caught": np.divide(counts["true_positives"], positives),
            "ham_blocked": np.divide(counts["false_positives"], negatives),
            "accuracy": np.divide(
                counts["true_positives"] + counts["true_negatives"], negatives + positives
            ),
        }


def bootstrap_intervals(counts: Counts, random_state: int) -> dict[str, list[float]]:
    """Estimate 95 % confidence intervals by the percentile bootstrap over messages.

    Drawing n messages with replacement and counting their outcomes is drawing the four counts
    from a multinomial distribution (Efron and Tibshirani 1993, chapter 13).

    Args:
        counts: The four cells of the confusion matrix.
        random_state: Seed of the resampling.

    Returns:
        The lower and the upper end for each metric.
    """
    observed = np.array(list(counts.values()))
    generator = np.random.default_rng(random_state)
    draws = generator.multinomial(observed.sum(), observed / observed.sum(), size=RESAMPLES)
    metrics = measure(dict(zip(counts, draws.T, strict=True)))
    tail = (1 - CONFIDENCE) / 2
    return {
        name: [float(end) for end in np.nanquantile(values, [tail, 1 - tail])]
        for name, values in metrics.items()
        if not np.isnan(values).all()
    }


def measure_slices(predictions: Any, classes: tuple[str, str]) -> dict[str, dict[str, float | int]]:
    """Measure the messages of each kind, and of each source where there are several, apart.

    Args:
        predictions: n rows with `Category`, `Message` and `prediction`, in pandas or in Dask.
        classes: The negative and the positive class.

    Returns:
        Counts and metrics by slice; a slice without messages is left out, and so is a metric
        that has nothing to divide by.
    """
    parts = collect(map_rows(_count_slices, predictions, classes))
    slices = {}
    for name, rows in parts.groupby("slice", sort=False):
        counts = {
            outcome: int(count) for outcome, count in rows.drop(columns="slice").sum().items()
        }
        metrics = {key: float(value) for key, value in measure(counts).items()}
        slices[str(name)] = {"messages": sum(counts.values())} | counts | drop_missing(metrics)
    return slices


def _count_slices(predictions: pd.DataFrame, classes: tuple[str, str]) -> pd.DataFrame:
    """Return one row for each slice that has messages: its name and its four counts."""
    kinds = {
        name: predictions[predictions[MESSAGE].str.contains(pattern)]
        for name, pattern in SLICE_PATTERNS.items()
    }
    if SOURCE in predictions:
        kinds |= {f"source: {name}": rows for name, rows in predictions.groupby(SOURCE)}
    counts = [
        {"slice": name} | count_outcomes(rows, classes) for name, rows in kinds.items() if len(rows)
    ]
    return pd.DataFrame(counts, columns=["slice", *OUTCOMES])


def measure_without(
    predictions: pd.DataFrame, rows: list[int], classes: tuple[str, str]
) -> dict[str, float | int]:
    """Measure the messages without some of them.

    Args:
        predictions: n rows with `Category` and `prediction`.
        rows: Numbers of the rows to leave out, from 0.
        classes: The negative and the positive class.

    Returns:
        Counts, metrics and Matthews' correlation coefficient of the other rows; only counts if
        there are none.
    """
    others = predictions.drop(index=rows)
    counts = count_outcomes(others, classes)
    metrics = {key: float(value) for key, value in measure(counts).items()}
    if len(others):
        metrics["matthews_corrcoef"] = matthews_corrcoef(counts)
    return {"messages": len(others)} | counts | drop_missing(metrics)


def expected_calibration_error(
    is_positive: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.float64], bins: int = 10
) -> float:
    """Return how far predicted probabilities lie from observed shares, on average.

    Args:
        is_positive: n booleans.
        probabilities: n numbers from 0 to 1.
        bins: How many equal parts the range is cut into (Naeini et al. 2015).
    """
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=probabilities - is_positive, minlength=bins)
    return float(np.abs(gaps).sum() / len(probabilities))


def drop_missing(metrics: dict[str, float]) -> dict[str, float]:
    """Leave out what is not a number."""
    return {name: value for name, value in metrics.items() if not np.isnan(value)}
