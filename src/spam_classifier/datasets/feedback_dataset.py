"""What the service keeps in the folder of `SPAM_CLASSIFIER_FEEDBACK`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io.core import DatasetError

from spam_classifier.datasets.file_dataset import ReadOnlyDataset


class FeedbackDataset(ReadOnlyDataset[pd.DataFrame]):
    """Loads what a query finds in the service's SQLite file, which is not written to."""

    def __init__(self, *, query: str, **options: Any) -> None:
        """Choose what to load.

        Args:
            query: SQL; `serving/feedback.py` says what the columns of the tables hold.
            options: Arguments of `FileDataset`.
        """
        super().__init__(**options)
        self._query = query

    def load(self) -> pd.DataFrame:
        """Return what the query finds.

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
                return pd.read_sql_query(self._query, connection)
        except (sqlite3.Error, pd.errors.DatabaseError) as error:
            reason = error.__cause__ or error
            raise DatasetError(f"{self._filepath} cannot be read ({reason}).") from None
