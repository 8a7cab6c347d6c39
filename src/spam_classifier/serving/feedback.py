"""What is kept of requests where people turn it on: their corrections, and counts of the answers.

Both are in one SQLite file of the folder that `SPAM_CLASSIFIER_FEEDBACK` names. Without it nothing
is kept. Corrections hold texts; counts hold none.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import UserError

FOLDER_VARIABLE = "SPAM_CLASSIFIER_FEEDBACK"
DAYS_VARIABLE = "SPAM_CLASSIFIER_FEEDBACK_DAYS"
DEFAULT_DAYS = 365.0
FILE_NAME = "feedback.sqlite"
SECONDS_A_DAY = 86_400

# What was deleted is overwritten; what was acknowledged is on the disk.
SETTINGS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
"""
TABLES = """
CREATE TABLE IF NOT EXISTS corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,              -- when it was told last, in seconds since 1970
    text TEXT NOT NULL,
    label TEXT NOT NULL,             -- the class, as it was told
    result TEXT NOT NULL,            -- the class that the model gave
    spam_probability REAL NOT NULL,  -- that the model gave, 0 to 1
    model TEXT NOT NULL,             -- its tag
    UNIQUE (text, label)
);
CREATE INDEX IF NOT EXISTS corrections_by_time ON corrections (time);
CREATE TABLE IF NOT EXISTS answers (
    day TEXT NOT NULL,               -- as 2026-01-31, in UTC
    model TEXT NOT NULL,             -- tag of the model that answered
    result TEXT NOT NULL,            -- the class
    probability INTEGER NOT NULL,    -- tenth of the probability of spam, 0 to 9
    length INTEGER NOT NULL,         -- its bin, by `answer_counter.find_bins`
    known INTEGER NOT NULL,          -- tenth of the share of known words, 0 to 9
    number INTEGER NOT NULL,         -- how many answers of that day were alike
    PRIMARY KEY (day, model, result, probability, length, known)
) WITHOUT ROWID;
"""
ADD_CORRECTION = """
INSERT INTO corrections (time, text, label, result, spam_probability, model)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (text, label) DO UPDATE SET time = excluded.time, result = excluded.result,
    spam_probability = excluded.spam_probability, model = excluded.model
RETURNING id
"""
DELETE_CORRECTIONS = "DELETE FROM corrections WHERE id = ? OR text = ? OR time < ?"


def find_folder() -> Path | None:
    """Return the folder for what is kept, or None where nothing is kept."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Path(folder) if folder else None


def find_retention() -> float:
    """Return for how many days corrections and counts are kept.

    Raises:
        UserError: If the variable for it holds no number above 0.
    """
    try:
        days = float(os.environ.get(DAYS_VARIABLE) or DEFAULT_DAYS)
    except ValueError:
        days = 0.0
    if not 0 < days < float("inf"):
        raise UserError(f"{DAYS_VARIABLE} must be a number of days above 0.")
    return days


@contextmanager
def open_feedback(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of a folder for one transaction; it is made if it is not there.

    Raises:
        OSError: If the folder or the file cannot be made.
        sqlite3.Error: If the file cannot be used: the disk is full, say.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / FILE_NAME
    # Only touched where it is there: to close the file would end the locks of all other threads.
    file.touch(mode=0o600)  # SQLite's others follow its mode
    with closing(sqlite3.connect(file, timeout=5.0)) as connection:
        connection.executescript(SETTINGS + TABLES)
        with connection:
            yield connection


def check_folder(folder: Path) -> None:
    """Make sure that a server can keep what it is to keep.

    Raises:
        UserError: If it cannot.
    """
    try:
        forget(folder, days=find_retention())
    except (OSError, sqlite3.Error) as error:
        raise UserError(
            f"The folder {folder} of {FOLDER_VARIABLE} cannot be used ({error}): choose one that "
            "can be written."
        ) from None


def add_correction(
    folder: Path, text: str, label: str, result: str, spam_probability: float, model: str
) -> int:
    """Keep a correction, once for a text and label; it is on the disk when this returns.

    Args:
        folder: Where what is kept is.
        text: The message.
        label: Its class.
        result: The class that was answered.
        spam_probability: The probability that was answered.
        model: Tag of the model that answered.

    Returns:
        The number of the correction.

    Raises:
        OSError: If it cannot be kept.
        sqlite3.Error: If it cannot be kept.
    """
    values = time.time(), text, label, result, spam_probability, model
    with open_feedback(folder) as connection:
        _delete(connection, days=find_retention())
        return int(connection.execute(ADD_CORRECTION, values).fetchone()[0])


def forget(
    folder: Path, *, number: int | None = None, text: str | None = None, days: float | None = None
) -> int:
    """Delete corrections for good: nothing of them stays in the file or in SQLite's log.

    Args:
        folder: Where what is kept is.
        number: The number of one.
        text: The text of some.
        days: What is older goes, counts of answers too.

    Returns:
        How many corrections are deleted.

    Raises:
        OSError: If the file cannot be used.
        sqlite3.Error: If the file cannot be used.
    """
    with open_feedback(folder) as connection:
        found = _delete(connection, number, text, days)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return found


def _delete(
    connection: sqlite3.Connection,
    number: int | None = None,
    text: str | None = None,
    days: float | None = None,
) -> int:
    """Delete what any of these is true of, which nothing is of None; count the corrections."""
    moment = None if days is None else time.time() - days * SECONDS_A_DAY
    connection.execute("DELETE FROM answers WHERE day < date(?, 'unixepoch')", (moment,))
    return connection.execute(DELETE_CORRECTIONS, (number, text, moment)).rowcount
