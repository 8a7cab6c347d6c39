"""`dvc exp`: what an experiment changes and makes. docs/experiments.md runs a queue of them."""

import json
from pathlib import Path

import pytest

from dvc_repository import PARAMETERS, MakeOnce, PlainRun, Repository
from helpers import PROJECT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def experiment(finished: Repository, make_once: MakeOnce) -> Repository:
    """Return a repository in which an experiment was run. Do not change it."""

    def fill(folder: Path) -> None:
        repository = finished.copy_to(folder / "project")
        repository.run("dvc", "exp", "run", "--name", "third", "-S", f"{PARAMETERS}:test_prop=0.3")

    return Repository(make_once("experiment", fill) / "project", finished.home)


def test_an_experiment_has_the_outputs_of_a_plain_run(
    experiment: Repository, plain_run: PlainRun
) -> None:
    assert experiment.read_outputs() == plain_run(0.3)


def test_an_experiment_changes_one_line_of_kedros_own_file(
    experiment: Repository, finished: Repository
) -> None:
    before = (finished.folder / PARAMETERS).read_text()
    after = (experiment.folder / PARAMETERS).read_text()
    assert after == before.replace("\ntest_prop: 0.4", "\ntest_prop: 0.3")


def test_the_table_of_experiments_has_the_parameters_and_metrics_that_people_compare(
    experiment: Repository,
) -> None:
    (experiment.folder / ".venv").symlink_to(PROJECT / ".venv")
    table = experiment.run("make", "experiments", "--assume-old=.venv/installed")
    (experiment.folder / ".venv").unlink()
    header, *rows = table.splitlines()
    for column in ("test_prop", "model.C", "test_metrics.json:spam.recall"):
        assert column in header
    (row,) = (row for row in rows if "third" in row)
    metrics = json.loads((experiment.folder / "data/08_reporting/test_metrics.json").read_text())
    assert f" {metrics['spam']['recall']:.5f} ".rstrip("0 ") in row
    assert " 0.3 " in row


def test_a_misspelt_parameter_is_refused(repository: Repository) -> None:
    done = repository.try_run("dvc", "exp", "run", "-S", f"{PARAMETERS}:test_porp=0.3")
    assert done.returncode != 0
    assert "test_porp" in done.stderr
    assert repository.run("git", "status", "--porcelain") == ""
