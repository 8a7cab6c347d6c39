"""The contracts decline what the next stage could not use."""

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
        pytest.param({"Message": ["see you", None]}, id="a missing value"),
        pytest.param({"Category": "ham", "Message": "see you"}, id="a duplicate"),
        pytest.param({"Message": [1, 2]}, id="numbers"),
        pytest.param({"Unnamed: 2": ""}, id="another column"),
    ],
)
def test_messages_are_declined_for(change: dict[str, Any]) -> None:
    table = pd.DataFrame(MESSAGES)
    assert tables.messages.validate(table) is table
    with pytest.raises(DataValidationError):
        tables.messages.validate(pd.DataFrame(MESSAGES).assign(**change))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataValidationError, match=r"Message: is there"):
        tables.messages.validate(pd.DataFrame(MESSAGES).drop(columns="Message"))


def test_the_source_of_each_message_may_be_there() -> None:
    tables.messages.validate(pd.DataFrame(MESSAGES).assign(source="raw file"))


@pytest.mark.parametrize("probability", [-0.1, 1.1])
def test_a_probability_is_from_0_to_1(probability: float) -> None:
    table = pd.DataFrame(PREDICTIONS)
    tables.predictions.validate(table)
    with pytest.raises(DataValidationError):
        tables.predictions.validate(table.assign(spam_probability=probability))


def test_a_probability_may_be_absent() -> None:
    tables.predictions.validate(pd.DataFrame(PREDICTIONS).assign(spam_probability=None))
