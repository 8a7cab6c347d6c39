"""What a run says when it is not as usual; README.md and tests/test_package.py have the rest."""

from pathlib import Path

from helpers import RAW_CSV, copy_project, fabricate_csv, invoke_kedro

EVALUATION = ("run", "--pipelines", "data_processing,data_science")


def test_a_run_that_fails_does_not_print_the_metrics_of_an_earlier_one(project: Path) -> None:
    assert invoke_kedro(project, *EVALUATION).exit_code == 0
    (project / RAW_CSV).write_text("")
    result = invoke_kedro(project, *EVALUATION)
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_run_that_finds_nothing_missing_says_that_it_applied_nothing(project: Path) -> None:
    only_missing = (*EVALUATION, "--only-missing-outputs")
    assert "test_metrics" in invoke_kedro(project, *only_missing).stdout
    result = invoke_kedro(project, *only_missing, "--params", "random_state=7")
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
