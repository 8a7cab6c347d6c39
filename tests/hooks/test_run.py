"""What a user sees of a run: one line a node, a table of metrics, one sentence for a mistake."""

from pathlib import Path

import pytest

from helpers import RAW_CSV, copy_project, fabricate_csv, invoke_kedro, refusal

EVALUATION = ["--pipelines", "data_processing,data_science"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a raw file and no outputs."""
    return copy_project(tmp_path, fabricate_csv())


def test_a_run_logs_one_line_a_node_and_ends_with_the_table(project: Path) -> None:
    result = invoke_kedro(project, "run", *EVALUATION)
    assert result.exit_code == 0
    nodes = [line.split()[0] for line in result.stderr.splitlines()]
    assert nodes[:3] == ["clean_messages", "split_messages", "train_model"]
    assert len(nodes) == len(set(nodes)) == 13
    assert [line.split()[:2] for line in result.stdout.splitlines()[-2:]] == [
        ["train_metrics", "72"],
        ["test_metrics", "48"],
    ]


def test_a_run_without_metrics_prints_no_table(project: Path) -> None:
    result = invoke_kedro(project, "run", "--tags", "clean_data")
    assert result.exit_code == 0
    assert "metrics" not in result.stdout


def test_a_split_that_leaves_a_class_out_is_told_after_the_lines_of_the_nodes(
    project: Path,
) -> None:
    """The fabricated file has all spam at its end."""
    result = invoke_kedro(project, "run", "--params", "split.strategy=sequential")
    assert isinstance(result.exception, SystemExit)
    node, error = result.stderr.splitlines()
    assert node.startswith("clean_messages ")
    assert error.startswith("Error: Not a single usable row of the train side of the split ")


def test_a_model_that_is_not_packaged_is_told_after_its_metrics(tmp_path: Path) -> None:
    spam_like_ham = (f"spam,see you at place {chr(97 + number)}" for number in range(20))
    project = copy_project(tmp_path, fabricate_csv(*spam_like_ham))
    result = invoke_kedro(project, "run")
    assert result.exit_code == 1
    assert "Error: The model is not packaged: its spam" in result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()[-2:]] == [
        "train_metrics",
        "test_metrics",
    ]


def test_messages_to_score_are_refused_where_nothing_scores_them(project: Path) -> None:
    params = "messages=big.csv,predictions=scored.csv"
    sentence = refusal(invoke_kedro(project, "run", "--params", params))
    assert sentence.endswith("add `--pipelines batch_scoring`.")


def test_a_run_that_fails_does_not_print_the_metrics_of_an_earlier_one(project: Path) -> None:
    assert invoke_kedro(project, "run", *EVALUATION).exit_code == 0
    (project / RAW_CSV).write_text("")
    result = invoke_kedro(project, "run", *EVALUATION)
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_run_that_finds_nothing_missing_says_that_it_applied_nothing(project: Path) -> None:
    only_missing = ["run", *EVALUATION, "--only-missing-outputs", "--params", "random_state=7"]
    assert "Nothing was missing" not in invoke_kedro(project, *only_missing).stderr
    result = invoke_kedro(project, *only_missing)
    assert result.stderr == "Nothing was missing: no node ran, and no parameter was applied.\n"
    assert result.stdout == ""


def test_a_run_removes_what_killed_ones_left_of_its_outputs(project: Path) -> None:
    left, other = (
        project / "data" / folder / f".{name}.csv.0123456789abcdef.part"
        for folder, name in (("03_primary", "spam_data"), ("01_raw", "somebody"))
    )
    for path in (left, other):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert invoke_kedro(project, "run", "--tags", "clean_data").exit_code == 0
    assert (left.exists(), other.exists()) == (False, True)
