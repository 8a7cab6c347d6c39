"""Commands that this project adds to `kedro`."""

import os
import warnings
from difflib import get_close_matches
from typing import Any

import click
import yaml
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.project import pipelines
from kedro.framework.startup import ProjectMetadata
from omegaconf.errors import OmegaConfBaseException

from spam_classifier.commands.feedback import feedback
from spam_classifier.commands.models import models
from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import explain_refusal

# A warning about Kedro-Viz's own code, here and in the process that it starts.
warnings.filterwarnings("ignore", message="ORJSONResponse is deprecated")
os.environ.setdefault("PYTHONWARNINGS", "ignore:ORJSONResponse is deprecated")


@click.group(name="spam_classifier")
def cli() -> None:
    """The project's own commands."""


class RunCommand(click.Command):
    """Kedro's `run`, which tells in a sentence what is wrong with its options or the settings."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            UserError: If an option is given twice, of which Kedro would drop the first, or
                `--params` cannot be read.
        """
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for option in order:
            if order.count(option) > 1:
                raise UserError(
                    f"{option.opts[0]} is given twice: give it once, with commas between its items."
                )
        try:
            return super().parse_args(ctx, args)
        except (click.UsageError, OmegaConfBaseException, yaml.YAMLError) as error:
            message = " ".join(str(error).split()).rstrip(".")
            if isinstance(error, click.UsageError) and "must contain a key" not in message:
                raise
            raise UserError(
                f"--params cannot be read: {message}. Its items are name=value with commas between "
                "them, so no value can hold a comma: rename such a file or column, or write the "
                "value into globals.yml or parameters.yml of conf/local."
            ) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the pipeline.

        Raises:
            UserError: If Kedro refuses an option or the settings.
        """
        if ctx.params["load_versions"]:
            raise UserError(
                "--load-versions does nothing here, since DVC versions the data: type "
                "`git checkout REVISION` and `dvc checkout`."
            )
        try:
            return super().invoke(ctx)
        except click.ClickException:
            raise
        except Exception as error:
            if sentence := explain_refusal(error):
                raise UserError(sentence + _suggest_names(ctx.params)) from None
            raise


def _suggest_names(options: dict[str, Any]) -> str:
    """Name what is like the nodes, tags and datasets that were asked for and are not there."""
    chosen = options["pipelines"] or ["__default__"]
    nodes = [node for name in chosen if name in pipelines for node in pipelines[name].nodes]
    known = {
        ("node_names", "from_nodes", "to_nodes"): {node.name for node in nodes},
        ("from_inputs", "to_outputs"): {n for node in nodes for n in node.inputs + node.outputs},
        ("tags",): {tag for node in nodes for tag in node.tags},
    }
    close = [
        match
        for names, words in known.items()
        for word in {word for name in names for word in options[name] or ()} - words
        for match in get_close_matches(word, words, n=1)
    ]
    return f" Did you mean {' and '.join(close)}?" if close else ""


run = RunCommand("run", params=kedro_run.params, help=kedro_run.help, callback=kedro_run.callback)
cli.add_command(run)


@cli.command("dvc-check")
@click.pass_obj
def dvc_check(metadata: ProjectMetadata) -> None:
    """Tell where dvc.yaml and the Kedro pipeline have drifted apart."""
    from dvc.exceptions import DvcException

    from spam_classifier.dvc_check import find_drift

    if os.path.expanduser("~") == "~":  # noqa: PTH111 - pathlib raises instead
        raise UserError("There is no home folder for the settings of DVC: set HOME to a folder.")
    try:
        differences = find_drift(metadata.project_path)
    except DvcException as error:
        raise click.ClickException(str(error)) from None
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException("correct dvc.yaml, or the pipeline, its tags or the catalog.")
    click.echo("dvc.yaml and the Kedro pipeline agree.")


cli.add_command(feedback)
cli.add_command(models)
