"""Before a command: what would end `kedro run` in a sentence ends the others in the same one.

Kedro finds this by the entry point `kedro.cli_hooks` (see pyproject.toml).
"""

import argparse
import sys
from importlib.util import find_spec

from kedro.framework.cli.hooks import cli_hook_impl
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata

from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import PACKAGE, explain_refusal

READERS = ("viz", "ipython", "jupyter", "catalog", "dvc-check", "feedback")  # tell errors their way
PROGRAMS = {"jupyter lab": "jupyterlab", "jupyter notebook": "notebook"}


class CommandHooks:
    """The hooks of every command that is typed in this project."""

    @cli_hook_impl
    def before_command_run(
        self, project_metadata: ProjectMetadata | None, command_args: list[str]
    ) -> None:
        """End a command that reads settings which cannot be read, or lacks its program.

        Kedro-Viz would hang after any error in the process that reads the project, so a fault of
        the code ends its command here too, with its traceback.
        """
        if project_metadata is None or project_metadata.package_name != PACKAGE.name:
            return
        if not command_args or command_args[0] not in READERS or "--help" in command_args:
            return
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("-e", "--env")
        parser.add_argument("-p", "--pipeline", default="__default__")
        takes_none = command_args[0] == "feedback"  # whose texts may look like options
        options = parser.parse_known_args([] if takes_none else command_args)[0]
        is_viz = command_args[0] == "viz"
        module = PROGRAMS.get(" ".join(command_args[:2]))
        try:
            if module and not find_spec(module):
                raise UserError(
                    f"{module} is not among the locked dependencies: type `.venv/bin/python -m pip "
                    f"install {module}`, or open notebooks/ in an editor with the kernel of .venv."
                )
            session = KedroSession.create(project_metadata.project_path, env=options.env)
            _ = session.load_context().catalog
            if is_viz and options.pipeline not in pipelines:
                names = ", ".join(sorted(pipelines))
                raise UserError(f"There is no pipeline {options.pipeline}: the names are {names}.")
        except Exception as error:
            if sentence := explain_refusal(error):
                UserError(sentence).show()
                sys.exit(UserError.exit_code)
            if is_viz:
                raise


command_hooks = CommandHooks()
