"""A folder of further raw files, which are joined to the raw file."""

from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from spam_classifier.datasets.file_dataset import ReadOnlyDataset
from spam_classifier.datasets.raw_table_dataset import RawTableDataset


class RawFolderDataset(ReadOnlyDataset[dict[str, pd.DataFrame]]):
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

    def __init__(
        self,
        *,
        filepath: str,
        sep: str | None = None,
        encoding: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a folder, and say how its files are written.

        Args:
            filepath: Path or URL of the folder, as fsspec understands it.
            sep: What stands between cells; see `RawTableDataset`.
            encoding: Encoding of text; UTF-8 by default.
            metadata: Anything; Kedro-Viz reads it.
        """
        super().__init__(filepath=filepath, metadata=metadata)
        self._options: dict[str, Any] = {"sep": sep, "encoding": encoding}

    def load(self) -> dict[str, pd.DataFrame]:
        """Read the files.

        Returns:
            The table of each file by its name, in the order of the names.

        Raises:
            DatasetError: If one of them cannot be read.
        """
        return {
            PurePosixPath(path).name: RawTableDataset(
                filepath=self.to_url(path), **self._options
            ).load()
            for path in self.list_raw_files()
        }

    def _exists(self) -> bool:
        return True
