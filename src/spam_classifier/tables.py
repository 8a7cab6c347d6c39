"""How tables of messages, and the raw files that they come from, are laid out.

Kedro checks a table against its contract when it loads it.
"""

from collections.abc import Iterable
from textwrap import shorten

import pandas as pd
from kedro.validation import CheckFailure, DataValidationError

CATEGORY = "Category"
MESSAGE = "Message"
SOURCE = "source"  # column that is there when messages come from several files
RAW_SOURCE = "raw file"  # its name for the first of them
CORRECTIONS = "feedback.csv"  # its name for what clients corrected, which only trains
FAULT = "(fault)"  # column of raw rows: why one cannot be used as it stands
FILE = "(file)"  # column of raw rows from a folder: the file's name
CLUSTER = "(cluster)"  # column while rows are split: equal numbers are near-duplicates
IN_TRAINING = "(in training)"  # column while rows are split
EXTRA_REMEDY = (
    "An extra file has the columns of the raw file, or Category and Message: mend it, or take it "
    "out of the folder of extra files."
)
PREDICTION, SPAM_PROBABILITY = "prediction", "spam_probability"  # columns of the model's answers
REJECTED_SUFFIX = ".rejected.csv"  # of the list of rows that are not scored, beside the output
LONE_SURROGATE = "lone surrogate"  # a reason for which a row cannot be used, like EMPTY_MESSAGE
RAW_SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")  # .gz may follow
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

# What may be a label, or the name of a column; anything else may be somebody's message.
COMMON_LABEL_SHARE = 0.01  # of the rows at least
MOST_LABELS = 20
LONGEST_LABEL = 30
MOST_WORDS = 3
LONGEST_LISTING = 100


def find_separator(name: str, sep: str | None) -> str:
    """Return the character between the cells of separated text.

    Args:
        name: The name of the file.
        sep: The character or its name; None for a tab in `.tsv` and a comma in others.
    """
    sep = sep or ("tab" if name.lower().removesuffix(".gz").endswith(".tsv") else "comma")
    return SEPARATORS.get(sep, sep)


def list_names(names: Iterable[str]) -> str:
    """List the names of columns for a sentence, without what may be somebody's message.

    Args:
        names: The names; in a file without a header they are its first message.
    """
    return shorten(", ".join(map(shorten_name, names)), LONGEST_LISTING, placeholder=" …")


def shorten_name(name: str) -> str:
    """Return the name of a column, unless it may be somebody's message or cannot be printed."""
    is_name = len(name) <= LONGEST_LABEL and len(name.split()) <= MOST_WORDS and name.isprintable()
    return name if is_name else "(a text)"


def is_blank(texts: pd.Series) -> pd.Series:
    """Tell which texts hold nothing but white space."""
    return texts.str.strip() == ""


def check_messages(table: pd.DataFrame) -> None:
    """Check clean messages, as in `spam_data`, `train_messages` and `test_messages`.

    Raises:
        DataValidationError: If they break the contract; it names the first check that fails.
    """
    _require_columns(table, [CATEGORY, MESSAGE])
    _require(table[CATEGORY] != "", CATEGORY, "has a label")
    _require(~is_blank(table[MESSAGE]), MESSAGE, "has a text")
    _require(~table.duplicated([CATEGORY, MESSAGE]), None, "no row repeats another")


def check_predictions(table: pd.DataFrame) -> None:
    """Check messages with the answers of a model; one without probabilities leaves them empty.

    Raises:
        DataValidationError: If they break the contract; it names the first check that fails.
    """
    _require_columns(table, [CATEGORY, MESSAGE, PREDICTION, SPAM_PROBABILITY])
    shares = table[SPAM_PROBABILITY]
    _require(shares.isna() | shares.between(0, 1), SPAM_PROBABILITY, "from 0 to 1")


def _require_columns(table: pd.DataFrame, columns: list[str]) -> None:
    """Require these columns, and no further one but `source`."""
    for name in [*columns, *table.columns.difference([*columns, SOURCE])]:
        _require(pd.Series(name in table), name, "is there")
        _require(pd.Series(name in columns), str(name), "is expected")


def _require(rows: pd.Series, column: str | None, check: str) -> None:
    if failing := int((~rows).sum()):
        failure = CheckFailure("A check fails.", check, column, failing)
        raise DataValidationError("The table breaks its contract.", failures=[failure])
