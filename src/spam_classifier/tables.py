"""How tables of messages, and the raw files that they come from, are laid out.

Kedro checks a table against its contract when it loads it.
"""

from collections.abc import Callable, Iterable
from textwrap import shorten

import pandas as pd
from kedro.validation import CheckFailure, DataValidationError

CATEGORY = "Category"
MESSAGE = "Message"
SOURCE = "source"  # column that is there when messages come from several files
RAW_SOURCE = "raw file"  # its name for the first of them
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


Check = Callable[[pd.DataFrame], pd.Series]


def is_blank(texts: pd.Series) -> pd.Series:
    """Tell which texts hold nothing but white space."""
    return texts.str.strip() == ""


def check_messages(table: pd.DataFrame) -> None:
    """Check clean messages, as in `spam_data`, `train_messages` and `test_messages`.

    Raises:
        DataValidationError: If they break the contract; it names each check that fails.
    """
    _require(
        table,
        [CATEGORY, MESSAGE],
        {
            (CATEGORY, "is a text"): _holds_text(CATEGORY),
            (CATEGORY, "has a label"): lambda rows: rows[CATEGORY] != "",
            (MESSAGE, "is a text"): _holds_text(MESSAGE),
            (MESSAGE, "has a text"): lambda rows: ~is_blank(rows[MESSAGE].astype("str")),
            (None, "no row repeats another"): lambda rows: ~rows.duplicated([CATEGORY, MESSAGE]),
        },
    )


def check_predictions(table: pd.DataFrame) -> None:
    """Check messages with the answers of a model; one without probabilities leaves them empty.

    Raises:
        DataValidationError: If they break the contract; it names each check that fails.
    """
    texts = [CATEGORY, MESSAGE, PREDICTION]
    checks: dict[tuple[str | None, str], Check] = {
        (name, "is a text"): _holds_text(name) for name in texts
    }
    checks[SPAM_PROBABILITY, "from 0 to 1"] = lambda rows: (
        rows[SPAM_PROBABILITY].isna() | rows[SPAM_PROBABILITY].between(0, 1)
    )
    _require(table, [*texts, SPAM_PROBABILITY], checks)


def _require(
    table: pd.DataFrame, columns: list[str], checks: dict[tuple[str | None, str], Check]
) -> None:
    """Require these columns, perhaps `source`, and that checks are true of each row."""
    failures = [
        CheckFailure("", "is there" if name in columns else "is expected", str(name))
        for name in sorted({*columns} ^ {*table.columns} - {SOURCE}, key=str)
    ]
    if not failures:
        counts = {names: int((~check(table)).sum()) for names, check in checks.items()}
        failures = [CheckFailure("", name, column, n) for (column, name), n in counts.items() if n]
    if failures:
        raise DataValidationError("The table breaks its contract.", failures=failures)


def _holds_text(column: str) -> Check:
    return lambda rows: rows[column].map(lambda value: isinstance(value, str)).astype(bool)
