"""How far the metrics can be trusted: confidence intervals, slices, near-duplicates left out."""

import math

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, matthews_corrcoef

from spam_classifier.dask_engine.partitions import Table, collect, map_rows
from spam_classifier.tables import CATEGORY, MESSAGE, PREDICTION, SOURCE

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

OUTCOMES = ["true_negatives", "false_positives", "false_negatives", "true_positives"]
TRUTHS, PREDICTIONS = [0, 0, 1, 1], [0, 1, 0, 1]  # of the outcomes; 1 is the positive class

Figures = dict[str, float | int]


def count_outcomes(answers: pd.DataFrame, classes: tuple[str, str]) -> dict[str, int]:
    """Count the four cells of the confusion matrix.

    Args:
        answers: n rows with `Category` and `prediction`.
        classes: The negative and the positive class.

    Returns:
        True and false negatives and positives.
    """
    if answers.empty:
        return dict.fromkeys(OUTCOMES, 0)
    cells = confusion_matrix(answers[CATEGORY], answers[PREDICTION], labels=classes)
    return dict(zip(OUTCOMES, cells.ravel().tolist(), strict=True))


def compute_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Compute the shares that follow from confusion matrices.

    Args:
        counts: A confusion matrix a row, with the columns of `OUTCOMES`.

    Returns:
        A row of shares for each; NaN where there is nothing to divide by.
    """
    right = counts["true_positives"] + counts["true_negatives"]
    return pd.DataFrame(
        {
            "spam_precision": _share(counts["true_positives"], counts["false_positives"]),
            "spam_caught": _share(counts["true_positives"], counts["false_negatives"]),
            "ham_blocked": _share(counts["false_positives"], counts["true_negatives"]),
            "accuracy": _share(right, counts["false_positives"] + counts["false_negatives"]),
        }
    )


def _share(some: pd.Series, others: pd.Series) -> pd.Series:
    return some / (some + others)


def bootstrap_intervals(counts: dict[str, int], random_state: int) -> dict[str, list[float]]:
    """Estimate 95 % confidence intervals by the percentile bootstrap over messages.

    Drawing n messages with replacement and counting their outcomes is drawing the four counts
    from a multinomial distribution (Efron and Tibshirani 1993, chapter 13).

    Args:
        counts: The four cells of the confusion matrix.
        random_state: Seed of the resampling.

    Returns:
        The lower and the upper end for each share.
    """
    observed = np.array([counts[outcome] for outcome in OUTCOMES])
    generator = np.random.default_rng(random_state)
    draws = generator.multinomial(observed.sum(), observed / observed.sum(), size=RESAMPLES)
    tail = (1 - CONFIDENCE) / 2
    shares = compute_shares(pd.DataFrame(draws, columns=OUTCOMES))
    ends = shares.quantile([tail, 1 - tail]).dropna(axis="columns")
    return {str(name): ends[name].to_list() for name in ends}


def measure_slices(predictions: Table, classes: tuple[str, str]) -> dict[str, Figures]:
    """Measure the messages of each kind, and of each source where there are several, apart.

    Args:
        predictions: n rows with `Category`, `Message` and `prediction`, in pandas or in Dask.
        classes: The negative and the positive class.

    Returns:
        Counts and shares by slice; a slice without messages is left out, and so is a share that
        has nothing to divide by.
    """
    counts = collect(map_rows(_count_slices, predictions, classes))
    return _describe_rows(counts.groupby("slice", sort=False).sum())


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


def measure_rows(answers: pd.DataFrame, classes: tuple[str, str]) -> Figures:
    """Measure some of the messages.

    Args:
        answers: n rows with `Category` and `prediction`; n may be 0.
        classes: The negative and the positive class.

    Returns:
        Counts, shares and Matthews' correlation coefficient; only counts if there are no rows.
    """
    counts = count_outcomes(answers, classes)
    (figures,) = _describe_rows(pd.DataFrame([counts])).values()
    if len(answers):
        weights = list(counts.values())
        figures["matthews_corrcoef"] = matthews_corrcoef(TRUTHS, PREDICTIONS, sample_weight=weights)
    return figures


def _describe_rows(counts: pd.DataFrame) -> dict[str, Figures]:
    """Return for each confusion matrix, by its name, the counts and the shares that there are."""
    shares = compute_shares(counts).to_dict("index")
    return {
        str(name): {"messages": sum(row.values())}
        | row
        | {share: value for share, value in shares[name].items() if not math.isnan(value)}
        for name, row in counts.to_dict("index").items()
    }
