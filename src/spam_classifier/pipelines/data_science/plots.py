"""The figures that Kedro-Viz shows, as Plotly's JSON: a list of traces and a layout."""

from typing import Any

import pandas as pd
from sklearn.metrics import confusion_matrix

BLUE = "#2563eb"
GREY = "#94a3b8"


def draw_confusion(
    truth: pd.Series, prediction: pd.Series, classes: tuple[str, str]
) -> dict[str, Any]:
    """Draw the confusion matrix, with the counts in its cells.

    Args:
        truth: n labels.
        prediction: n labels.
        classes: The negative and the positive class.
    """
    names = list(classes)
    cells = {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": confusion_matrix(truth, prediction, labels=names).tolist(),
        "texttemplate": "%{z}",
        "colorscale": [[0, "#eff6ff"], [1, BLUE]],
        "showscale": False,
        "hovertemplate": "%{y} called %{x}: %{z}<extra></extra>",
    }
    layout = {
        "title": {"text": "Confusion matrix"},
        "xaxis": {"title": {"text": "predicted"}, "type": "category"},
        "yaxis": {"title": {"text": "true"}, "type": "category", "autorange": "reversed"},
    }
    return {"data": [cells], "layout": layout}


def draw_precision_recall(curve: pd.DataFrame, positive: str) -> dict[str, Any]:
    """Draw precision over recall.

    Args:
        curve: Columns `recall` and `precision`.
        positive: Name of the positive class.
    """
    return _draw_curve(
        curve["recall"],
        curve["precision"],
        title=f"Precision and recall of {positive}",
        x_title=f"recall: share of the {positive} that is caught",
        y_title=f"precision: share of the caught that is {positive}",
        mode="lines",
    )


def draw_calibration(curve: pd.DataFrame, positive: str) -> dict[str, Any]:
    """Draw the observed share over the predicted probability, beside the ideal diagonal.

    Args:
        curve: Columns `predicted` and `observed`; without rows only the diagonal is drawn.
        positive: Name of the positive class.
    """
    figure = _draw_curve(
        curve["predicted"],
        curve["observed"],
        title=f"Calibration of the {positive} probability",
        x_title=f"predicted probability of {positive}",
        y_title=f"observed share of {positive}",
        mode="lines+markers",
    )
    diagonal = {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1, "layer": "below"}
    figure["layout"]["shapes"] = [diagonal | {"line": {"color": GREY, "dash": "dot"}}]
    return figure


def _draw_curve(
    x: pd.Series, y: pd.Series, *, title: str, x_title: str, y_title: str, mode: str
) -> dict[str, Any]:
    curve = {
        "type": "scatter",
        "x": x.to_list(),
        "y": y.to_list(),
        "mode": mode,
        "line": {"color": BLUE},
    }
    layout = {
        "title": {"text": title},
        "xaxis": {"title": {"text": x_title}, "range": [-0.02, 1.02]},
        "yaxis": {"title": {"text": y_title}, "range": [-0.02, 1.02]},
    }
    return {"data": [curve], "layout": layout}
