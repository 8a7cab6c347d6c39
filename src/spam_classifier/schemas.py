"""The contracts of the tables: raw rows are checked by pandera, our own tables by a `Contract`.

Most stages only read tables that another stage wrote, and pandera takes a fifth of a second to be
imported: too long for a handful of checks.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd
from kedro.validation import CheckFailure, DataValidationError

from spam_classifier.tables import CATEGORY, MESSAGE, SOURCE

if TYPE_CHECKING:
    import pandera.pandas as pa

Check = Callable[[pd.Series], pd.Series]


def is_blank(texts: pd.Series) -> pd.Series:
    """Tell which texts hold nothing but white space."""
    return texts.str.strip() == ""


def raw_messages_schema(labels: list[str]) -> "pa.DataFrameSchema":
    """Return the contract of a raw row; the name of a check is the reason of a rejection.

    Args:
        labels: The labels that are known, as they stand after folding.

    Returns:
        A schema for a table with the columns `Category` and `Message`.
    """
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {
            CATEGORY: pa.Column(
                str,
                [
                    pa.Check(lambda label: label != "", name="empty label"),
                    pa.Check(lambda label: label.isin(["", *labels]), name="unknown label"),
                ],
            ),
            MESSAGE: pa.Column(str, pa.Check(lambda text: ~is_blank(text), name="empty message")),
        }
    )


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
