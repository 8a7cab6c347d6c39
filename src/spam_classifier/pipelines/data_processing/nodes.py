"""The nodes of `data_processing`."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.dask_engine.partitions import (
    Table,
    collect,
    count_values,
    drop_duplicates,
    is_partitioned,
    keep,
    map_rows,
)
from spam_classifier.errors import RawFileError, UserError
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines.data_processing.row_checks import check_table
from spam_classifier.pipelines.data_processing.splitting import (
    place_corrections,
    place_messages,
)
from spam_classifier.tables import (
    CATEGORY,
    CLUSTER,
    CORRECTIONS,
    EXTRA_REMEDY,
    FILE,
    IN_TRAINING,
    MESSAGE,
    RAW_SOURCE,
    SOURCE,
)

logger = logging.getLogger(__name__)

OUR_NAMES = {CATEGORY: CATEGORY, MESSAGE: MESSAGE}


def clean_messages(
    *,
    raw: Table,
    extra: dict[str, pd.DataFrame],
    text_column: str,
    label_column: str,
    negative_label: str,
    positive_label: str,
    label_aliases: dict[Any, str],
) -> tuple[Table, Table, dict[str, Any]]:
    """Keep every usable message once, and account for all other rows.

    Args:
        raw: Text columns, indexed by line number, in pandas or in Dask; `(fault)`, if there, says
            why a row cannot be used as it stands, and `(file)` where it is from.
        extra: Further tables by their names, with the same columns or `Category` and `Message`.
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
    checked = {RAW_SOURCE: check_table(raw, names, classes, label_aliases, "The raw file")}
    for source, table in extra.items():
        found = names if set(names.values()) <= set(table) else OUR_NAMES
        try:
            checked[source] = check_table(table, found, classes, label_aliases, source)
        except RawFileError as error:  # advice would be about the parameters of the raw file
            raise UserError(f"{error.message} {EXTRA_REMEDY}") from None
    rows = checked[RAW_SOURCE]
    if extra:
        added = ", ".join(f"{source} ({len(table)} rows)" for source, table in extra.items())
        logger.info("Added to the raw file: %s.", added)
        rows = pd.concat([table.assign(**{SOURCE: name}) for name, table in checked.items()])
    rejected = rows[rows["reason"] != ""].rename(columns={FILE: "file"})
    valid = rows[rows["reason"] == ""].drop(columns=["reason", FILE], errors="ignore")
    clean = keep(drop_duplicates(valid, [CATEGORY, MESSAGE]))
    reasons = count_values(rejected["reason"])
    rejections = _describe_rejections(len(rows), reasons)
    try:
        counts = _require_classes(clean, classes, "the raw file")
    except UserError as error:
        raise RawFileError(f"{error.message} {rejections}".strip()) from None
    quality = {
        "rows_in": len(rows),
        "kept": len(clean),
        "duplicates": len(valid) - len(clean),
        "rejected": reasons,
        "classes": counts,
        "error_artefacts": int(collect((clean[MESSAGE] == "#ERROR!").sum())),
        "texts_under_both_labels": len(clean) - len(drop_duplicates(clean[[MESSAGE]], [MESSAGE])),
    }
    if extra:
        quality["sources"] = count_values(clean[SOURCE])
    if rejections:
        logger.warning("%s See rejected_messages.", rejections)
    return clean, map_rows(pd.DataFrame.reset_index, rejected), quality


def split_messages(
    messages: Table, test_prop: float, random_state: int, split: SplitParameters
) -> tuple[Table, Table, dict[str, Any], list[int], list[int], pd.DataFrame]:
    """Share the messages between training and test.

    Args:
        messages: n rows with the columns `Category` and `Message`, in pandas or in Dask.
        test_prop: Share of the rows for testing, above 0 and below 1.
        random_state: Seed of the shuffle.
        split: The strategy for all but what clients corrected, which trains. `stratified` keeps
            the class shares, `sequential` the file's order, `grouped` keeps near-duplicates on one
            side, and so does `hashed`, for messages in partitions too.

    Returns:
        `round(n * (1 - test_prop))` training messages (about as many when grouped or hashed), the
        rest for testing, both in the file's order; a report of sizes, class shares and
        near-duplicates that stand on both sides; and for each side the cluster of near-duplicates
        of each row (no numbers for messages in partitions, whose clusters never stand on both);
        and the newest corrections, which neither train nor test.

    Raises:
        UserError: If a side would lack a class.
    """
    classes = sorted(count_values(messages[CATEGORY]))
    report: dict[str, Any] = {"strategy": split.strategy, "test_prop": test_prop}
    held_out = pd.DataFrame({CATEGORY: [], MESSAGE: []}, dtype="str")
    arguments = messages, test_prop, random_state, split.strategy
    if SOURCE in messages and CORRECTIONS in count_values(messages[SOURCE]):
        placed, newest, report["corrections"] = place_corrections(*arguments)
        held_out = newest[[CATEGORY, MESSAGE]]
    else:
        placed = keep(place_messages(*arguments))
    sides, clusters = list[Table](), list[list[int]]()
    for name, in_side in (("train", placed[IN_TRAINING]), ("test", ~placed[IN_TRAINING])):
        side = placed[in_side]
        place = f"the {name} side of the split (test_prop={test_prop})"
        counts = _require_classes(side, classes, place)
        size = sum(counts.values())
        shares = {label: round(count / size, 6) for label, count in counts.items()}
        report[name] = {"rows": size, "classes": counts, "shares": shares}
        clusters.append([] if is_partitioned(side) else side[CLUSTER].to_list())
        sides.append(side.drop(columns=[CLUSTER, IN_TRAINING]).reset_index(drop=True))
    in_train, in_test = clusters
    report["near_duplicates"] = {
        "clusters_on_both_sides": len(np.intersect1d(in_train, in_test)),
        "train_messages": int(np.isin(in_train, in_test).sum()),
        "test_messages": int(np.isin(in_test, in_train).sum()),
    }
    train, test = sides
    return train, test, report, in_train, in_test, held_out


def _describe_rejections(size: int, reasons: dict[str, int]) -> str:
    """Say how many rows are rejected, and why."""
    most_first = sorted(reasons.items(), key=lambda reason: -reason[1])
    counts = ", ".join(f"{count} {reason}" for reason, count in most_first)
    return f"{sum(reasons.values())} of {size} rows are rejected: {counts}." if counts else ""


def _require_classes(rows: Table, classes: list[str], place: str) -> dict[str, int]:
    """Count the rows of each class, and refuse a table that lacks one."""
    found = count_values(rows[CATEGORY])
    counts = {label: found.get(label, 0) for label in classes}
    absent = [label for label, count in counts.items() if not count]
    if absent:
        raise UserError(
            f"Not a single usable row of {place} is {' or '.join(absent)} "
            f"({len(rows)} usable rows): training and testing need both classes."
        )
    return counts
