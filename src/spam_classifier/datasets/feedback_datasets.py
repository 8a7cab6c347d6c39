"""What the service keeps in the folder of `SPAM_CLASSIFIER_FEEDBACK`, and the page that it shows.

BentoML, which that module needs, is slow to import: it is imported where it is used.
"""

import sqlite3
from pathlib import Path
from typing import Any, Literal, NoReturn

import pandas as pd
from kedro.io.core import AbstractDataset, DatasetError

from spam_classifier.storage import AtomicFile


class FeedbackDataset(AbstractDataset[NoReturn, pd.DataFrame]):
    """Loads a table of what the service keeps, without the texts of messages."""

    def __init__(
        self, *, table: Literal["answers", "corrections"], metadata: dict[str, Any] | None = None
    ) -> None:
        """Choose a table.

        Args:
            table: `answers` for `CountedAnswers`, `corrections` for `Correction`.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._table = table
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """Return the table.

        Raises:
            DatasetError: If nothing is kept, or the file cannot be read.
        """
        from spam_classifier.serving import feedback

        folder = _find_folder()
        kind: Any = feedback.CountedAnswers if self._table == "answers" else feedback.Correction
        read = feedback.read_answers if self._table == "answers" else feedback.read_corrections
        try:
            with feedback.open_feedback(folder) as connection:
                table = pd.DataFrame(read(connection), columns=kind._fields)
        except (OSError, sqlite3.Error) as error:
            raise DatasetError(f"What {folder} keeps cannot be read ({error}).") from None
        return table.drop(columns="text", errors="ignore")

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Raise a `DatasetError`."""
        raise DatasetError("What the service keeps cannot be saved by a run.")

    def _describe(self) -> dict[str, Any]:
        return {"table": self._table}


class MonitorPageDataset(AbstractDataset[str, str]):
    """The page that the service shows at /monitor."""

    def __init__(self, *, metadata: dict[str, Any] | None = None) -> None:
        """Take no place but the folder of the service.

        Args:
            metadata: Anything; Kedro-Viz reads it.
        """
        self.metadata = metadata

    def load(self) -> str:
        """Return the page."""
        return self._find_file().read_text(encoding="utf-8")

    def save(self, data: str) -> None:
        """Write the page."""
        with AtomicFile(self._find_file()) as file:
            file.write(data.encode())

    def _find_file(self) -> Path:
        from spam_classifier.serving.home import MONITOR_FILE

        return _find_folder() / MONITOR_FILE

    def _describe(self) -> dict[str, Any]:
        return {}


def _find_folder() -> Path:
    from spam_classifier.serving.feedback import FILE_NAME, FOLDER_VARIABLE, find_folder

    folder = find_folder()
    if folder is None or not (folder / FILE_NAME).is_file():
        raise DatasetError(
            f"The service has kept no answers{(folder and f' in {folder}') or ''}: set "
            f"{FOLDER_VARIABLE} to a folder, for `bentoml serve` and here."
        )
    return folder
