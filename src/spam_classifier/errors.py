"""The one way to tell a user about a mistake: a sentence."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

EMPTY_MESSAGE = "empty message"  # one without a character but spaces
RAW_FILE = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
KAGGLE_PAGE = "https://www.kaggle.com/datasets/team-ai/spam-text-message-classification"
MISSING_FILE_HINT = (
    f'Run `make data` to fetch it, or download it from {KAGGLE_PAGE} and save it as "{RAW_FILE}".'
)
UNION_MEMBERS = ("str", "int", "constrained-str", "constrained-int")  # how pydantic calls them


class UserError(click.ClickException):
    """A user's mistake in one sentence: what is wrong, where, and what to do.

    Raised anywhere under a Kedro command it ends the command with exit code 1 and the sentence,
    without a traceback.
    """


class RawFileError(UserError):
    """A raw file that does not fit; what would make it fit is added where the run ends."""


def explain_problem(problem: dict[str, Any], root: type[BaseModel]) -> str:
    """Say in one sentence what pydantic found wrong with a parameter.

    Args:
        problem: One of the errors of a `ValidationError`.
        root: The model that was validated; a field's description says what it may be.
    """
    path = [str(part) for part in problem["loc"] if part not in UNION_MEMBERS]
    name = ".".join(path)
    group, field = _find_field(path, root)
    if problem["type"] == "extra_forbidden":
        known = list(group.model_fields)
        spelling = {name.casefold(): name for name in known}
        close = get_close_matches(path[-1].casefold(), spelling, n=1)
        hint = f"did you mean {'.'.join([*path[:-1], spelling[close[0]]])}?" if close else ""
        return f"There is no parameter {name}: {hint or 'the names are ' + ', '.join(known) + '.'}"
    names = ", ".join(group.model_fields)
    allowed = field.description if field and field.description else f"a group with {names}"
    if problem["type"] == "missing":
        return f"Parameter {name} is missing: it must be {allowed}."
    return f"Parameter {name} is {problem['input']!r}: it must be {allowed}."


def _find_field(path: list[str], root: type[BaseModel]) -> tuple[type[BaseModel], Any]:
    """Return the deepest group on the path and the field that the path names, if there is one."""
    group = root
    field = None
    for part in path:
        field = group.model_fields.get(part)
        annotation = field.annotation if field else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            group = annotation
    return group, field
