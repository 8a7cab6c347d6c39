"""The main metrics of a run as a table."""

from typing import Any


def format_metrics(metrics: dict[str, dict[str, Any]]) -> str:
    """Lay out the main metrics as a table.

    Args:
        metrics: Metrics by dataset name, as `compute_metrics` returned them: first those of the
            class to let through, then those of the class to catch.

    Returns:
        A header line and one line for each dataset.
    """
    negative, positive, *_ = next(iter(metrics.values()))
    titles = ["rows", "accuracy", "weighted F1"]
    titles += [f"{positive} precision", f"{positive} recall", f"{negative} blocked"]
    lines = {"": titles}
    for name, values in metrics.items():
        average, caught = values["weighted avg"], values[positive]
        shares = [values["accuracy"], average["f1-score"], caught["precision"], caught["recall"]]
        shares.append(values["ham_blocked"])
        lines[name] = [f"{average['support']:.0f}", *(f"{share:.5f}" for share in shares)]
    widths = [max(14, len(title)) for title in titles]
    return "\n".join(
        " ".join([f"{name:13}", *map(str.rjust, cells, widths)]) for name, cells in lines.items()
    )
