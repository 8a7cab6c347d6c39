"""The main metrics of a run as a table."""

from typing import Any

COLUMNS = {
    "rows": ("weighted avg", "support"),
    "accuracy": ("accuracy",),
    "weighted F1": ("weighted avg", "f1-score"),
    "{positive} precision": ("{positive}", "precision"),
    "{positive} recall": ("{positive}", "recall"),
    "{negative} blocked": ("ham_blocked",),
}


def format_metrics(metrics: dict[str, dict[str, Any]], negative: str, positive: str) -> str:
    """Lay out the main metrics as a table.

    Args:
        metrics: Metrics by dataset name, as `compute_metrics` returned them.
        negative: The class to let through.
        positive: The class to catch.

    Returns:
        A header line and one line for each dataset.
    """
    titles = [title.format(negative=negative, positive=positive) for title in COLUMNS]
    widths = [max(14, len(title)) for title in titles]
    header = (f"{title:>{width}}" for title, width in zip(titles, widths, strict=True))
    lines = [" ".join([f"{'':13}", *header])]
    for name, values in metrics.items():
        cells = []
        for path, width in zip(COLUMNS.values(), widths, strict=True):
            value: Any = values
            for key in path:
                value = value[key.format(negative=negative, positive=positive)]
            decimals = 0 if path[-1] == "support" else 5
            cells.append(f"{value:{width}.{decimals}f}")
        lines.append(" ".join([f"{name:13}", *cells]))
    return "\n".join(lines)
