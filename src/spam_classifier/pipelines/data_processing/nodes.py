"""The nodes of `data_processing`."""

from textwrap import shorten
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from spam_classifier.errors import UserError
from spam_classifier.parameters import SplitParameters

CATEGORY = "Category"
MESSAGE = "Message"
COMMON_LABEL_SHARE = 0.01


def clean_messages(
    raw: pd.DataFrame, negative_label: str, positive_label: str
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Keep every usable message once, and account for all other rows.

    Args:
        raw: Text columns `Category` and `Message`, indexed by line number.
        negative_label: The class to let through; case and outer spaces do not matter in the data.
        positive_label: The class to catch.

    Returns:
        The clean messages, the rejected rows with `line` and `reason`, and the counts
        (rows in = kept + duplicates + rejected).

    Raises:
        UserError: If a column is missing, no row can be used, a class is absent, or a third label
            is too common to be a slip.
    """
    _require_columns(raw)
    labels = _fold_labels(raw[CATEGORY], [negative_label, positive_label])
    _refuse_common_label(labels, [negative_label, positive_label])
    rows = pd.DataFrame({CATEGORY: labels, MESSAGE: raw[MESSAGE]})
    reasons = _find_reasons(rows, [negative_label, positive_label])
    valid = rows.drop(index=reasons.index)
    clean = valid.drop_duplicates(ignore_index=True)
    counts = _require_classes(clean, [negative_label, positive_label], "the raw file")
    rejected = raw.loc[reasons.index, [CATEGORY, MESSAGE]]
    rejected.insert(0, "reason", reasons)
    quality = {
        "rows_in": len(raw),
        "kept": len(clean),
        "duplicates": len(valid) - len(clean),
        "rejected": reasons.value_counts(sort=False).to_dict(),
        "classes": counts,
        "error_artefacts": int((clean[MESSAGE] == "#ERROR!").sum()),
        "texts_under_both_labels": int(clean[MESSAGE].duplicated().sum()),
    }
    return clean, rejected.reset_index(), quality


def split_messages(
    messages: pd.DataFrame, test_prop: float, random_state: int, split: SplitParameters
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Share the messages between training and test.

    Args:
        messages: n rows with the columns `Category` and `Message`.
        test_prop: Share of the rows for testing, above 0 and below 1.
        random_state: Seed of the shuffle.
        split: The strategy. `stratified` keeps the class shares, `sequential` the file's order,
            `grouped` keeps near-duplicates on one side.

    Returns:
        `round(n * (1 - test_prop))` training messages (about as many when grouped), the rest for
        testing, both in the file's order, and a report of sizes, class shares and near-duplicates
        that stand on both sides.

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
    report["near_duplicates"] = _count_straddling(clusters, in_training)
    train, test = (side.reset_index(drop=True) for side in sides.values())
    return train, test, report


def _require_columns(raw: pd.DataFrame) -> None:
    missing = [name for name in (CATEGORY, MESSAGE) if name not in raw.columns]
    if missing:
        found = shorten(", ".join(raw.columns), 60, placeholder=" …")
        raise UserError(
            f"The raw file has no column {' and no column '.join(missing)}: its first line must be "
            f"a header with the names {CATEGORY} and {MESSAGE}, and it is: {found}."
        )
    if raw.empty:
        raise UserError("The raw file has a header but no rows.")


def _fold_labels(labels: pd.Series, known: list[str]) -> pd.Series:
    """Leave case and outer spaces out of the labels, and give known ones their spelling."""
    spelling = {label.casefold(): label for label in known}
    folded = labels.str.strip().str.casefold()
    return folded.map(spelling).fillna(folded).astype("str")


def _refuse_common_label(labels: pd.Series, known: list[str]) -> None:
    counts = labels[labels != ""].value_counts()
    others = counts.drop(known, errors="ignore")
    if (others >= COMMON_LABEL_SHARE * len(labels)).any():
        listing = ", ".join(f"{label} ({count})" for label, count in counts.head(10).items())
        raise UserError(
            f"The raw file has other labels than {' and '.join(known)}: {listing}. "
            "Set negative_label and positive_label to two of them, or correct the others."
        )


def _find_reasons(rows: pd.DataFrame, known: list[str]) -> pd.Series:
    """Return the reason for each row that breaks the contract, indexed by line."""
    from pandera.errors import SchemaErrors

    from spam_classifier.schemas import raw_messages_schema

    try:
        raw_messages_schema(known).validate(rows, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases.drop_duplicates("index").set_index("index")
        reasons: pd.Series = cases["check"].sort_index().rename_axis(rows.index.name)
        return reasons
    return pd.Series(dtype=str, index=rows.index[:0])


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


def _count_straddling(
    clusters: npt.NDArray[np.int32], in_training: npt.NDArray[np.bool_]
) -> dict[str, int]:
    """Count the near-duplicates that stand on both sides of the split."""
    train, test = set(clusters[in_training]), clusters[~in_training]
    straddling = [cluster for cluster in test if cluster in train]
    return {"clusters_on_both_sides": len(set(straddling)), "test_messages": len(straddling)}
