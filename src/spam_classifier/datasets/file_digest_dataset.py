"""The MD5 of a file, by which DVC and the Kaggle page know it too."""

import hashlib
from typing import NoReturn

from kedro.io.core import DatasetError

from spam_classifier.datasets.file_dataset import FileDataset


class FileDigestDataset(FileDataset[NoReturn, str]):
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

    def load(self) -> str:
        """Return the MD5 of the file's bytes, in hexadecimal."""
        with self.open() as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The digest of a file follows from the file: it cannot be saved.")
