"""The main metrics of a run as a table."""

import re

from spam_classifier.hooks.metrics_table import format_metrics

METRICS = {
    "Note": {"precision": 0.9, "recall": 0.95, "f1-score": 0.92, "support": 6.0},
    "Alarm": {"precision": 0.8, "recall": 0.7, "f1-score": 0.75, "support": 2.0},
    "accuracy": 0.875,
    "weighted avg": {"precision": 0.875, "recall": 0.875, "f1-score": 0.87654, "support": 8.0},
    "ham_blocked": 0.05,
}


def test_metrics_are_laid_out_as_a_table_that_names_the_classes() -> None:
    table = format_metrics({"train_metrics": METRICS, "test_metrics": METRICS})
    header, *lines = table.splitlines()
    assert re.split("  +", header.strip()) == [
        "rows", "accuracy", "weighted F1 Alarm precision", "Alarm recall", "Note blocked",
    ]  # fmt: skip
    assert [line.split() for line in lines] == [
        [name, "8", "0.87500", "0.87654", "0.80000", "0.70000", "0.05000"]
        for name in ("train_metrics", "test_metrics")
    ]
    assert {len(line) for line in lines} == {len(header)}
