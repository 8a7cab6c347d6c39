"""`kedro models`: what is in the Bento model store, and which model is in production.

A file beside the models has the versions that were promoted, a line each; the last one is in
production, and a running server takes it over.
"""

from typing import Any

import click

from spam_classifier.errors import UserError
from spam_classifier.serving.home import LATEST_FILE, MODEL_NAME, PRODUCTION, find_store
from spam_classifier.storage import AtomicFile


@click.group()
def models() -> None:
    """Show the stored models, and choose the one in production."""


@models.command("list")
def list_models() -> None:
    """Show the stored models, newest first, with their metrics on the test messages."""
    import pandas as pd

    from spam_classifier.serving.store import describe_model, list_entries, list_promoted

    entries = list_entries(MODEL_NAME)
    if not entries:
        raise UserError("There is no model in the Bento model store: type `make run` first.")
    promoted = [f"{MODEL_NAME}:{version}" for version in list_promoted(MODEL_NAME)]
    table = pd.DataFrame(_choose_figures(describe_model(entry)) for entry in entries)
    table["is"] = ["latest", *[""] * (len(entries) - 1)]
    table.loc[table["tag"].isin(promoted[-1:]), "is"] += " production"
    click.echo(table.to_string(index=False, na_rep="-", float_format="{:.4f}".format))


def _choose_figures(description: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the table."""
    metrics = description["metrics"] or {}
    caught = metrics.get((description["parameters"] or {}).get("positive_label", "spam"), {})
    return {
        "tag": description["tag"],
        "created": description["created"][:16].replace("T", " "),
        "data": (description["data_md5"] or "-")[:8],
        "precision": caught.get("precision", float("nan")),
        "recall": caught.get("recall", float("nan")),
        "ham blocked": metrics.get("ham_blocked", float("nan")),
    }


@models.command()
@click.argument("tag")
def promote(tag: str) -> None:
    """Put a stored model into production; a running server takes it over."""
    from spam_classifier.serving.store import list_promoted

    version, versions = _check_model(tag), list_promoted(MODEL_NAME)
    is_new = versions[-1:] != [version]
    if is_new:
        _write([*versions, version])
    click.echo(f"{MODEL_NAME}:{version} is in production {'now' if is_new else 'already'}.")


@models.command("rollback")
def roll_back() -> None:
    """Put the model back into production that was there before."""
    from spam_classifier.serving.store import list_promoted

    versions = list_promoted(MODEL_NAME)
    if len(versions) < 2:
        raise UserError(
            "No other model was in production before: `kedro models promote TAG` chooses one."
        )
    version = _check_model(versions[-2])
    _write(versions[:-1])
    click.echo(f"{MODEL_NAME}:{version} is in production again.")


def _check_model(tag: str) -> str:
    """Return the version of a model, given by its tag or version, that can be served."""
    from spam_classifier.serving.store import LocalModel, read_entry, read_model

    name, _, version = tag.rpartition(":")
    if name not in ("", MODEL_NAME) or not version or "/" in version:
        entry = None
    elif version in (LATEST_FILE, PRODUCTION):
        entry = LocalModel(f"{MODEL_NAME}:{version}").stored
    else:
        entry = read_entry(find_store() / MODEL_NAME / version)
    if entry is None:
        raise UserError(f"There is no model {tag}: `kedro models list` has the tags.")
    read_model(entry)
    return str(entry.tag.version)


def _write(versions: list[str]) -> None:
    """Write which models were promoted; a server that reads it finds the old or the new list."""
    store = find_store()
    try:
        with AtomicFile(store / MODEL_NAME / PRODUCTION) as file:
            file.write("".join(f"{version}\n" for version in versions).encode())
    except OSError as error:
        raise UserError(
            f"The Bento model store {store} cannot be written to ({error.strerror}): "
            "make room in it and let yourself write to it."
        ) from None
