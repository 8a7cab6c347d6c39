"""`dvc repro` that is killed goes on when it is typed again."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from dvc_repository import PlainRun, Repository
from helpers import SCRIPTS

pytestmark = pytest.mark.slow

MODEL = "data/06_models/spam_classifier.json"


def test_a_repro_killed_while_a_stage_writes_ends_right_when_typed_again(
    repository: Repository, plain_run: PlainRun
) -> None:
    """It is killed as soon as the stage has written a file, of which DVC has not taken note."""
    repository.set_parameter("test_prop: 0.4", "test_prop: 0.2")
    repro_and_kill(repository, repository.folder / MODEL)
    assert "train:" in repository.run("dvc", "status").splitlines()
    assert re.findall("Running stage '(.*)'", repository.run("dvc", "repro"))[0] == "train"
    assert repository.read_outputs() == plain_run(0.2)
    assert repository.run("dvc", "status") == "Data and pipelines are up to date.\n"


def repro_and_kill(repository: Repository, output: Path) -> None:
    """Start `dvc repro`, and kill it and all that it started when an output is new."""
    before = identify(output)
    process = subprocess.Popen(
        [SCRIPTS / "dvc", "repro"],
        cwd=repository.folder,
        env=os.environ | repository.variables | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while identify(output) in (None, before):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL


def identify(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from the one that replaces it."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
