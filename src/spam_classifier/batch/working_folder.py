"""Where the parts of an output are kept until all of them are there.

A part is two files: its rows, and then a note of what was done. Both are written atomically, so a
part whose note is there is whole, whoever was killed while writing it.
"""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from spam_classifier.batch.parts import Rows, shorten
from spam_classifier.errors import UserError
from spam_classifier.storage import write_atomically
from spam_classifier.tables import PREDICTION, SPAM_PROBABILITY

COPIED_BYTES = 1 << 20
OUTPUT_PART = re.compile(r"part-\d{5,}\.parquet")


class Count(NamedTuple):
    """How many rows of a part were scored, and how many rejected."""

    scored: int
    rejected: int


@dataclass(frozen=True)
class WorkingFolder:
    """The parts of one output, beside it.

    Attributes:
        target: The output: a `.parquet` or `.csv` file, or a folder of Parquet files.
    """

    target: Path

    @property
    def path(self) -> Path:
        """The folder."""
        return self.target.with_name(f".{self.target.name}.parts")

    @property
    def rejects(self) -> Path:
        """The list of the rejected rows, beside the output."""
        return name_rejects(self.target)

    @property
    def _suffix(self) -> str:
        return self.target.suffix or ".parquet"

    @property
    def _replaced(self) -> Path:
        """An older output folder, until the new one has its name."""
        return self.path / "replaced"

    def _rows(self, key: str) -> Path:
        return self.path / f"{key}{self._suffix}"

    def _note(self, key: str) -> Path:
        return self.path / f"{key}.json"

    def open(self, keys: Iterable[str]) -> dict[str, Count]:
        """Make the folder, and remove what belongs to other inputs or another model.

        Args:
            keys: The parts that are wanted.

        Returns:
            The parts that are there already.
        """
        with self.explain_faults():
            if self._replaced.exists() and not self.target.exists():
                self._replaced.rename(self.target)  # a run was killed between its two renames
            self._check_target()
            self.path.mkdir(parents=True, exist_ok=True)
            done = [key for key in keys if self._note(key).exists() and self._rows(key).exists()]
            wanted = {path for key in done for path in (self._rows(key), self._note(key))}
            for path in set(self.path.iterdir()) - wanted:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            notes = {key: self._read_note(key) for key in done}
        return {key: Count(note["scored"], len(note["rejected"])) for key, note in notes.items()}

    def _check_target(self) -> None:
        """Refuse to replace what is no output."""
        is_replaceable = self.target.is_dir() or (self.target.suffix and self.target.is_file())
        if self.target.exists() and not is_replaceable:
            raise UserError(
                f"{shorten(self.target)} is there already, and no output of batch_scoring: give "
                "predictions another name."
            )
        if self.target.is_dir() and (self.target.suffix or not _is_output(self.target)):
            raise UserError(
                f"{shorten(self.target)} is a folder with other files than batch_scoring writes: "
                "give predictions another name."
            )

    def write(self, key: str, name: str, rows: Iterable[Rows]) -> Count:
        """Write a part.

        Args:
            key: Its key.
            name: The file that it comes from.
            rows: Its rows, some at a time, once at least.

        Returns:
            How many rows there were.
        """
        rows = iter(rows)
        first = next(rows)
        scored, rejected = 0, []
        with (
            write_atomically(self._rows(key)) as file,
            _open_writer(file, self._suffix, first.table.schema) as writer,
        ):
            for table, more in chain([first], rows):
                if table.num_rows:
                    writer.write_table(table)
                scored += table.num_rows
                rejected += more
        columns = first.table.schema.names
        note = {"file": name, "columns": columns, "scored": scored, "rejected": rejected}
        with write_atomically(self._note(key), "w") as file:
            json.dump(note, file)
        return Count(scored, len(rejected))

    def _read_note(self, key: str) -> dict[str, Any]:
        note: dict[str, Any] = json.loads(self._note(key).read_text(encoding="utf-8"))
        return note

    def join(self, keys: Sequence[str]) -> None:
        """Make the output of all parts in their order, replace an older one, and remove the parts.

        Args:
            keys: All parts; they are there.
        """
        join = {".csv": self._join_csv, ".parquet": self._join_parquet}
        with self.explain_faults():
            self._list_rejects(keys)
            join.get(self.target.suffix, self._collect_parts)(keys)
            shutil.rmtree(self.path)

    def _list_rejects(self, keys: Sequence[str]) -> None:
        """Write the list of rejected rows, or remove that of an earlier run if there are none."""
        notes = (self._read_note(key) for key in keys)
        rows = ([note["file"], *reject] for note in notes for reject in note["rejected"])
        first = next(rows, None)
        if first is None:
            self.rejects.unlink(missing_ok=True)
            return
        with write_atomically(self.rejects, "w") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows([["file", "line", "reason"], first])
            writer.writerows(rows)

    def _join_csv(self, keys: Sequence[str]) -> None:
        header = io.StringIO()
        writer = csv.writer(header, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(self._read_note(keys[0])["columns"])
        with write_atomically(self.target) as file:
            file.write(header.getvalue().encode())
            for key in keys:
                with self._rows(key).open("rb") as rows:
                    shutil.copyfileobj(rows, file, COPIED_BYTES)

    def _join_parquet(self, keys: Sequence[str]) -> None:
        from pyarrow import parquet

        schema = parquet.read_schema(self._rows(keys[0]))
        with (
            write_atomically(self.target) as file,
            _open_writer(file, ".parquet", schema) as writer,
        ):
            for key in keys:
                with parquet.ParquetFile(self._rows(key)) as part:
                    for group in range(part.num_row_groups):
                        writer.write_table(part.read_row_group(group, use_threads=False))

    def _collect_parts(self, keys: Sequence[str]) -> None:
        """Number the parts in a new folder, which takes the place of the old one."""
        folder = self.path / "output"
        folder.mkdir()
        for number, key in enumerate(keys):
            _link(self._rows(key), folder / f"part-{number:05d}.parquet")
        if self.target.exists():
            self.target.rename(self._replaced)
        folder.rename(self.target)

    @contextmanager
    def explain_faults(self) -> Iterator[None]:
        """Say in one sentence what keeps the block from writing, and that nothing is lost.

        Raises:
            UserError: If the disk is full, the folder may not be written, …
        """
        from pyarrow import ArrowException

        try:
            yield
        except (OSError, ArrowException) as error:
            reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
            raise UserError(
                f"{shorten(self.target)} cannot be written ({reason}): when that is mended, type "
                "the same command again; what was scored is kept."
            ) from None


def name_rejects(target: Path) -> Path:
    """Return where the rejected rows of an output are listed."""
    return target.with_name(f"{target.name}.rejected.csv")


def _is_output(folder: Path) -> bool:
    """Tell whether a folder holds nothing but parts of an earlier output."""
    from pyarrow import parquet

    return all(
        OUTPUT_PART.fullmatch(path.name)
        and parquet.read_schema(path).names[-2:] == [PREDICTION, SPAM_PROBABILITY]
        for path in folder.iterdir()
    )


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system knows no links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _open_writer(file: Any, suffix: str, schema: Any) -> Any:
    """Return a writer of `pyarrow.Table`s; a CSV gets no header, and every cell in quotes."""
    if suffix == ".csv":
        from pyarrow import csv as arrow

        style = arrow.WriteOptions(include_header=False, quoting_style="all_valid")
        return arrow.CSVWriter(file, schema, write_options=style)
    from pyarrow import parquet

    return parquet.ParquetWriter(file, schema)
