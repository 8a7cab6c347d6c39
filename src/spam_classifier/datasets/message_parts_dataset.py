"""Messages to score, of any number: a plan of their parts, none of which is read yet."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io.core import AbstractDataset, DatasetError

from spam_classifier.batch.parts import Parts
from spam_classifier.errors import UserError

PART_BYTES = 2 << 20  # some 20,000 messages
COMMAND = (
    "`kedro run --pipelines batch_scoring --params messages=big.csv,predictions=scored.parquet`"
)


class MessagePartsDataset(AbstractDataset[NoReturn, Parts]):
    """Loads the plan of a table of messages, or of a folder of such tables; it cannot be saved.

    Separated text (`.csv`, `.tsv`, `.txt`) is cut between records, Parquet between row groups.
    What a part holds is read where it is scored.

    Example:
        ```yaml
        messages_to_score:
          type: spam_classifier.datasets.message_parts_dataset.MessagePartsDataset
          filepath: data/01_raw/messages
          encoding: cp1252
        ```

        ```python
        >>> MessagePartsDataset(filepath="messages.csv").load()
        ```
    """

    def __init__(
        self,
        *,
        filepath: str | None,
        sep: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        quotes: bool | None = None,
        part_bytes: int = PART_BYTES,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a file or folder and say how text is written.

        Args:
            filepath: Local path, on a cluster one that all workers know; None for no messages.
            sep: What stands between cells: a character, or its name (comma, semicolon, tab, pipe);
                by default a tab in `.tsv` and a comma in other separated text.
            encoding: Encoding of text, an extension of ASCII; UTF-8 by default.
            header: Whether the first row holds the names of the columns, as it does by default;
                else they are called 1, 2, 3, ….
            quotes: Whether quotation marks enclose cells, as they do by default.
            part_bytes: About how many bytes of a file are a part.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._filepath = filepath
        self._sep = sep
        self._encoding = encoding or "utf-8"
        self._header = header is not False
        self._quotes = quotes is not False
        self._part_bytes = part_bytes
        self.metadata = metadata

    def load(self) -> Parts:
        """Plan the parts, in one pass over text and none over Parquet.

        Returns:
            The parts by their keys, in the order of the files.

        Raises:
            UserError: If there are no messages.
        """
        from spam_classifier.batch.planning import plan_parts

        if not self._filepath:
            raise UserError(f"Which messages? Type {COMMAND}.")
        return plan_parts(
            Path(self._filepath).absolute(),
            sep=self._sep,
            encoding=self._encoding,
            header=self._header,
            quotes=self._quotes,
            part_bytes=self._part_bytes,
        )

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The messages are somebody's data: they cannot be saved.")

    def _exists(self) -> bool:
        return bool(self._filepath) and Path(str(self._filepath)).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
