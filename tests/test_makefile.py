"""make installs when it has to: where there is no environment, or one of another place."""

import os
from pathlib import Path

import pytest

from helpers import PROJECT, run_command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a Makefile and an environment that is newer than its lock file."""
    folder = tmp_path / "project"
    (folder / ".venv").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (folder / name).write_bytes((PROJECT / name).read_bytes())
        os.utime(folder / name, (0, 0))
    (folder / ".venv/installed").write_text(f"{folder}/.venv\n")
    return folder


def dry_run(folder: Path, home: str = "/") -> str:
    """Return what make would do for `make serve`, and what it says."""
    done = run_command("make", "--dry-run", "serve", cwd=folder, env={"HOME": home})
    return done.stdout + done.stderr


def test_an_environment_in_its_place_or_behind_a_link_is_used(project: Path) -> None:
    assert "Installing" not in dry_run(project)
    shared = (project / ".venv").rename(project.parent / "shared")
    (shared / "installed").write_text(f"{shared}\n")
    (project / ".venv").symlink_to(shared)
    assert "Installing" not in dry_run(project)


def test_an_environment_is_made_again_after_its_folder_was_renamed(project: Path) -> None:
    """Its scripts name the interpreter of the old place."""
    commands = dry_run(project.rename(project.with_name("a new name")))
    assert "-m venv --clear .venv" in commands
    assert "Installing" in commands


def test_without_home_make_says_so_at_once(project: Path) -> None:
    """Tools would write into a folder named `~`, or end in a traceback."""
    assert "Set HOME to a folder of yours" in dry_run(project, home="")
