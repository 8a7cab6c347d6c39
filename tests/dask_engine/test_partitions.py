"""The nodes give the same rows and figures for a table in one piece and for one in partitions.

Dask computes in this process here; tests/test_dask_environment.py has a cluster.
"""

from collections.abc import Iterator
from typing import Any

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from helpers import clean, make_model
from spam_classifier.dask_engine.partitions import collect, count_values, drop_duplicates, map_rows
from spam_classifier.errors import RawFileError
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines.data_processing.nodes import split_messages
from spam_classifier.pipelines.data_science.nodes import (
    compute_curves,
    compute_details,
    compute_metrics,
    predict,
)

HASHED = SplitParameters(strategy="hashed")


@pytest.fixture(autouse=True, params=[1, 3])
def partitions(request: pytest.FixtureRequest) -> Iterator[int]:
    """Return the number of partitions; texts stay pandas' own, as on the project's cluster."""
    with dask.config.set({"dataframe.convert-string": False, "scheduler": "synchronous"}):
        yield int(request.param)


def make_raw() -> pd.DataFrame:
    """Return raw rows with duplicates, near-duplicates and rows that cannot be used."""
    ham = [
        ("ham", f"see you at place {chr(97 + number % 26) * 3}, {number}") for number in range(80)
    ]
    spam = [
        (" SPAM", f"WIN prize {chr(97 + number % 26) * 3} {number} now") for number in range(40)
    ]
    faulty = [("ham", " "), ("", "who is this")]
    rows = [*ham, *spam, *ham[:7], *faulty, ("spam", "#ERROR!")]
    table = pd.DataFrame(rows, columns=["Category", "Message"], dtype="str")
    return table.set_index(pd.RangeIndex(2, len(rows) + 2, name="line"))


def cut(table: pd.DataFrame, partitions: int) -> Any:
    return dd.from_pandas(table, npartitions=partitions, sort=False)


def sort(table: Any) -> pd.DataFrame:
    rows: pd.DataFrame = collect(table)
    return rows.sort_values(["Category", "Message"], ignore_index=True)


def test_cleaning_gives_the_same_rows_and_counts(partitions: int) -> None:
    whole, rejected, quality = clean(make_raw())
    parted = clean(cut(make_raw(), partitions))
    pd.testing.assert_frame_equal(sort(whole), sort(parted[0]))
    pd.testing.assert_frame_equal(sort(rejected), sort(parted[1]))
    assert parted[2] == quality
    assert (quality["duplicates"], quality["rejected"]) == (
        7,
        {"empty message": 1, "empty label": 1},
    )


def test_a_rejected_row_names_its_file(partitions: int) -> None:
    raw = cut(make_raw().assign(**{"(file)": "part-7.csv"}), partitions)
    whole, rejected, _ = clean(raw)
    assert set(collect(rejected)["file"]) == {"part-7.csv"}
    assert list(whole.columns) == ["Category", "Message"]


def test_a_third_label_is_counted_over_all_partitions(partitions: int) -> None:
    raw = make_raw()
    raw.iloc[[0, -1], 0] = "eggs"
    with pytest.raises(RawFileError, match=r"ham \(\d+\), spam \(40\), eggs \(2\)\."):
        clean(cut(raw, partitions))


def test_a_table_without_rows_is_refused(partitions: int) -> None:
    with pytest.raises(RawFileError, match="has a header but no rows"):
        clean(cut(make_raw().iloc[:0], partitions))


def test_splitting_by_hash_gives_the_same_rows_and_report(partitions: int) -> None:
    messages = clean(make_raw())[0]
    train, test, report, *clusters = split_messages(messages, 0.4, 1337, HASHED)
    parted = split_messages(cut(messages, partitions), 0.4, 1337, HASHED)
    pd.testing.assert_frame_equal(sort(train), sort(parted[0]))
    pd.testing.assert_frame_equal(sort(test), sort(parted[1]))
    assert parted[2] == report
    assert [len(side) for side in clusters] == [len(train), len(test)]


def test_evaluation_gives_the_same_predictions_and_figures(partitions: int) -> None:
    messages = clean(make_raw())[0]
    model = make_model()
    predictions, scores = predict(model, messages)
    parted, parted_scores = predict(model, cut(messages, partitions))
    pd.testing.assert_frame_equal(sort(predictions), sort(parted))
    assert compute_metrics(scores, predictions) == compute_metrics(parted_scores, parted)
    for ours, theirs in zip(
        compute_curves(scores, predictions), compute_curves(parted_scores, parted), strict=True
    ):
        pd.testing.assert_frame_equal(ours, theirs)
    assert compute_details(scores, predictions, [], [], 1) == compute_details(
        parted_scores, parted, [], [], 1
    )


def test_duplicates_are_sorted_so_that_the_same_rows_give_the_same_files(partitions: int) -> None:
    rows = pd.DataFrame({"Category": ["b", "a"] * 30, "Message": list("xyzzyx") * 10})
    distinct = drop_duplicates(cut(rows, partitions), ["Category", "Message"])
    for part in distinct.partitions:
        table = part.compute()
        assert table.equals(table.sort_values(["Category", "Message"], ignore_index=True))


def test_values_are_counted_over_all_partitions(partitions: int) -> None:
    series = pd.Series(["b", "a", "b"] * 10)
    assert count_values(series) == {"b": 20, "a": 10}
    assert list(count_values(cut(series.to_frame("x"), partitions)["x"])) == ["a", "b"]


def test_an_argument_reaches_every_partition(partitions: int) -> None:
    rows = pd.DataFrame({"x": np.arange(9)})
    doubled = map_rows(lambda part, factor: part * factor, cut(rows, partitions), 2)
    assert collect(doubled)["x"].to_list() == [2 * number for number in range(9)]
