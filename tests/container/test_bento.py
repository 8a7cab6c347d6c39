"""What is in the exported bento, and how it is made."""

import re
from pathlib import Path

import pytest

from container.scan import find_forbidden, read_messages
from container.tools import run_tool
from dvc_repository import Repository

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("container")]

# Rules that BentoML's template breaks, where nothing of this project stands.
IGNORED_RULES = {
    "DL3046": "useradd without -l: the user's id is small",
    "DL3066": "USER has a name, not a number",
    "DL4006": "a pipe without pipefail, which looks for uv",
    "SC3020": "&> in a POSIX shell, which looks for groupadd",
}


def test_bento_has_what_serving_needs_and_no_more(exported: Repository, corpus: Path) -> None:
    """Service, page, model and packages; no data, pipelines or tests, nothing private."""
    bento = exported.folder / "bento"
    folders = {path.relative_to(bento).as_posix() for path in bento.rglob("*") if path.is_dir()}
    code = "src/src/spam_classifier"
    assert {folder for folder in folders if folder.startswith("src")} == {
        *("src", "src/src", code, f"{code}/model", f"{code}/serving", f"{code}/static")
    }
    assert {path.name for path in bento.iterdir()} == {
        *("README.md", "apis", "bento.yaml", "env", "models", "src")
    }
    assert len(list(bento.glob("models/*/*/spam_classifier.json"))) == 1
    assert list(find_forbidden(bento, read_messages(corpus))) == []


def test_scan_finds_what_it_looks_for(tmp_path: Path, corpus: Path) -> None:
    """The scan is no rubber stamp."""
    message = read_messages(corpus)[0]
    (tmp_path / "a.txt").write_bytes(b"text = '" + message + b"'")
    (tmp_path / "b.txt").write_text("--index-url https://index.example.org/simple")
    (tmp_path / "c.txt").write_text(f"key = AKIA{'A' * 16}")
    (tmp_path / ".env").touch()
    assert list(find_forbidden(tmp_path, [message])) == [
        ".env must not be there.",
        "a.txt holds a message of the corpus.",
        "b.txt holds a package index.",
        "c.txt holds an AWS key.",
    ]


def test_dockerfile_is_lean_and_locked_down(exported: Repository) -> None:
    """A slim base, no compiler, no git, not root; hadolint has nothing else to say."""
    dockerfile = exported.folder / "bento/env/docker/Dockerfile"
    text = dockerfile.read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", text, flags=re.M) == ["docker.io/library/python:3.11-slim"]
    assert not re.search(r"apt-get|build-essential|\bgit\b", text)
    assert re.findall(r"^USER (\S+)", text, flags=re.M) == ["bentoml"]
    ignored = [f"--ignore={rule}" for rule in IGNORED_RULES]
    done = run_tool("hadolint", *ignored, dockerfile)
    assert done.returncode == 0, done.stdout
