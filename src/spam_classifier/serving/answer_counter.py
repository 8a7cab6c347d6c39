"""Counts what was answered, by day and without any text."""

import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .feedback import open_feedback
from .schemas import Classification

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 5.0
BINS = {"probability": 10, "length": 15, "known": 10}  # how many there are of what

ADD_ANSWERS = """
INSERT INTO answers (day, model, result, probability, length, known, number)
VALUES (date('now'), ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET number = number + excluded.number
"""


class AnswerCounter:
    """Counts the answers of a worker process, and writes the counts down every few seconds.

    A process that is killed loses the counts of its last seconds; one that ends writes them.
    """

    def __init__(self, folder: Path) -> None:
        """Begin to count, for the file in a folder."""
        self._folder = folder
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, int, int, int]] = Counter()
        threading.Thread(target=self._write_for_ever, name="counts", daemon=True).start()

    def count(self, model: str, texts: Iterable[str], answers: Iterable[Classification]) -> None:
        """Count answers.

        Args:
            model: Tag of the model that answered.
            texts: n messages, of which nothing but the length is kept.
            answers: The n answers.
        """
        with self._lock:
            for text, answer in zip(texts, answers, strict=True):
                bins = find_bins(answer["spam_probability"], text, answer["known"])
                self._counts[model, answer["result"], *bins] += 1

    def write(self) -> None:
        """Add the counts to those in the file; keep them for the next time if that fails."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        rows = [(*alike, number) for alike, number in counts.items()]
        try:
            with open_feedback(self._folder) as connection:
                connection.executemany(ADD_ANSWERS, rows)
        except (OSError, sqlite3.Error) as error:
            logger.warning("The counts of answers wait: %s", error)
            with self._lock:
                self._counts += counts

    def _write_for_ever(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            self.write()


def find_bins(probability: float, text: str, known: float) -> tuple[int, int, int]:
    """Return the numbers of the bins of an answer, in the order of `BINS`.

    Args:
        probability: Of spam, from 0 to 1; its bin n holds n to n + 1 tenths.
        text: What was answered; bin n holds 2**(n-1) to 2**n - 1 characters, 14 all longer ones.
        known: Share of known words, from 0 to 1, in tenths too.
    """
    return min(int(probability * 10), 9), min(len(text).bit_length(), 14), min(int(known * 10), 9)
