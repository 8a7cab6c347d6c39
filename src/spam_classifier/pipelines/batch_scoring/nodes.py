"""The node of `batch_scoring`: how messages are scored, which is done where they are saved."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa

from spam_classifier.datasets.message_files_dataset import Batch, MessageSource
from spam_classifier.errors import EMPTY_MESSAGE, UserError
from spam_classifier.model.linear_text_model import DECIMALS, LinearTextModel
from spam_classifier.tables import PREDICTION, SPAM_PROBABILITY, list_names

ANSWERS = [pa.field(PREDICTION, pa.string()), pa.field(SPAM_PROBABILITY, pa.float64())]
TEXTS = (pa.string(), pa.large_string())
LONG_WINDOWS = 10  # have as many characters as a text that is far longer than a text message


def score_messages(
    sources: list[MessageSource], model: LinearTextModel, column: str
) -> list[MessageSource]:
    """Say how messages are scored, without scoring them.

    Args:
        sources: The messages, all with the same columns.
        model: The trained model.
        column: Name of the column that holds the messages, or its number.

    Returns:
        Sources whose rows have `prediction` and `spam_probability` (0 to 1) too, once read.

    Raises:
        UserError: If there is no such column of texts, or one with the name of a new one.
    """
    schema, column = sources[0].schema, str(column)
    if column not in [field.name for field in schema if field.type in TEXTS]:
        raise UserError(
            f"The messages have no column {column} of texts: their columns are "
            f"{list_names(schema.names)}; text_column and sep in --params say which it is."
        )
    if clash := sorted({field.name for field in ANSWERS}.intersection(schema.names)):
        raise UserError(f"The messages have a column {' and '.join(clash)} already: rename it.")
    schema = pa.schema([*schema, *ANSWERS])
    return [
        source._replace(schema=schema, read=partial(score_source, source, model, column))
        for source in sources
    ]


def score_source(source: MessageSource, model: LinearTextModel, column: str) -> Iterator[Batch]:
    """Score the rows of a source, some at a time; those without a message are rejected."""
    for batch in source.read():
        texts = batch.table[column].cast(pa.large_string()).to_pylist()
        is_blank = [not text or text.isspace() for text in texts]
        texts = [text for text, blank in zip(texts, is_blank, strict=True) if not blank]
        usable = batch.reject(pa.array(is_blank, pa.bool_()), EMPTY_MESSAGE)
        scores = model.score(texts)
        labels = pa.array(model.labels(scores), pa.string())
        shares = pa.array(np.round(model.probabilities(scores), DECIMALS), pa.float64())
        table = usable.table.append_column(ANSWERS[0], labels).append_column(ANSWERS[1], shares)
        long = sum(len(text) > LONG_WINDOWS * model.window for text in texts)
        yield usable._replace(table=table, long=long)
