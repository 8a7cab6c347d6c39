"""`dvc exp`: one experiment, queued ones, their table, the best one applied."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from dvc_repository import PARAMETERS, MakeOnce, PlainRun, Repository
from helpers import end_queue_workers

pytestmark = pytest.mark.slow

METRICS = "08_reporting/test_metrics.json"
QUEUED = (0.2, 0.5)


@dataclass(frozen=True)
class Experiments:
    """A repository in which one experiment was run, then two were queued and run.

    Attributes:
        repository: Where; it has the committed state again.
        single: Content of the outputs after the first experiment.
        parameters: Content of parameters.yml after the first experiment.
        status: What `dvc queue status` prints at the end.
    """

    repository: Repository
    single: dict[str, bytes]
    parameters: str
    status: str


@pytest.fixture(scope="module")
def experiments(
    finished: Repository, make_once: MakeOnce, tmp_path_factory: pytest.TempPathFactory
) -> Experiments:
    """Run one experiment, go back, queue two and run them side by side."""

    def fill(folder: Path) -> None:
        repository = finished.copy_to(folder / "project")
        repository.run("dvc", "exp", "run", "-S", f"{PARAMETERS}:test_prop=0.3")
        repository.copy_to(folder / "single")
        repository.run("git", "checkout", "--quiet", ".")
        repository.run("dvc", "checkout")
        for test_prop in QUEUED:
            setting = ("-S", f"{PARAMETERS}:test_prop={test_prop}")
            repository.run("dvc", "exp", "run", "--queue", "--name", name(test_prop), *setting)
        repository.run("dvc", "exp", "run", "--run-all", "--jobs", "2")
        (folder / "status").write_text(repository.run("dvc", "queue", "status"))
        end_queue_workers(repository.folder)

    folder = make_once("experiments", fill)
    single = Repository(folder / "single", finished.home)
    made = Repository(folder / "project", finished.home)
    return Experiments(
        made.copy_to(tmp_path_factory.mktemp("experiments") / "project"),
        single.read_outputs(),
        (single.folder / PARAMETERS).read_text(),
        (folder / "status").read_text(),
    )


def name(test_prop: float) -> str:
    """Return the name of an experiment."""
    return f"test-{test_prop:.0%}".removesuffix("%")


def read_committed(repository: Repository, experiment: str, path: str) -> bytes:
    """Return a file of an experiment, which DVC keeps as a commit."""
    listing = repository.run("git", "for-each-ref", "--format=%(refname)", "refs/exps")
    (ref,) = [line for line in listing.splitlines() if line.endswith(f"/{experiment}")]
    return repository.run("git", "show", f"{ref}:{path}").encode()


def test_an_experiment_has_the_outputs_of_a_plain_run(
    experiments: Experiments, plain_run: PlainRun
) -> None:
    assert experiments.single == plain_run(0.3)


def test_an_experiment_changes_one_line_of_kedros_own_file(
    experiments: Experiments, finished: Repository
) -> None:
    before = (finished.folder / PARAMETERS).read_text()
    assert experiments.parameters == before.replace("\ntest_prop: 0.4", "\ntest_prop: 0.3")


def test_a_misspelt_parameter_is_refused(repository: Repository) -> None:
    done = repository.try_run("dvc", "exp", "run", "-S", f"{PARAMETERS}:test_porp=0.3")
    assert done.returncode != 0
    assert "test_porp" in done.stderr
    assert repository.run("git", "status", "--porcelain") == ""


def test_all_queued_experiments_succeed(experiments: Experiments) -> None:
    rows = [line.split() for line in experiments.status.splitlines()]
    succeeded = sorted(row[1] for row in rows if row and row[-1] == "Success")
    assert succeeded == sorted(name(test_prop) for test_prop in QUEUED)


@pytest.mark.parametrize("test_prop", QUEUED)
def test_a_queued_experiment_has_the_metrics_of_a_plain_run(
    test_prop: float, experiments: Experiments, plain_run: PlainRun
) -> None:
    metrics = read_committed(experiments.repository, name(test_prop), f"data/{METRICS}")
    assert json.loads(metrics) == json.loads(plain_run(test_prop)[METRICS])


def test_the_queue_leaves_the_work_tree_alone(
    experiments: Experiments, finished: Repository
) -> None:
    assert experiments.repository.read_outputs() == finished.read_outputs()
    assert experiments.repository.run("git", "status", "--porcelain") == ""


def test_the_table_of_experiments_has_parameters_and_metrics(experiments: Experiments) -> None:
    table = experiments.repository.run("dvc", "exp", "show", "--md")
    header, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    recall = header.index("data/08_reporting/test_metrics.json:spam.recall")
    assert "data/08_reporting/train_metrics.json:accuracy" in header
    shown = {row[header.index("test_prop")]: row[recall] for row in rows if "[test-" in row[0]}
    assert shown.keys() == {str(test_prop) for test_prop in QUEUED}
    for test_prop in QUEUED:
        committed = read_committed(experiments.repository, name(test_prop), f"data/{METRICS}")
        metrics = json.loads(committed)
        printed = float(shown[str(test_prop)])
        assert printed == pytest.approx(metrics["spam"]["recall"], abs=1e-5)


def test_the_best_experiment_can_be_applied(experiments: Experiments, plain_run: PlainRun) -> None:
    repository = experiments.repository.copy_to(experiments.repository.folder.with_name("applied"))
    scores = {
        test_prop: json.loads(plain_run(test_prop)[METRICS])["weighted avg"]["f1-score"]
        for test_prop in QUEUED
    }
    best = max(scores, key=scores.__getitem__)
    repository.run("dvc", "exp", "apply", name(best))
    assert repository.read_outputs() == plain_run(best)
    assert f"test_prop: {best}" in (repository.folder / PARAMETERS).read_text()
    assert repository.run("dvc", "status") == "Data and pipelines are up to date.\n"
