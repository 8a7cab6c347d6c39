"""The MD5 of a file, by which DVC and the Kaggle page know it too."""

import hashlib
from pathlib import PurePosixPath
from typing import Any, NoReturn

import fsspec
from kedro.io.core import AbstractDataset, DatasetError, get_filepath_str, get_protocol_and_path


class FileDigestDataset(AbstractDataset[NoReturn, str]):
    """Loads the MD5 of a file; it cannot be saved.

    Example:
        ```yaml
        raw_messages_md5:
          type: spam_classifier.datasets.file_digest_dataset.FileDigestDataset
          filepath: data/01_raw/messages.csv
        ```

        ```python
        >>> FileDigestDataset(filepath="data/01_raw/messages.csv").load()
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a file.

        Args:
            filepath: Path or URL that fsspec understands.
            credentials: Arguments of the fsspec file system, from Kedro's credentials.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._protocol, path = get_protocol_and_path(filepath)
        self._filepath = PurePosixPath(path)
        self._fs = fsspec.filesystem(self._protocol, **(credentials or {}))
        self.metadata = metadata

    def load(self) -> str:
        """Return the MD5 of the file's bytes, in hexadecimal."""
        with self._fs.open(get_filepath_str(self._filepath, self._protocol)) as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The digest of a file follows from the file: it cannot be saved.")

    def _exists(self) -> bool:
        return bool(self._fs.exists(get_filepath_str(self._filepath, self._protocol)))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "protocol": self._protocol}
