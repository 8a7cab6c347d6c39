"""Packaging as a user runs it: what lands in the Bento store, and what the run says."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import run_command

pytestmark = pytest.mark.slow


@pytest.fixture
def project(finished_run: Path, tmp_path: Path) -> Path:
    """Return a copy of a project whose pipeline has run, with an empty Bento home beside it."""
    shutil.copytree(finished_run, tmp_path / "project")
    (tmp_path / "home").mkdir()
    return tmp_path / "project"


@pytest.fixture
def package(project: Path) -> Callable[..., tuple[int, str]]:
    """Return a function that runs `kedro run --tags packaging` and gives code and messages."""

    def run(*arguments: str) -> tuple[int, str]:
        variables = {"BENTOML_HOME": str(project.parent / "home")}
        command = ("kedro", "run", "--tags", "packaging", *arguments)
        done = run_command(*command, cwd=project, env=variables)
        return done.returncode, done.stderr

    return run


def stored(project: Path) -> list[str]:
    """Return the files of the models in the store, and which one is the latest."""
    models = project.parent / "home/models/spam_classifier"
    return sorted(str(path.relative_to(models)) for path in models.rglob("*") if path.is_file())


def test_good_model_is_stored_once(project: Path, package: Callable[..., tuple[int, str]]) -> None:
    """The file is the one that was trained; a second run stores nothing more."""
    code, messages = package()
    assert code == 0, messages
    assert "Stored spam_classifier:" in messages
    files = stored(project)
    (name,) = [name for name in files if name.endswith("spam_classifier.json")]
    trained = project / "data/06_models/spam_classifier.json"
    kept = project.parent / "home/models/spam_classifier" / name
    assert kept.read_bytes() == trained.read_bytes()
    assert "is in the model store already" in package()[1]
    assert stored(project) == files


def test_damaged_model_is_stored_again(
    project: Path, package: Callable[..., tuple[int, str]]
) -> None:
    """As the sentence of a service that finds it says."""
    package()
    models = project.parent / "home/models/spam_classifier"
    (file,) = models.rglob("spam_classifier.json")
    content = file.read_bytes()
    file.write_bytes(content + b"\n")
    assert "Stored spam_classifier:" in package()[1]
    assert file.read_bytes() == content


def test_bad_model_ends_the_run_and_leaves_the_store(
    project: Path, package: Callable[..., tuple[int, str]]
) -> None:
    """The run says which figure is too low; the latest model stays the latest."""
    package()
    files = stored(project)
    code, messages = package("--params", "quality_gate.least_spam_recall=0.999")
    assert code != 0
    assert "The model is not packaged: its spam recall is" in messages
    assert "Traceback" not in messages
    assert stored(project) == files


def test_parallel_runner_packages(project: Path, package: Callable[..., tuple[int, str]]) -> None:
    """Packaging works in a process of Kedro's ParallelRunner."""
    code, messages = package("--runner", "ParallelRunner")
    assert code == 0, messages
    assert len(stored(project)) == 4  # model, card, description, and the name of the latest


def test_reference_model_is_evaluated_but_not_packaged(project: Path) -> None:
    """`kedro run --env workshop` ends well, says so in one sentence, and stores nothing."""
    home = project.parent / "home"
    command = ("kedro", "run", "--env", "workshop")
    done = run_command(*command, cwd=project, env={"BENTOML_HOME": str(home)})
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is evaluated, not packaged") == 1
    assert stored(project) == []
