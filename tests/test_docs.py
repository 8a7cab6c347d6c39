"""Every shell block of the README and of the pages in docs/ works in a clone.

A block's fence says what is expected of it: `sh` succeeds, `sh fails` ends with an exit code other
than 0, `sh server` answers until it is ended, `sh request` asks the server of the block before,
`sh not-run` cannot run here, as the text says why. `python request` asks the server too.
A `text` block after a command is what the command prints.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
from figures import KEPT, PAGE, fill, render

from helpers import (
    PROJECT,
    RAW_CSV,
    SCRIPTS,
    clone_work_tree,
    end_queue_workers,
    find_free_port,
    run_command,
)

README = PROJECT / "README.md"
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in PROJECT.glob("docs/*.md"))]
BLOCK = re.compile(
    r"^```(sh|sh \S+|python request|javascript request|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
KINDS = {"sh", "sh fails", "sh server", "sh request", "sh not-run", "python request"}
RUNS_THIS_TEST = ("make test", "make test-fast", "make lint")
SERVERS = {
    "kedro viz": "kedro viz run --no-browser --host 127.0.0.1 --port",
    "make serve": "bentoml serve --port",
    "bentoml serve": "bentoml serve --port",
}


class Block(NamedTuple):
    """A block of a page and what it is said to print."""

    kind: str
    text: str
    output: str


def read_blocks(page: str) -> list[Block]:
    found = BLOCK.findall((PROJECT / page).read_text())
    following = [*found[1:], ("", "")]
    return [
        Block(kind, text, output if after == "text" else "")
        for (kind, text), (after, output) in zip(found, following, strict=True)
        if kind != "text"
    ]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """Return a clone of this project as it is in the work tree, in which `make run` has run."""
    folder = clone_work_tree(tmp_path_factory.mktemp("trained") / "clone")
    for name in ("requirements.lock", "pyproject.toml"):
        os.utime(folder / name, (0, 0))  # older than the installed environment
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    shutil.copy(corpus, folder / RAW_CSV)
    with (folder / ".git/info/exclude").open("a") as exclude:
        exclude.write(".venv\n")  # .gitignore names the folder, and here it is a link
    identity = "[user]\nname = reader\nemail = reader@example.org\n"  # experiments are commits
    (folder.parent / ".gitconfig").write_text(identity)
    done = run_block("make run", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def clone(trained: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a copy of the trained clone, with a home of its own."""
    shutil.copytree(trained.parent, tmp_path / "home", symlinks=True)
    folder = tmp_path / "home/clone"
    yield folder
    end_queue_workers(folder)


def make_environment(folder: Path) -> dict[str, str]:
    """Return the variables of a reader whose home is the folder above."""
    home = folder.parent
    return {
        "PYTHONPATH": str(folder / "src"),
        "HOME": str(home),
        "BENTOML_HOME": str(home / "bentoml"),
    }


def run_block(text: str, folder: Path, *program: str) -> subprocess.CompletedProcess[str]:
    script = "\n".join(line for line in text.splitlines() if line not in RUNS_THIS_TEST)
    program = program or ("bash", "-euo", "pipefail", "-c")
    return run_command(*program, script, cwd=folder, env=make_environment(folder), timeout=600)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_block_does_what_the_page_says(page: str, clone: Path) -> None:
    for block in read_blocks(page):
        if block.kind in ("sh", "sh fails"):
            result = run_block(block.text, clone)
            assert (result.returncode == 0) == (block.kind == "sh"), block.text + result.stderr
            assert block.output in result.stdout + result.stderr, block.text


def list_servers() -> list[tuple[str, str]]:
    """Return the pages with a server, and its command."""
    blocks = [(page, block) for page in PAGES for block in read_blocks(page)]
    return [(page, block.text.strip()) for page, block in blocks if block.kind == "sh server"]


def read_requests(page: str, command: str) -> list[Block]:
    """Return the requests that follow a server's block."""
    blocks = read_blocks(page)
    start = next(n for n, block in enumerate(blocks) if block.text.strip() == command)
    return [block for block in blocks[start:] if block.kind.endswith(" request")]


@pytest.mark.slow
@pytest.mark.parametrize(("page", "command"), list_servers())
def test_every_server_answers(page: str, command: str, clone: Path) -> None:
    with serve(command, clone) as port:
        for request in read_requests(page, command):
            program = (str(SCRIPTS / "python"), "-c") if request.kind.startswith("python") else ()
            text = request.text.replace("localhost:3000", f"127.0.0.1:{port}")
            result = run_block(text, clone, *program)
            assert result.stdout.strip() == request.output.strip(), request.text + result.stderr


@contextmanager
def serve(command: str, folder: Path) -> Iterator[int]:
    """Run a server on a free port until the block ends."""
    port = find_free_port()
    name = next(start for start in SERVERS if command.startswith(start))
    program, *arguments = f"{command.replace(name, SERVERS[name])} {port}".split()
    log = folder.parent / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [SCRIPTS / program, *arguments],
            cwd=folder,
            env=os.environ | make_environment(folder),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        assert wait_for_answer(f"http://127.0.0.1:{port}/") == 200, log.read_text()
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # SIGINT is ignored where the tests run behind `&`
        process.wait(timeout=60)


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
    assert run_block("make run; kedro run --env workshop", clone).returncode == 0
    assert run_block("git status --porcelain", clone).stdout == ""


@pytest.mark.parametrize("page", PAGES)
def test_every_block_has_a_kind_that_is_checked(page: str) -> None:
    assert {block.kind for block in read_blocks(page)} <= KINDS


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_one(page: str) -> None:
    text = (PROJECT / page).read_text()
    links = re.findall(r"\]\((?!https?://|http://|#)([^)#]+)", text)
    missing = [link for link in links if not (PROJECT / page).parent.joinpath(link).exists()]
    assert missing == []


def test_the_readme_is_one_page() -> None:
    assert len(README.read_bytes()) <= 8_000


def test_the_page_shows_the_figures_that_were_measured() -> None:
    page = PAGE.read_text()
    assert fill(page, render(json.loads(KEPT.read_text()))) == page


def test_the_readme_has_the_same_figures() -> None:
    rows = json.loads(KEPT.read_text())["model_comparison"]
    figures = {(row["protocol"], row["model"]): float(row["weighted_f1"]) for row in rows}
    shown = re.findall(r"^\| (0\.\d) \| ([\d.]+) \| ([\d.]+) \|$", README.read_text(), re.MULTILINE)
    assert len(shown) == 3
    for test_prop, reference, default in shown:
        protocol = f"sequential, test_prop={test_prop}"
        assert float(reference) == figures[protocol, "reference"]
        assert float(default) == figures[protocol, "default"]
