"""Every CSV that a run writes is read back as it was, whatever people type into messages."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import CatalogProtocol

from helpers import copy_project

NASTY = "\"',;\\\r\n\t\x00\x1a\x85\u2028\u202e\u0627\ufeff\u200d😀éa "
MESSAGES = st.text(st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs"]), max_size=12)
TABLES = st.lists(MESSAGES.filter(str.strip), min_size=1, max_size=8, unique=True)


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
