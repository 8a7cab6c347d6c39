"""The node of `batch_scoring`: what is to be done with each part, done when it is saved."""

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from spam_classifier.batch.parts import Part, Parts, Rows, list_texts
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.tables import DECIMALS, PREDICTION, SEPARATORS, SPAM_PROBABILITY, list_names


def score_messages(
    *, parts: Parts, model: LinearTextModel, text_column: str
) -> dict[str, partial[Iterator[Rows]]]:
    """Say how each part is scored, without scoring it.

    Args:
        parts: The parts by their keys.
        model: The trained model.
        text_column: Name of the column that holds the messages, or its number.

    Returns:
        For each part what gives its rows with the columns `prediction` and `spam_probability`, by
        a key that changes with the part, the model and the column.

    Raises:
        UserError: If there is no such column, or one with the name of a new one.
    """
    column = str(text_column)
    for part in parts.values():
        _check_columns([name for name, _ in part.columns], column)
    context = hashlib.md5(f"{column}\n{model.to_json()}".encode(), usedforsecurity=False)
    return {
        f"{key}-{context.hexdigest()}": partial(score_part, part, model=model, text_column=column)
        for key, part in parts.items()
    }


def score_part(part: Part, *, model: LinearTextModel, text_column: str) -> Iterator[Rows]:
    """Score the rows of a part, some at a time.

    Args:
        part: The part.
        model: The trained model.
        text_column: Name of the column that holds the messages.

    Yields:
        Rows with all columns of the file, `prediction` and `spam_probability` (0 to 1, 6
        decimals); and what was rejected.
    """
    for table, rejected in part.read(text_column):
        yield Rows(add_predictions(table, model, text_column), rejected)


def add_predictions(table: Any, model: LinearTextModel, text_column: str) -> Any:
    """Return a `pyarrow.Table` with the two columns of the model's answers at its end."""
    import numpy as np
    import pyarrow as pa

    scores = model.score(list_texts(table, text_column))
    probabilities = np.round(model.probabilities(scores), DECIMALS)
    return table.append_column(
        PREDICTION, pa.array(model.labels(scores), pa.string())
    ).append_column(SPAM_PROBABILITY, pa.array(probabilities, pa.float64()))


def _suggest_separator(columns: list[str]) -> str:
    """Name the separator that stands within the name of an only column."""
    found = [name for name, sep in SEPARATORS.items() if len(columns) == 1 and sep in columns[0]]
    return f", and the separator with sep={found[0]}" if found else ""


def _check_columns(columns: list[str], text_column: str) -> None:
    """Refuse a table that lacks the text column, or has one of the new columns."""
    if not columns:  # of a file that cannot be read
        return
    if text_column not in columns:
        raise UserError(
            f"The messages have no column {text_column}: their columns are {list_names(columns)}; "
            f"name one with --params text_column=…{_suggest_separator(columns)}."
        )
    if clash := [name for name in (PREDICTION, SPAM_PROBABILITY) if name in columns]:
        raise UserError(
            f"The messages have a column {' and a column '.join(clash)} already: rename it, "
            "since the predictions get a column of that name."
        )
