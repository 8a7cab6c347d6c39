"""The model in production: which one it is, and how a running server takes over another one.

A file beside the models has the versions that were promoted, a line each; the last one is in
production. BentoML is slow to import, so what needs it is imported where it is used.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from .home import LATEST_FILE, MODEL_NAME, PRODUCTION, UnusableHomeError, find_store

if TYPE_CHECKING:
    from .store import LocalModel, ServedModel

logger = logging.getLogger("bentoml.production")  # BentoML shows the lines of its own loggers

SECONDS_BETWEEN_LOOKS = 2.0
COLUMNS = ("tag", "created", "data", "precision", "recall", "ham blocked", "")


@contextmanager
def _explain() -> Iterator[None]:
    """Turn what is wrong with the store into the sentence that ends a command."""
    from bentoml.exceptions import BentoMLException

    try:
        yield
    except (BentoMLException, UnusableHomeError) as error:
        raise UserError(str(error)) from None


@_explain()
def promote(tag: str) -> str:
    """Put a model into production.

    Args:
        tag: Its tag or its version; the version may be `latest`.

    Returns:
        A sentence that says which one is served.

    Raises:
        UserError: If there is no such model, or it cannot be served.
    """
    from .store import list_promoted

    version = _check_model(tag)
    versions = list_promoted(MODEL_NAME)
    if versions[-1:] == [version]:
        return f"{MODEL_NAME}:{version} is in production already."
    _write([*versions, version])
    return f"{MODEL_NAME}:{version} is in production now."


@_explain()
def roll_back() -> str:
    """Put the model into production that was there before.

    Returns:
        A sentence that says which one is served.

    Raises:
        UserError: If there is none, or it cannot be served any more.
    """
    from .store import list_promoted

    versions = list_promoted(MODEL_NAME)
    if len(versions) < 2:
        raise UserError(
            "No other model was in production before: `kedro models promote TAG` chooses one."
        )
    _check_model(f"{MODEL_NAME}:{versions[-2]}")
    _write(versions[:-1])
    return f"{MODEL_NAME}:{versions[-2]} is in production again."


@_explain()
def describe_models() -> str:
    """Lay out the stored models as a table, newest first.

    Raises:
        UserError: If there are none, or one is damaged.
    """
    from .store import describe_model, list_entries, list_promoted

    entries = list_entries(MODEL_NAME)
    if not entries:
        raise UserError("There is no model in the Bento model store: type `make run` first.")
    in_production = next(reversed(list_promoted(MODEL_NAME)), None)
    chosen = {LATEST_FILE: entries[0].tag.version, PRODUCTION: in_production}
    rows: list[tuple[str, ...]] = [COLUMNS]
    for entry in entries:
        roles = (role for role, version in chosen.items() if version == entry.tag.version)
        rows.append((*_describe(describe_model(entry)), ", ".join(roles)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _describe(description: dict[str, Any]) -> tuple[str, ...]:
    metrics = description["metrics"] or {}
    caught = metrics.get((description["parameters"] or {}).get("positive_label", "spam"), {})
    shares = caught.get("precision"), caught.get("recall"), metrics.get("ham_blocked")
    return (
        description["tag"],
        description["created"][:16].replace("T", " "),
        (description["data_md5"] or "-")[:8],
        *("-" if share is None else f"{share:.4f}" for share in shares),
    )


def _check_model(tag: str) -> str:
    """Return the version of a model that can be served."""
    from .store import LocalModel, read_entry, read_model

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
    """Replace the file at once: a server that reads it finds the old or the new one."""
    file = find_store() / MODEL_NAME / PRODUCTION
    part = file.with_name(f".{PRODUCTION}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as output:
            output.writelines(f"{version}\n" for version in versions)
            output.flush()
            os.fsync(output.fileno())
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise UserError(
            f"The Bento model store {file.parents[1]} cannot be written to ({error.strerror}): "
            "make room in it and let yourself write to it."
        ) from None


def follow_promotions(
    reference: "LocalModel", served: "ServedModel", serve: Callable[["ServedModel"], None]
) -> None:
    """Start a thread that looks for another model in production, and reads it.

    Args:
        reference: Stands for the model in production.
        served: The model that is served now.
        serve: Called with the next one, ready to score.
    """
    from .store import list_promoted, load_model

    def follow() -> None:
        tag, problem = served.entry.tag, ""
        while True:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            try:
                if list_promoted(tag.name)[-1:] != [tag.version]:
                    new = load_model(reference.stored)
                    serve(new)
                    tag = new.entry.tag
                    logger.info("%s is served from now on.", tag)
                problem = ""
            except Exception as error:  # whatever it is, the thread looks again
                if problem != (problem := str(error) or type(error).__name__):
                    logger.error("%s is still served: %s", tag, problem)

    threading.Thread(target=follow, name=PRODUCTION, daemon=True).start()
