"""Commands that this project adds to `kedro`."""

import csv
import os
import sqlite3
import time
import warnings
from collections import Counter
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
import yaml
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.utils import find_kedro_project
from omegaconf.errors import OmegaConfBaseException

from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import explain_refusal
from spam_classifier.storage import AtomicFile
from spam_classifier.tables import CATEGORY, CORRECTIONS, MESSAGE, find_separator

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


@cli.group()
@click.option(
    "--folder",
    envvar="SPAM_CLASSIFIER_FEEDBACK",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the service keeps them; SPAM_CLASSIFIER_FEEDBACK if it is left out.",
)
@click.pass_context
def feedback(ctx: click.Context, folder: Path | None) -> None:
    """Use the corrections that the service keeps."""
    from spam_classifier.serving.feedback import FILE_NAME

    if folder is None:
        raise UserError("Say where the service keeps corrections: set SPAM_CLASSIFIER_FEEDBACK.")
    if not (folder / FILE_NAME).is_file():
        raise UserError(f"{folder} holds no corrections: `bentoml serve` has kept none there.")
    ctx.meta["folder"] = folder
    ctx.meta["project"] = ctx.obj.project_path


def _read_corrections(folder: Path) -> list[Any]:
    from spam_classifier.serving.feedback import open_feedback, read_corrections

    try:
        with open_feedback(folder) as connection:
            return list(read_corrections(connection))
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"The corrections in {folder} cannot be read ({error}).") from None


@feedback.command("list")
@click.pass_context
def list_corrections(ctx: click.Context) -> None:
    """Count the corrections, by model, its answer and the right class."""
    corrections = _read_corrections(ctx.meta["folder"])
    counts = Counter((each.model, each.result, each.label) for each in corrections)
    for (model, result, label), number in sorted(counts.items()):
        verdict = "confirmed" if result == label else f"called {result}"
        click.echo(f"{number:6} {label} that {model} {verdict}")
    click.echo(f"{len(corrections):6} in all")


@feedback.command("export")
@click.pass_context
def export_corrections(ctx: click.Context) -> None:
    """Write the corrections into the folder of extra files, from which the next run learns."""
    import pandas as pd

    from spam_classifier.serving.feedback import choose_latest

    labels, disputed = choose_latest(_read_corrections(ctx.meta["folder"]))
    with KedroSession.create(ctx.meta["project"]) as session:
        context: Any = session.load_context()  # type: ignore[attr-defined]
        settings = context.config_loader["globals"]
        file = Path(context.catalog.get("extra_messages").path) / CORRECTIONS
        table = pd.DataFrame({CATEGORY: labels.values(), MESSAGE: labels.keys()}, dtype="str")
        if labels:
            separator = find_separator(file.name, settings["sep"])
            try:
                text = table.to_csv(sep=separator, index=False, quoting=csv.QUOTE_ALL)
                content = text.encode(settings["encoding"])
            except UnicodeEncodeError:
                raise UserError(
                    f"A correction cannot be written in {settings['encoding']}, the encoding of "
                    "the raw file: set encoding to utf-8, and write the raw file so."
                ) from None
            file.parent.mkdir(parents=True, exist_ok=True)
            with AtomicFile(file) as part:
                part.write(content)
        else:
            file.unlink(missing_ok=True)
    click.echo(f"{len(labels)} corrections are in {file}.")
    if disputed:
        click.echo(f"{disputed} texts were given both classes: the later one counts.")


@feedback.command("forget")
@click.option("--id", "number", type=int, help="The number of a correction, as its sender got it.")
@click.option("--text", help="The text of a message.")
@click.option("--older-than", "days", type=float, help="Days; counts of answers go, too.")
@click.pass_context
def forget_corrections(
    ctx: click.Context, number: int | None, text: str | None, days: float | None
) -> None:
    """Delete corrections: by number, text or age."""
    from spam_classifier.serving.feedback import SECONDS_A_DAY, forget

    if (number, text, days) == (None, None, None):
        raise UserError("Say what to forget: --id NUMBER, --text TEXT or --older-than DAYS.")
    before = None if days is None else time.time() - days * SECONDS_A_DAY
    try:
        found = forget(ctx.meta["folder"], number=number, text=text, before=before)
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
