"""`kedro package`: the project runs from its wheel and an archive of its settings."""

import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from helpers import PROJECT, RAW_CSV, fabricate_csv, run_command


@pytest.mark.slow
def test_a_packaged_project_runs_in_another_folder_with_the_projects_log_and_sentences(
    tmp_path: Path,
) -> None:
    """`kedro package` makes the same two files, in an isolated environment that it downloads."""
    build = ("hatchling", "build", "--target", "wheel", "--directory", tmp_path)
    assert run_command(*build, cwd=PROJECT).returncode == 0
    (wheel,) = tmp_path.glob("*.whl")
    ZipFile(wheel).extractall(tmp_path / "lib")
    pack = ("tar", "--exclude", "local/*.yml", "-czf", tmp_path / "conf.tar.gz", "conf")
    assert run_command(*pack, cwd=PROJECT).returncode == 0
    (tmp_path / RAW_CSV).parent.mkdir(parents=True)
    (tmp_path / RAW_CSV).write_bytes(fabricate_csv())
    command = (sys.executable, "-m", "spam_classifier", "--conf-source", "conf.tar.gz")
    variables = {"PYTHONPATH": str(tmp_path / "lib")}

    done = run_command(*command, "--pipelines", "data_processing", cwd=tmp_path, env=variables)
    assert done.returncode == 0, done.stderr
    lines = (done.stderr + done.stdout).splitlines()
    assert [line.split()[0] for line in lines] == ["clean_messages", "split_messages"]
    assert (tmp_path / "data/05_model_input/train_messages.csv").exists()

    done = run_command(*command, "--params", "test_prop=2", cwd=tmp_path, env=variables)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Parameter test_prop is 2")
    assert done.stderr.count("\n") == 1
