"""What `/metrics` tells besides BentoML's counters of requests: the answers, and the model."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge


class Answers:
    """The counters of one worker process; BentoML's `/metrics` adds up those of all workers."""

    def __init__(self, classes: Iterable[str], tag: str, data_md5: str) -> None:
        """Make the counters, and tell which model is served.

        Args:
            classes: What the model can answer.
            tag: Its name and version in the model store.
            data_md5: MD5 of the raw data that it learnt from.
        """
        answers = Counter(
            "spam_classifier_answers",
            "Total number of classified messages.",
            ["result"],
            registry=None,
        )
        # Finding a labelled child costs as much as counting: each is found once.
        self._children = {name: answers.labels(name) for name in classes}
        model = Gauge(
            "spam_classifier_model_info",
            "The model that is served; always 1.",
            ["tag", "data_md5"],
            registry=None,
            multiprocess_mode="max",
        )
        model.labels(tag, data_md5).set(1)

    def count(self, labels: Iterable[str]) -> None:
        """Count classified messages.

        Args:
            labels: The class of each.
        """
        for label in labels:
            self._children[label].inc()
