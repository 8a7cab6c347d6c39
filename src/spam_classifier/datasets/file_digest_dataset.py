"""The MD5 of a file, by which DVC and the Kaggle page know it too."""

import hashlib
from pathlib import PurePosixPath
from typing import Any, NoReturn

from kedro.io.core import DatasetError

from spam_classifier.datasets.file_dataset import FileDataset


class FileDigestDataset(FileDataset[NoReturn, str]):
    """Loads the MD5 of a file, or of all files in a folder; it cannot be saved.

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
        """Return the MD5 of the file's bytes, in hexadecimal.

        That of a folder is the MD5 of one line for each file, in their order: its MD5, two spaces
        and its name, as `md5sum *` prints them.
        """
        if not self.file_system.isdir(self.path):
            return self._digest(self.path)
        files = sorted(self.file_system.find(self.path, maxdepth=1))
        listing = "".join(f"{self._digest(file)}  {PurePosixPath(file).name}\n" for file in files)
        return hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest()

    def _digest(self, path: str) -> str:
        with self.file_system.open(path, "rb") as file:
            return hashlib.file_digest(file, _make_md5).hexdigest()

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The digest of a file follows from the file: it cannot be saved.")


def _make_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)
