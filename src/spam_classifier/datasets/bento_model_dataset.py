"""The Bento model store, where the service and `bentoml build` find the model.

BentoML is slow to import, so what needs it is imported where it is used.
"""

import hashlib
import logging
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock
from kedro.io.core import AbstractDataset

from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.serving.home import (
    CARD_FILE,
    DESCRIPTION_FILE,
    LATEST_FILE,
    MODEL_FILE,
    find_store,
)
from spam_classifier.storage import AtomicFile

logger = logging.getLogger(__name__)

VERSION_LENGTH = 16
PATIENCE = 60  # seconds that a run waits for others that store a model, which takes far less


class PackagedModel(NamedTuple):
    """A model and what has to be known about it.

    Attributes:
        model: The model; only a `LinearTextModel` is stored.
        metadata: Threshold, metrics, parameters, the MD5 of the data, and where it comes from.
        card: The page of its model card, which lies beside it.
    """

    model: TextClassifier
    metadata: dict[str, Any]
    card: str


class StoredModel(NamedTuple):
    """What the store says about one of its models.

    Attributes:
        tag: Its name and version.
        metadata: What was saved with it.
        file: The model.
    """

    tag: str
    metadata: dict[str, Any]
    file: Path

    def read(self) -> LinearTextModel:
        """Return the model.

        Raises:
            UserError: If its file is missing or damaged.
        """
        try:
            return LinearTextModel.from_json(self.file.read_bytes())
        except (OSError, ValueError):
            raise UserError(
                f"The file of model {self.tag} cannot be read: type `bentoml models delete "
                f"{self.tag}`, then run again."
            ) from None


class BentoModelDataset(AbstractDataset[PackagedModel, list[StoredModel]]):
    """Saves a model to the local Bento model store, and lists the models there.

    The version is the beginning of the SHA-256 of the model's bytes, so the same model is stored
    once; saving it again makes it the latest one and renews its metadata.
    """

    def __init__(self, *, name: str, metadata: dict[str, Any] | None = None) -> None:
        """Choose the models of a name.

        Args:
            name: Name of the models in the store.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._name = name
        self.metadata = metadata

    def load(self) -> list[StoredModel]:
        """Return what the store says about its models of this name, newest first."""
        from spam_classifier.serving.store import list_entries

        return [
            StoredModel(str(entry.tag), entry.info.metadata, Path(entry.path) / MODEL_FILE)
            for entry in list_entries(self._name)
        ]

    def save(self, data: PackagedModel) -> None:
        """Store a model with its metadata and its checksum.

        A model of another kind than `LinearTextModel` is declined with a sentence in the log.
        """
        model, metadata, card = data
        if not isinstance(model, LinearTextModel):
            logger.info(
                "This %s is evaluated, not packaged: only a linear model is served.",
                type(model).__name__,
            )
            return
        content = model.to_json().encode()
        store, version = find_store(), find_version(content)
        tag = f"{self._name}:{version}"
        metadata = _without_nulls(metadata | {"sha256": hashlib.sha256(content).hexdigest()})
        files = {MODEL_FILE: content, CARD_FILE: card.encode()}
        try:
            # Runs of several data folders share the store.
            with FileLock(store / f".{self._name}.lock", timeout=PATIENCE):
                is_stored = [entry[:2] for entry in self.load()[:1]] == [(tag, metadata)]
                if not is_stored:
                    files[DESCRIPTION_FILE] = _describe_entry(tag, metadata).encode()
                _write_entry(store / self._name / version, files)
        except OSError as error:
            raise UserError(
                f"The Bento model store {store} cannot be written to "
                f"({error.strerror or error}): make room in it and let yourself write to it, or "
                "name another folder in BENTOML_HOME."
            ) from None
        if is_stored:
            logger.info("%s is in the model store already.", tag)
        else:
            logger.info("Stored %s: `bentoml serve` serves it.", tag)

    def _exists(self) -> bool:
        return bool(self.load())

    def _describe(self) -> dict[str, Any]:
        return {"name": self._name}


def find_version(content: bytes) -> str:
    """Return the version under which a model is stored: the beginning of its SHA-256.

    Args:
        content: The model as JSON.
    """
    return hashlib.sha256(content).hexdigest()[:VERSION_LENGTH]


def _describe_entry(tag: str, metadata: dict[str, Any]) -> str:
    """Return what BentoML writes to a description."""
    import bentoml
    from bentoml.models import ModelContext

    nothing: dict[str, Any] = {"module": "", "api_version": "v1", "signatures": {}}
    context = ModelContext("", {})
    entry = bentoml.Model.create(tag, metadata=metadata, context=context, **nothing)
    return str(entry.info.dump())


def _write_entry(folder: Path, files: dict[str, bytes]) -> None:
    """Write an entry that is there whole or not at all, and let `latest` stand for it.

    Args:
        folder: Where it belongs. What is there stays until the new one is.
        files: The model file, the same for all entries of this folder, the card's page, and last
            the description, which makes a folder an entry.
    """
    models = folder.parent
    part = models.with_name(f"{models.name}.part")  # to BentoML another name without versions
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed or failed
    target = folder if folder.exists() else part
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with AtomicFile(target / name) as file:
            file.write(content)
    if target == part:
        models.mkdir(exist_ok=True)
        part.rename(folder)
    with AtomicFile(models / LATEST_FILE) as file:
        file.write(folder.name.encode())


def _without_nulls(metadata: dict[str, Any]) -> dict[str, Any]:
    """Leave out the keys without a value, which BentoML's metadata cannot hold."""
    return {
        key: _without_nulls(value) if isinstance(value, dict) else value
        for key, value in metadata.items()
        if value is not None
    }
