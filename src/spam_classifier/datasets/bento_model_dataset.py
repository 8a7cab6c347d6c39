"""The Bento model store, where the service and `bentoml build` find the model."""

import hashlib
import logging
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from kedro.io.core import AbstractDataset

from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.provenance import describe_code, describe_libraries

logger = logging.getLogger(__name__)

MODEL_FILE = "spam_classifier.json"
CARD_FILE = "model_card.html"
VERSION_LENGTH = 16


class PackagedModel(NamedTuple):
    """A model and what has to be known about it.

    Attributes:
        model: The model; only a `LinearTextModel` is stored.
        metadata: Threshold, metrics, parameters and the MD5 of the data.
        card: The page of its model card, which lies beside it.
    """

    model: TextClassifier
    metadata: dict[str, Any]
    card: str = ""


class StoredModel(NamedTuple):
    """What the store says about one of its models.

    Attributes:
        tag: Its name and version.
        metadata: What was saved with it.
    """

    tag: str
    metadata: dict[str, Any]


class BentoModelDataset(AbstractDataset[PackagedModel, list[StoredModel]]):
    """Saves a model to the local Bento model store, and lists the models there.

    The version is the beginning of the SHA-256 of the model's bytes, so the same model is stored
    once; saving it again makes it the latest one and renews its metadata.

    Example:
        ```yaml
        packaged_model:
          type: spam_classifier.datasets.bento_model_dataset.BentoModelDataset
          name: spam_classifier
        ```

        ```python
        >>> BentoModelDataset(name="spam_classifier").load()
        ```
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
        models = sorted(self._list(), key=lambda model: model.creation_time, reverse=True)
        return [StoredModel(str(model.tag), model.info.metadata) for model in models]

    def save(self, data: PackagedModel) -> None:
        """Store a model with its metadata, its checksum, the code's revision and the versions.

        A model of another kind than `LinearTextModel` is declined with a sentence in the log.
        """
        import bentoml

        from spam_classifier.serving.telemetry import turn_off_usage_reports

        turn_off_usage_reports()
        model, metadata, card = data
        if not isinstance(model, LinearTextModel):
            logger.info(
                "This %s is evaluated, not packaged: only a linear model is served.",
                type(model).__name__,
            )
            return
        content = model.to_json().encode()
        sha256 = hashlib.sha256(content).hexdigest()
        tag = f"{self._name}:{find_version(content)}"
        metadata = _without_nulls(
            metadata | {"sha256": sha256, "versions": describe_libraries()} | describe_code()
        )
        stored = self.load()
        files = {MODEL_FILE: content, CARD_FILE: card.encode()}
        if stored and stored[0] == (tag, metadata) and _is_intact(tag, files):
            logger.info("%s is in the model store already.", tag)
            return
        with bentoml.models.create(tag, metadata=metadata) as entry:
            for name, file_content in files.items():
                Path(entry.path_of(name)).write_bytes(file_content)
            if tag in (known.tag for known in stored):
                bentoml.models.delete(tag)  # as late as can be: the new entry is still elsewhere
        logger.info("Stored %s: `bentoml serve` serves it.", tag)

    def _list(self) -> list[Any]:
        import bentoml
        from bentoml.exceptions import BentoMLException, NotFound

        try:
            return list(bentoml.models.list(self._name))
        except NotFound:
            return []
        except (BentoMLException, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise UserError(
                f"The model store holds a damaged entry ({reason}): delete its folder."
            ) from None

    def _exists(self) -> bool:
        return bool(self._list())

    def _describe(self) -> dict[str, Any]:
        return {"name": self._name}


def find_version(content: bytes) -> str:
    """Return the version under which a model is stored: the beginning of its SHA-256.

    Args:
        content: The model as JSON.
    """
    return hashlib.sha256(content).hexdigest()[:VERSION_LENGTH]


def _is_intact(tag: str, files: dict[str, bytes]) -> bool:
    """Tell whether a model of the store is still the one that was stored, and its card too."""
    import bentoml

    stored = bentoml.models.get(tag)
    paths = {Path(stored.path_of(name)): content for name, content in files.items()}
    return all(path.is_file() and path.read_bytes() == content for path, content in paths.items())


def _without_nulls(metadata: dict[str, Any]) -> dict[str, Any]:
    """Leave out the keys without a value, which BentoML's metadata cannot hold."""
    return {
        key: _without_nulls(value) if isinstance(value, dict) else value
        for key, value in metadata.items()
        if value is not None
    }
