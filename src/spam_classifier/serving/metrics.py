"""What `/metrics` tells besides BentoML's counters of requests; it adds up those of all workers."""

from prometheus_client import Counter, Gauge

ANSWERS = Counter(
    "spam_classifier_answers", "Total number of classified messages.", ["result"], registry=None
)
MODEL = Gauge(
    "spam_classifier_model_info",
    "The model that is served; always 1.",
    ["tag", "data_md5"],
    registry=None,
    multiprocess_mode="max",
)
