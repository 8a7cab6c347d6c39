"""A folder of further raw files, which are joined to the raw file."""

from pathlib import PurePosixPath
from typing import NoReturn

import pandas as pd
from kedro.io.core import DatasetError

from spam_classifier.datasets.file_dataset import FileDataset
from spam_classifier.datasets.raw_table_dataset import RawTableDataset


class RawFolderDataset(FileDataset[NoReturn, dict[str, pd.DataFrame]]):
    """Loads every raw file of a folder as `RawTableDataset` does; it cannot be saved.

    A folder that is empty or missing holds no tables.

    Example:
        ```yaml
        extra_messages:
          type: spam_classifier.datasets.raw_folder_dataset.RawFolderDataset
          filepath: data/01_raw/extra
        ```

        ```python
        >>> RawFolderDataset(filepath="data/01_raw/extra").load()
        {}
        ```
    """

    def load(self) -> dict[str, pd.DataFrame]:
        """Read the files.

        Returns:
            The table of each file by its name, in the order of the names.

        Raises:
            DatasetError: If one of them cannot be read.
        """
        return {
            PurePosixPath(path).name: RawTableDataset(
                filepath=self.to_url(path), credentials=self._credentials
            ).load()
            for path in self.list_raw_files()
        }

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("Raw files are made by others: the folder cannot be saved.")

    def _exists(self) -> bool:
        return True
