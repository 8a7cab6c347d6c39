"""How tables of messages, and the raw files that they come from, are laid out.

Kedro checks a table against its contract when it loads it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
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


Check = Callable[[pd.Series], pd.Series]


def is_blank(texts: pd.Series) -> pd.Series:
    """Tell which texts hold nothing but white space."""
    return texts.str.strip() == ""


class Contract:
    """What a table of ours must look like: a validator that an entry of the catalog can name.

    Columns that it does not name are refused, but for `source`.
    """

    def __init__(
        self, columns: Mapping[str, Mapping[str, Check]], unique: list[str] | None = None
    ) -> None:
        """Describe the table.

        Args:
            columns: For each column its checks by name; a check takes the column and returns one
                boolean a row.
            unique: Columns that no two rows agree in.
        """
        self._columns = columns
        self._unique = unique

    def validate(self, data: pd.DataFrame) -> pd.DataFrame:
        """Return the table.

        Raises:
            DataValidationError: If it breaks the contract; it names each check that fails.
        """
        failures = list(self._find_wrong_columns(data)) or list(self._find_wrong_rows(data))
        if failures:
            raise DataValidationError("The table breaks its contract.", failures=failures)
        return data

    def _find_wrong_columns(self, table: pd.DataFrame) -> Iterator[CheckFailure]:
        for name in self._columns:
            if name not in table:
                yield CheckFailure("A column is missing.", "is there", name)
        for other in table.columns.difference([*self._columns, SOURCE]):
            yield CheckFailure("There is a column too many.", "is expected", str(other))

    def _find_wrong_rows(self, table: pd.DataFrame) -> Iterator[CheckFailure]:
        for name, checks in self._columns.items():
            for check, is_right in checks.items():
                if failing := int((~is_right(table[name])).sum()):
                    yield CheckFailure("A check fails.", check, name, failing)
        if self._unique and (repeated := int(table.duplicated(self._unique).sum())):
            yield CheckFailure("Rows are repeated.", "no row repeats another", None, repeated)


def _is_text(values: pd.Series) -> pd.Series:
    return values.map(lambda value: isinstance(value, str)).astype(bool)


messages = Contract(
    {
        CATEGORY: {"is a text": _is_text, "has a label": lambda label: label != ""},
        MESSAGE: {"is a text": _is_text, "has a text": lambda text: ~is_blank(text.astype("str"))},
    },
    unique=[CATEGORY, MESSAGE],
)
"""Clean messages: `spam_data`, `train_messages` and `test_messages`."""

predictions = Contract(
    {
        CATEGORY: {"is a text": _is_text},
        MESSAGE: {"is a text": _is_text},
        "prediction": {"is a text": _is_text},
        "spam_probability": {"from 0 to 1": lambda share: share.isna() | share.between(0, 1)},
    }
)
"""Messages with the model's answer; a model without probabilities leaves them empty."""
