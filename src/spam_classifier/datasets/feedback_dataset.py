"""What the service keeps in the folder of `SPAM_CLASSIFIER_FEEDBACK`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from kedro.io.core import DatasetError

from spam_classifier.datasets.file_dataset import ReadOnlyDataset


class FeedbackDataset(ReadOnlyDataset[pd.DataFrame]):
    """Loads a table of the service's SQLite file, which is not written to."""

    def __init__(
        self,
        *,
        filepath: str,
        table: Literal["answers", "corrections"],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Choose a table.

        Args:
            filepath: Where the file is.
            table: Its name; `serving/feedback.py` says what its columns hold.
            metadata: Anything; Kedro-Viz reads it.
        """
        super().__init__(filepath=filepath, metadata=metadata)
        self._table = table

    def load(self) -> pd.DataFrame:
        """Return the table, whose columns are those of the file.

        Raises:
            DatasetError: If nothing is kept, or the file cannot be read.
        """
        if not self._exists():
            raise DatasetError(
                f"The service has kept nothing in {self._filepath.parent}: set "
                "SPAM_CLASSIFIER_FEEDBACK to a folder, for `bentoml serve` and here."
            )
        try:
            uri = f"{Path(self.path).absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                return pd.read_sql_query(f"SELECT * FROM {self._table}", connection)  # noqa: S608
        except (sqlite3.Error, pd.errors.DatabaseError) as error:
            reason = error.__cause__ or error
            raise DatasetError(f"{self._filepath} cannot be read ({reason}).") from None


def choose_latest(corrections: pd.DataFrame) -> pd.DataFrame:
    """Let the latest correction of a text count.

    Args:
        corrections: The table `corrections`.

    Returns:
        A row for each text, in the order of the times.
    """
    return corrections.sort_values(["time", "id"]).drop_duplicates("text", keep="last")
