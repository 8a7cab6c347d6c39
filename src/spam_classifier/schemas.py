"""What rows and tables must look like: which raw rows can be used, and the contracts of our tables.

Kedro checks a table against its contract when it loads it, which is why this module does without a
library for schemas: importing one takes longer than some stages do.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
from kedro.validation import CheckFailure, DataValidationError

from spam_classifier.tables import CATEGORY, EMPTY_MESSAGE, MESSAGE, SOURCE

Check = Callable[[pd.Series], pd.Series]


def is_blank(texts: pd.Series) -> pd.Series:
    """Tell which texts hold nothing but white space."""
    return texts.str.strip() == ""


def find_reasons(rows: pd.DataFrame, labels: list[str]) -> pd.Series:
    """Say of each raw row why it cannot be used.

    Args:
        rows: n rows with `Category`, folded, and `Message`.
        labels: The labels that are known.

    Returns:
        n reasons, the first that applies; empty for a row that can be used.
    """
    reasons = {
        "empty label": rows[CATEGORY] == "",
        "unknown label": ~rows[CATEGORY].isin(labels),
        EMPTY_MESSAGE: is_blank(rows[MESSAGE]),
    }
    first = np.select(list(reasons.values()), list(reasons), default="")
    return pd.Series(first, rows.index, dtype="str")


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
