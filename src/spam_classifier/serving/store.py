"""The model that the service answers with: found in the Bento model store, and checked."""

import hashlib
from pathlib import Path
from typing import Any

import yaml
from bentoml.exceptions import BentoMLException
from bentoml.models import BentoModel

from ..model.linear_text_model import LinearTextModel

MODEL_FILE = "spam_classifier.json"
CARD_FILE = "model_card.html"


class UnusableModelError(BentoMLException):
    """There is no model that can be served; the message says why and what to do."""


class LocalModel(BentoModel):  # type: ignore[misc]
    """A model of the local store; unlike its base it never asks a cloud for one."""

    def to_info(self, alias: str | None = None) -> Any:
        """Return what goes into a bento's list of models.

        Args:
            alias: Another name for the model in the bento.

        Raises:
            UnusableModelError: If the store has no such model.
        """
        self.require()
        return super().to_info(alias)

    def resolve(self, *args: Any, **options: Any) -> Any:
        """Return the stored model.

        Args:
            args: As the base takes them.
            options: As the base takes them.

        Raises:
            UnusableModelError: If the store has no such model.
        """
        self.require()
        return super().resolve(*args, **options)

    def require(self) -> None:
        """Make sure that the store has the model.

        Raises:
            UnusableModelError: If it has not, or holds a damaged one.
        """
        try:
            stored = self.stored
        except yaml.YAMLError as error:
            raise UnusableModelError(
                f"The description of model {self.tag} is damaged ({' '.join(str(error).split())}): "
                "delete its folder, then type `make run` to train and store it again."
            ) from None
        if stored is None:
            raise UnusableModelError(
                f"There is no model {self.tag} in the Bento model store: type `make run` first."
            )


def read_model(entry: Any) -> LinearTextModel:
    """Read the model of a store entry, and make sure that it is the one that was stored.

    Args:
        entry: A `bentoml.Model`.

    Raises:
        UnusableModelError: If the file is missing, is not the one that was stored, or is of
            another format version.
    """
    hint = "type `make run` to train and store it again."
    try:
        with open(entry.path_of(MODEL_FILE), "rb") as file:  # noqa: PTH123 - a text path
            content = file.read()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise UnusableModelError(
            f"The file of model {entry.tag} is missing ({reason}): {hint}"
        ) from None
    if hashlib.sha256(content).hexdigest() != entry.info.metadata.get("sha256"):
        raise UnusableModelError(
            f"The file of model {entry.tag} is not the one that was stored (its SHA-256 differs): "
            f"{hint}"
        )
    try:
        return LinearTextModel.from_json(content)
    except ValueError:
        raise UnusableModelError(
            f"Model {entry.tag} is of a format that this version cannot read: {hint}"
        ) from None


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
