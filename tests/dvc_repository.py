"""A Git and DVC repository of this project in a temporary folder, and the commands in it."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from helpers import RAW_CSV, clone_work_tree, read_outputs, run_command

STAGES = ("clean_data", "train_test_split", "train", "evaluate@train", "evaluate@test")
PARAMETERS = "conf/base/parameters.yml"

MakeOnce = Callable[[str, Callable[[Path], None]], Path]
PlainRun = Callable[[float], dict[str, bytes]]


@dataclass(frozen=True)
class Repository:
    """A repository, and the home folder of whoever works in it.

    Attributes:
        folder: The work tree.
        home: Where Git, DVC and BentoML look for a user's settings, and keep caches.
        env: Further environment variables of every command.
    """

    folder: Path
    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, timeout: float = 300) -> str:
        """Run a command, which has to succeed, and return what it prints."""
        done = self.try_run(*arguments, timeout=timeout)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_run(
        self, *arguments: str | Path, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and return its exit code and what it prints."""
        return run_command(*arguments, cwd=self.folder, env=self.variables, timeout=timeout)

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
            "PYTHONDONTWRITEBYTECODE": "",  # else every stage would compile the sources anew
            "COLUMNS": "400",
        } | self.env

    def copy_to(self, folder: Path) -> "Repository":
        """Return a copy of the repository with its DVC cache, without what DVC does just now."""
        temporary = self.folder / ".dvc/tmp"
        shutil.copytree(
            self.folder,
            folder,
            symlinks=True,
            ignore=lambda path, names: names if Path(path) == temporary else [],
        )
        return Repository(folder, self.home, self.env)

    def set_parameter(self, old: str, new: str) -> None:
        """Edit a line of the parameters as a user would."""
        path = self.folder / PARAMETERS
        content = path.read_text()
        assert content.count(f"\n{old}") == 1
        path.write_text(content.replace(f"\n{old}", f"\n{new}"))

    def read_outputs(self) -> dict[str, bytes]:
        """Return the content of every output that DVC knows, by its path below `data`.

        The model card belongs to `kedro run` alone.
        """
        return {
            name: content
            for name, content in read_outputs(self.folder).items()
            if not Path(name).name.startswith(".") and Path(name).name != "model_card.md"
        }


def clone_repository(folder: Path, home: Path, corpus: Path | None) -> Repository:
    """Return a clone of this project as it is in the work tree, in which nothing has run.

    Args:
        folder: Where to put it.
        home: The home of its user.
        corpus: The raw CSV, or None to leave it out.
    """
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text("[user]\nname = reader\nemail = reader@example.org\n")
    clone_work_tree(folder)
    if corpus:
        shutil.copy(corpus, folder / RAW_CSV)
    return Repository(folder, home)
