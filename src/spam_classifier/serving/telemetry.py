"""Keeps BentoML from reporting its use, whatever `bentoml` command is typed.

BentoML imports the entry points of the group `bentoml.commands` before it runs any command, and
this module is one of them (see pyproject.toml): the variable is set in time for all of them. A home
that cannot be used ends them here too, with a sentence instead of BentoML's traceback.
"""

import os
import sys

import click

from ..errors import UserError
from .home import find_store

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
try:
    find_store()
except UserError as error:
    sys.exit(f"Error: {error}")


@click.command("do-not-track", hidden=True)
def command() -> None:
    """Say whether BentoML reports its use."""
    off = os.environ["BENTOML_DO_NOT_TRACK"].lower() == "true"
    click.echo(f"BentoML's usage reports are {'off' if off else 'on'}.")
