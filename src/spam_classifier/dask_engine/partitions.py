"""Tables in one piece (pandas) or in partitions on a cluster (Dask), for nodes that take either.

A node applies its functions to the rows with `map_rows`, and asks for what is small with
`collect`. Dask is imported by the dataset that makes a partitioned table, and by nothing else.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import pandas as pd

if TYPE_CHECKING:
    import dask.dataframe as dd

    Table: TypeAlias = pd.DataFrame | dd.DataFrame
    Column: TypeAlias = pd.Series | dd.Series
else:  # Kedro reads the types of the nodes at every start, and Dask takes a second to import
    Table, Column = pd.DataFrame, pd.Series


def is_partitioned(table: Table | Column) -> "TypeGuard[dd.DataFrame]":
    """Tell whether a table or a column is Dask's."""
    return hasattr(table, "npartitions")


def map_rows(function: Callable[..., pd.DataFrame], table: Table, *arguments: Any) -> Table:
    """Apply a function to a table, or to each of its partitions.

    Args:
        function: Takes a pandas DataFrame and the arguments, looks at each row by itself, and
            returns a pandas DataFrame, of the same columns also where there are no rows.
        table: A table in one piece or in partitions.
        arguments: Further arguments; each is sent to a worker once, not with every partition.

    Returns:
        What the function returned; of a table in partitions, to be computed later.
    """
    if not is_partitioned(table):
        return function(table, *arguments)
    from dask.delayed import delayed

    empty = function(table._meta, *arguments)
    sent = [delayed(argument, pure=True) for argument in arguments]
    return table.map_partitions(function, *sent, meta=empty)


def collect(value: Any) -> Any:
    """Return a table, column or number as pandas has it; Dask computes its own."""
    return value.compute() if hasattr(value, "compute") else value


def take_first(table: Table | Column, size: int) -> Any:
    """Return the first rows, or fewer where there are fewer in the first partition."""
    first = table.partitions[0] if is_partitioned(table) else table
    return collect(first).head(size)


def keep(table: Table) -> Table:
    """Return a table that several results need; one in partitions is computed by the workers."""
    return table.persist() if is_partitioned(table) else table


def count_values(column: Column) -> dict[str, int]:
    """Count the rows that hold each value.

    Args:
        column: Texts.

    Returns:
        The counts in the order in which the values appear, of a column in partitions in theirs.
    """
    counts = collect(column.value_counts(sort=False))
    if is_partitioned(column):
        counts = counts.sort_index()
    return {str(value): int(count) for value, count in counts.items()}


def drop_duplicates(table: Table, columns: list[str]) -> Table:
    """Keep one row of those that agree in the columns.

    Args:
        table: A table in one piece or in partitions.
        columns: Their names.

    Returns:
        The first ones in their order; of a table in partitions, where there is no first, any one of
        them, sorted within each partition so that the same rows give the same files.
    """
    if not is_partitioned(table):
        return table.drop_duplicates(columns, ignore_index=True)
    distinct = table.drop_duplicates(subset=columns, split_out=table.npartitions)
    return distinct.map_partitions(_sort, columns, meta=table._meta)


def _sort(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return rows.sort_values(columns, ignore_index=True)
