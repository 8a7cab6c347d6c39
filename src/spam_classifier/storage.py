"""Atomic writes: what is stored is either the old or the whole new, never a part.

Every file that the process of a run writes into the project goes through here, those of Kedro's
own datasets included, because they open files with fsspec. Replacing the file also breaks the link
when DVC has linked it to its cache, so a run cannot write into the cache.
"""

import contextlib
import io
import os
import re
import secrets
import shutil
import sys
from pathlib import Path
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

LONGEST_PREFIX = 50  # characters of the name, which may be as long as the file system allows
TEXT = {"encoding": "utf-8", "newline": "\n"}


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
        self._part = name_part(target)
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


def write_atomically(path: Path, mode: str = "wb", **options: Any) -> IO[Any]:
    r"""Open a file beside the path, which is renamed to the path when it is closed.

    Args:
        path: The file to replace or make; its folder exists.
        mode: `w` or `wb`.
        options: Further arguments of `open` for text, which is UTF-8 with `\n` otherwise.

    Returns:
        The open file, for a `with` block. When that raises, the path keeps what it had and nothing
        is left.
    """
    file = AtomicFile(path)
    return file if "b" in mode else io.TextIOWrapper(file, **TEXT | options)


class AtomicLocalFileSystem(LocalFileSystem):  # type: ignore[misc]
    """fsspec's local file system, whose files opened for writing are written atomically."""

    def open(self, path: str, mode: str = "rb", *arguments: Any, **options: Any) -> Any:
        """Open a file as fsspec does; text that is written is UTF-8 unless the options differ."""
        defaults = TEXT if mode in ("w", "wt") else {}
        return super().open(path, mode, *arguments, **defaults | options)

    def _open(self, path: str, mode: str = "rb", *arguments: Any, **options: Any) -> Any:
        if mode != "wb" or not options.get("autocommit", True):
            return super()._open(path, mode, *arguments, **options)
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        return AtomicFile(target)


def use_atomic_writes() -> None:
    """Make every dataset of this process that stores local files write them atomically."""
    for protocol in ("file", "local"):
        fsspec.register_implementation(protocol, AtomicLocalFileSystem, clobber=True)


def replace_folder(new: Path, target: Path) -> None:
    """Let a finished folder take the place of another one.

    A process that is killed between the two renames leaves the old folder under another name, from
    which this function and `restore_folder` bring it back.

    Args:
        new: The folder, beside the target; best called `name_part(target)`.
        target: The folder to replace or make. No other process writes it meanwhile.
    """
    restore_folder(target)
    old = _name_old(target)
    if target.exists():
        target.rename(old)
    new.rename(target)
    _remove(old)


def restore_folder(target: Path) -> None:
    """Bring back a folder whose replacement was killed halfway; remove one that was replaced."""
    old = _name_old(target)
    if old.exists() and not target.exists():
        old.rename(target)
    _remove(old)


def name_part(target: Path) -> Path:
    """Return a new name beside a file or folder, for what will replace it."""
    return target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}.part")


def remove_parts(target: Path) -> None:
    """Remove what killed processes have left of new versions of a file or folder.

    Args:
        target: A file or folder that no other process writes meanwhile.
    """
    part = re.compile(rf"{re.escape(_prefix(target))}[0-9a-f]{{16}}\.part")
    for path in target.parent.glob(".*.part"):
        if part.fullmatch(path.name):
            _remove(path)


def _prefix(target: Path) -> str:
    return f".{target.name[:LONGEST_PREFIX]}."


def _name_old(target: Path) -> Path:
    return target.with_name(f"{_prefix(target)}old")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
