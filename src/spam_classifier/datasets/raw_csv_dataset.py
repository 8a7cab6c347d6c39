"""The raw CSV, read as it stands: every cell is text, every row knows its line in the file."""

from pathlib import Path

import pandas as pd
from kedro.io import DatasetError
from kedro_datasets.pandas.csv_dataset import CSVDataset
from pandas.errors import EmptyDataError

from spam_classifier.corpus import MISSING_FILE_HINT


class RawCSVDataset(CSVDataset):  # type: ignore[misc]
    """`pandas.CSVDataset` that keeps every cell as text and tells line numbers.

    Texts such as `null` or `NA` stay texts, a byte-order mark is dropped, and the index holds
    the physical line on which each row starts, counted from 1.

    Example:
        ```yaml
        raw_messages:
          type: spam_classifier.datasets.raw_csv_dataset.RawCSVDataset
          filepath: data/01_raw/messages.csv
        ```

        ```python
        >>> RawCSVDataset(filepath="data/01_raw/messages.csv").load()
        ```
    """

    DEFAULT_LOAD_ARGS = {  # noqa: RUF012 - Kedro's datasets define it so
        "dtype": str,
        "keep_default_na": False,
        "skip_blank_lines": False,
    }

    def load(self) -> pd.DataFrame:
        """Read the file.

        Returns:
            One row for each row of the file but the blank ones, all columns of dtype `str`,
            indexed by `line`.

        Raises:
            DatasetError: If the file is missing, empty, not UTF-8 or not a CSV.
        """
        path = Path(self._filepath)
        try:
            rows = super().load()
        except DatasetError as error:  # in which Kedro wraps whatever a dataset's load raises
            raise DatasetError(_explain(error.__cause__, path)) from None
        if not isinstance(rows.index, pd.RangeIndex):  # pandas took the first cells for an index
            raise DatasetError(
                f"{path.name} has rows with more cells than its first line, the header: "
                "put a message that holds a comma in quotes."
            )
        return _number_lines(rows)


def _explain(error: BaseException | None, path: Path) -> str:
    """Say in one sentence why a file could not be read."""
    match error:
        case FileNotFoundError():
            return f"The raw file {path} is missing. {MISSING_FILE_HINT}"
        case EmptyDataError():
            return f"{path.name} is empty: it needs a header and rows. {MISSING_FILE_HINT}"
        case UnicodeDecodeError():
            return (
                f"{path.name} is not UTF-8 (byte {error.object[error.start]:#x}): "
                "save it as UTF-8, or set load_args.encoding of raw_messages in the catalog."
            )
    reason = str(error).removeprefix("Error tokenizing data. C error: ").strip(" .\n")
    return f"{path.name} is not a CSV that can be read: {reason}."


def _number_lines(rows: pd.DataFrame) -> pd.DataFrame:
    """Index the rows by the line of the file on which they start, and drop blank lines."""
    extra_lines = sum(
        (rows[column].str.count(r"\r\n|\r|\n") for column in rows), start=pd.Series(0, rows.index)
    )
    first_data_line = 2
    lines = first_data_line + (extra_lines + 1).cumsum().shift(fill_value=0)
    blank = (rows == "").all(axis="columns")
    return rows.set_index(pd.Index(lines, name="line"))[~blank.to_numpy()]
