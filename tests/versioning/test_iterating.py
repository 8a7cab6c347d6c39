"""Change a parameter, run what depends on it, compare; docs/experiments.md has the commands."""

import re
from pathlib import Path

import pytest
import vl_convert

from browser import Browser
from dvc_repository import Repository
from helpers import RAW_CSV, copy_project, read_outputs, run_kedro

pytestmark = pytest.mark.slow

WRITTEN = "05_model_input/test_messages.csv"


@pytest.fixture(scope="module")
def repro(trained: Repository, tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str]:
    """Return a clone in which test_prop went from 0.4 to 0.2, and what `dvc repro` printed."""
    changed = trained.copy_to(tmp_path_factory.mktemp("changed") / "home")
    edit = ("perl", "-pi", "-e", "s/^test_prop: 0.4/test_prop: 0.2/")
    changed.run(*edit, "conf/base/parameters.yml")
    return changed, changed.run("dvc", "repro")


def test_repro_runs_what_depends_on_the_change_and_makes_the_bytes_of_a_run_with_params(
    repro: tuple[Repository, str], corpus: Path, tmp_path: Path
) -> None:
    changed, printed = repro
    stages = ["train_test_split", "train", "evaluate@train", "evaluate@test"]
    assert re.findall("Running stage '(.*)'", printed) == stages
    project = copy_project(tmp_path, corpus)
    pipelines = ["data_processing", "data_science"]
    run_kedro(project, params={"test_prop": 0.2}, pipeline_names=pipelines)
    assert changed.read_outputs() == read_outputs(project)


def test_the_dag_is_the_references(trained: Repository) -> None:
    arrows = re.findall('"(.+)" -> "(.+)";', trained.run("dvc", "dag", "--dot"))
    assert set(arrows) == {
        (f"{RAW_CSV}.dvc", "clean_data"),
        ("clean_data", "train_test_split"),
        ("train_test_split", "train"),
        ("train_test_split", "evaluate@train"),
        ("train_test_split", "evaluate@test"),
        ("train", "evaluate@train"),
        ("train", "evaluate@test"),
    }


def test_make_shows_the_columns_that_people_compare(trained: Repository) -> None:
    header, *_ = trained.run("make", "experiments", "--assume-old=.venv/installed").splitlines()
    columns = {cell.strip().rpartition("/")[2] for cell in header.strip("|").split("|")}
    metrics = ("accuracy", "spam.precision", "spam.recall", "ham_blocked")
    metrics_columns = {f"test_metrics.json:{name}" for name in metrics}
    assert columns == {"Experiment", "test_prop", "model.C"} | metrics_columns


def test_a_browser_draws_the_three_plots_of_two_revisions(
    repro: tuple[Repository, str], tmp_path: Path, browser: Browser
) -> None:
    """DVC's own page loads Vega from the internet; this one from a file."""
    changed, _ = repro
    template = tmp_path / "page.html"
    template.write_text('<html><script src="vega.js"></script><body>{plot_divs}</body></html>')
    vega = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version="5.21")
    folder = changed.folder / "dvc_plots"
    printed = changed.run("dvc", "plots", "diff", "--html-template", template)
    assert printed == f"file://{folder}/index.html\n"
    assert "dvc_plots" not in changed.run("git", "status", "--porcelain")
    (folder / "vega.js").write_text(vega)
    browser.open((folder / "index.html").as_uri())
    for name, title in {
        "confusion": "Confusion matrix, test messages",
        "precision_recall": "Precision and recall of spam",
        "calibration": "Calibration of the spam probability",
    }.items():
        browser.wait_for(f"document.querySelector('#{name} svg.marks')")
        drawn = browser.run(f"return document.querySelector('#{name} svg.marks').textContent")
        assert [word for word in (title, "HEAD", "workspace") if word not in drawn] == []
        marks = f"'#{name} .mark-line path, #{name} .mark-rect path'"
        assert browser.run(f"return document.querySelectorAll({marks}).length") >= 4
    assert browser.read_errors() == []


def test_a_trial_run_does_not_write_through_the_links_of_the_cache(
    trained: Repository, tmp_path: Path
) -> None:
    """And the next `dvc repro` brings the committed outputs back."""
    repository = trained.copy_to(tmp_path / "home")
    before = repository.read_outputs()
    repository.run("dvc", "config", "cache.type", "symlink")
    repository.run("dvc", "checkout", "--relink", "--force")
    assert (repository.folder / "data" / WRITTEN).is_symlink()
    cache = repository.folder / ".dvc/cache/files/md5"
    cached = {path: path.read_bytes() for path in cache.rglob("*") if path.is_file()}
    repository.run("kedro", "run", "--tags", "train_test_split", "--params", "test_prop=0.2")
    assert repository.read_outputs()[WRITTEN] != before[WRITTEN]
    assert {path: path.read_bytes() for path in cached} == cached
    repository.run("dvc", "repro", "train_test_split")
    assert repository.read_outputs() == before
    assert repository.run("git", "status", "--porcelain", "data") == ""
