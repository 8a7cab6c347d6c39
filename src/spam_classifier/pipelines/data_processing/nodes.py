"""The nodes of `data_processing`."""

import logging
import re
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.errors import RawFileError, UserError
from spam_classifier.parameters import SplitParameters
from spam_classifier.tables import (
    CATEGORY,
    COMMON_LABEL_SHARE,
    FAULT,
    LONGEST_LABEL,
    MESSAGE,
    MOST_LABELS,
    MOST_WORDS,
    RAW_SOURCE,
    SOURCE,
)

logger = logging.getLogger(__name__)


def clean_messages(
    *,
    raw: pd.DataFrame,
    extra: dict[str, pd.DataFrame],
    text_column: str,
    label_column: str,
    negative_label: str,
    positive_label: str,
    label_aliases: dict[Any, str],
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Keep every usable message once, and account for all other rows.

    Args:
        raw: Text columns, indexed by line number; `(fault)`, if there, says why a row cannot be
            used as it stands.
        extra: Further tables of the same layout, by their names.
        text_column: The column of the messages; a number in a file without header.
        label_column: The column of their labels.
        negative_label: The class to let through; case and outer spaces do not matter in the data.
        positive_label: The class to catch.
        label_aliases: Further labels, and the class that each of them means.

    Returns:
        The clean messages, the rejected rows with `line` and `reason`, and the counts
        (rows in = kept + duplicates + rejected). With extra tables, a column `source` names the
        table of each row; of duplicates the first one is kept, the raw file's before others.

    Raises:
        RawFileError: If a column is missing, no row can be used, a class is absent, or a third
            label is too common to be a slip.
    """
    classes = [negative_label, positive_label]
    names = {CATEGORY: str(label_column), MESSAGE: str(text_column)}
    spelling = {str(alias).strip().casefold(): label for alias, label in label_aliases.items()}
    spelling |= {label.casefold(): label for label in classes}
    checked = {RAW_SOURCE: _check_rows(raw, names, spelling, classes)}
    for source, table in extra.items():
        try:
            checked[source] = _check_rows(table, names, spelling, classes)
        except RawFileError as error:
            raise UserError(f"{source}: {error.message}") from None
    valid, rejected = (
        _join_tables({source: tables[side] for source, tables in checked.items()})
        for side in (0, 1)
    )
    clean = valid.drop_duplicates([CATEGORY, MESSAGE], ignore_index=True)
    rows_in = len(valid) + len(rejected)
    reasons = rejected["reason"]
    try:
        counts = _require_classes(clean, classes, "the raw file")
    except UserError as error:
        rejections = _describe_rejections(rows_in, reasons)
        raise RawFileError(f"{error.message} {rejections}".strip()) from None
    quality = {
        "rows_in": rows_in,
        "kept": len(clean),
        "duplicates": len(valid) - len(clean),
        "rejected": reasons.value_counts(sort=False).to_dict(),
        "classes": counts,
        "error_artefacts": int((clean[MESSAGE] == "#ERROR!").sum()),
        "texts_under_both_labels": int(clean[MESSAGE].duplicated().sum()),
    }
    if extra:
        quality["sources"] = clean[SOURCE].value_counts(sort=False).to_dict()
    if len(rejected):
        logger.warning("%s See rejected_messages.", _describe_rejections(rows_in, reasons))
    return clean, rejected, quality


def split_messages(
    messages: pd.DataFrame, test_prop: float, random_state: int, split: SplitParameters
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any], list[int], list[int]]:
    """Share the messages between training and test.

    Args:
        messages: n rows with the columns `Category` and `Message`.
        test_prop: Share of the rows for testing, above 0 and below 1.
        random_state: Seed of the shuffle.
        split: The strategy. `stratified` keeps the class shares, `sequential` the file's order,
            `grouped` keeps near-duplicates on one side.

    Returns:
        `round(n * (1 - test_prop))` training messages (about as many when grouped), the rest for
        testing, both in the file's order; a report of sizes, class shares and near-duplicates that
        stand on both sides; and for each side the cluster of near-duplicates of each row.

    Raises:
        UserError: If a side would lack a class.
    """
    from spam_classifier.near_duplicates import find_clusters
    from spam_classifier.splitting import choose_training_rows

    clusters = find_clusters(messages[MESSAGE].to_list())
    labels = messages[CATEGORY].to_numpy(dtype=object)
    in_training = choose_training_rows(labels, clusters, test_prop, random_state, split.strategy)
    sides = {"train": messages[in_training], "test": messages[~in_training]}
    classes = sorted(messages[CATEGORY].unique())
    report: dict[str, Any] = {"strategy": split.strategy}
    for name, side in sides.items():
        counts = _require_classes(
            side, classes, f"the {name} side of the split (test_prop={test_prop})"
        )
        shares = {label: round(count / len(side), 6) for label, count in counts.items()}
        report[name] = {"rows": len(side), "classes": counts, "shares": shares}
    in_train, in_test = clusters[in_training], clusters[~in_training]
    report["near_duplicates"] = {
        "clusters_on_both_sides": len(np.intersect1d(in_train, in_test)),
        "train_messages": int(np.isin(in_train, in_test).sum()),
        "test_messages": int(np.isin(in_test, in_train).sum()),
    }
    train, test = (side.reset_index(drop=True) for side in sides.values())
    return train, test, report, in_train.tolist(), in_test.tolist()


def _check_rows(
    raw: pd.DataFrame, names: dict[str, str], spelling: dict[str, str], classes: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the rows of a table into those that can be used and those that cannot, with reasons."""
    _require_columns(raw, names, classes)
    cells = pd.DataFrame({name: raw[column] for name, column in names.items()})
    rows = cells.assign(**{CATEGORY: _fold_labels(cells[CATEGORY], spelling)})
    _refuse_common_label(rows[CATEGORY], classes, names[CATEGORY])
    reasons = _find_reasons(rows, classes, raw.get(FAULT))
    rejected = cells.loc[reasons.index]
    rejected.insert(0, "reason", reasons)
    return rows.drop(index=reasons.index), rejected.reset_index()


def _join_tables(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Put tables below each other; name the source of each row where there are several."""
    if len(tables) == 1:
        return tables[RAW_SOURCE]
    return pd.concat([table.assign(**{SOURCE: name}) for name, table in tables.items()])


def _require_columns(raw: pd.DataFrame, names: dict[str, str], classes: list[str]) -> None:
    columns = [name for name in raw.columns if name != FAULT]
    missing = [name for name in names.values() if name not in columns]
    first_words = {re.split(r"[,;|\t]", name)[0].strip().casefold() for name in columns}
    if missing and first_words.intersection(label.casefold() for label in classes):
        raise RawFileError("The first line of the raw file is no header: it holds a label.")
    if missing:
        found = shorten(", ".join(map(_shorten_name, columns)), 100, placeholder=" …")
        raise RawFileError(
            f"The raw file has no column {' and no column '.join(missing)}: "
            f"its columns are {found}."
        )
    if raw.empty:
        raise RawFileError(
            "The raw file has a header but no rows: add some, or choose another raw_file."
        )


def _shorten_name(name: str) -> str:
    """Return the name of a column, unless it may be somebody's message."""
    return name if len(name) <= LONGEST_LABEL and len(name.split()) <= MOST_WORDS else "(a text)"


def _fold_labels(labels: pd.Series, spelling: dict[str, str]) -> pd.Series:
    """Leave case and outer spaces out of the labels, and give known ones their spelling."""
    folded = labels.str.strip().str.casefold()
    return folded.map(spelling).fillna(folded).astype("str")


def _refuse_common_label(labels: pd.Series, classes: list[str], column: str) -> None:
    counts = labels[labels != ""].value_counts()
    others = counts.drop(classes, errors="ignore")
    if not (others >= COMMON_LABEL_SHARE * len(labels)).any():
        return
    if len(counts) > MOST_LABELS or counts.index.str.len().max() > LONGEST_LABEL:
        raise RawFileError(
            f"Column {_shorten_name(column)} holds {len(counts)} different values, "
            f"so these are hardly labels such as {' and '.join(classes)}."
        )
    listing = ", ".join(f"{label} ({count})" for label, count in counts.items())
    raise RawFileError(
        f"The raw file has other labels than {' and '.join(classes)}: {listing}. "
        "Set positive_label and negative_label to two of them, say by label_aliases which class "
        "the others mean, or correct them."
    )


def _find_reasons(rows: pd.DataFrame, classes: list[str], faults: pd.Series | None) -> pd.Series:
    """Return the reason for each row that cannot be used, indexed by line."""
    from pandera.errors import SchemaErrors

    from spam_classifier.schemas import raw_messages_schema

    reasons = pd.Series(dtype=str, index=rows.index[:0])
    try:
        raw_messages_schema(classes).validate(rows, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases.drop_duplicates("index").set_index("index")
        reasons = cases["check"].sort_index().rename_axis(rows.index.name)
    if faults is None:
        return reasons
    faults = faults[faults != ""]
    both: pd.Series = pd.concat([faults, reasons.drop(faults.index, errors="ignore")])
    return both.sort_index()


def _describe_rejections(size: int, reasons: pd.Series) -> str:
    """Say how many rows are rejected, and why."""
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.value_counts().items())
    return f"{len(reasons)} of {size} rows are rejected: {counts}." if counts else ""


def _require_classes(rows: pd.DataFrame, classes: list[str], place: str) -> dict[str, int]:
    """Count the rows of each class, and refuse a table that lacks one."""
    counts = {label: int((rows[CATEGORY] == label).sum()) for label in classes}
    absent = [label for label, count in counts.items() if not count]
    if absent:
        raise UserError(
            f"Not a single usable row of {place} is {' or '.join(absent)} "
            f"({len(rows)} usable rows): training and testing need both classes."
        )
    return counts
