"""Atomic writes: what is stored is either the old or the whole new, never a part.

Every file that the process of a run writes into the project goes through here, those of Kedro's
own datasets included, because they open files with fsspec. Replacing the file also breaks the link
when DVC has linked it to its cache, so a run cannot write into the cache.
"""

import contextlib
import glob
import io
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem


class AtomicFile(io.BufferedWriter):
    """A binary file beside its target, which it replaces when it is closed.

    It is dropped instead when an exception closes it: at the end of its `with` block, of that of a
    file object around it, or in a `finally`.
    """

    def __init__(self, target: Path) -> None:
        """Open the file.

        Args:
            target: The file to replace or make; its folder exists.
        """
        self._target = target
        self._part = _name_part(target)
        self._handled_before = sys.exception()
        super().__init__(io.FileIO(self._part, "wb"))

    def close(self) -> None:
        """Rename the file to its target, or drop it."""
        if self.closed:
            return
        # Wrappers for text or compression, and fsspec's own, do not tell why they close a file.
        is_whole = sys.exception() in (None, self._handled_before)
        try:
            if is_whole:
                self.flush()
                os.fsync(self.fileno())
                super().close()
                self._part.replace(self._target)
        finally:
            with contextlib.suppress(OSError):
                super().close()
            self._part.unlink(missing_ok=True)

    def __del__(self) -> None:
        if self.raw:  # it could be opened
            self.close()  # as fsspec's wrappers for compression expect of the file that they hold


class AtomicLocalFileSystem(LocalFileSystem):  # type: ignore[misc]
    """fsspec's local file system, whose files opened for writing are written atomically."""

    def _open(self, path: str, mode: str = "rb", *arguments: Any, **options: Any) -> Any:
        if mode != "wb" or not options.get("autocommit", True):  # a transaction renames its files
            return super()._open(path, mode, *arguments, **options)
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        return AtomicFile(target)


def use_atomic_writes() -> None:
    """Make every dataset of this process that stores local files write them atomically."""
    for protocol in ("file", "local"):
        fsspec.register_implementation(protocol, AtomicLocalFileSystem, clobber=True)


@contextlib.contextmanager
def make_part_folder(target: Path) -> Iterator[Path]:
    """Make a folder beside a file or folder, for what will replace it.

    Args:
        target: What will be replaced or made.

    Yields:
        The folder, which is removed after the block if it is still there.
    """
    part = _name_part(target)
    part.mkdir(parents=True)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def replace_folder(new: Path, target: Path) -> None:
    """Let a finished folder take the place of another one.

    A process that is killed between the two renames leaves the old folder under another name, from
    which this function and `restore_folder` bring it back.

    Args:
        new: The folder, beside the target.
        target: The folder to replace or make. No other process writes it meanwhile.
    """
    restore_folder(target)
    if target.exists():
        target.rename(_name_old(target))
    new.rename(target)
    restore_folder(target)


def restore_folder(target: Path) -> None:
    """Bring back a folder whose replacement was killed halfway; remove one that was replaced."""
    old = _name_old(target)
    if old.exists() and not target.exists():
        old.rename(target)
    elif old.exists():
        shutil.rmtree(old)


def remove_parts(target: Path) -> None:
    """Remove what killed processes have left of new versions of a file or folder.

    Args:
        target: A file or folder that no other process writes meanwhile.
    """
    for path in target.parent.glob(f".{glob.escape(target.name)}.{'[0-9a-f]' * 16}.part"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _name_part(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")


def _name_old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")
