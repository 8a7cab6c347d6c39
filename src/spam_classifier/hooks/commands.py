"""Before a command: what would end `kedro run` in a sentence ends the others in the same one.

Kedro finds this by the entry point `kedro.cli_hooks` (see pyproject.toml).
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from kedro.framework.cli.hooks import cli_hook_impl
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata

from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import PACKAGE, explain_refusal

READERS = ("viz", "ipython", "jupyter", "catalog")  # read the settings, and tell errors their way
JUPYTER = {"lab": "jupyterlab", "notebook": "notebook"}


class CommandHooks:
    """The hooks of every command that is typed in this project."""

    @cli_hook_impl
    def before_command_run(
        self, project_metadata: ProjectMetadata | None, command_args: list[str]
    ) -> None:
        """End a command that reads settings which cannot be read, or lacks its program."""
        if project_metadata is None or project_metadata.package_name != PACKAGE.name:
            return
        if not command_args or command_args[0] not in READERS:
            return
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("-h", "--help", action="store_true")
        parser.add_argument("-e", "--env")
        options, others = parser.parse_known_args(command_args)
        if options.help:
            return
        try:
            if others[0] == "jupyter":
                _require_jupyter(others[1:])
            _check_settings(project_metadata.project_path, options.env)
        except UserError as error:
            error.show()
            sys.exit(error.exit_code)


def _require_jupyter(arguments: list[str]) -> None:
    module = JUPYTER.get(arguments[0]) if arguments else None
    if module and not find_spec(module):
        raise UserError(
            f"{module} is not among the locked dependencies: type `.venv/bin/python -m pip install "
            f"{module}`, or open notebooks/ in an editor with the kernel of .venv."
        )


def _check_settings(project: Path, env: str | None) -> None:
    """Read the settings as a run does."""
    try:
        _ = KedroSession.create(project, env=env).load_context().catalog
    except UserError:
        raise
    except Exception as error:
        if sentence := explain_refusal(error, project / "conf", env):
            raise UserError(sentence) from None


command_hooks = CommandHooks()
