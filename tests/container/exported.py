"""A project with a model in the store, and the bento that `make bento` exported."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

from helpers import run_command


class Exported(NamedTuple):
    """A trained project in which `make bento` was typed.

    Attributes:
        project: The project's folder.
        home: The Bento home.
    """

    project: Path
    home: Path

    @property
    def folder(self) -> Path:
        """Where the bento is."""
        return self.project / "bento"

    def make(self, *arguments: str, **variables: str) -> CompletedProcess[str]:
        """Run `make` in the project, with the environment as it is installed.

        Args:
            arguments: Targets and settings.
            variables: Variables of the environment.
        """
        return run_command(
            *("make", "--assume-old=.venv/installed", *arguments),
            cwd=self.project,
            env={"BENTOML_HOME": str(self.home)} | variables,
        )
