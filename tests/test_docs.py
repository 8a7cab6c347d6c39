"""Every shell block of the README and of the pages in docs/ works in a clone.

A block's fence says what is expected of it: `sh` succeeds, `sh fails` ends with an exit code other
than 0, `sh server` answers until it is ended, `sh request` asks the server of the block before,
`sh not-run` runs this test, or cannot run here, as the text says why. `python request` asks the
server too. A `text` block after a command is what the command prints.
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import pytest
from figures import KEPT, PAGE, fill, render

from dvc_repository import Repository
from helpers import PROJECT, SCRIPTS
from servers import start

README = PROJECT / "README.md"
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in PROJECT.glob("docs/*.md"))]
# And the `text` block after it, if no other block comes first.
BLOCK = re.compile(
    r"^```(sh|\S+ \S+)\n(.*?)^```$(?:(?:(?!^```).)*^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
KINDS = {"sh", "sh fails", "sh server", "sh request", "sh not-run", "python request"}
SERVERS = {
    "kedro viz": "kedro viz run --no-browser --host 127.0.0.1",
    "make serve": "bentoml serve",
    "bentoml serve": "bentoml serve",
}


class Block(NamedTuple):
    """A block of a page and what it is said to print."""

    kind: str
    text: str
    output: str


def read_blocks(page: str) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall((PROJECT / page).read_text())]


@pytest.fixture
def clone(trained: Repository, tmp_path: Path) -> Iterator[Repository]:
    """Return a copy of the trained clone, with a home of its own."""
    clone = trained.copy_to(tmp_path / "home")
    yield clone
    for file in clone.folder.glob(".dvc/tmp/exps/celery/*.pid"):  # workers of DVC's queue
        with suppress(OSError, ValueError):
            os.kill(int(file.read_text()), signal.SIGKILL)


def run_block(text: str, clone: Repository) -> subprocess.CompletedProcess[str]:
    return clone.try_run("bash", "-euo", "pipefail", "-c", text)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_block_does_what_the_page_says(page: str, clone: Repository) -> None:
    for block in read_blocks(page):
        if block.kind in ("sh", "sh fails"):
            result = run_block(block.text, clone)
            assert (result.returncode == 0) == (block.kind == "sh"), block.text + result.stderr
            assert block.output in result.stdout + result.stderr, block.text
    assert clone.run("git", "ls-files", "--others", "--exclude-standard") == ""


def list_servers() -> Iterator[tuple[str, list[Block]]]:
    """Yield the command of each server, and the requests that follow its block."""
    for page in PAGES:
        blocks = read_blocks(page)
        for number, block in enumerate(blocks):
            if block.kind == "sh server":
                after = [each for each in blocks[number:] if each.kind.endswith(" request")]
                yield block.text.strip(), after


@pytest.mark.slow
@pytest.mark.parametrize(("command", "requests"), list(list_servers()))
def test_every_server_answers(command: str, requests: list[Block], clone: Repository) -> None:
    words = command.split()
    variables = dict(word.split("=", 1) for word in takewhile(lambda word: "=" in word, words))
    name, *arguments = SERVERS[" ".join(words[len(variables) :])].split()
    env, log = os.environ | clone.variables | variables, clone.home / "server.log"
    program = SCRIPTS / name
    with start(program, *arguments, cwd=clone.folder, env=env, log=log, path="/") as server:
        for request in requests:
            text = request.text.replace("localhost:3000", f"127.0.0.1:{server.port}")
            if request.kind == "python request":
                result = clone.try_run(SCRIPTS / "python", "-c", text)
            else:
                result = run_block(text, clone)
            assert result.stdout.strip() == request.output.strip(), request.text + result.stderr
    assert "Warning" not in log.read_text()
    assert clone.run("git", "status", "--porcelain") == ""


def test_every_block_has_a_kind_that_is_checked() -> None:
    assert {block.kind for page in PAGES for block in read_blocks(page)} <= KINDS


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


def test_the_default_beats_the_reference_and_the_readme_has_the_same_figures() -> None:
    rows = json.loads(KEPT.read_text())["model_comparison"]
    figures = {(row["protocol"], row["model"]): float(row["weighted_f1"]) for row in rows}
    protocols = {protocol for protocol, _ in figures}
    assert all(figures[each, "default"] > figures[each, "reference"] for each in protocols)
    shown = re.findall(r"^\| (0\.\d) \| ([\d.]+) \| ([\d.]+) \|$", README.read_text(), re.MULTILINE)
    assert len(shown) == 3
    for test_prop, reference, default in shown:
        protocol = f"sequential, test_prop={test_prop}"
        assert float(reference) == figures[protocol, "reference"]
        assert float(default) == figures[protocol, "default"]
