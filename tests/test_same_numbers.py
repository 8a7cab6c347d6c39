"""DVC's plots, Kedro-Viz's plots, and the metrics tell the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import PROJECT

CLASSES = ["ham", "spam"]


pytestmark = pytest.mark.parametrize("side", ["train", "test"])


@pytest.fixture
def report(finished_run: Path) -> Path:
    """Return the folder of the reports."""
    return finished_run / "data/08_reporting"


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_metrics_details_and_plot_follow_from_the_confusion_matrix_that_dvc_counts(
    finished_run: Path, report: Path, side: str
) -> None:
    table = pd.read_csv(finished_run / f"data/07_model_output/{side}_predictions.csv")
    counts = pd.crosstab(table["Category"], table["prediction"]).reindex(columns=CLASSES).to_numpy()
    (cells,) = read_json(report / f"{side}_confusion.json")["data"]
    assert (cells["x"], cells["y"], cells["z"]) == (CLASSES, CLASSES, counts.tolist())
    details = read_json(report / f"{side}_evaluation_details.json")
    assert list(details["outcomes"].values()) == counts.ravel().tolist()
    metrics = read_json(report / f"{side}_metrics.json")
    expected = {
        "accuracy": np.trace(counts) / counts.sum(),
        "ham_blocked": counts[0, 1] / counts[0].sum(),
        "spam_caught": counts[1, 1] / counts[1].sum(),
    }
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("plot", "x", "y"),
    [("precision_recall", "recall", "precision"), ("calibration", "predicted", "observed")],
)
def test_kedro_viz_draws_the_curve_that_dvc_draws(
    report: Path, side: str, plot: str, x: str, y: str
) -> None:
    table = pd.read_csv(report / f"{side}_{plot}.csv")
    (curve,) = read_json(report / f"{side}_{plot}.json")["data"]
    assert (curve["x"], curve["y"]) == (table[x].to_list(), table[y].to_list())
    dvc = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))
    (drawn,) = (item[plot] for item in dvc["plots"] if plot in item)
    assert (drawn["x"], drawn["y"][f"data/08_reporting/{side}_{plot}.csv"]) == (x, y)
