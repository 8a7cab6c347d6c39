"""One run at a time writes the data folder of an environment, or an output elsewhere."""

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from helpers import invoke_kedro, read_outputs, refusal
from spam_classifier.errors import UserError
from spam_classifier.hooks.lock import lock

CLEAN = ("run", "--tags", "clean_data")


def score(project: Path, output: str) -> str:
    """Return the sentence that ends a run which would score a file."""
    (project / "messages.csv").write_text("Message\nWIN a prize\n")
    params = f"messages=messages.csv,predictions={output}"
    return refusal(invoke_kedro(project, "run", "--pipelines=batch_scoring", "--params", params))


def test_a_second_run_into_the_same_folder_ends_at_once_and_says_who_is_running(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/kedro", "run", "--params", "a=1"])
    with lock(project / "data/.run.lock"):
        sentence = refusal(invoke_kedro(project, *CLEAN))
        assert list(read_outputs(project)) == [".run.lock"]
        assert invoke_kedro(project, *CLEAN, "--env", "workshop").exit_code == 0
    start = f"Another run is writing into {project}/data: process {os.getpid()} "
    assert sentence.startswith(f"{start}(`kedro run --params a=1`), since ")


def test_a_run_that_ends_while_it_is_named_is_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".lock"
    with lock(file):
        monkeypatch.setattr(Path, "read_text", Mock(side_effect=FileNotFoundError))
        with pytest.raises(UserError, match=rf"into {tmp_path}\. Wait"), lock(file):
            pass


def test_the_lock_of_a_run_that_was_killed_is_free_and_goes(project: Path) -> None:
    file = project / "data/.run.lock"
    code = (
        "import os, sys; from pathlib import Path; from spam_classifier.hooks.lock import lock\n"
        "with lock(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, file], check=False)
    assert file.exists()
    assert invoke_kedro(project, *CLEAN).exit_code == 0
    assert not file.exists()


def test_an_output_elsewhere_has_a_lock_of_its_own(project: Path) -> None:
    """So two files may be scored at the same time, and while a model is trained."""
    with lock(project / "data/.run.lock"), lock(project / ".taken.csv.lock"):
        sentence = score(project, "taken.csv")
        assert sentence.startswith(f"Another run is writing into {project}: process ")
        assert "spam_classifier.json is missing" in score(project, "free.csv")


def test_a_place_that_cannot_be_locked_is_told(project: Path) -> None:
    sentence = score(project, "pyproject.toml/scored.csv")
    assert sentence.startswith(f"{project}/pyproject.toml cannot be written (")
