"""One run at a time writes a place; the operating system lets go of it when the process dies."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from spam_classifier.errors import UserError


@contextmanager
def lock(file: Path) -> Iterator[None]:
    """Lock a place for this process until the block ends.

    Args:
        file: The file that stands for it; it and its folder are made if needed, and it is removed.

    Raises:
        UserError: If another run has it, which the message names.
        OSError: If the file cannot be written.
    """
    taken = FileLock(file, blocking=False, thread_local=False, on_acquired=_note_holder)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        taken.acquire()
    except Timeout:
        try:
            holder = file.read_text(encoding="utf-8")
        except OSError:  # it has just ended, or the file is of another user
            holder = ""
        raise UserError(
            f"Another run is writing into {file.parent}{holder and ': '}{holder}. Wait until it "
            "has ended, or end it."
        ) from None
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        taken.release()


def _note_holder(descriptor: int) -> None:
    """Write into the locked file who holds it."""
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    text = f"process {os.getpid()} (`{command}`), since {datetime.now():%Y-%m-%d %H:%M:%S}"
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(errors="replace"), 0)
