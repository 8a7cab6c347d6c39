"""Who works off the parts: this process, or the workers of a Dask cluster.

Either way the same function writes the same bytes, and only counts come back.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from spam_classifier.batch.parts import PartError, Rows
from spam_classifier.batch.working_folder import Count, WorkingFolder
from spam_classifier.errors import UserError

Work = partial[Iterator[Rows]]
"""What gives the scored rows of a part. Its keyword arguments are what all parts have in common."""


class Outcome(NamedTuple):
    """What became of a part.

    Attributes:
        key: The part's key.
        name: The file that it comes from.
        counted: How many rows it has; None if it is not there.
        fault: Why not.
        is_fatal: Whether no other part can be written, either.
    """

    key: str
    name: str
    counted: Count | None
    fault: str = ""
    is_fatal: bool = False


def run_here(folder: WorkingFolder, works: Mapping[str, Work]) -> Iterator[Outcome]:
    """Work off the parts one after the other.

    Args:
        folder: Where to write them.
        works: What gives their rows.

    Yields:
        What became of each.
    """
    for key, work in works.items():
        yield finish_part(folder, key, work.func, work.args, **work.keywords)


def finish_part(
    folder: WorkingFolder,
    key: str,
    function: Callable[..., Iterator[Rows]],
    arguments: tuple[Any, ...],
    **shared: Any,
) -> Outcome:
    """Score a part and write it, whatever became of earlier tries; it does not raise.

    Args:
        folder: Where to write it.
        key: The part's key.
        function: What gives its rows.
        arguments: What the function is called with, the part first.
        shared: What it is called with for every part.
    """
    name = arguments[0].file.name
    try:
        with folder.explain_faults():
            return Outcome(key, name, folder.write(key, name, function(*arguments, **shared)))
    except PartError as error:
        return Outcome(key, name, None, error.message)
    except UserError as error:
        return Outcome(key, name, None, error.message, is_fatal=True)


def run_on_dask(folder: WorkingFolder, works: Mapping[str, Work]) -> Iterator[Outcome]:
    """Let the workers of the current Dask client work off the parts.

    They write the parts themselves, to a file system that they share. What all parts have in
    common, such as the model, is the result of a task of its own: a worker fetches it once, and
    it is made again when the workers that hold it are lost.

    Args:
        folder: Where to write them.
        works: What gives their rows.

    Yields:
        What became of each, in the order of their completion.

    Raises:
        UserError: If there is no client, or the cluster ends before the work.
    """
    from distributed import CancelledError, KilledWorker, as_completed

    client = _find_client()
    shared = {
        name: client.submit(_return, value, pure=False)
        for name, value in next(iter(works.values())).keywords.items()
    }
    futures = {
        client.submit(finish_part, folder, key, work.func, work.args, pure=False, **shared): key
        for key, work in works.items()
    }
    for future in as_completed(futures):
        key = futures.pop(future)
        try:
            yield future.result()
        except KilledWorker as error:
            name = works[key].args[0].file.name
            tries = error.allowed_failures + 1
            yield Outcome(key, name, None, f"{name} ended {tries} workers that read a part of it")
        except CancelledError:
            raise UserError(
                "The Dask cluster has ended: when it runs again, type the same command; "
                "what was scored is kept."
            ) from None


def _find_client() -> Any:
    """Return the Dask client of this process."""
    from distributed import default_client

    try:
        return default_client()
    except ValueError:
        raise UserError(
            "There is no Dask client: `executor: dask` belongs to `kedro run --env dask`."
        ) from None


def _return(value: Any) -> Any:
    """Give a value to the cluster as a result."""
    return value


EXECUTORS = {"local": run_here, "dask": run_on_dask}
