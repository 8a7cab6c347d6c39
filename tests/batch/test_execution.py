"""Who works off the parts, and what is told where none can."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dask
import pytest
from distributed import Client

from spam_classifier.batch.execution import Outcome, run_here, run_on_dask
from spam_classifier.batch.parts import PartError, Rows, SourceFile, UnreadablePart
from spam_classifier.batch.working_folder import Count, WorkingFolder
from spam_classifier.errors import UserError

PART = UnreadablePart(SourceFile(Path("a.csv"), "a.csv", 0, 0), (), 0, "a.csv is damaged")


@pytest.fixture
def folder(tmp_path: Path) -> WorkingFolder:
    folder = WorkingFolder(tmp_path / "out.parquet")
    folder.open([])
    return folder


def give_rows(part: UnreadablePart, *, text: str) -> Iterator[Rows]:
    """Give the rows of a part."""
    import pyarrow as pa

    yield Rows(pa.table({"Message": [text]}), [(1, "empty message")])


def find_fault(part: UnreadablePart) -> Iterator[Rows]:
    """Give a row, then fail."""
    yield from give_rows(part, text="hello")
    raise PartError(part.reason)


def test_parts_are_worked_off_in_order(folder: WorkingFolder) -> None:
    works = {key: partial(give_rows, PART, text=key) for key in "ba"}
    outcomes = list(run_here(folder, works))
    assert outcomes == [Outcome(key, "a.csv", Count(1, 1)) for key in "ba"]
    assert folder.open("ab") == dict.fromkeys("ab", Count(1, 1))


def test_a_part_that_fails_half_way_is_not_there(folder: WorkingFolder) -> None:
    assert list(run_here(folder, {"a": partial(find_fault, PART)})) == [
        Outcome("a", "a.csv", None, "a.csv is damaged")
    ]
    assert list(folder.path.iterdir()) == []


def test_dask_needs_a_client(folder: WorkingFolder) -> None:
    with pytest.raises(UserError, match="There is no Dask client: `executor: dask` belongs to"):
        list(run_on_dask(folder, {"a": partial(find_fault, PART)}))


@pytest.mark.slow
def test_a_part_that_ends_every_worker_is_told(folder: WorkingFolder) -> None:
    """As one does for which there is not enough memory."""

    def end_worker(part: UnreadablePart) -> Iterator[Rows]:
        os._exit(1)

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        Client(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0"),
    ):
        assert list(run_on_dask(folder, {"a": partial(end_worker, PART)})) == [
            Outcome("a", "a.csv", None, "a.csv ended 2 workers that read a part of it")
        ]
