"""One run at a time writes a data folder, or an output elsewhere."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from helpers import copy_project, fabricate_csv, invoke_kedro, read_outputs, refusal
from spam_classifier.errors import UserError
from spam_classifier.hooks.lock import lock, name_lock_file

CLEAN = ("run", "--tags", "clean_data")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a raw file and no outputs."""
    return copy_project(tmp_path / "project", fabricate_csv())


@contextmanager
def hold(place: Path, *, is_folder: bool = True) -> Iterator[subprocess.Popen[str]]:
    """Let another process, a run that was typed with `--params a=1`, lock a place."""
    code = (
        "import sys, time; from pathlib import Path; from spam_classifier.hooks.lock import lock\n"
        "sys.argv[0] = 'kedro'\n"
        "with lock(Path(sys.argv.pop(1))): print(flush=True); time.sleep(600)"
    )
    file = name_lock_file(place, is_folder=is_folder)
    command = [sys.executable, "-c", code, str(file), "run", "--params", "a=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_run_ends_at_once_and_says_who_is_running(project: Path) -> None:
    with hold(project / "data") as process:
        sentence = refusal(invoke_kedro(project, *CLEAN))
    assert (
        f"writing into {project}/data: process {process.pid} (`kedro run --params a=1`), since "
        in sentence
    )
    assert not read_outputs(project).keys() - {".run.lock"}


def test_a_run_that_ends_while_it_is_named_is_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(file: Path, **_: object) -> str:
        raise FileNotFoundError(file)

    file = name_lock_file(tmp_path, is_folder=True)
    with lock(file):
        monkeypatch.setattr(Path, "read_text", find_nothing)
        with pytest.raises(UserError, match=rf"into {tmp_path}\. Wait"), lock(file):
            pass


def test_the_lock_of_a_run_that_was_killed_is_free(project: Path) -> None:
    with hold(project / "data") as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert (project / "data/.run.lock").exists()
        assert invoke_kedro(project, *CLEAN).exit_code == 0


def test_another_environment_has_another_folder(project: Path) -> None:
    with hold(project / "data"):
        assert invoke_kedro(project, *CLEAN, "--env", "workshop").exit_code == 0
    with hold(project / "data/workshop"):
        assert invoke_kedro(project, *CLEAN).exit_code == 0


@pytest.mark.parametrize("raw", [fabricate_csv(), b""], ids=["ends well", "fails"])
def test_a_run_leaves_no_lock(raw: bytes, tmp_path: Path) -> None:
    project = copy_project(tmp_path, raw)
    invoke_kedro(project, *CLEAN)
    assert not list(project.rglob("*.lock"))


def test_an_output_elsewhere_has_a_lock_of_its_own(project: Path) -> None:
    """So two files may be scored at the same time, and while a model is trained."""
    assert invoke_kedro(project, "run", "--to-outputs", "spam_classifier").exit_code == 0
    (project / "messages.csv").write_text("Message\nWIN a prize\n")

    def score(output: str) -> Result:
        params = f"messages=messages.csv,predictions={output}"
        return invoke_kedro(project, "run", "--pipelines", "batch_scoring", "--params", params)

    with hold(project / "data"), hold(project / "taken.csv", is_folder=False):
        sentence = refusal(score("taken.csv"))
        assert sentence.startswith(f"Another run is writing into {project}")
        assert score("free.csv").exit_code == 0
    assert (project / "free.csv").exists()


def test_a_place_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    file = name_lock_file(tmp_path / "data", is_folder=True)
    with pytest.raises(UserError, match="data cannot be written"), lock(file):
        pass


def test_who_was_refused_gets_the_place_when_it_is_free(tmp_path: Path) -> None:
    file = name_lock_file(tmp_path, is_folder=True)
    with lock(file), pytest.raises(UserError, match="Another run"), lock(file):
        pass
    with lock(file):
        pass
    assert not file.exists()
