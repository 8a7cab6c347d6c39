"""A folder of further raw files, which are joined to the raw file."""

from pathlib import PurePosixPath
from typing import Any, NoReturn

import fsspec
import pandas as pd
from kedro.io.core import AbstractDataset, DatasetError, get_filepath_str, get_protocol_and_path

from spam_classifier.datasets.raw_table_dataset import RawTableDataset


class RawFolderDataset(AbstractDataset[NoReturn, dict[str, pd.DataFrame]]):
    """Loads every CSV of a folder as `RawTableDataset` does; it cannot be saved.

    A folder that is empty or missing holds no tables.

    Example:
        ```yaml
        extra_messages:
          type: spam_classifier.datasets.raw_folder_dataset.RawFolderDataset
          path: data/01_raw/extra
        ```

        ```python
        >>> RawFolderDataset(path="data/01_raw/extra").load()
        {}
        ```
    """

    def __init__(
        self,
        *,
        path: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a folder.

        Args:
            path: Path or URL that fsspec understands.
            credentials: Arguments of the fsspec file system, from Kedro's credentials.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._protocol, folder = get_protocol_and_path(path)
        self._path = PurePosixPath(folder)
        self._credentials = credentials or {}
        self._fs = fsspec.filesystem(self._protocol, **self._credentials)
        self.metadata = metadata

    def load(self) -> dict[str, pd.DataFrame]:
        """Read the files.

        Returns:
            The table of each file by its name, in the order of the names.

        Raises:
            DatasetError: If one of them cannot be read.
        """
        folder = get_filepath_str(self._path, self._protocol)
        prefix = "" if self._protocol == "file" else f"{self._protocol}://"
        return {
            PurePosixPath(path).name: RawTableDataset(
                filepath=f"{prefix}{path}", credentials=self._credentials
            ).load()
            for path in sorted(self._fs.glob(f"{folder}/*.csv"))
        }

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("Raw files are made by others: the folder cannot be saved.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"path": self._path, "protocol": self._protocol}
