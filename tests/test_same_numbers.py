"""DVC's plots, Kedro-Viz's plots, the details and the metrics tell the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import PROJECT

CLASSES = ["ham", "spam"]


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("side", ["train", "test"])
def test_everything_follows_from_the_tables_that_dvc_draws(finished_run: Path, side: str) -> None:
    report = finished_run / "data/08_reporting"
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
    for plots in yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["plots"][1:]:
        ((name, plot),) = plots.items()
        curve = pd.read_csv(report / f"{side}_{name}.csv")
        (drawn,) = read_json(report / f"{side}_{name}.json")["data"]
        assert drawn["x"] == curve[plot["x"]].to_list()
        assert drawn["y"] == curve[plot["y"][f"data/08_reporting/{side}_{name}.csv"]].to_list()
