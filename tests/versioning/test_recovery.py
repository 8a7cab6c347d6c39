"""`dvc repro` that is killed goes on when it is typed again."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from dvc_repository import STAGES, PlainRun, Repository
from helpers import SCRIPTS

pytestmark = pytest.mark.slow

FIRST_OUTPUT = {
    "clean_data": "03_primary/spam_data.csv",
    "train_test_split": "05_model_input/train_messages.csv",
    "train": "06_models/spam_classifier.json",
    "evaluate@train": "07_model_output/train_predictions.csv",
    "evaluate@test": "07_model_output/test_predictions.csv",
}


def test_a_repro_killed_in_every_stage_ends_right_when_typed_again(
    repository: Repository, plain_run: PlainRun
) -> None:
    """It is killed as soon as a stage has written a file, of which DVC has not taken note.

    The next one goes on with that stage, and is killed in the next stage.
    """
    repository.set_parameter("test_prop: 0.4", "test_prop: 0.2")
    with (repository.folder / "conf/base/catalog.yml").open("a") as catalog:
        catalog.write("\n# a change that makes every stage run\n")
    for stage in STAGES:
        output = repository.folder / "data" / FIRST_OUTPUT[stage]
        repro_and_kill(repository, output)
        unfinished = {f"{name}:" for name in STAGES[STAGES.index(stage) :]}
        reported = {
            line for line in repository.run("dvc", "status").splitlines() if line[0] != "\t"
        }
        assert f"{stage}:" in reported
        assert reported <= unfinished
    assert re.findall("Running stage '(.*)'", repository.run("dvc", "repro")) == [STAGES[-1]]
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
