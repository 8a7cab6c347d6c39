"""What a user sees of a run: one line a node, a table of metrics, one sentence for a mistake."""

import shutil
from pathlib import Path

import pytest

from helpers import RAW_CSV, copy_project, fabricate_csv, invoke_kedro

EVALUATION = ("run", "--pipelines", "data_processing,data_science")


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Return a project in which a model was trained, and what the run logged and printed."""
    project = copy_project(tmp_path_factory.mktemp("evaluated"), fabricate_csv())
    result = invoke_kedro(project, *EVALUATION, "--only-missing-outputs")  # which are all
    assert result.exit_code == 0
    return project, result.stderr, result.stdout


def test_a_run_logs_one_line_a_node_and_ends_with_the_table(
    evaluated: tuple[Path, str, str],
) -> None:
    _, log, printed = evaluated
    nodes = [line.split()[0] for line in log.splitlines()]
    assert nodes[:3] == ["clean_messages", "split_messages", "train_model"]
    assert len(nodes) == len(set(nodes)) == 13
    assert [line.split()[:2] for line in printed.splitlines()[-2:]] == [
        ["train_metrics", "72"],
        ["test_metrics", "48"],
    ]


def test_a_run_that_fails_does_not_print_the_metrics_of_an_earlier_one(
    evaluated: tuple[Path, str, str], tmp_path: Path
) -> None:
    project = shutil.copytree(evaluated[0], tmp_path / "project")
    (project / RAW_CSV).write_text("")
    result = invoke_kedro(project, *EVALUATION)
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_run_that_finds_nothing_missing_says_that_it_applied_nothing(
    evaluated: tuple[Path, str, str],
) -> None:
    only_missing = ("--only-missing-outputs", "--params", "random_state=7")
    result = invoke_kedro(evaluated[0], *EVALUATION, *only_missing)
    assert result.stderr == "Nothing was missing: no node ran, and no parameter was applied.\n"
    assert result.stdout == ""


def test_a_model_that_is_not_packaged_is_told_after_its_metrics(tmp_path: Path) -> None:
    spam_like_ham = (f"spam,see you at place {chr(97 + number)}" for number in range(20))
    project = copy_project(tmp_path, fabricate_csv(*spam_like_ham))
    result = invoke_kedro(project, "run")
    assert result.exit_code == 1
    assert "Error: The model is not packaged: its spam" in result.stderr
    names = [line.split()[0] for line in result.stdout.splitlines()[-2:]]
    assert names == ["train_metrics", "test_metrics"]


def test_a_run_puts_right_what_killed_ones_left(project: Path) -> None:
    """An input whose replacement was halfway done is back; new versions of its outputs are gone."""
    assert invoke_kedro(project, "run", "--tags", "clean_data").exit_code == 0
    table = project / "data/03_primary/spam_data.csv"
    table.rename(table.with_name(".spam_data.csv.old"))
    left, other = (
        project / "data" / folder / f".{name}.csv.0123456789abcdef.part"
        for folder, name in (("05_model_input", "test_messages"), ("01_raw", "somebody"))
    )
    for path in (left, other):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert invoke_kedro(project, "run", "--tags", "train_test_split").exit_code == 0
    assert (table.exists(), left.exists(), other.exists()) == (True, False, True)
