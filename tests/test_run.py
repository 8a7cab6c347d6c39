"""Whole runs on the real corpus: the published numbers, the same in every file, the same bytes."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from shared import REFERENCE_SCRIPTS, copy_reference

from helpers import PROJECT, SCRIPTS, copy_project, read_outputs, run_command, run_kedro

# test_prop: (rows train, rows test, train F1, test F1, test precision, test recall), weighted;
# published by the workshop that this project re-creates.
PUBLISHED = {
    0.1: (4641, 516, 0.99697, 0.98616, 0.98637, 0.98643),
    0.2: (4126, 1031, 0.99732, 0.98210, 0.98238, 0.98254),
    0.3: (3610, 1547, 0.99750, 0.97786, 0.97884, 0.97867),
    0.4: (3094, 2063, 0.99740, 0.97465, 0.97611, 0.97576),
    0.5: (2578, 2579, 0.99766, 0.97524, 0.97672, 0.97635),
}


def read_figures(*reports: Path) -> tuple[float, ...]:
    """Return of the metrics of both sides what `PUBLISHED` has."""
    train, test = (json.loads(report.read_text())["weighted avg"] for report in reports)
    shares = (train["f1-score"], test["f1-score"], test["precision"], test["recall"])
    return (train["support"], test["support"], *(round(share, 5) for share in shares))


def read_report(project: Path, name: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((project / f"data/08_reporting/{name}.json").read_text())
    return report


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """Return a project in which the reference's recipe ran."""
    project = copy_project(tmp_path_factory.mktemp("workshop"), corpus)
    run_kedro(project, env="workshop")
    return project


@pytest.mark.slow
@pytest.mark.parametrize("test_prop", PUBLISHED)
def test_the_workshop_environment_gives_the_published_numbers(
    test_prop: float, workshop: Path
) -> None:
    run_kedro(
        workshop,
        env="workshop",
        params={"test_prop": test_prop},
        from_inputs=["spam_data"],
        to_outputs=["train_metrics", "test_metrics"],
    )
    reports = workshop / "data/workshop/08_reporting"
    figures = read_figures(reports / "train_metrics.json", reports / "test_metrics.json")
    assert figures == PUBLISHED[test_prop]


@pytest.mark.slow
def test_the_scripts_that_the_benchmarks_compare_with_give_them_too(tmp_path: Path) -> None:
    reference = copy_reference(tmp_path)
    for script in REFERENCE_SCRIPTS:
        reference.run(*script)
    metrics = reference.folder / "metrics"
    assert read_figures(metrics / "train.json", metrics / "test.json") == PUBLISHED[0.4]


def test_the_reference_model_has_no_probabilities_and_is_not_kept(workshop: Path) -> None:
    predictions = pd.read_csv(workshop / "data/workshop/07_model_output/test_predictions.csv")
    assert predictions["spam_probability"].isna().all()
    metrics = workshop / "data/workshop/08_reporting/test_metrics.json"
    assert json.loads(metrics.read_text())["brier_score"] is None
    assert {path.parts[0] for path in map(Path, read_outputs(workshop))} == {"workshop"}
    assert not list(workshop.rglob("06_models/*"))


@pytest.mark.parametrize("side", ["train", "test"])
def test_everything_follows_from_the_tables_that_dvc_draws(finished_run: Path, side: str) -> None:
    """DVC's plots, Kedro-Viz's plots, the details and the metrics tell the same."""
    table = pd.read_csv(finished_run / f"data/07_model_output/{side}_predictions.csv")
    counts = pd.crosstab(table["Category"], table["prediction"])[["ham", "spam"]].to_numpy()
    (cells,) = read_report(finished_run, f"{side}_confusion")["data"]
    assert cells["x"] == cells["y"] == ["ham", "spam"]
    assert cells["z"] == counts.tolist()
    details = read_report(finished_run, f"{side}_evaluation_details")
    assert list(details["outcomes"].values()) == counts.ravel().tolist()
    expected = {
        "accuracy": np.trace(counts) / counts.sum(),
        "ham_blocked": counts[0, 1] / counts[0].sum(),
        "spam_caught": counts[1, 1] / counts[1].sum(),
    }
    metrics = read_report(finished_run, f"{side}_metrics")
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    for plots in yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["plots"][1:]:
        ((name, plot),) = plots.items()
        curve = pd.read_csv(finished_run / f"data/08_reporting/{side}_{name}.csv")
        (drawn,) = read_report(finished_run, f"{side}_{name}")["data"]
        assert drawn["x"] == curve[plot["x"]].to_list()
        assert drawn["y"] == curve[plot["y"][f"data/08_reporting/{side}_{name}.csv"]].to_list()


@pytest.mark.slow
def test_a_typed_run_fits_a_screen_and_makes_the_same_bytes_on_any_runner_and_processor(
    tmp_path: Path, corpus: Path, finished_run: Path
) -> None:
    """Kedro would write an id into pyproject.toml if telemetry were not refused."""
    project = copy_project(tmp_path, corpus)
    older = {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Nehalem"}
    run = run_command("kedro", "run", "--runner", "ParallelRunner", cwd=project, env=older)
    assert run.returncode == 0, run.stderr
    assert len((run.stderr + run.stdout).splitlines()) <= 24
    assert "warn" not in run.stderr.lower()
    names = [line.split()[0] for line in run.stdout.splitlines()[-2:]]
    assert names == ["train_metrics", "test_metrics"]
    settings = "pyproject.toml"
    assert (project / settings).read_bytes() == (finished_run / settings).read_bytes()
    outputs, expected = read_outputs(project), read_outputs(finished_run)
    card = "08_reporting/model_card.md"  # names the Git revision, which a copy has not
    assert (
        outputs.pop(card).partition(b"| data |")[2] == expected.pop(card).partition(b"| data |")[2]
    )
    assert outputs == expected


@pytest.mark.slow
def test_a_killed_run_leaves_every_file_whole(
    tmp_path: Path, corpus: Path, finished_run: Path
) -> None:
    """It is killed as soon as the model is new; each file is the old or the new one."""
    whole, project = (shutil.copytree(finished_run, tmp_path / name) for name in ("a", "b"))
    run_kedro(whole, params={"test_prop": 0.2})
    old, new = read_outputs(finished_run), read_outputs(whole)
    model = project / "data/06_models/spam_classifier.json"
    before = model.stat().st_ino
    command = [f"{SCRIPTS}/kedro", "run", "--params", "test_prop=0.2"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while model.stat().st_ino == before and time.monotonic() < deadline:
            time.sleep(0.001)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    for name, content in read_outputs(project).items():
        if not Path(name).name.startswith("."):
            assert content in (old[name], new[name]), name
