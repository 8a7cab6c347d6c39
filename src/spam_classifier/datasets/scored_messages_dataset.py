"""Scored messages, of any number: scored where they are saved, here or by Dask's workers."""

import copy
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
from kedro.io.core import DatasetError
from pyarrow import csv, parquet
from tqdm import tqdm

from spam_classifier.datasets.file_dataset import FileDataset
from spam_classifier.datasets.message_files_dataset import IN_SMALL_PIECES, ROW, MessageSource
from spam_classifier.storage import AtomicFile, make_part_folder, remove_parts, replace_folder
from spam_classifier.tables import REJECTED_SUFFIX

logger = logging.getLogger(__name__)

REJECTED = pa.schema([("file", pa.string()), ("row", pa.int64()), ("reason", pa.string())])
QUOTED = partial(csv.CSVWriter, write_options=csv.WriteOptions(quoting_style="all_valid"))
LEAST_LONG_SHARE = 0.01  # of the texts, to be worth a warning


class ScoredMessagesDataset(FileDataset[list[MessageSource], NoReturn]):
    """Scores messages, on the workers of a Dask cluster if there is a client, and saves them.

    What it saves are sources whose rows are scored when they are read. The path ends in `.parquet`
    or `.csv`, or has no suffix for a folder of Parquet files. It is replaced when all messages are
    scored; rejected ones are listed in `PATH.rejected.csv`.
    """

    def save(self, data: list[MessageSource]) -> None:
        """Score the messages and replace the output.

        Raises:
            DatasetError: If the output is something else, a file cannot be read, or no row scored.
        """
        target, schema = Path(self.path), data[0].schema
        _check_target(target, schema)
        with make_part_folder(target) as folder:
            pieces = [folder / f"scored-{n:05}.parquet" for n in range(len(data))]
            scored, rejected, long = map(sum, zip(*_write_all(data, pieces), strict=True))
            told = f"{scored + rejected:,} rows: {scored:,} scored, {rejected:,} rejected"
            told += _list_rejected(target, pieces, rejected)
            if not scored:
                raise DatasetError(f"{told}. Do sep, encoding, header and quotes fit?")
            if target.suffix:
                _join(pieces, target, schema)
            else:
                replace_folder(folder, target)
        logger.info("%s; written to %s", told, target.name)
        if long > LEAST_LONG_SHARE * scored:
            share = 100 * long / scored
            logger.warning("%.0f %% of the texts are far longer than the learnt messages.", share)

    def load(self) -> NoReturn:
        """Raise a `DatasetError`."""
        raise DatasetError("The scored messages may be more than fit into memory: read the file.")


def _check_target(target: Path, schema: pa.Schema) -> None:
    """Refuse to replace what is no output, and columns that no CSV can hold."""
    is_ours = target.is_file() if target.suffix else target.is_dir()
    is_ours &= all(path.match("scored-*.parquet") for path in target.glob("*"))
    if target.exists() and not is_ours:
        raise DatasetError(
            f"{target} is no output of batch_scoring: give predictions another name."
        )
    if target.suffix == ".csv" and any(map(pa.types.is_nested, schema.types)):
        raise DatasetError(
            "A CSV cannot hold lists and structures: let predictions end in .parquet."
        )


def _write_all(sources: list[MessageSource], pieces: list[Path]) -> Iterator[tuple[int, int, int]]:
    """Write the sources, here or on the cluster of this process's Dask client, and count rows."""
    from distributed import CancelledError, KilledWorker, as_completed, default_client

    jobs = list(enumerate(pieces))
    with tqdm(total=sum(source.size for source in sources), unit="B", unit_scale=True) as bar:
        try:
            client = default_client()
        except ValueError:
            yield from (_write(*job, sources, bar.update) for job in jobs)
            return
        shared = client.submit(copy.copy, sources, pure=False)  # a worker fetches them once
        tasks = {client.submit(_write, *job, shared, pure=False): sources[job[0]] for job in jobs}
        for task in as_completed(tasks):
            source = tasks[task]
            try:
                yield task.result()
            except (CancelledError, KilledWorker) as error:
                reason = type(error).__name__
                raise DatasetError(f"{source.name} was not scored ({reason}): run again.") from None
            bar.update(source.size)


def _write(
    number: int, piece: Path, sources: list[MessageSource], advance: Callable[[int], Any] = int
) -> tuple[int, int, int]:
    """Write the scored and the rejected rows of a source, and count them and the long texts."""
    source, scored, rejected, long = sources[number], 0, 0, 0
    rejects = piece.with_suffix(".rejected")
    with _open_writer(piece, source.schema) as writer, _open_writer(rejects, REJECTED) as lister:
        for batch in source.read():
            writer.write_table(batch.table.drop_columns(ROW))
            rows = [(source.name, *reject) for reject in sorted(batch.rejected)]
            if rows:
                lister.write_table(pa.table(list(zip(*rows, strict=True)), schema=REJECTED))
            scored, rejected = scored + batch.table.num_rows, rejected + len(rows)
            long += batch.long
            advance(batch.size)
    return scored, rejected, long


def _list_rejected(target: Path, pieces: list[Path], count: int) -> str:
    """Replace the list of rejected rows beside the output, and say where it is."""
    listing = target.with_name(f"{target.name}{REJECTED_SUFFIX}")
    listing.unlink(missing_ok=True)
    remove_parts(listing)
    rejects = [piece.with_suffix(".rejected") for piece in pieces]
    if count:
        _join(rejects, listing, REJECTED)
    for path in rejects:
        path.unlink()
    return f" ({listing.name} says why)" if count else ""


def _join(pieces: Iterable[Path], target: Path, schema: pa.Schema) -> None:
    """Write the rows of Parquet files into one file."""
    with _open_writer(target, schema) as writer:
        for piece in pieces:
            file = parquet.ParquetFile(piece, **IN_SMALL_PIECES)
            for batch in file.iter_batches(use_threads=False):
                writer.write_batch(batch)


@contextmanager
def _open_writer(path: Path, schema: pa.Schema) -> Iterator[Any]:
    """Write tables to a CSV, every cell in quotes, or to a Parquet file."""
    make = QUOTED if path.suffix == ".csv" else parquet.ParquetWriter
    with AtomicFile(path) as file, make(file, schema) as writer:
        yield writer
