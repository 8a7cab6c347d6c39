"""The nodes give the same rows and figures for a table in one piece and for one in partitions.

Dask computes in this process here; test_cluster.py has clusters.
"""

from collections.abc import Iterator
from typing import Any

import dask
import dask.dataframe as dd
import pandas as pd
import pytest

from helpers import clean, make_model
from spam_classifier.dask_engine.partitions import collect, drop_duplicates
from spam_classifier.errors import RawFileError
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines.data_processing.nodes import split_messages
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
    """Return raw rows with duplicates, near-duplicates and rows that cannot be used."""
    places = [f"{chr(97 + number % 26) * 3} {number}" for number in range(80)]
    ham = [("ham", f"see you at place {place}") for place in places]
    spam = [(" SPAM", f"WIN prize {place} now") for place in places[:40]]
    rows = [*ham, *spam, *ham[:7], ("ham", " "), ("", "who is this"), ("spam", "#ERROR!")]
    lines = pd.RangeIndex(2, len(rows) + 2, name="line")
    return pd.DataFrame(rows, columns=KEYS, dtype="str", index=lines)


def cut(table: pd.DataFrame) -> Any:
    return dd.from_pandas(table, npartitions=3, sort=False)


def assert_same_rows(whole: pd.DataFrame, parted: Any) -> None:
    ours, theirs = (
        collect(table).sort_values(KEYS, ignore_index=True) for table in (whole, parted)
    )
    pd.testing.assert_frame_equal(ours, theirs)


def test_cleaning_and_splitting_give_the_same_rows_and_counts() -> None:
    whole, rejected, quality = clean(make_raw())
    parted, parted_rejected, parted_quality = clean(cut(make_raw()))
    assert_same_rows(whole, parted)
    assert_same_rows(rejected, parted_rejected)
    assert parted_quality == quality
    assert quality["duplicates"] == 7
    assert quality["rejected"] == {"empty message": 1, "empty label": 1}
    arguments = (0.4, 1337, SplitParameters(strategy="hashed"))
    train, test, report, *_ = split_messages(whole, *arguments)
    parted_train, parted_test, parted_report, *_ = split_messages(parted, *arguments)
    assert_same_rows(train, parted_train)
    assert_same_rows(test, parted_test)
    assert parted_report == report


def test_a_rejected_row_names_its_file() -> None:
    raw = cut(make_raw().assign(**{"(file)": "part-7.csv"}))
    whole, rejected, _ = clean(raw)
    assert set(collect(rejected)["file"]) == {"part-7.csv"}
    assert list(whole.columns) == KEYS


def test_a_third_label_is_counted_over_all_partitions() -> None:
    raw = make_raw()
    raw.iloc[[0, -1], 0] = "eggs"
    with pytest.raises(RawFileError, match=r"ham \(\d+\), spam \(40\), eggs \(2\)\."):
        clean(cut(raw))


def test_evaluation_gives_the_same_predictions_and_figures() -> None:
    messages, model = clean(make_raw())[0], make_model()
    predictions, scores = predict(model, messages)
    parted, parted_scores = predict(model, cut(messages))
    assert_same_rows(predictions, parted)
    assert compute_metrics(scores, predictions) == compute_metrics(parted_scores, parted)
    curves, parted_curves = compute_curves(scores, predictions), compute_curves(scores, parted)
    assert all(map(pd.DataFrame.equals, curves, parted_curves))
    assert compute_details(scores, predictions, [], [], 1) == compute_details(
        parted_scores, parted, [], [], 1
    )


def test_duplicates_are_sorted_so_that_the_same_rows_give_the_same_files() -> None:
    rows = pd.DataFrame({"Category": ["b", "a"] * 30, "Message": list("xyzzyx") * 10})
    for part in drop_duplicates(cut(rows), KEYS).partitions:
        table = part.compute()
        assert table.equals(table.sort_values(KEYS, ignore_index=True))
