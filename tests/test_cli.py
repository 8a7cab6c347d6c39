"""A mistake in the command or the settings ends in one sentence."""

from pathlib import Path

import pytest

from helpers import invoke_kedro, refusal, run_command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--pipelines", "nope"], "Failed to find the pipeline named 'nope'"),
        (["--env", "nope"], "no environment nope: conf/ has base, dask, local, workshop."),
        (["--params", "test_prop=${nope}"], "Interpolation key 'nope' not found"),
        (["--nodes", "train"], "named ['train']. Did you mean train_model?"),
        (["--tags", "clean_date"], "Did you mean clean_data?"),
        (["--to-outputs", "test_metric"], "Did you mean test_metrics?"),
        (["--params", "a=1", "--params", "b=2"], "--params is given twice"),
        (["--load-versions", "spam_data:2020"], "DVC versions the data"),
        (["--params", 'raw_file="a, sep=b.csv"'], "no value can hold a comma"),
        (["--params", "credentials=nobody"], "Unable to find credentials 'nobody':"),
        (["--params", "messages=a.csv,predictions=b.csv"], "add `--pipelines batch_scoring`."),
        (["--env", "dask", "--params", "split.strategy=grouped"], "on a cluster it must be hashed"),
    ],
)
def test_what_does_not_fit_this_project_is_refused_with_what_does(
    arguments: list[str], words: str, project: Path
) -> None:
    assert words in refusal(invoke_kedro(project, "run", *arguments))


@pytest.mark.slow
@pytest.mark.parametrize("command", [("run",), ("viz", "run", "--no-browser")])
def test_a_fault_of_the_code_before_the_first_node_keeps_its_place(
    command: tuple[str, ...], project: Path
) -> None:
    """In a process of its own, which ends: Kedro-Viz would wait for its server."""
    path = project / "src/spam_classifier/pipelines/packaging/pipeline.py"
    path.write_text(path.read_text().replace('outputs="packaged_model"', "outputs=1"))
    code = {"PYTHONPATH": str(project / "src")}
    done = run_command("kedro", *command, cwd=project, env=code, timeout=60)
    assert done.returncode == 1
    assert f'File "{path}", line ' in done.stderr


@pytest.mark.parametrize(
    "command", [("viz", "run"), ("ipython",), ("catalog", "list-patterns"), ("dvc-check",)]
)
def test_other_commands_refuse_settings_as_run_does(
    command: tuple[str, ...], project: Path
) -> None:
    assert refusal(invoke_kedro(project, *command, "--env", "prod")) == (
        "There is no environment prod: conf/ has base, dask, local, workshop."
    )
    (project / "conf/local/globals.yml").write_text("sep: [")
    assert "conf/local/globals.yml" in refusal(invoke_kedro(project, *command))


def test_viz_refuses_an_unknown_pipeline(project: Path) -> None:
    sentence = refusal(invoke_kedro(project, "viz", "run", "--pipeline", "packging"))
    assert sentence.startswith("There is no pipeline packging: the names are __default__, ")


def test_a_program_that_is_not_installed_is_named(project: Path) -> None:
    assert "jupyterlab" in refusal(invoke_kedro(project, "jupyter", "lab"))
