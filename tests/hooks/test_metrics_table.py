"""The main metrics of a run as a table."""

from spam_classifier.hooks.metrics_table import format_metrics

METRICS = {
    "accuracy": 0.875,
    "ham": {"precision": 0.9, "recall": 0.95, "f1-score": 0.92, "support": 6.0},
    "spam": {"precision": 0.8, "recall": 0.7, "f1-score": 0.75, "support": 2.0},
    "weighted avg": {"precision": 0.875, "recall": 0.875, "f1-score": 0.87654, "support": 8.0},
    "ham_blocked": 0.05,
}


def test_metrics_are_laid_out_as_a_table() -> None:
    table = format_metrics({"train_metrics": METRICS, "test_metrics": METRICS}, "ham", "spam")
    header, *lines = table.splitlines()
    assert header.split("  ")[-1].strip() == "ham blocked"
    assert [line.split() for line in lines] == [
        [name, "8", "0.87500", "0.87654", "0.80000", "0.70000", "0.05000"]
        for name in ("train_metrics", "test_metrics")
    ]
    assert {len(line) for line in lines} == {len(header)}


def test_the_table_names_the_classes_of_the_parameters() -> None:
    metrics = METRICS | {"Alarm": METRICS["spam"], "Note": METRICS["ham"]}
    header, line = format_metrics({"test_metrics": metrics}, "Note", "Alarm").splitlines()
    assert "Alarm precision" in header
    assert "Note blocked" in header
    assert "0.80000" in line
