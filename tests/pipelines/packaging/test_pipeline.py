"""Packaging as a user runs it: what lands in the Bento store, and what the run says."""

import shutil
from pathlib import Path

import pytest

from helpers import run_command

pytestmark = pytest.mark.slow


@pytest.fixture
def project(finished_run: Path, tmp_path: Path) -> Path:
    """Return a copy of a project whose pipeline has run, with an empty Bento home beside it."""
    shutil.copytree(finished_run, tmp_path / "project")
    return tmp_path / "project"


def package(project: Path, *arguments: str) -> tuple[int, str]:
    """Run `kedro run` with these arguments; return its exit code and what it logs."""
    variables = {"BENTOML_HOME": str(project.parent / "home")}
    done = run_command("kedro", "run", *arguments, cwd=project, env=variables)
    return done.returncode, done.stderr


def list_models(project: Path) -> list[Path]:
    """Return the model files in the store."""
    return list(project.parent.glob("home/models/spam_classifier/*/spam_classifier.json"))


def test_a_good_model_is_stored_once_and_a_damaged_one_again(project: Path) -> None:
    """The file is the one that was trained."""
    code, log = package(project, "--tags", "packaging", "--runner", "ParallelRunner")
    assert code == 0, log
    (file,) = list_models(project)
    content = file.read_bytes()
    assert content == (project / "data/06_models/spam_classifier.json").read_bytes()
    assert "is in the model store already" in package(project, "--tags", "packaging")[1]
    file.write_bytes(content + b"\n")
    assert "Stored spam_classifier:" in package(project, "--tags", "packaging")[1]
    assert list_models(project) == [file]
    assert file.read_bytes() == content


def test_a_bad_model_ends_the_run_and_is_not_stored(project: Path) -> None:
    params = ("--params", "quality_gate.least_test_rows=257")  # 256 of the test messages are spam
    code, log = package(project, "--tags", "packaging", *params)
    assert code != 0
    assert "The model is not packaged: only 256 of its test messages are spam" in log
    assert "Traceback" not in log
    assert list_models(project) == []


def test_the_reference_model_is_evaluated_but_not_packaged(project: Path) -> None:
    code, log = package(project, "--env", "workshop")
    assert code == 0, log
    assert log.count("is evaluated, not packaged") == 1
    assert list_models(project) == []
