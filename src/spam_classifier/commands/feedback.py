"""`kedro feedback`: the corrections that the service keeps."""

import csv
import sqlite3
from pathlib import Path
from typing import Any

import click
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.io import DatasetError

from spam_classifier.errors import UserError
from spam_classifier.serving.feedback import forget
from spam_classifier.storage import AtomicFile
from spam_classifier.tables import CATEGORY, CORRECTIONS, MESSAGE


def _load_corrections(metadata: ProjectMetadata) -> tuple[Any, Any]:
    """Return the catalog of the project, and the corrections that the service keeps."""
    with KedroSession.create(metadata.project_path) as session:
        catalog = session.load_context().catalog  # type: ignore[attr-defined]
        try:
            return catalog, catalog.load("corrections")
        except DatasetError as error:
            raise UserError(str(error)) from None


@click.group()
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
    catalog, corrections = _load_corrections(metadata)
    extra = catalog.get("extra_messages")
    file = Path(extra.path) / CORRECTIONS
    latest = corrections.drop_duplicates("text", keep="last")
    try:
        if latest.empty:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            with AtomicFile(file) as part:
                latest.to_csv(
                    part,
                    sep=extra.sep,
                    columns=["label", "text"],
                    header=[CATEGORY, MESSAGE],
                    index=False,
                    quoting=csv.QUOTE_ALL,
                    encoding=extra.encoding,
                )
    except UnicodeEncodeError:
        raise UserError(
            f"A correction cannot be written in {extra.encoding}, the encoding of the raw file: "
            "set encoding to utf-8, and write the raw file so."
        ) from None
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}).") from None
    click.echo(f"{len(latest)} corrections are in {file}.")
    if disputed := len(corrections) - len(latest):
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
    if (number, text, days) == (None, None, None):
        raise UserError("Say what to forget: --id NUMBER, --text TEXT or --older-than DAYS.")
    catalog, _ = _load_corrections(metadata)
    folder = Path(catalog.get("corrections").path).parent
    try:
        found = forget(folder, number=number, text=text, days=days)
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"Nothing is deleted ({error}).") from None
    click.echo(
        f"{found} corrections are deleted; `kedro feedback export` takes them from the data."
    )
