"""Tables in one piece (pandas) or in partitions on a cluster (Dask), for nodes that take either.

A node applies its functions to the rows with `map_rows`, and asks for what is small with
`collect`. Dask is imported by the dataset that makes a partitioned table, and by nothing else.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pandas as pd

Result = TypeVar("Result")


def is_partitioned(table: Any) -> bool:
    """Tell whether a table is a Dask DataFrame."""
    return hasattr(table, "npartitions")


def map_rows(function: Callable[..., pd.DataFrame], table: Any, *arguments: Any) -> Any:
    """Apply a function to a table, or to each of its partitions.

    Args:
        function: Takes a pandas DataFrame and the arguments, looks at each row by itself, and
            returns a pandas DataFrame, of the same columns also where there are no rows.
        table: A pandas or a Dask DataFrame.
        arguments: Further arguments; each is sent to a worker once, not with every partition.

    Returns:
        What the function returned, or a Dask DataFrame of it, to be computed later.
    """
    if not is_partitioned(table):
        return function(table, *arguments)
    from dask.delayed import delayed

    empty = function(table._meta, *arguments)
    sent = [delayed(argument, pure=True) for argument in arguments]
    return table.map_partitions(function, *sent, meta=empty)


def collect(value: Any) -> Any:
    """Return a table, series or number as pandas has it; Dask computes its own."""
    return value.compute() if hasattr(value, "compute") else value


def keep(table: Any) -> Any:
    """Return a table that several results need; one in partitions is computed by the workers."""
    return table.persist() if is_partitioned(table) else table


def count_values(series: Any) -> dict[str, int]:
    """Count the rows that hold each value.

    Args:
        series: A pandas or a Dask series of texts.

    Returns:
        The counts in the order in which the values appear, of a Dask series in theirs.
    """
    counts = collect(series.value_counts(sort=False))
    if is_partitioned(series):
        counts = counts.sort_index()
    return {str(value): int(count) for value, count in counts.items()}


def drop_duplicates(table: Any, columns: list[str]) -> Any:
    """Keep one row of those that agree in the columns.

    Args:
        table: A pandas or a Dask DataFrame.
        columns: Their names.

    Returns:
        The first ones in their order; of a Dask DataFrame, where there is no first, any one of
        them, sorted within each partition so that the same rows give the same files.
    """
    if not is_partitioned(table):
        return table.drop_duplicates(columns, ignore_index=True)
    distinct = table.drop_duplicates(subset=columns, split_out=table.npartitions)
    return distinct.map_partitions(_sort, columns, meta=table._meta)


def _sort(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return rows.sort_values(columns, ignore_index=True)
