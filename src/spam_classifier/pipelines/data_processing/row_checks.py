"""Which raw tables can be used, and which of their rows."""

import re
from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.dask_engine.partitions import Table, count_values, keep, map_rows, take_first
from spam_classifier.errors import EMPTY_MESSAGE, RawFileError
from spam_classifier.tables import (
    CATEGORY,
    COMMON_LABEL_SHARE,
    FAULT,
    FILE,
    LONGEST_LABEL,
    MESSAGE,
    MOST_LABELS,
    is_blank,
    list_names,
    shorten_name,
)

FEW_ROWS = 100  # that tell whether the names of columns are a row too
LEAST_SHARE = 0.95  # of the rows that can be used, where labels and columns are guessed


def check_table(
    raw: Table, names: dict[str, str], classes: list[str], aliases: dict[Any, str], file: str
) -> Table:
    """Check a table as a whole and each of its rows.

    Args:
        raw: Text columns, indexed by line number, in pandas or in Dask.
        names: The columns of labels and texts, by what we call them.
        classes: The two classes.
        aliases: Further labels, and the class that each of them means.
        file: What to call the table in a sentence.

    Returns:
        Its rows with `reason` (empty for one that can be used), `Category` and `Message`. The label
        of a row that can be used has its spelling; other rows stay as they are.

    Raises:
        RawFileError: If a column is missing, there are no rows, or a third label is too common to
            be a slip.
    """
    _require_columns(raw, names, classes, file)
    spelling = spell_labels(classes, aliases)
    rows = keep(map_rows(_check_rows, raw, names, spelling, classes))
    if not len(rows):
        raise RawFileError(f"{file} has a header but no rows: add some, or use another file.")
    counts = pd.Series(count_values(rows[CATEGORY]))
    labels = _spell(counts.index.to_series(), spelling).to_numpy()
    _refuse_common_label(counts.groupby(labels, sort=False).sum(), classes, names[CATEGORY], file)
    return rows


def spell_labels(classes: list[str], aliases: dict[Any, str]) -> dict[str, str]:
    """Return the class of each label that is known, by the folded label."""
    labels = pd.Series([str(label) for label in (*aliases, *classes)], dtype="str")
    return dict(zip(fold_labels(labels), [*aliases.values(), *classes], strict=True))


def fold_labels(labels: pd.Series) -> pd.Series:
    """Leave case, outer spaces and decimals of a whole number (`1.0`) out of labels."""
    return labels.str.strip().str.casefold().str.replace(r"^(\d+)\.0+$", r"\1", regex=True)


def find_labels(column: pd.Series) -> list[str]:
    """Return the values of a column of texts, the most frequent first, if they may be labels."""
    counts = fold_labels(column).value_counts().drop("", errors="ignore")
    common = counts[counts >= max(2, COMMON_LABEL_SHARE * len(column))]
    is_usual = len(common) >= 2 and common.sum() >= LEAST_SHARE * len(column)
    return list(common.index) if is_usual and _may_be_labels(common) else []


def _may_be_labels(counts: pd.Series) -> bool:
    """Tell whether counted values are few and short enough."""
    return len(counts) <= MOST_LABELS and counts.index.str.len().max() <= LONGEST_LABEL


def _spell(labels: pd.Series, spelling: dict[str, str]) -> pd.Series:
    folded = fold_labels(labels)
    return folded.map(spelling).fillna(folded).astype("str")


def _check_rows(
    raw: pd.DataFrame, names: dict[str, str], spelling: dict[str, str], classes: list[str]
) -> pd.DataFrame:
    rows = pd.DataFrame({name: raw[column] for name, column in names.items()})
    labels = _spell(rows[CATEGORY], spelling)
    reasons = {
        "empty label": labels == "",
        "unknown label": ~labels.isin(classes),
        EMPTY_MESSAGE: is_blank(rows[MESSAGE]),
    }
    reason = pd.Series(
        np.select(list(reasons.values()), list(reasons), ""), rows.index, dtype="str"
    )
    if FAULT in raw:
        reason = reason.mask(raw[FAULT] != "", raw[FAULT])
    rows[CATEGORY] = labels.where(reason == "", rows[CATEGORY])
    rows.insert(0, "reason", reason)
    return rows.assign(**{FILE: raw[FILE]}) if FILE in raw else rows


def _require_columns(raw: Table, names: dict[str, str], classes: list[str], file: str) -> None:
    columns = [name for name in raw.columns if name not in (FAULT, FILE)]
    missing = [name for name in names.values() if name not in columns]
    if not missing:
        return
    labels = {label.casefold() for label in classes}
    for name in columns:
        first, *rest = (
            re.split(r"[,;|\t]", text)[0].strip().casefold()
            for text in (name, *take_first(raw[name], FEW_ROWS))
        )
        if first in labels and labels.intersection(rest):
            raise RawFileError(f"{file} has no header: its first line holds a label.")
    raise RawFileError(
        f"{file} has no column {' and no column '.join(missing)}: "
        f"its columns are {list_names(columns)}."
    )


def _refuse_common_label(labels: pd.Series, classes: list[str], column: str, file: str) -> None:
    """Refuse a table in which a label that is no class, of those counted, is no slip."""
    counts = labels.drop("", errors="ignore").sort_values(ascending=False, kind="stable")
    others = counts.drop(classes, errors="ignore")
    if not (others >= COMMON_LABEL_SHARE * labels.sum()).any():
        return
    if not _may_be_labels(counts):
        raise RawFileError(
            f"{file} has {len(counts)} different values in column {shorten_name(column)}, "
            f"so these are hardly labels such as {' and '.join(classes)}."
        )
    listing = ", ".join(f"{label} ({count})" for label, count in counts.items())
    raise RawFileError(
        f"{file} has other labels than {' and '.join(classes)}: {listing}. Say by label_aliases, "
        "or by positive_label and negative_label, which class each means, or correct them."
    )
