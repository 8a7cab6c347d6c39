"""`dvc repro` that is killed goes on when it is typed again."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from dvc_repository import Repository
from helpers import SCRIPTS, copy_project, run_kedro

pytestmark = pytest.mark.slow

MODEL = "06_models/spam_classifier.json"


def test_a_repro_killed_while_a_stage_writes_ends_right_when_typed_again(
    repository: Repository, tmp_path: Path, corpus: Path
) -> None:
    """It is killed as soon as the stage has written a file, of which DVC has not taken note."""
    repository.set_parameter("  C: 30.0", "  C: 10.0")
    repro_and_kill(repository, repository.folder / "data" / MODEL)
    assert "train:" in repository.run("dvc", "status").splitlines()
    assert "Running stage 'train'" in repository.run("dvc", "repro", "train")
    assert repository.run("dvc", "status", "train") == "Data and pipelines are up to date.\n"
    plain = copy_project(tmp_path / "plain", corpus)
    run_kedro(plain, params={"model": {"C": 10.0}}, to_outputs=["spam_classifier"])
    assert repository.read_outputs()[MODEL] == (plain / "data" / MODEL).read_bytes()


def repro_and_kill(repository: Repository, output: Path) -> None:
    """Start `dvc repro`, and kill it and all that it started when an output is new."""
    before = output.stat().st_ino
    process = subprocess.Popen(
        [SCRIPTS / "dvc", "repro", "train"],
        cwd=repository.folder,
        env=os.environ | repository.variables | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not output.exists() or output.stat().st_ino == before:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
