"""The contracts decline what the next stage could not use."""

from contextlib import nullcontext
from typing import Any

import pandas as pd
import pytest
from kedro.validation import DataValidationError

from spam_classifier import tables

MESSAGES = {"Category": ["ham", "spam"], "Message": ["see you", "WIN"]}
PREDICTIONS = MESSAGES | {"prediction": ["ham", "ham"], "spam_probability": [0.0, 1.0]}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"Category": ["ham", ""]}, id="a row without a label"),
        pytest.param({"Message": ["see you", " \n"]}, id="a row without a text"),
        pytest.param({"Category": "ham", "Message": "see you"}, id="a duplicate"),
        pytest.param({"Unnamed: 2": ""}, id="another column"),
    ],
)
def test_messages_are_declined_for(change: dict[str, Any]) -> None:
    table = pd.DataFrame(MESSAGES)
    tables.check_messages(table)
    with pytest.raises(DataValidationError):
        tables.check_messages(pd.DataFrame(MESSAGES).assign(**change))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataValidationError, match=r"Message: is there"):
        tables.check_messages(pd.DataFrame(MESSAGES).drop(columns="Message"))


@pytest.mark.parametrize(
    ("column", "values", "is_right"),
    [
        ("spam_probability", -0.1, False),
        ("spam_probability", 1.1, False),
        ("spam_probability", None, True),
        ("source", "raw file", True),
    ],
)
def test_predictions_are_declined_for(column: str, values: Any, is_right: bool) -> None:
    table = pd.DataFrame(PREDICTIONS).assign(**{column: values})
    with nullcontext() if is_right else pytest.raises(DataValidationError, match=column):
        tables.check_predictions(table)
