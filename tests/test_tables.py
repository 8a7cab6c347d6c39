"""Tables are read back as they were, and the contracts decline what a stage could not use."""

from contextlib import nullcontext
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import CatalogProtocol
from kedro.validation import DataValidationError

from helpers import copy_project
from spam_classifier import tables

MESSAGES = {"Category": ["ham", "spam"], "Message": ["see you", "WIN"]}
PREDICTIONS = MESSAGES | {"prediction": ["ham", "ham"], "spam_probability": [0.0, 1.0]}
NASTY = "\"',;\\\r\n\t\x00\x1a\x85\u2028\u202e\u0627\ufeff\u200d😀éa "
TEXTS = st.text(st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs"]), max_size=12)
TABLES = st.lists(TEXTS.filter(str.strip), min_size=1, max_size=8, unique=True)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> CatalogProtocol[Any, Any]:
    """Return the project's own catalog, validators included, in a folder of its own."""
    project = copy_project(tmp_path_factory.mktemp("catalog"))
    bootstrap_project(project)
    return KedroSession.create(project).load_context().catalog


@pytest.mark.parametrize("dataset", ["spam_data", "rejected_messages", "train_predictions"])
@settings(max_examples=30)
@given(TABLES)
@example(["a\rb", "a\r\nb", "a\n", '"', '""', "\x00", "null", "NA", "\ufeff", "\u202eabc"])
def test_messages_survive_their_csv(
    dataset: str, catalog: CatalogProtocol[Any, Any], texts: list[str]
) -> None:
    table = pd.DataFrame({"Category": "ham", "Message": texts}, dtype="str")
    if dataset == "rejected_messages":
        table = pd.DataFrame({"line": "2", "reason": "unknown label"}, table.index).join(table)
    if dataset.endswith("predictions"):
        table = table.assign(prediction="spam", spam_probability=0.123456)
    catalog.save(dataset, table)
    pd.testing.assert_frame_equal(catalog.load(dataset), table)


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
