"""Every shell block of the README works in a clone.

A block's fence says what is expected of it: `sh` succeeds, `sh fails` ends with an exit code other
than 0, `sh server` answers until it is ended, `sh request` asks the server of the block before,
`sh not-run` cannot run here, as the text says why.
A `text` block after a command is what the command prints.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

from helpers import (
    PROJECT,
    RAW_CSV,
    SCRIPTS,
    clone_work_tree,
    end_queue_workers,
    find_free_port,
    run_command,
)

BLOCK = re.compile(r"^```(sh|sh \S+|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUNS_THIS_TEST = ("make test", "make test-fast", "make lint")
PORT_OPTIONS = {
    "kedro viz": "run --no-browser --host 127.0.0.1 --port",
    "bentoml serve": "--port",
}


class Block(NamedTuple):
    """A shell block of the README and what it is said to print."""

    kind: str
    text: str
    output: str


def read_blocks() -> list[Block]:
    found = BLOCK.findall((PROJECT / "README.md").read_text())
    following = [*found[1:], ("", "")]
    return [
        Block(kind, text, output if after == "text" else "")
        for (kind, text), (after, output) in zip(found, following, strict=True)
        if kind != "text"
    ]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """Return a clone of this project as it is in the work tree, with the installed environment."""
    folder = clone_work_tree(tmp_path_factory.mktemp("readme") / "clone")
    identity = "[user]\nname = reader\nemail = reader@example.org\n"  # experiments are commits
    (folder.parent / ".gitconfig").write_text(identity)
    for name in ("requirements.lock", "pyproject.toml"):
        os.utime(folder / name, (0, 0))  # older than the installed environment
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    shutil.copy(corpus, folder / RAW_CSV)
    with (folder / ".git/info/exclude").open("a") as exclude:
        exclude.write(".venv\n")  # .gitignore names the folder, and here it is a link
    return folder


def make_environment(folder: Path) -> dict[str, str]:
    """Return the variables of a reader with an empty home."""
    home = folder.parent
    return {
        "PYTHONPATH": str(folder / "src"),
        "HOME": str(home),
        "BENTOML_HOME": str(home / "bentoml"),
    }


def run_block(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = "\n".join(line for line in text.splitlines() if line not in RUNS_THIS_TEST)
    return run_command(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        script,
        cwd=folder,
        env=make_environment(folder),
        timeout=600,
    )


@pytest.mark.slow
def test_every_block_does_what_the_readme_says(clone: Path) -> None:
    for block in read_blocks():
        if block.kind in ("sh", "sh fails"):
            result = run_block(block.text, clone)
            assert (result.returncode == 0) == (block.kind == "sh"), block.text + result.stderr
            assert block.output in result.stdout + result.stderr, block.text
    end_queue_workers(clone)


def read_servers() -> dict[str, list[Block]]:
    """Return the requests that follow each server's block."""
    servers: dict[str, list[Block]] = {}
    for block in read_blocks():
        if block.kind == "sh server":
            servers[block.text.strip()] = []
        elif block.kind == "sh request":
            servers[list(servers)[-1]].append(block)
    return servers


@pytest.mark.slow
@pytest.mark.parametrize("command", read_servers())
def test_every_server_answers(command: str, clone: Path) -> None:
    assert run_block("kedro run", clone).returncode == 0
    port = find_free_port()
    arguments = f"{command} {PORT_OPTIONS[command]} {port}".split()
    log = clone.parent / f"{arguments[0]}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [SCRIPTS / arguments[0], *arguments[1:]],
            cwd=clone,
            env=os.environ | make_environment(clone),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        assert wait_for_answer(f"http://127.0.0.1:{port}/") == 200, log.read_text()
        for request in read_servers()[command]:
            result = run_block(request.text.replace("localhost:3000", f"127.0.0.1:{port}"), clone)
            assert result.stdout.strip() == request.output.strip()
    finally:
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        process.wait(timeout=30)


def wait_for_answer(url: str, seconds: float = 60) -> int | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5) as response:
                status: int = response.status
                return status
        except OSError:
            time.sleep(0.2)
    return None


@pytest.mark.slow
def test_the_committed_run_leaves_git_clean(clone: Path) -> None:
    for command in ("make run", "kedro run --env workshop"):
        assert run_block(command, clone).returncode == 0
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""


def test_every_other_block_says_why_it_is_not_run() -> None:
    kinds = {block.kind for block in read_blocks()}
    assert kinds <= {"sh", "sh fails", "sh server", "sh request", "sh not-run"}
