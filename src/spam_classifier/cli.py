"""Commands that this project adds to `kedro`."""

import csv
import os
import sqlite3
import time
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.io import DatasetError
from kedro.utils import find_kedro_project
from omegaconf.errors import OmegaConfBaseException

from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import explain_refusal
from spam_classifier.storage import AtomicFile
from spam_classifier.tables import CATEGORY, CORRECTIONS, MESSAGE, find_separator

if TYPE_CHECKING:
    import pandas as pd

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
        options = ctx.params
        if options["load_versions"]:
            raise UserError(
                "--load-versions does nothing here, since DVC versions the data: type "
                "`git checkout REVISION` and `dvc checkout`."
            )
        try:
            return super().invoke(ctx)
        except click.ClickException:
            raise
        except Exception as error:
            project = find_kedro_project(Path.cwd()) or Path()
            conf = Path(options["conf_source"] or project / "conf")
            sentence = explain_refusal(error, conf, options["env"])
            if not sentence:
                raise
            raise UserError(sentence + _suggest_names(options)) from None


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

    try:
        differences = find_drift(metadata.project_path)
    except DvcException as error:
        raise click.ClickException(str(error)) from None
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException("correct dvc.yaml, or the pipeline, its tags or the catalog.")
    click.echo("dvc.yaml and the Kedro pipeline agree.")


def _load_corrections(metadata: ProjectMetadata) -> tuple[Any, "pd.DataFrame"]:
    """Return Kedro's context of the project, and the corrections that the service keeps."""
    with KedroSession.create(metadata.project_path) as session:
        context: Any = session.load_context()  # type: ignore[attr-defined]
        try:
            return context, context.catalog.load("corrections")
        except DatasetError as error:
            raise UserError(str(error)) from None


@cli.group()
def feedback() -> None:
    """Use the corrections that the service keeps in SPAM_CLASSIFIER_FEEDBACK."""


@feedback.command("list")
@click.pass_obj
def list_corrections(metadata: ProjectMetadata) -> None:
    """Count the corrections, by model, its answer and the right class."""
    _, corrections = _load_corrections(metadata)
    for (label, model, result), rows in corrections.groupby(["label", "model", "result"]):
        verdict = "confirmed" if result == label else f"called {result}"
        click.echo(f"{len(rows):6} {label} that {model} {verdict}")
    click.echo(f"{len(corrections):6} in all")


@feedback.command("export")
@click.pass_obj
def export_corrections(metadata: ProjectMetadata) -> None:
    """Write the corrections into the folder of extra files, from which the next run learns."""
    from spam_classifier.datasets.feedback_dataset import choose_latest

    context, corrections = _load_corrections(metadata)
    file = Path(context.catalog.get("extra_messages").path) / CORRECTIONS
    settings = context.config_loader["globals"]
    latest = choose_latest(corrections)[["label", "text"]].set_axis([CATEGORY, MESSAGE], axis=1)
    try:
        content = latest.to_csv(
            sep=find_separator(file.name, settings["sep"]), index=False, quoting=csv.QUOTE_ALL
        ).encode(settings["encoding"])
        if latest.empty:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            with AtomicFile(file) as part:
                part.write(content)
    except UnicodeEncodeError:
        raise UserError(
            f"A correction cannot be written in {settings['encoding']}, the encoding of the raw "
            "file: set encoding to utf-8, and write the raw file so."
        ) from None
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}).") from None
    click.echo(f"{len(latest)} corrections are in {file}.")
    disputed = int((corrections["text"].value_counts() > 1).sum())
    if disputed:
        click.echo(f"{disputed} texts were given both classes: the later one counts.")


@feedback.command("forget")
@click.option("--id", "number", type=int, help="The number of a correction, as its sender got it.")
@click.option("--text", help="The text of a message.")
@click.option("--older-than", "days", type=float, help="Days; counts of answers go, too.")
@click.pass_obj
def forget_corrections(
    metadata: ProjectMetadata, number: int | None, text: str | None, days: float | None
) -> None:
    """Delete corrections: by number, text or age."""
    from spam_classifier.serving.feedback import SECONDS_A_DAY, forget

    if (number, text, days) == (None, None, None):
        raise UserError("Say what to forget: --id NUMBER, --text TEXT or --older-than DAYS.")
    before = None if days is None else time.time() - days * SECONDS_A_DAY
    context, _ = _load_corrections(metadata)
    folder = Path(context.catalog.get("corrections").path).parent
    try:
        found = forget(folder, number=number, text=text, before=before)
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"Nothing is deleted ({error}).") from None
    click.echo(
        f"{found} corrections are deleted; `kedro feedback export` takes them from the data."
    )


@cli.group()
def models() -> None:
    """Show the stored models, and choose the one in production."""


@models.command("list")
def list_models() -> None:
    """Show the stored models, newest first, with their metrics on the test messages."""
    from spam_classifier.serving.production import describe_models

    click.echo(describe_models())


@models.command()
@click.argument("tag")
def promote(tag: str) -> None:
    """Put a stored model into production; a running server takes it over."""
    from spam_classifier.serving.production import promote

    click.echo(promote(tag))


@models.command()
def rollback() -> None:
    """Put the model back into production that was there before."""
    from spam_classifier.serving.production import roll_back

    click.echo(roll_back())
