"""BentoML's home, where the model store is, and how an entry of the store is laid out."""

import os
from pathlib import Path

from ..errors import UserError

MODEL_FILE = "spam_classifier.json"
CARD_FILE = "model_card.html"
MONITOR_FILE = "monitor.html"
DESCRIPTION_FILE = "model.yaml"
LATEST_FILE = "latest"
MODEL_NAME = "spam_classifier"
PRODUCTION = "production"  # a version, and the file that says which one it is


def find_home() -> Path:
    """Return the folder that BentoML takes for its home; it need not be there yet.

    Raises:
        UserError: If the user has no home folder, where BentoML would make one named `~`.
    """
    home = os.environ.get("BENTOML_HOME") or os.path.expanduser("~/bentoml")  # noqa: PTH111 - `~`
    if home.startswith("~"):
        raise UserError(
            "There is no home folder for the model store: set HOME, or BENTOML_HOME, to a folder."
        )
    return Path(home)


def find_store() -> Path:
    """Return the folder of the model store; in a served bento it is the bento's own.

    Raises:
        UserError: If BentoML cannot make its home.
    """
    find_home()
    from bentoml._internal.configuration.containers import BentoMLContainer

    try:
        # BentoML has no public name for the store in use, nor for its folder.
        return Path(BentoMLContainer.model_store.get()._path)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        raise UserError(
            f"The Bento home cannot be used ({reason}): name another folder in BENTOML_HOME."
        ) from None
