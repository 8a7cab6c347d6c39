"""Atomic writes: a file is either the old one or the whole new one, never a part.

Every file that the process of a run writes into the project goes through here, those of Kedro's
own datasets included, because they open files with fsspec. Replacing the file also breaks the link
when DVC has linked it to its cache, so a run cannot write into the cache.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

LONGEST_PREFIX = 50  # characters of the name, which may be as long as the file system allows


@contextmanager
def write_atomically(path: Path, mode: str = "wb", **options: Any) -> Iterator[IO[Any]]:
    r"""Open a file beside the path, and rename it to the path when the block ends well.

    Args:
        path: The file to replace or make; its folder exists.
        mode: `w` or `wb`.
        options: Further arguments of `open`; text is UTF-8 with `\n` unless they say otherwise.

    Yields:
        The open file. When the block raises, the path keeps what it had and nothing is left.
    """
    part = path.with_name(f".{path.name[:LONGEST_PREFIX]}.{secrets.token_hex(8)}.part")
    if "b" not in mode:
        options = {"encoding": "utf-8", "newline": "\n"} | options
    try:
        with part.open(mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class AtomicLocalFileSystem(LocalFileSystem):  # type: ignore[misc]
    """fsspec's local file system, whose files opened for writing are written atomically."""

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        """Open a file; for writing, only as a context manager.

        Args:
            path: The file.
            mode: As for the built-in `open`.
            options: As for the built-in `open` when writing, as for fsspec when reading.

        Returns:
            A file object, or for writing a context manager that yields one.
        """
        if not mode.startswith("w"):
            return super().open(path, mode, **options)
        target = Path(self._strip_protocol(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        return write_atomically(target, mode, **options)


def use_atomic_writes() -> None:
    """Make every dataset of this process that stores local files write them atomically."""
    for protocol in ("file", "local"):
        fsspec.register_implementation(protocol, AtomicLocalFileSystem, clobber=True)
