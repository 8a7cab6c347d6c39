"""The figures that Kedro-Viz shows, as Plotly's JSON: a list of traces and a layout."""

from typing import Any

import pandas as pd

from spam_classifier.dask_engine.partitions import Table, collect
from spam_classifier.model.linear_text_model import Scores
from spam_classifier.tables import CATEGORY, PREDICTION

BLUE, GREY = "#2563eb", "#94a3b8"

Figure = dict[str, Any]


def draw_plots(
    scores: Scores,
    predictions: Table,
    precision_recall: pd.DataFrame,
    calibration: pd.DataFrame,
) -> tuple[Figure, Figure, Figure]:
    """Draw the confusion matrix, and the curves of `compute_curves`.

    Returns:
        Three figures; for a calibration without rows only the ideal is drawn.
    """
    from sklearn.metrics import confusion_matrix

    names, positive = list(scores.classes), scores.classes[1]
    answers = collect(predictions[[CATEGORY, PREDICTION]])
    cells = {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": confusion_matrix(answers[CATEGORY], answers[PREDICTION], labels=names).tolist(),
        "texttemplate": "%{z}",
        "colorscale": [[0, "#eff6ff"], [1, BLUE]],
        "showscale": False,
        "hovertemplate": "%{y} called %{x}: %{z}<extra></extra>",
    }
    confusion = _make_figure(cells, "Confusion matrix", "predicted", "true", type="category")
    confusion["layout"]["yaxis"]["autorange"] = "reversed"
    curve = _draw_curve(
        precision_recall,
        "lines",
        f"Precision and recall of {positive}",
        f"recall: share of the {positive} that is caught",
        f"precision: share of the caught that is {positive}",
    )
    comparison = _draw_curve(
        calibration,
        "lines+markers",
        f"Calibration of the {positive} probability",
        f"predicted probability of {positive}",
        f"observed share of {positive}",
    )
    ideal = {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1, "layer": "below"}
    comparison["layout"]["shapes"] = [ideal | {"line": {"color": GREY, "dash": "dot"}}]
    return confusion, curve, comparison


def _draw_curve(table: pd.DataFrame, mode: str, *titles: str) -> Figure:
    """Draw the second column of a table over the first."""
    x, y = (table[name].to_list() for name in table)
    trace = {"type": "scatter", "x": x, "y": y, "mode": mode, "line": {"color": BLUE}}
    return _make_figure(trace, *titles, range=[-0.02, 1.02])


def _make_figure(trace: Figure, title: str, x_title: str, y_title: str, **axis: Any) -> Figure:
    layout = {
        "title": {"text": title},
        "xaxis": {"title": {"text": x_title}, **axis},
        "yaxis": {"title": {"text": y_title}, **axis},
    }
    return {"data": [trace], "layout": layout}
