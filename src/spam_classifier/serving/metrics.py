"""What `/metrics` tells: BentoML's own names and labels for requests, and the model's answers."""

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

OTHER_PATHS = "other"
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUEST_LABELS = ("endpoint", "service_name", "service_version", "http_response_code")


class Instruments:
    """The counters of one worker process.

    Label values come from fixed sets, never from a request, so the number of series is bounded.
    """

    def __init__(self, service_name: str, service_version: str) -> None:
        """Make the counters.

        Args:
            service_name: Name of the service.
            service_version: Version of the bento.
        """
        self._service = (service_name, service_version)
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "bentoml_service_request",
            "Total number of HTTP requests.",
            REQUEST_LABELS,
            registry=self._registry,
        )
        self._seconds = Histogram(
            "bentoml_service_request_duration_seconds",
            "Duration of HTTP requests in seconds.",
            REQUEST_LABELS,
            registry=self._registry,
            buckets=SECONDS,
        )
        self._answers = Counter(
            "spam_classifier_answers",
            "Total number of classified messages.",
            ["result"],
            registry=self._registry,
        )
        self._model = Gauge(
            "spam_classifier_model_info",
            "The model that is served; always 1.",
            ["tag", "data_md5"],
            registry=self._registry,
            multiprocess_mode="max",
        )
        # Finding a labelled child costs as much as counting: each is found once.
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def describe_model(self, tag: str, data_md5: str) -> None:
        """Tell which model is served.

        Args:
            tag: Its name and version in the model store.
            data_md5: MD5 of the raw data that it learnt from.
        """
        self._model.labels(tag, data_md5).set(1)

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            endpoint: One of the service's paths, or `OTHER_PATHS`.
            status: HTTP status of the response.
            seconds: How long it took.
        """
        key = endpoint, status
        if key not in self._children:
            labels = (endpoint, *self._service, str(status))
            self._children[key] = self._requests.labels(*labels), self._seconds.labels(*labels)
        requests, durations = self._children[key]
        requests.inc()
        durations.observe(seconds)

    def count_answers(self, results: Iterable[tuple[str, int]]) -> None:
        """Count classified messages.

        Args:
            results: Class names with the number of messages of each.
        """
        for result, number in results:
            self._answers.labels(result).inc(number)

    def expose(self) -> bytes:
        """Return the counters of all worker processes in Prometheus' text format."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
