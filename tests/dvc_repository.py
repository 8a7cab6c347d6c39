"""A Git and DVC repository of this project in a temporary folder, and the commands in it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from helpers import PROJECT, RAW_CSV, commit_all, read_outputs, run_command

MakeOnce = Callable[[str, Callable[[Path], object]], Path]


@dataclass(frozen=True)
class Repository:
    """A repository, and the home folder of whoever works in it.

    Attributes:
        home: Where Git, DVC and BentoML look for a user's settings, and keep caches.
        env: Further environment variables of every command.
    """

    home: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The work tree."""
        return self.home / "project"

    def run(self, *arguments: str | Path) -> str:
        """Run a command, which has to succeed, and return what it prints."""
        done = self.try_run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command and return its exit code and what it prints."""
        return run_command(*arguments, cwd=self.folder, env=self.variables, timeout=600)

    @property
    def variables(self) -> dict[str, str]:
        """What a command finds in its environment, besides what is there."""
        return {
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "DVC_GLOBAL_CONFIG_DIR": str(self.home),
            "DVC_SYSTEM_CONFIG_DIR": str(self.home),
            "DVC_SITE_CACHE_DIR": str(self.home / "dvc"),
            "BENTOML_HOME": str(self.home / "bentoml"),
            "PYTHONPATH": str(self.folder / "src"),
            "PYTHONDONTWRITEBYTECODE": "",  # else every command would compile the sources anew
            "COLUMNS": "400",
        } | self.env

    def copy_to(self, home: Path) -> "Repository":
        """Return a copy of the repository and its home, without what DVC does just now."""
        ignored = shutil.ignore_patterns("tmp", "dvc")
        shutil.copytree(self.home, home, symlinks=True, ignore=ignored)
        return Repository(home, self.env)

    def read_outputs(self) -> dict[str, bytes]:
        """Return the content of every output that DVC knows, by its path below `data`."""
        return {
            name: content
            for name, content in read_outputs(self.folder).items()
            # The card is `kedro run`'s alone.
            if not Path(name).name.startswith((".", "model_card"))
        }


def clone_repository(home: Path, corpus: Path) -> Repository:
    """Return a clone of this project as it is in the work tree, in which nothing has run."""
    folder = home / "project"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=PROJECT, stdout=subprocess.PIPE, check=True, text=True)
    for name in filter(None, names.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    commit_all(folder, "clone")
    (home / ".gitconfig").write_text("[user]\nname = reader\nemail = reader@example.org\n")
    shutil.copy(corpus, folder / RAW_CSV)
    for name in ("requirements.lock", "pyproject.toml"):
        os.utime(folder / name, (0, 0))  # older than the installed environment
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    return Repository(home)
