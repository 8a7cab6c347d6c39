"""DVC's plots, Kedro-Viz's plots, the metrics, the card and the stored model tell the same."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import PROJECT, run_kedro, use_store

CLASSES = ["ham", "spam"]


@pytest.fixture(params=["train", "test"])
def side(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def report(finished_run: Path) -> Path:
    """Return the folder of the reports."""
    return finished_run / "data/08_reporting"


@pytest.fixture
def metrics(report: Path, side: str) -> dict[str, Any]:
    values: dict[str, Any] = read_json(report / f"{side}_metrics.json")
    return values


@pytest.fixture
def confusion(finished_run: Path, side: str) -> pd.DataFrame:
    """Count the confusion matrix from the table that DVC's plot counts too."""
    table = pd.read_csv(finished_run / f"data/07_model_output/{side}_predictions.csv")
    return pd.crosstab(table["Category"], table["prediction"]).reindex(
        index=CLASSES, columns=CLASSES, fill_value=0
    )


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_kedro_viz_draws_the_confusion_matrix_that_dvc_counts(
    report: Path, side: str, confusion: pd.DataFrame
) -> None:
    (cells,) = read_json(report / f"{side}_confusion.json")["data"]
    assert (cells["x"], cells["y"]) == (CLASSES, CLASSES)
    assert cells["z"] == confusion.to_numpy().tolist()


def test_the_metrics_follow_from_the_confusion_matrix(
    metrics: dict[str, Any], confusion: pd.DataFrame
) -> None:
    counts = confusion.to_numpy()
    assert metrics["accuracy"] == pytest.approx(np.trace(counts) / counts.sum(), abs=1e-6)
    assert metrics["ham_blocked"] == pytest.approx(counts[0, 1] / counts[0].sum(), abs=1e-6)
    assert metrics["spam_caught"] == pytest.approx(counts[1, 1] / counts[1].sum(), abs=1e-6)
    precision = metrics["spam"]["precision"]
    assert precision == pytest.approx(counts[1, 1] / counts[:, 1].sum(), abs=1e-6)


def test_the_details_have_the_same_outcomes(
    report: Path, side: str, confusion: pd.DataFrame
) -> None:
    outcomes = read_json(report / f"{side}_evaluation_details.json")["outcomes"]
    assert list(outcomes.values()) == confusion.to_numpy().ravel().tolist()


@pytest.mark.parametrize(
    ("plot", "x", "y"),
    [("precision_recall", "recall", "precision"), ("calibration", "predicted", "observed")],
)
def test_kedro_viz_draws_the_curve_that_dvc_draws(
    report: Path, side: str, plot: str, x: str, y: str
) -> None:
    table = pd.read_csv(report / f"{side}_{plot}.csv")
    (curve,) = read_json(report / f"{side}_{plot}.json")["data"]
    assert curve["x"] == table[x].to_list()
    assert curve["y"] == table[y].to_list()


def test_dvc_draws_what_the_run_writes(report: Path) -> None:
    """Each curve of dvc.yaml has its columns in the table that it names."""
    dvc = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))
    for plot in dvc["plots"]:
        for definition in plot.values():
            for file, column in definition["y"].items():
                table = pd.read_csv(report.parents[1] / file)
                assert {definition["x"], column} <= set(table.columns)


def test_the_curve_has_the_average_precision_of_the_metrics(
    report: Path, side: str, metrics: dict[str, Any]
) -> None:
    curve = pd.read_csv(report / f"{side}_precision_recall.csv")
    area = -(curve["recall"].diff().shift(-1) * curve["precision"]).sum()
    assert area == pytest.approx(metrics["average_precision"], abs=1e-4)


def test_the_model_card_tells_the_metrics(report: Path) -> None:
    metrics = read_json(report / "test_metrics.json")
    card = (report / "model_card.md").read_text(encoding="utf-8")
    rows = dict(line.split(" | ")[:2] for line in card.splitlines() if line.startswith("| "))
    assert rows["| accuracy"] == f"{metrics['accuracy']:.1%}".replace("%", " %")
    assert rows["| ham blocked"] == f"{metrics['ham_blocked']:.1%}".replace("%", " %")
    assert rows["| average precision"] == f"{metrics['average_precision']:.4f}"


def test_the_stored_model_tells_the_metrics(report: Path, tmp_path: Path) -> None:
    """They are what the service's page shows."""
    shutil.copytree(report.parents[1], tmp_path / "project")
    with use_store() as store:
        run_kedro(tmp_path / "project", pipeline_names=["packaging"])
        (stored,) = store.glob("spam_classifier/*/model.yaml")
        metadata = yaml.safe_load(stored.read_text(encoding="utf-8"))["metadata"]
    assert metadata["metrics"] == read_json(report / "test_metrics.json")
