"""A second model that is watched: how often would it answer otherwise?"""

import threading
from queue import Full, Queue

import prometheus_client

from ..model.linear_text_model import LinearTextModel

VARIABLE = "SPAM_CLASSIFIER_CHALLENGER"
MOST_WAITING = 1_000  # requests; more are not compared, so that nobody waits for it

COMPARED = prometheus_client.Counter(
    "spam_classifier_challenger",
    "Total number of messages that a second model classified too, or was too busy for.",
    ["result"],
    registry=None,
)


class Challenger:
    """Classifies in a thread what was answered already, and counts how often it differs."""

    def __init__(self, model: LinearTextModel) -> None:
        """Begin to wait for texts, with a model that is ready to score."""
        self._model = model
        self._waiting: Queue[tuple[list[str], list[str]]] = Queue(MOST_WAITING)
        threading.Thread(target=self._compare, name="challenger", daemon=True).start()

    def watch(self, texts: list[str], results: list[str]) -> None:
        """Compare answers later.

        Args:
            texts: n messages.
            results: The n classes that were answered.
        """
        try:
            self._waiting.put_nowait((texts, results))
        except Full:
            COMPARED.labels("skipped").inc(len(texts))

    def _compare(self) -> None:
        while True:
            texts, results = self._waiting.get()
            others = self._model.labels(self._model.score(texts))
            same = sum(map(str.__eq__, results, others))
            COMPARED.labels("same").inc(same)
            COMPARED.labels("different").inc(len(texts) - same)
