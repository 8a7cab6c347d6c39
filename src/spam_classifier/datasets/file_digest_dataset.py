"""The MD5 of a file, by which DVC and the Kaggle page know it too."""

import hashlib
from pathlib import PurePosixPath
from typing import Any

from spam_classifier.datasets.file_dataset import ReadOnlyDataset
from spam_classifier.datasets.raw_folder_dataset import RawFolderDataset


class FileDigestDataset(ReadOnlyDataset[str]):
    """Loads the MD5 of raw data: of a file, or of the raw files in a folder; it cannot be saved.

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
        extra: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at raw data.

        Args:
            filepath: Path or URL of a file or a folder, as fsspec understands it.
            extra: Local folder of further raw files.
            credentials: Arguments of the fsspec file system, from Kedro's credentials.
            metadata: Anything; Kedro-Viz reads it.
        """
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._extra = RawFolderDataset(filepath=extra) if extra else None

    def load(self) -> str:
        """Return the MD5 of the file's bytes, in hexadecimal.

        That of several files is the MD5 of one line for each of them: its MD5, two spaces and its
        name, as `md5sum *` prints them.
        """
        is_folder = self.file_system.isdir(self.path)
        files = self.list_raw_files() if is_folder else [self.path]
        digests = [(digest(self.file_system, file), file) for file in files]
        if self._extra:
            local = self._extra.file_system
            digests += [(digest(local, file), file) for file in self._extra.list_raw_files()]
        if len(digests) == 1 and not is_folder:
            return digests[0][0]
        listing = "".join(f"{md5}  {PurePosixPath(file).name}\n" for md5, file in digests)
        return hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest()


def digest(file_system: Any, path: str) -> str:
    """Return the MD5 of a file of an fsspec file system, in hexadecimal."""
    with file_system.open(path, "rb") as file:
        return hashlib.file_digest(file, _make_md5).hexdigest()


def _make_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)
