"""The contracts of the tables, checked by pandera."""

import pandas as pd
import pandera.pandas as pa

from spam_classifier.tables import CATEGORY, MESSAGE, SOURCE


def is_blank(texts: pd.Series) -> pd.Series:
    """Tell which texts hold nothing but white space."""
    return texts.str.strip() == ""


def raw_messages_schema(labels: list[str]) -> pa.DataFrameSchema:
    """Return the contract of a raw row; the name of a check is the reason of a rejection.

    Args:
        labels: The labels that are known, as they stand after folding.

    Returns:
        A schema for a table with the columns `Category` and `Message`.
    """
    return pa.DataFrameSchema(
        {
            CATEGORY: pa.Column(
                str,
                [
                    pa.Check(lambda label: label != "", name="empty label"),
                    pa.Check(lambda label: label.isin(["", *labels]), name="unknown label"),
                ],
            ),
            MESSAGE: pa.Column(str, pa.Check(lambda text: ~is_blank(text), name="empty message")),
        }
    )


messages = pa.DataFrameSchema(
    {
        CATEGORY: pa.Column(str, pa.Check(lambda label: label != "", name="has a label")),
        MESSAGE: pa.Column(str, pa.Check(lambda text: ~is_blank(text), name="has a text")),
        SOURCE: pa.Column(str, required=False),
    },
    unique=[CATEGORY, MESSAGE],
    strict=True,
)
"""Clean messages: `spam_data`, `train_messages` and `test_messages`."""

predictions = pa.DataFrameSchema(
    {
        CATEGORY: pa.Column(str),
        MESSAGE: pa.Column(str),
        SOURCE: pa.Column(str, required=False),
        "prediction": pa.Column(str),
        "spam_probability": pa.Column(float, pa.Check.in_range(0, 1), nullable=True, coerce=True),
    },
    strict=True,
)
"""Messages with the model's answer; a model without probabilities leaves them empty."""
