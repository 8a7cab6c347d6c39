"""Keeps the features of any number of messages in files, and reads them back shuffled."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

ROW = np.dtype(
    [
        ("order", np.uint64),  # where it stands among the others: a hash of the text
        ("group", np.uint64),  # shared by near-duplicates: a hash of the folded text
        ("positive", np.bool_),  # whether it belongs to the positive class
        ("terms", np.int32),  # how many terms it has
    ]
)

Rows = npt.NDArray[np.void]


class FeatureSpool:
    """A sparse matrix on disk with a label for each row.

    It is an external sort: rows are appended to one of many small files by their hash, and each
    file is sorted when it is read. So they come back in an order that depends neither on the one
    in which they were written nor on the size of the files.
    """

    def __init__(self, folder: Path, buckets: int, columns: int) -> None:
        """Start without rows.

        Args:
            folder: An empty folder.
            buckets: How many files the rows are shared between; one is read at a time.
            columns: How many features there are.
        """
        self._folder = folder
        self._buckets = buckets
        self._columns = columns

    def append(self, rows: Rows, features: csr_matrix) -> None:
        """Write n rows.

        Args:
            rows: n records of the type `ROW`.
            features: n rows of float64.
        """
        high_bits = rows["order"] >> np.uint64(32)
        buckets = high_bits * np.uint64(self._buckets) >> np.uint64(32)
        for bucket in np.unique(buckets):
            chosen = np.flatnonzero(buckets == bucket)
            part = features[chosen]
            columns = (rows[chosen], part.indices.astype(np.int32), part.data)
            for path, column in zip(self._paths(int(bucket)), columns, strict=True):
                with path.open("ab") as file:
                    file.write(column.tobytes())

    def read(self) -> Iterator[tuple[Rows, csr_matrix]]:
        """Yield all rows and their features in order, a file at a time."""
        for bucket in range(self._buckets):
            rows_path, indices_path, data_path = self._paths(bucket)
            if rows_path.exists():
                rows = np.fromfile(rows_path, ROW)
                ends = np.concatenate([[0], np.cumsum(rows["terms"], dtype=np.int64)])
                data, indices = np.fromfile(data_path), np.fromfile(indices_path, np.int32)
                features = csr_matrix((data, indices, ends), (len(rows), self._columns))
                order = np.lexsort((rows["positive"], rows["group"], rows["order"]))
                yield rows[order], features[order]

    def read_rows(self) -> Iterator[Rows]:
        """Yield all rows without their features, a file at a time."""
        for bucket in range(self._buckets):
            path, *_ = self._paths(bucket)
            if path.exists():
                yield np.fromfile(path, ROW)

    def _paths(self, bucket: int) -> tuple[Path, Path, Path]:
        rows, indices, data = (
            self._folder / f"{bucket}.{part}" for part in ("rows", "indices", "data")
        )
        return rows, indices, data
