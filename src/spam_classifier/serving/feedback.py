"""What is kept of requests where people turn it on: their corrections, and counts of the answers.

Both are in one SQLite file of the folder that `SPAM_CLASSIFIER_FEEDBACK` names. Without it nothing
is kept. Corrections hold texts; counts hold none.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from bentoml.exceptions import BentoMLConfigException

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
    time REAL NOT NULL,
    text TEXT NOT NULL,
    label TEXT NOT NULL,
    result TEXT NOT NULL,
    spam_probability REAL NOT NULL,
    model TEXT NOT NULL,
    UNIQUE (text, label)
);
CREATE INDEX IF NOT EXISTS corrections_by_time ON corrections (time);
CREATE TABLE IF NOT EXISTS answers (
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    result TEXT NOT NULL,
    probability INTEGER NOT NULL,
    length INTEGER NOT NULL,
    known INTEGER NOT NULL,
    number INTEGER NOT NULL,
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


class Correction(NamedTuple):
    """A message whose class somebody told.

    Attributes:
        id: Its number.
        time: When it was told last, in seconds since 1970.
        text: The message.
        label: Its class, as it was told.
        result: The class that the model gave.
        spam_probability: The probability that the model gave, 0 to 1.
        model: Tag of the model.
    """

    id: int
    time: float
    text: str
    label: str
    result: str
    spam_probability: float
    model: str


class CountedAnswers(NamedTuple):
    """How many answers of a day were alike.

    Attributes:
        day: As `2026-01-31`, in UTC.
        model: Tag of the model that answered.
        result: The class.
        probability: Tenth of the probability of the positive class, 0 to 9.
        length: `find_length_bin` of the text.
        known: Tenth of the share of known words, 0 to 9.
        number: Answers.
    """

    day: str
    model: str
    result: str
    probability: int
    length: int
    known: int
    number: int


def find_folder() -> Path | None:
    """Return the folder for what is kept, or None where nothing is kept."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Path(folder) if folder else None


def find_retention() -> float:
    """Return for how many days corrections and counts are kept.

    Raises:
        BentoMLConfigException: If the variable for it holds no number above 0.
    """
    value = os.environ.get(DAYS_VARIABLE, "")
    try:
        days = float(value) if value else DEFAULT_DAYS
    except ValueError:
        days = 0.0
    if not 0 < days < float("inf"):
        raise BentoMLConfigException(f"{DAYS_VARIABLE} must be a number of days above 0.")
    return days


@contextmanager
def open_feedback(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of a folder for one transaction; it is made if it is not there.

    Args:
        folder: Where it is.

    Raises:
        OSError: If the folder or the file cannot be made.
        sqlite3.Error: If the file cannot be used: the disk is full, say.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / FILE_NAME
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite's others follow its mode
    with closing(sqlite3.connect(file, timeout=5.0)) as connection:
        connection.executescript(SETTINGS + TABLES)
        with connection:
            yield connection


def check_folder(folder: Path) -> None:
    """Make sure that a server can keep what it is to keep.

    Args:
        folder: Where to.

    Raises:
        BentoMLConfigException: If it cannot.
    """
    days = find_retention()
    try:
        with open_feedback(folder) as connection:
            delete_before(connection, time.time() - days * SECONDS_A_DAY)
    except (OSError, sqlite3.Error) as error:
        raise BentoMLConfigException(
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
        result: The class that the model gives.
        spam_probability: The probability that the model gives.
        model: Tag of the model.

    Returns:
        The number of the correction.

    Raises:
        OSError: If it cannot be kept.
        sqlite3.Error: If it cannot be kept.
    """
    now = time.time()
    with open_feedback(folder) as connection:
        delete_before(connection, now - find_retention() * SECONDS_A_DAY)
        values = (now, text, label, result, spam_probability, model)
        return int(connection.execute(ADD_CORRECTION, values).fetchone()[0])


def read_corrections(connection: sqlite3.Connection, since: float = 0.0) -> list[Correction]:
    """Return the corrections of a time and later, in their order.

    Args:
        connection: The open file.
        since: Seconds since 1970.
    """
    rows = connection.execute(
        "SELECT id, time, text, label, result, spam_probability, model FROM corrections "
        "WHERE time >= ? ORDER BY time, id",
        (since,),
    )
    return [Correction(*row) for row in rows]


def read_answers(connection: sqlite3.Connection, since: float = 0.0) -> list[CountedAnswers]:
    """Return the counts of a day and later.

    Args:
        connection: The open file.
        since: Seconds since 1970, somewhere in the first day.
    """
    rows = connection.execute(
        "SELECT day, model, result, probability, length, known, number FROM answers "
        "WHERE day >= ? ORDER BY 1, 2, 3, 4, 5, 6",
        (find_day(since),),
    )
    return [CountedAnswers(*row) for row in rows]


def delete_before(connection: sqlite3.Connection, moment: float) -> int:
    """Delete what is older than a moment, in seconds since 1970; return how many corrections."""
    connection.execute("DELETE FROM answers WHERE day < ?", (find_day(moment),))
    return connection.execute("DELETE FROM corrections WHERE time < ?", (moment,)).rowcount


def choose_latest(corrections: Iterable[Correction]) -> tuple[dict[str, str], int]:
    """Let the latest correction of a text count.

    Args:
        corrections: Those to choose from, in the order of their times.

    Returns:
        The label of each text, and how many texts were given both.
    """
    labels: dict[str, str] = {}
    disputed = set()
    for correction in corrections:
        if labels.pop(correction.text, correction.label) != correction.label:
            disputed.add(correction.text)
        labels[correction.text] = correction.label
    return labels, len(disputed)


def forget(
    folder: Path, *, number: int | None = None, text: str | None = None, before: float | None = None
) -> int:
    """Delete corrections for good: nothing of them stays in the file or in SQLite's log.

    Args:
        folder: Where what is kept is.
        number: The number of one.
        text: The text of some.
        before: Seconds since 1970; what is older goes, counts of answers too.

    Returns:
        How many corrections are deleted.

    Raises:
        OSError: If the file cannot be used.
        sqlite3.Error: If the file cannot be used.
    """
    with open_feedback(folder) as connection:
        found = connection.execute(
            "DELETE FROM corrections WHERE id = ? OR text = ?", (number, text)
        ).rowcount
        if before is not None:
            found += delete_before(connection, before)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return found


def find_day(moment: float) -> str:
    """Return the day, in UTC, of a time in seconds since 1970."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))
