"""The contracts decline what the next stage could not use."""

from typing import Any

import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from spam_classifier import schemas

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
    schemas.messages.validate(pd.DataFrame(MESSAGES))
    with pytest.raises((SchemaError, SchemaErrors)):
        schemas.messages.validate(pd.DataFrame(MESSAGES).assign(**change))


@pytest.mark.parametrize("probability", [-0.1, 1.1])
def test_a_probability_is_from_0_to_1(probability: float) -> None:
    table = pd.DataFrame(PREDICTIONS)
    schemas.predictions.validate(table)
    with pytest.raises(SchemaError):
        schemas.predictions.validate(table.assign(spam_probability=probability))


def test_a_probability_may_be_absent() -> None:
    schemas.predictions.validate(pd.DataFrame(PREDICTIONS).assign(spam_probability=None))
