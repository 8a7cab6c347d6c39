"""The model file: a `LinearTextModel` as JSON."""

import logging
from typing import Any

from kedro.io.core import DatasetError
from kedro_datasets._typing import TablePreview

from spam_classifier.datasets.file_dataset import FileDataset
from spam_classifier.model.linear_text_model import LinearTextModel

logger = logging.getLogger(__name__)


class LinearTextModelDataset(FileDataset[LinearTextModel, LinearTextModel]):
    """Loads and saves a `LinearTextModel`; the same model makes the same bytes."""

    def __init__(self, *, fallback: dict[str, Any] | None = None, **options: Any) -> None:
        """Point the dataset at a file.

        Args:
            fallback: The `filepath` of a model to load, with a line that says so, where the
                dataset's own file is missing.
            options: Arguments of `FileDataset`.
        """
        super().__init__(**options)
        self._fallback = LinearTextModelDataset(**fallback) if fallback else None

    def load(self) -> LinearTextModel:
        """Read the model.

        Raises:
            DatasetError: If the file is damaged or of another format version.
        """
        if self._fallback and not self.exists() and self._fallback.exists():
            logger.info("%s is missing: %s is used.", self._filepath, self._fallback._filepath)
            return self._fallback.load()
        content = self.file_system.cat_file(self.path)
        try:
            return LinearTextModel.from_json(content)
        except ValueError as error:
            raise DatasetError(
                f"{self._filepath.name} is damaged or of another version: "
                "train it again with `kedro run`."
            ) from error

    def save(self, data: LinearTextModel) -> None:
        """Write the model."""
        self.file_system.pipe_file(self.path, data.to_json().encode())

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
