"""Looks for the command that reads a raw file that does not fit, by trying.

A command is suggested if the dataset reads the file with it, and the checks of `clean_messages`
then keep nearly all rows. Of several it is the one with the fewest parameters. The sentence names
columns and labels, and never a message.
"""

from contextlib import suppress
from itertools import product
from typing import Any

import pandas as pd
from kedro.io import DatasetError

from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.errors import UserError
from spam_classifier.pipelines.data_processing import row_checks as checks
from spam_classifier.pipelines.data_processing.text_encoding import find_encoding
from spam_classifier.pipelines.data_processing.typed_command import advise_typing
from spam_classifier.tables import (
    CATEGORY,
    COMMON_LABEL_SHARE,
    FAULT,
    LONGEST_LABEL,
    MESSAGE,
    MOST_LABELS,
    SEPARATORS,
    shorten_name,
)

LEAST_SHARE = 0.95  # of the rows that a suggestion keeps
SAMPLE = 5_000_000  # bytes that tell an encoding
MOST_ALIASES = 3
CLASSES = ("negative_label", "positive_label")

Settings = dict[str, Any]


def advise(dataset: RawTableDataset, parameters: Settings, run_params: Settings) -> str:
    """Say which command reads a raw file.

    Args:
        dataset: The raw file, and how it was read.
        parameters: The parameters of the run.
        run_params: What Kedro tells its hooks about the run: `env` and `runtime_params` are used.

    Returns:
        One sentence; empty if no command is known to work.
    """
    best: tuple[Settings, str] | None = None
    try:
        if dataset.file_system.isdir(dataset.path):
            file = dataset.list_raw_files()[0].rpartition("/")[2]
            folder = str(parameters.get("raw_file", dataset.path)).rstrip("/")
            return advise_typing({"raw_file": f"{folder}/{file}"}, "", run_params)
        content = dataset.read_bytes(SAMPLE)
    except Exception:  # the run's own sentence says already why the file cannot be opened
        return ""
    for settings in _list_settings(dataset, content):
        if best and len(best[0]) <= len(settings):
            break
        with suppress(DatasetError, UserError):
            found, condition = _find_columns(dataset.with_settings(**settings), parameters)
            if not best or len(settings | found) < len(best[0]):
                best = settings | found, condition
    return advise_typing(*best, run_params) if best and best[0] else ""


def _list_settings(dataset: RawTableDataset, content: bytes) -> list[Settings]:
    """Return what may have to be typed about the file, the shortest first."""
    encoding = find_encoding(content, dataset.encoding)
    base: Settings = {} if encoding == dataset.encoding else {"encoding": encoding}
    if dataset.format != "text":
        return [base]
    first_line = content.decode(encoding, "ignore").lstrip("\ufeff\r\n").partition("\n")[0]
    others = [n for n, sep in SEPARATORS.items() if sep in first_line and sep != dataset.sep]
    ways = product(
        [*([{}] if dataset.sep in first_line else []), *({"sep": name} for name in others)],
        [{}, {"header": not dataset.header}],
        [{}, {"quotes": dataset.quotes is False}][: 1 + (b'"' in content)],
    )
    return sorted((base | sep | header | quotes for sep, header, quotes in ways), key=len)


def _find_columns(dataset: RawTableDataset, parameters: Settings) -> tuple[Settings, str]:
    """Return what has to be typed about columns and labels, and when that is right.

    Raises UserError if no columns make sense, or any of several may hold the labels.
    """
    table = dataset.load()
    columns = [str(name) for name in table if name != FAULT]
    labels = {name: common for name in columns if (common := _find_labels(table[name]))}
    classes, aliases = [parameters[name] for name in CLASSES], parameters["label_aliases"]
    spelling = checks.spell_labels(classes, aliases)
    known = {name: [label for label in labels[name] if label in spelling] for name in labels}
    label, text = str(parameters["label_column"]), str(parameters["text_column"])
    if label not in labels:
        if len(columns) < 2 or not (any(known.values()) or len(labels) == 1):
            raise UserError("No column, or any of several, may hold the labels.")
        label = max(labels, key=lambda name: len(known[name]) / len(labels[name]))
    if text == label or text not in columns:
        others = (name for name in columns if name != label)
        text = max(others, key=lambda name: table[name].str.len().sum())
    has_names = dataset.header or dataset.format != "text"
    if has_names and (label.casefold() in labels[label] or shorten_name(text) != text):
        raise UserError("The first line holds a row.")
    found, condition = _explain_labels(labels[label], spelling, parameters, label.casefold())
    classes = [found.get(name, parameters[name]) for name in CLASSES]
    aliases = aliases | found.get("label_aliases", {})
    names = {CATEGORY: label, MESSAGE: text}
    rows = checks.check_table(table, names, classes, aliases, "The raw file")
    usable = rows.loc[rows["reason"] == "", CATEGORY]
    if len(usable) < LEAST_SHARE * len(rows) or set(usable) != set(classes):
        raise UserError("Too few rows can be used.")
    wanted = {"label_column": label, "text_column": text}
    return {name: v for name, v in wanted.items() if v != str(parameters[name])} | found, condition


def _find_labels(column: pd.Series) -> list[str]:
    """Return the values of a column, the most frequent first, if they may be labels."""
    folded = checks.fold_labels(column)
    counts = folded[folded != ""].value_counts()
    common = counts[counts >= max(2, COMMON_LABEL_SHARE * len(column))]
    is_usual = common.sum() >= LEAST_SHARE * len(column) and 2 <= len(common) <= MOST_LABELS
    return list(common.index) if is_usual and common.index.str.len().max() <= LONGEST_LABEL else []


def _explain_labels(
    labels: list[str], spelling: dict[str, str], parameters: Settings, column: str
) -> tuple[Settings, str]:
    """Return the parameters for labels that are not known, and when these are right."""
    negative, positive = (parameters[name] for name in CLASSES)
    unknown = [label for label in labels if label not in spelling]
    known = {spelling[label] for label in labels if label in spelling}
    if not unknown:
        return {}, ""
    if known and len(unknown) <= (MOST_ALIASES if len(known) == 2 else 1):
        other = negative if known == {positive} else positive
        condition = f" if {other} is what {' and '.join(unknown)} means"
        return {"label_aliases": dict.fromkeys(unknown, other)}, condition
    if known or len(unknown) != 2:
        raise UserError("It is not clear which labels mean which class.")
    common, rare = ("0", "1") if set(unknown) == {"0", "1"} else unknown
    if column == negative.casefold():  # 1 in a column named ham is ham
        common, rare = rare, common
    condition = f" if {rare} is the class to catch"
    if common.isdecimal() or rare.isdecimal() or parameters["label_aliases"]:
        return {"label_aliases": {rare: positive, common: negative}}, condition
    return {"positive_label": rare, "negative_label": common}, condition
