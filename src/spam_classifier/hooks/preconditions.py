"""What the machine must give before a run does anything."""

import os
import resource

from spam_classifier.errors import UserError
from spam_classifier.serving.home import MODEL_NAME, find_home

LEAST_ADDRESS_SPACE = 1 << 30  # bytes; OpenBLAS may wait for ever where it cannot allocate


def require_memory() -> None:
    """Make sure that no limit leaves the process too little memory to load its libraries.

    Raises:
        UserError: If one does.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_ADDRESS_SPACE:
        raise UserError(
            f"A limit of {limit >> 20} MB on the memory of a process (`ulimit -v`) is too small "
            f"for a run: set it to {LEAST_ADDRESS_SPACE >> 20} MB or more."
        )


def require_model_store() -> None:
    """Make sure that a model that is trained can be stored.

    Raises:
        UserError: If BentoML's store has no place, or one that cannot be written.
    """
    home = find_home()
    models = home.absolute() / "models" / MODEL_NAME
    place = next(path for path in (models, *models.parents) if path.exists())
    if not os.access(place, os.W_OK, effective_ids=True):
        raise UserError(
            f"The model store {home} cannot be written: set BENTOML_HOME to a folder of yours."
        )
