"""Change a parameter, see what depends on it, run that, compare: the commands of the README."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from browser import Browser
from dvc_repository import STAGES, MakeOnce, PlainRun, Repository

pytestmark = pytest.mark.slow

DEPENDENT = STAGES[1:]
TITLES = {
    "confusion": "Confusion matrix, test messages",
    "precision_recall": "Precision and recall of spam",
    "calibration": "Calibration of the spam probability",
}
TEST_METRICS = "data/08_reporting/test_metrics.json"


@dataclass(frozen=True)
class Change:
    """A repository in which test_prop went from 0.4 to 0.2, and what was printed on the way."""

    repository: Repository
    status: str
    repro: str


@pytest.fixture(scope="module")
def change(
    finished: Repository, make_once: MakeOnce, tmp_path_factory: pytest.TempPathFactory
) -> Change:
    """Edit test_prop, look at the status, run what depends on it."""

    def fill(folder: Path) -> None:
        repository = finished.copy_to(folder / "project")
        repository.set_parameter("test_prop: 0.4", "test_prop: 0.2")
        (folder / "status").write_text(repository.run("dvc", "status"))
        (folder / "repro").write_text(repository.run("dvc", "repro"))

    folder = make_once("change", fill)
    made = Repository(folder / "project", finished.home)
    return Change(
        made.copy_to(tmp_path_factory.mktemp("change") / "project"),
        (folder / "status").read_text(),
        (folder / "repro").read_text(),
    )


def read_table(markdown: str) -> list[dict[str, str]]:
    """Return the rows of a Markdown table by the names of its columns."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_metrics(repository: Repository) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads((repository.folder / TEST_METRICS).read_text())
    return metrics


def test_status_names_the_stage_and_the_parameter_that_changed(change: Change) -> None:
    assert change.status.split() == [
        *("train_test_split:", "changed", "deps:"),
        *("conf/base/parameters.yml:", "modified:", "test_prop"),
    ]


def test_repro_runs_only_what_depends_on_the_change(change: Change) -> None:
    assert re.findall("Running stage '(.*)'", change.repro) == list(DEPENDENT)
    assert "Stage 'clean_data' didn't change, skipping" in change.repro


def test_repro_makes_the_bytes_of_a_run_with_params(change: Change, plain_run: PlainRun) -> None:
    assert change.repository.read_outputs() == plain_run(0.2)


def test_a_parameter_of_the_model_leaves_the_split_alone(repository: Repository) -> None:
    repository.set_parameter("  C: 30.0", "  C: 10.0")
    pipeline = repository.run("dvc", "repro", "--dry")
    assert re.findall("Running stage '(.*)'", pipeline) == ["train"]


def test_metrics_show_prints_the_metrics_of_both_sides(change: Change) -> None:
    rows = read_table(change.repository.run("dvc", "metrics", "show", "--md"))
    test = next(row for row in rows if row["Path"] == TEST_METRICS)
    assert len(rows) == 2
    assert float(test["spam.recall"]) == pytest.approx(
        read_metrics(change.repository)["spam"]["recall"], abs=1e-5
    )


def test_metrics_diff_prints_old_new_and_change(change: Change, finished: Repository) -> None:
    rows = read_table(change.repository.run("dvc", "metrics", "diff", "--md"))
    row = next(
        row for row in rows if (row["Path"], row["Metric"]) == (TEST_METRICS, "spam.f1-score")
    )
    before, after = (read_metrics(it)["spam"]["f1-score"] for it in (finished, change.repository))
    printed = [float(row[column]) for column in ("HEAD", "workspace", "Change")]
    assert printed == pytest.approx([before, after, after - before], abs=1.1e-5)


def test_params_diff_prints_the_change(change: Change) -> None:
    lines = change.repository.run("dvc", "params", "diff").splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["conf/base/parameters.yml", "test_prop", "0.4", "0.2"]
    ]


def test_the_dag_is_the_references(change: Change) -> None:
    dag = change.repository.run("dvc", "dag", "--mermaid")
    names = dict(re.findall(r'(node\d+)\["([^"]+)"\]', dag))
    arrows = {(names[a], names[b]) for a, b in re.findall(r"(node\d+)-->(node\d+)", dag)}
    raw = next(name for name in names.values() if name.endswith(".csv.dvc"))
    assert arrows == {
        (raw, "clean_data"),
        ("clean_data", "train_test_split"),
        ("train_test_split", "train"),
        ("train_test_split", "evaluate@train"),
        ("train_test_split", "evaluate@test"),
        ("train", "evaluate@train"),
        ("train", "evaluate@test"),
    }


def test_the_dag_is_drawn_as_text(change: Change) -> None:
    drawn = change.repository.run("dvc", "dag")
    assert all(f"| {stage} |" in drawn for stage in STAGES)


@pytest.fixture(scope="module")
def draw(
    change: Change, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[str, Path]]:
    """Return a function that runs `dvc plots show` or `diff` and returns what it prints, the page.

    DVC's own page loads Vega from the internet; this one from a file.
    """
    template = tmp_path_factory.mktemp("template") / "page.html"
    template.write_text('<html><script src="vega.js"></script><body>{plot_divs}</body></html>')
    vega = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version="5.21")

    def draw(command: str) -> tuple[str, Path]:
        folder = f"plots_{command}"
        printed = change.repository.run(
            *("dvc", "plots", command, "--out", folder, "--html-template", template)
        )
        (change.repository.folder / folder / "vega.js").write_text(vega)
        return printed, change.repository.folder / folder / "index.html"

    return draw


@pytest.mark.parametrize(
    ("command", "revisions"),
    [("show", {"workspace"}), ("diff", {"HEAD", "workspace"})],
    ids=["show", "diff"],
)
def test_a_browser_draws_the_three_plots_without_an_error(
    command: str,
    revisions: set[str],
    draw: Callable[[str], tuple[str, Path]],
    browser: Browser,
) -> None:
    printed, page = draw(command)
    assert printed == f"file://{page}\n"
    browser.open(page.as_uri())
    for name, title in TITLES.items():
        browser.wait_for(f"document.querySelector('#{name} svg.marks')")
        drawn = browser.run(f"return document.querySelector('#{name} svg.marks').textContent")
        assert title in drawn
        assert all(revision in drawn for revision in revisions)
        marks = f"'#{name} .mark-line path, #{name} .mark-rect path'"
        drawn_marks = browser.run(f"return document.querySelectorAll({marks}).length")
        assert drawn_marks >= 2 * len(revisions)  # train and test, or the cells of a matrix
    assert browser.read_errors() == []


def test_the_pages_of_plots_are_not_for_git(change: Change) -> None:
    change.repository.run("dvc", "plots", "show")
    assert (change.repository.folder / "dvc_plots/index.html").exists()
    assert "dvc_plots" not in change.repository.run("git", "status", "--porcelain")
