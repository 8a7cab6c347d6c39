"""The model file: a `LinearTextModel` as JSON."""

from pathlib import PurePosixPath
from typing import Any

import fsspec
from kedro.io.core import AbstractDataset, DatasetError, get_filepath_str, get_protocol_and_path
from kedro_datasets._typing import TablePreview

from spam_classifier.model import LinearTextModel


class LinearTextModelDataset(AbstractDataset[LinearTextModel, LinearTextModel]):
    """Loads and saves a `LinearTextModel`; the same model makes the same bytes.

    Example:
        ```yaml
        spam_classifier:
          type: spam_classifier.datasets.linear_text_model_dataset.LinearTextModelDataset
          filepath: data/06_models/spam_classifier.json
        ```

        ```python
        >>> LinearTextModelDataset(filepath="data/06_models/spam_classifier.json").load()
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a file.

        Args:
            filepath: Path or URL that fsspec understands.
            credentials: Arguments of the fsspec file system, from Kedro's credentials.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._protocol, path = get_protocol_and_path(filepath)
        self._filepath = PurePosixPath(path)
        self._fs = fsspec.filesystem(self._protocol, **(credentials or {}))
        self.metadata = metadata

    def load(self) -> LinearTextModel:
        """Read the model.

        Raises:
            DatasetError: If the file is damaged or of another format version.
        """
        path = get_filepath_str(self._filepath, self._protocol)
        with self._fs.open(path) as file:
            content = file.read()
        try:
            return LinearTextModel.from_json(content)
        except ValueError as error:
            raise DatasetError(
                f"{self._filepath.name} is damaged or of another version: "
                "train it again with `kedro run`."
            ) from error

    def save(self, data: LinearTextModel) -> None:
        """Write the model.

        Raises:
            DatasetError: If it is another kind of model.
        """
        if not isinstance(data, LinearTextModel):
            raise DatasetError(
                f"A {type(data).__name__} cannot be kept: only linear models are plain data. "
                "Run it with `--env workshop`, which evaluates it in memory."
            )
        path = get_filepath_str(self._filepath, self._protocol)
        with self._fs.open(path, "wb") as file:
            file.write(data.to_json().encode())

    def preview(self, nrows: int = 10) -> TablePreview:
        """Return for Kedro-Viz the words that speak most for each class.

        Args:
            nrows: How many words of each class.
        """
        model = self.load()
        words = sorted(
            (weight, term)
            for block in model.blocks
            if block.analyzer == "word"
            for term, weight in zip(block.terms, block.weights, strict=True)
        )
        negative, positive = model.classes
        rows = [
            [positive if weight > 0 else negative, term, round(weight, 2)]
            for weight, term in words[: -nrows - 1 : -1] + words[:nrows]
            if weight
        ]
        columns = ["speaks for", "word", "weight"]
        return TablePreview({"index": list(range(len(rows))), "columns": columns, "data": rows})

    def _exists(self) -> bool:
        return bool(self._fs.exists(get_filepath_str(self._filepath, self._protocol)))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "protocol": self._protocol}
