"""`python -m spam_classifier`: runs the project as `kedro run` does."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the project's `run` command with the arguments of the command line."""
    # Of a packaged project: the log's settings, and what `.telemetry` says elsewhere.
    if (packaged := Path(__file__).with_name("logging.yml")).exists():
        os.environ.setdefault("KEDRO_LOGGING_CONFIG", str(packaged))
        os.environ.setdefault("KEDRO_DISABLE_TELEMETRY", "True")
    from kedro.framework.cli.utils import find_run_command
    from kedro.framework.project import configure_project

    package_name = Path(__file__).parent.name
    configure_project(package_name)
    find_run_command(package_name)(sys.argv[1:])


if __name__ == "__main__":
    main()
