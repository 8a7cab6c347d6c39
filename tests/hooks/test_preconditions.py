"""What is missing is told before anything is done."""

import pwd
from pathlib import Path
from unittest.mock import Mock

import pytest

from helpers import invoke_kedro, locked_out, read_outputs, refusal, run_command, use_store
from spam_classifier.errors import UserError
from spam_classifier.hooks.preconditions import require_model_store


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the user one without a home, such as one with a random number in a container."""
    for name in ("HOME", "BENTOML_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", Mock(side_effect=KeyError))


@pytest.mark.usefixtures("homeless")
def test_a_user_without_home_is_told_before_anything_is_done(project: Path) -> None:
    assert refusal(invoke_kedro(project, "run")) == (
        "There is no home folder for the model store: set HOME, or BENTOML_HOME, to a folder."
    )
    assert not read_outputs(project)
    assert invoke_kedro(project, "run", "--tags", "clean_data").exit_code == 0  # stores nothing


@pytest.mark.usefixtures("homeless")
@pytest.mark.parametrize("command", [("models", "list"), ("dvc-check",)])
def test_other_commands_tell_a_user_without_home(command: tuple[str, ...], project: Path) -> None:
    sentence = refusal(invoke_kedro(project, *command))
    assert sentence.startswith("There is no home folder for ")
    assert not list(project.glob("~*"))


def test_a_model_store_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with use_store() as folder:
        monkeypatch.setenv("BENTOML_HOME", str(folder / "new/home"))
        models = folder / "new/home/models/spam_classifier"
        for place in (folder, models):
            place.mkdir(parents=True, exist_ok=True)
            require_model_store()
            with locked_out(place, 0o555), pytest.raises(UserError, match="set BENTOML_HOME"):
                require_model_store()


@pytest.mark.slow
def test_too_little_memory_ends_the_run(project: Path) -> None:
    """Where OpenBLAS cannot allocate while it is loaded, it tries for ever."""
    done = run_command("bash", "-c", "ulimit -v 600000; exec kedro run", cwd=project, timeout=120)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: A limit of 585 MB on the memory of a process")
