"""The Bento model store: what is in it, and the model that the service answers with."""

import hashlib
import logging
from pathlib import Path
from typing import Any

import bentoml
from bentoml.exceptions import BentoMLException
from bentoml.models import BentoModel

from ..model.linear_text_model import LinearTextModel
from .home import CARD_FILE, DESCRIPTION_FILE, LATEST_FILE, MODEL_FILE, find_store

AGAIN = "type `make run` to train and store it again."

# It logs a traceback of what becomes a sentence here.
logging.getLogger("bentoml._internal.models.model").setLevel(logging.CRITICAL)


class UnusableModelError(BentoMLException):
    """There is no model that can be served; the message says why and what to do."""


class LocalModel(BentoModel):  # type: ignore[misc]
    """A model of the local store; unlike its base it never asks a cloud for one."""

    @property
    def stored(self) -> Any:
        """The store's entry, a `bentoml.Model`.

        Raises:
            UnusableModelError: If the store has none that can be used.
        """
        folder = find_store() / self.tag.name
        version = self.tag.version
        if version in (None, "latest"):
            entry = _read_latest(folder) or next(iter(list_entries(self.tag.name)), None)
        else:
            entry = read_entry(folder / version)
        if entry is None:
            raise UnusableModelError(
                f"There is no model {self.tag} in the Bento model store: type `make run` first."
            )
        return entry


def list_entries(name: str) -> list[Any]:
    """Return the store's entries of a name, each a `bentoml.Model`, newest first.

    A folder without a description is no entry: it remains of a run that was killed.

    Args:
        name: Name of the models.

    Raises:
        UnusableModelError: If one is damaged, or must not be read.
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


def read_entry(folder: Path) -> Any:
    """Return the `bentoml.Model` in a folder of the store, or None if there is none.

    Args:
        folder: Where it is: `NAME/VERSION` in the store.

    Raises:
        UnusableModelError: If it is damaged, or must not be read.
    """
    tag = f"{folder.parent.name}:{folder.name}"
    try:
        if not (folder / DESCRIPTION_FILE).is_file():
            return None
        entry = bentoml.Model.from_path(folder)
        entry.creation_time.timestamp()
    except OSError as error:
        raise _unreadable(f"Model {tag}", folder, error) from None
    except Exception:  # whatever BentoML and its parsers stumble over
        entry = None
    if entry is None or str(entry.tag) != tag:
        raise UnusableModelError(
            f"The description of model {tag} is damaged: delete {folder}, then {AGAIN}"
        )
    return entry


def read_model(entry: Any) -> LinearTextModel:
    """Read the model of a store entry, and make sure that it is the one that was stored.

    Args:
        entry: A `bentoml.Model`.

    Returns:
        The model, ready to score: a first long list is no slower than the next.

    Raises:
        UnusableModelError: If the file is missing, is not the one that was stored, or is no model
            of this format version.
    """
    try:
        content = Path(entry.path_of(MODEL_FILE)).read_bytes()
    except FileNotFoundError:
        raise UnusableModelError(f"The file of model {entry.tag} is missing: {AGAIN}") from None
    except OSError as error:
        folder = Path(entry.path)
        raise _unreadable(f"The file of model {entry.tag}", folder, error) from None
    if hashlib.sha256(content).hexdigest() != entry.info.metadata.get("sha256"):
        raise UnusableModelError(
            f"The file of model {entry.tag} is not the one that was stored (its SHA-256 differs): "
            f"{AGAIN}"
        )
    try:
        model = LinearTextModel.from_json(content)
    except ValueError:
        raise UnusableModelError(
            f"Model {entry.tag} is of a format that this version cannot read, or has numbers that "
            f"are out of range: {AGAIN}"
        ) from None
    model.prepare()
    return model


def read_card(entry: Any) -> bytes | None:
    """Return the page of the model card; None for a model that was stored before there was one.

    Args:
        entry: A `bentoml.Model`.
    """
    file = Path(entry.path_of(CARD_FILE))
    return file.read_bytes() if file.is_file() else None


def describe_model(entry: Any) -> dict[str, Any]:
    """Say which model a store entry holds and where it comes from.

    Args:
        entry: A `bentoml.Model`.

    Returns:
        What `GET /model` answers; None for what was not known when the model was stored.
    """
    names = (
        *("data_md5", "learnt_from", "parameters", "metrics", "operating_points"),
        *("git_revision", "git_dirty", "versions"),
    )
    known = entry.info.metadata
    return {
        "tag": str(entry.tag),
        "created": entry.info.creation_time.isoformat(),
        **{name: known.get(name) for name in names},
    }


def _read_latest(folder: Path) -> Any:
    """Return the entry that the file `latest` names; None if it names none."""
    try:
        version = (folder / LATEST_FILE).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return read_entry(folder / version) if version else None


def _unreadable(what: str, folder: Path, error: OSError) -> UnusableModelError:
    return UnusableModelError(
        f"{what} cannot be read ({error.strerror}): as its owner type `chmod -R a+rX {folder}`."
    )
