"""The Bento model store: what is in it, and the model that the service answers with."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bentoml
from bentoml.models import BentoModel

from ..errors import UserError
from ..model.linear_text_model import LinearTextModel
from .home import DESCRIPTION_FILE, MODEL_FILE, PRODUCTION, find_store

logger = logging.getLogger("bentoml.store")  # BentoML shows the lines of its own loggers

SECONDS_BETWEEN_LOOKS = 2.0
AGAIN = "type `make run` to train and store it again."
DESCRIPTION = (
    *("data_md5", "learnt_from", "parameters", "metrics", "operating_points"),
    *("git_revision", "git_dirty", "versions"),
)

# It logs a traceback of what becomes a sentence here.
logging.getLogger("bentoml._internal.models.model").setLevel(logging.CRITICAL)


class LocalModel(BentoModel):  # type: ignore[misc]
    """A model of the local store; unlike its base it never asks a cloud for one.

    The version `latest` is the newest whole one, `production` the one that was promoted last.
    """

    @property
    def stored(self) -> Any:
        """The store's entry, a `bentoml.Model`.

        Raises:
            UserError: If the store has none that can be used.
        """
        name, version, advice = self.tag.name, self.tag.version, "type `make run` first."
        if version == PRODUCTION:
            version = next(reversed(list_promoted(name)), PRODUCTION)
            advice = "type `kedro models promote TAG`; `kedro models list` has the tags."
        if version in (None, "latest"):
            entry = next(iter(list_entries(name)), None)
        else:
            entry = read_entry(find_store() / name / version)
        if entry is None:
            raise UserError(f"There is no model {self.tag} in the Bento model store: {advice}")
        return entry


class ServedModel:
    """All that the service tells of the model that it serves.

    Attributes:
        entry: Where it is stored, a `bentoml.Model`.
        model: The model, ready to score.
        description: What `GET /model` answers.
    """

    def __init__(self, entry: Any) -> None:
        """Read a model.

        Args:
            entry: Where it is stored.

        Raises:
            UserError: As `read_model` does.
        """
        self.entry, self.model, self.description = entry, read_model(entry), describe_model(entry)


def list_entries(name: str) -> list[Any]:
    """Return the store's entries of a name, each a `bentoml.Model`, newest first.

    A folder without a description is no entry: it remains of a run that was killed.

    Args:
        name: Name of the models.

    Raises:
        UserError: If one is damaged, or must not be read.
    """
    folder = find_store() / name
    try:
        folders = [path for path in folder.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(f"The folder {folder} of the Bento model store", folder, error) from None
    entries = filter(None, map(read_entry, sorted(folders)))
    return sorted(entries, key=lambda entry: entry.creation_time.timestamp(), reverse=True)


def list_promoted(name: str) -> list[str]:
    """Return the versions that were promoted, the one in production last.

    Args:
        name: Name of the models.

    Raises:
        UserError: If the file that has them must not be read.
    """
    file = find_store() / name / PRODUCTION
    try:
        return file.read_text(encoding="utf-8", errors="replace").split()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(f"The file {file} of the Bento model store", file, error) from None


def read_entry(folder: Path) -> Any:
    """Return the `bentoml.Model` in a folder of the store, or None if there is none.

    Args:
        folder: Where it is: `NAME/VERSION` in the store.

    Raises:
        UserError: If it is damaged, or must not be read.
    """
    tag = f"{folder.parent.name}:{folder.name}"
    try:
        if not (folder / DESCRIPTION_FILE).is_file():
            return None
        entry = bentoml.Model.from_path(folder)
        if str(entry.tag) == tag and entry.creation_time.timestamp():
            return entry
    except OSError as error:
        raise _unreadable(f"Model {tag}", folder, error) from None
    except Exception:  # noqa: S110 - whatever BentoML and its parsers stumble over
        pass
    raise UserError(f"The description of model {tag} is damaged: delete {folder}, then {AGAIN}")


def read_model(entry: Any) -> LinearTextModel:
    """Read the model of a store entry, and make sure that it is the one that was stored.

    Args:
        entry: A `bentoml.Model`.

    Returns:
        The model, ready to score: a first long list is no slower than the next.

    Raises:
        UserError: If the file is missing, is not the one that was stored, or is no model
            of this format version.
    """
    folder = Path(entry.path)
    try:
        content = (folder / MODEL_FILE).read_bytes()
        if hashlib.sha256(content).hexdigest() != entry.info.metadata.get("sha256"):
            raise UserError(
                f"The file of model {entry.tag} is not the one that was stored (its SHA-256 "
                f"differs): {AGAIN}"
            )
        model = LinearTextModel.from_json(content)
        model.prepare()
    except FileNotFoundError:
        raise UserError(f"The file of model {entry.tag} is missing: {AGAIN}") from None
    except OSError as error:
        raise _unreadable(f"The file of model {entry.tag}", folder, error) from None
    except ValueError:
        raise UserError(
            f"Model {entry.tag} is of a format that this version cannot read, or has numbers that "
            f"are out of range: {AGAIN}"
        ) from None
    return model


def describe_model(entry: Any) -> dict[str, Any]:
    """Say which model a store entry holds and where it comes from.

    Args:
        entry: A `bentoml.Model`.

    Returns:
        What `GET /model` answers; None for what was not known when the model was stored.
    """
    known = entry.info.metadata
    named = {"tag": str(entry.tag), "created": entry.info.creation_time.isoformat()}
    return named | {name: known.get(name) for name in DESCRIPTION}


def follow_promotions(served: ServedModel, serve: Callable[[ServedModel], None]) -> None:
    """Start a thread that looks for another model in production, and reads it.

    Args:
        served: The model that is served now.
        serve: Called with the next one, ready to score.
    """

    def follow() -> None:
        tag, problem = served.entry.tag, ""
        while True:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            try:
                if list_promoted(tag.name)[-1:] != [tag.version]:
                    new = ServedModel(LocalModel(f"{tag.name}:{PRODUCTION}").stored)
                    serve(new)
                    tag = new.entry.tag
                    logger.info("%s is served from now on.", tag)
                problem = ""
            except Exception as error:  # whatever it is, the thread looks again
                if problem != (problem := str(error) or type(error).__name__):
                    logger.error("%s is still served: %s", tag, problem)

    threading.Thread(target=follow, name=PRODUCTION, daemon=True).start()


def _unreadable(what: str, folder: Path, error: OSError) -> UserError:
    return UserError(
        f"{what} cannot be read ({error.strerror}): as its owner type `chmod -R a+rX {folder}`."
    )
