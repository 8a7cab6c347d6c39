"""The nodes give the same figures for a table in one piece and for one in partitions.

Dask computes in this process here; test_cluster.py has clusters.
"""

from collections.abc import Iterator

import dask
import pandas as pd
import pytest

from helpers import clean, cut, make_model
from spam_classifier.dask_engine.partitions import collect, drop_duplicates
from spam_classifier.errors import RawFileError
from spam_classifier.pipelines.data_science.nodes import (
    compute_curves,
    compute_details,
    compute_metrics,
    predict,
)

KEYS = ["Category", "Message"]


@pytest.fixture(autouse=True)
def texts_and_scheduler() -> Iterator[None]:
    """Let texts stay pandas' own, as on the project's cluster."""
    with dask.config.set({"dataframe.convert-string": False, "scheduler": "synchronous"}):
        yield


def make_raw() -> pd.DataFrame:
    """Return raw rows of both classes, two thirds of them ham."""
    texts = [f"see you at place {chr(97 + number % 26) * 3} {number}" for number in range(120)]
    rows = {"Category": ["ham", "ham", "spam"] * 40, "Message": texts}
    return pd.DataFrame(rows, dtype="str").rename_axis("line")


def test_a_third_label_is_counted_over_all_partitions() -> None:
    raw = make_raw()
    raw.loc[[0, 119], "Category"] = "eggs"
    with pytest.raises(RawFileError, match=r"ham \(79\), spam \(39\), eggs \(2\)\."):
        clean(cut(raw))


def test_evaluation_gives_the_same_predictions_and_figures() -> None:
    messages, model = clean(make_raw())[0], make_model()
    predictions, scores = predict(model, messages)
    parted, parted_scores = predict(model, cut(messages))
    pd.testing.assert_frame_equal(predictions, collect(parted))
    assert compute_metrics(scores, predictions) == compute_metrics(parted_scores, parted)
    curves, parted_curves = compute_curves(scores, predictions), compute_curves(scores, parted)
    assert all(map(pd.DataFrame.equals, curves, parted_curves))
    ours, theirs = (compute_details(scores, rows, [], [], 1) for rows in (predictions, parted))
    assert ours == theirs


def test_duplicates_are_sorted_so_that_the_same_rows_give_the_same_files() -> None:
    rows = pd.DataFrame({"Category": ["b", "a"] * 30, "Message": list("xyzzyx") * 10})
    for part in drop_duplicates(cut(rows), KEYS).partitions:
        table = part.compute()
        assert table.equals(table.sort_values(KEYS, ignore_index=True))
