"""How far the metrics can be trusted: confidence intervals, slices, near-duplicates left out."""

from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.dask_engine.partitions import Table, collect, map_rows
from spam_classifier.tables import CATEGORY, MESSAGE, PREDICTION, SOURCE

RESAMPLES = 2000

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


def tell_outcomes(answers: pd.DataFrame, classes: tuple[str, str]) -> pd.DataFrame:
    """Tell which cell of the confusion matrix each answer belongs to.

    Args:
        answers: n rows with `Category` and `prediction`.
        classes: The negative and the positive class.

    Returns:
        n rows of four booleans, one of which is true. Their sums are the confusion matrix.
    """
    truth, prediction = answers[CATEGORY] == classes[1], answers[PREDICTION] == classes[1]
    return pd.DataFrame(
        {
            "true_negatives": ~truth & ~prediction,
            "false_positives": ~truth & prediction,
            "false_negatives": truth & ~prediction,
            "true_positives": truth & prediction,
        }
    )


def _compute_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the shares that follow from each row; NaN where there is nothing to divide by."""
    true_negatives, false_positives = counts["true_negatives"], counts["false_positives"]
    false_negatives, true_positives = counts["false_negatives"], counts["true_positives"]
    return pd.DataFrame(
        {
            "spam_precision": true_positives / (true_positives + false_positives),
            "spam_caught": true_positives / (true_positives + false_negatives),
            "ham_blocked": false_positives / (false_positives + true_negatives),
            "accuracy": (true_positives + true_negatives) / counts.sum(axis=1),
        }
    )


def bootstrap_intervals(counts: pd.Series, random_state: int) -> dict[str, list[float]]:
    """Estimate 95 % confidence intervals by the percentile bootstrap over messages.

    Drawing n messages with replacement and counting their outcomes is drawing the four counts
    from a multinomial distribution (Efron and Tibshirani 1993, chapter 13).

    Args:
        counts: The four cells of the confusion matrix.
        random_state: Seed of the resampling.

    Returns:
        The lower and the upper end for each share.
    """
    generator = np.random.default_rng(random_state)
    size = int(counts.sum())
    draws = generator.multinomial(size, counts / size, size=RESAMPLES)
    shares = _compute_shares(pd.DataFrame(draws, columns=counts.index))
    ends = shares.quantile([0.025, 0.975]).dropna(axis="columns")
    return {str(name): ends[name].to_list() for name in ends}


def describe_counts(counts: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return for each confusion matrix, by its name, the counts and the shares that there are."""
    table = pd.concat(
        [counts.sum(axis=1).rename("messages"), counts, _compute_shares(counts)], axis=1
    )
    return {
        str(name): {str(figure): value for figure, value in row.items() if pd.notna(value)}
        for name, row in table.to_dict("index").items()
    }


def measure_slices(predictions: Table, classes: tuple[str, str]) -> dict[str, dict[str, Any]]:
    """Measure the messages of each kind, and of each source where there are several, apart.

    Args:
        predictions: n rows with `Category`, `Message` and `prediction`, in pandas or in Dask.
        classes: The negative and the positive class.

    Returns:
        Counts and shares by slice; a slice without messages is left out, and so is a share that
        has nothing to divide by.
    """
    counts = collect(map_rows(_count_slices, predictions, classes))
    counts = counts.groupby("slice", sort=False).sum()
    return describe_counts(counts[counts.sum(axis=1) > 0])


def _count_slices(predictions: pd.DataFrame, classes: tuple[str, str]) -> pd.DataFrame:
    """Return the name of each slice and its four counts."""
    outcomes = tell_outcomes(predictions, classes)
    slices = {
        name: predictions[MESSAGE].str.contains(pattern) for name, pattern in SLICE_PATTERNS.items()
    }
    if SOURCE in predictions:
        sources = sorted(predictions[SOURCE].unique())
        slices |= {f"source: {name}": predictions[SOURCE] == name for name in sources}
    counts = {name: outcomes[rows].sum() for name, rows in slices.items()}
    return pd.DataFrame(counts).T.rename_axis("slice").reset_index()
