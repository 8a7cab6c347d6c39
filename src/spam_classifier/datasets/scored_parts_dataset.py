"""The scored messages, of any number: saved part by part, continued where a run was killed."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

from kedro.io.core import AbstractDataset, DatasetError

from spam_classifier.batch.execution import EXECUTORS, Outcome, Work
from spam_classifier.batch.parts import shorten
from spam_classifier.batch.working_folder import Count, WorkingFolder
from spam_classifier.errors import UserError

logger = logging.getLogger(__name__)

MOST_FAULTS = 5  # that are told
WRITTEN_OTHERWISE = "encoding, sep, header and quotes in --params say how the messages are written."


class ScoredPartsDataset(AbstractDataset[Mapping[str, Work], NoReturn]):
    """Saves the rows that the works give; it cannot be loaded.

    Each part is written to a hidden folder beside the output. When all are there they are joined,
    and the output is replaced at once: by a `.parquet` or `.csv` file, or by a folder of Parquet
    files where the path has no suffix. A part whose key is there already is not made again. Rows
    that cannot be scored are listed beside the output, in `OUTPUT.rejected.csv`.

    Example:
        ```yaml
        batch_predictions:
          type: spam_classifier.datasets.scored_parts_dataset.ScoredPartsDataset
          filepath: data/07_model_output/batch.parquet
          executor: dask
        ```

        ```python
        >>> dataset = ScoredPartsDataset(filepath="scored.parquet")
        >>> dataset.save({part.key: partial(score_part, part, model=model)})
        ```
    """

    def __init__(
        self,
        *,
        filepath: str | None,
        executor: Literal["local", "dask"] = "local",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Choose the output and who makes it.

        Args:
            filepath: Local path that ends in `.parquet` or `.csv`, or has no suffix; on a cluster
                one that all workers know. None for no output.
            executor: `local` for this process, `dask` for the workers of the current client.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._filepath = filepath
        self._run = EXECUTORS[executor]
        self.metadata = metadata

    def save(self, data: Mapping[str, Work]) -> None:
        """Make the parts that are missing, then the output.

        Args:
            data: For each part what gives its rows, by a key that names file, model and settings.

        Raises:
            UserError: If some parts cannot be read, which are named; all others are kept.
        """
        if not self._filepath:
            raise UserError("predictions is missing: it must be the path of the output.")
        folder = WorkingFolder(Path(self._filepath).absolute())
        done = folder.open(data)
        if done:
            logger.info("%d of %d parts are there already.", len(done), len(data))
        missing = {key: work for key, work in data.items() if key not in done}
        counts, faults = self._work_off(folder, missing, done)
        if faults:
            raise UserError(_describe_faults(faults, len({w.args[0].file for w in data.values()})))
        folder.join(list(data))
        logger.info("%s", _describe(folder, counts))
        if sum(count.rejected for count in counts) > sum(count.scored for count in counts):
            logger.warning("Most rows are rejected: %s", WRITTEN_OTHERWISE)

    def _work_off(
        self, folder: WorkingFolder, missing: Mapping[str, Work], done: Mapping[str, Count]
    ) -> tuple[list[Count], list[Outcome]]:
        """Make parts, and return the counts of all parts and those that failed."""
        from tqdm import tqdm

        expected = {key: work.args[0].expected_rows for key, work in missing.items()}
        counts, faults = list(done.values()), []
        before = sum(map(sum, counts))
        with tqdm(
            total=before + sum(expected.values()),
            initial=before,
            unit=" messages",
            unit_scale=True,
            mininterval=1,
            disable=not missing,
        ) as bar:
            for outcome in self._run(folder, missing) if missing else ():
                if outcome.is_fatal:
                    raise UserError(outcome.fault)
                if outcome.counted is None:
                    faults.append(outcome)
                else:
                    counts.append(outcome.counted)
                rows = sum(outcome.counted or ())
                bar.total += rows - expected[outcome.key]
                bar.update(rows)
        return counts, faults

    def load(self) -> NoReturn:
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The scored messages may be more than fit into memory: read the file.")

    def _exists(self) -> bool:
        return bool(self._filepath) and Path(str(self._filepath)).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}


def _describe(folder: WorkingFolder, counts: list[Count]) -> str:
    """Say what became of the rows."""
    scored, rejected = map(sum, zip(*counts, strict=True))
    reasons = f" ({shorten(folder.rejects)} says why)" if rejected else ""
    return (
        f"{scored + rejected:,} rows: {scored:,} scored, {rejected:,} rejected{reasons}; "
        f"written to {shorten(folder.target)}"
    )


def _describe_faults(faults: list[Outcome], files: int) -> str:
    """Say which files cannot be read, and how to go on."""
    reasons = list(dict.fromkeys(outcome.fault for outcome in faults))
    names = {outcome.name for outcome in faults}
    told = "; ".join(reasons[:MOST_FAULTS])
    more = f"; and {len(reasons) - MOST_FAULTS} more" if len(reasons) > MOST_FAULTS else ""
    others = "All others are scored and kept: mend" if len(names) < files else "Mend"
    return (
        f"{len(names)} of {files} files could not be scored: {told}{more}. {others} or remove "
        "what is named, then type the same command again."
    )
