"""Which raw tables can be used, and which of their rows."""

import re
from collections.abc import Iterable
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
    labels = map_rows(_fold_categories, rows, spelling)[CATEGORY]
    _refuse_common_label(pd.Series(count_values(labels)), classes, names[CATEGORY], file)
    return rows


def spell_labels(classes: list[str], aliases: dict[Any, str]) -> dict[str, str]:
    """Return the class of each label that is known, by the folded label.

    Args:
        classes: The two classes.
        aliases: Further labels, and the class that each of them means.
    """
    labels = pd.Series([str(label) for label in (*aliases, *classes)], dtype="str")
    return dict(zip(fold_labels(labels), [*aliases.values(), *classes], strict=True))


def fold_labels(labels: pd.Series) -> pd.Series:
    """Leave case, outer spaces and decimals of a whole number (`1.0`) out of labels."""
    return labels.str.strip().str.casefold().str.replace(r"^(\d+)\.0+$", r"\1", regex=True)


def _check_rows(
    raw: pd.DataFrame, names: dict[str, str], spelling: dict[str, str], classes: list[str]
) -> pd.DataFrame:
    cells = pd.DataFrame({name: raw[column] for name, column in names.items()})
    if FILE in raw:
        cells[FILE] = raw[FILE]
    rows = _fold_categories(cells, spelling)
    reasons = _find_reasons(rows[[CATEGORY, MESSAGE]], classes)
    if FAULT in raw:
        reasons = reasons.mask(raw[FAULT] != "", raw[FAULT])
    rows[CATEGORY] = rows[CATEGORY].mask(reasons != "", cells[CATEGORY])
    rows.insert(0, "reason", reasons)
    return rows


def _fold_categories(rows: pd.DataFrame, spelling: dict[str, str]) -> pd.DataFrame:
    folded = fold_labels(rows[CATEGORY])
    return rows.assign(**{CATEGORY: folded.map(spelling).fillna(folded).astype("str")})


def _find_reasons(rows: pd.DataFrame, labels: list[str]) -> pd.Series:
    """Return why each row cannot be used, the first reason that applies; empty if it can."""
    reasons = {
        "empty label": rows[CATEGORY] == "",
        "unknown label": ~rows[CATEGORY].isin(labels),
        EMPTY_MESSAGE: is_blank(rows[MESSAGE]),
    }
    first = np.select(list(reasons.values()), list(reasons), default="")
    return pd.Series(first, rows.index, dtype="str")


def _require_columns(raw: Table, names: dict[str, str], classes: list[str], file: str) -> None:
    columns = [name for name in raw.columns if name not in (FAULT, FILE)]
    missing = [name for name in names.values() if name not in columns]
    if not missing:
        return
    labels = {label.casefold() for label in classes}
    for name in columns:
        if _first_words([name]) <= labels and labels & _first_words(
            take_first(raw[name], FEW_ROWS)
        ):
            raise RawFileError(f"{file} has no header: its first line holds a label.")
    raise RawFileError(
        f"{file} has no column {' and no column '.join(missing)}: "
        f"its columns are {list_names(columns)}."
    )


def _first_words(texts: Iterable[str]) -> set[str]:
    """Return what stands before the first separator of any kind."""
    return {re.split(r"[,;|\t]", text)[0].strip().casefold() for text in texts}


def _refuse_common_label(labels: pd.Series, classes: list[str], column: str, file: str) -> None:
    """Refuse a table in which a label that is no class, of those counted, is no slip."""
    counts = labels.drop("", errors="ignore").sort_values(ascending=False, kind="stable")
    others = counts.drop(classes, errors="ignore")
    if not (others >= COMMON_LABEL_SHARE * labels.sum()).any():
        return
    if len(counts) > MOST_LABELS or counts.index.str.len().max() > LONGEST_LABEL:
        raise RawFileError(
            f"{file} has {len(counts)} different values in column {shorten_name(column)}, "
            f"so these are hardly labels such as {' and '.join(classes)}."
        )
    listing = ", ".join(f"{label} ({count})" for label, count in counts.items())
    raise RawFileError(
        f"{file} has other labels than {' and '.join(classes)}: {listing}. "
        "Set positive_label and negative_label to two of them, say by label_aliases which class "
        "the others mean, or correct them."
    )
