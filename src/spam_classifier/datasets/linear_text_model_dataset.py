"""The model file: a `LinearTextModel` as JSON."""

from kedro.io.core import DatasetError
from kedro_datasets._typing import TablePreview

from spam_classifier.datasets.file_dataset import FileDataset
from spam_classifier.model.linear_text_model import LinearTextModel


class LinearTextModelDataset(FileDataset[LinearTextModel, LinearTextModel]):
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

    def load(self) -> LinearTextModel:
        """Read the model.

        Raises:
            DatasetError: If the file is damaged or of another format version.
        """
        with self.open() as file:
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
        with self.open("wb") as file:
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
