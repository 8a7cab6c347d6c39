"""Commands that this project adds to `kedro`."""

import copy
import functools
import os
import warnings
from collections.abc import Callable
from typing import Any, cast

import click
import yaml
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.startup import ProjectMetadata
from kedro.io import DatasetError
from omegaconf.errors import OmegaConfBaseException

from spam_classifier.errors import UserError
from spam_classifier.hooks import ProjectHooks

# A warning about Kedro-Viz's own code, here and in the process that it starts.
warnings.filterwarnings("ignore", message="ORJSONResponse is deprecated")
os.environ.setdefault("PYTHONWARNINGS", "ignore:ORJSONResponse is deprecated")


SETTINGS_ERRORS = (MissingConfigException, OmegaConfBaseException, yaml.YAMLError)


@click.group(name="spam_classifier")
def cli() -> None:
    """The project's own commands."""


_run_pipeline = cast("Callable[..., Any]", kedro_run.callback)


@functools.wraps(_run_pipeline)
def _run_or_explain(*arguments: Any, **options: Any) -> Any:
    """Run the pipeline; tell in a sentence what is wrong with the command or the settings."""
    try:
        return _run_pipeline(*arguments, **options)
    except SETTINGS_ERRORS as error:
        raise _explain_settings(error) from None
    except (AttributeError, DatasetError, KeyError, ValueError) as error:
        # Before the first node runs, Kedro says so of unknown pipelines, tags, nodes, credentials.
        if ProjectHooks.has_started:
            raise
        raise UserError(" ".join(str(error).strip('"').split())) from None


def _explain_settings(error: Exception) -> UserError:
    return UserError(f"The settings cannot be read: {' '.join(str(error).split())}")


run = copy.copy(kedro_run)
run.callback = _run_or_explain
cli.add_command(run)


@cli.command("dvc-check")
@click.pass_obj
def dvc_check(metadata: ProjectMetadata) -> None:
    """Tell where dvc.yaml and the Kedro pipeline have drifted apart."""
    from dvc.exceptions import DvcException

    from spam_classifier.dvc_check import find_drift

    try:
        differences = find_drift(metadata.project_path)
    except SETTINGS_ERRORS as error:
        raise _explain_settings(error) from None
    except DvcException as error:
        raise click.ClickException(str(error)) from None
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException("correct dvc.yaml, or the pipeline, its tags or the catalog.")
    click.echo("dvc.yaml and the Kedro pipeline agree.")
