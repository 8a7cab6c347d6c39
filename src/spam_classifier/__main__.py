"""`python -m spam_classifier`: runs the project as `kedro run` does."""

import sys
from pathlib import Path

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project


def main() -> None:
    """Run the project's `run` command with the arguments of the command line."""
    package_name = Path(__file__).parent.name
    configure_project(package_name)
    find_run_command(package_name)(sys.argv[1:])


if __name__ == "__main__":
    main()
