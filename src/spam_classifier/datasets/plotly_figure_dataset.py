"""A Plotly figure as plain JSON, without importing Plotly."""

from kedro_datasets._typing import PlotlyPreview
from kedro_datasets.json.json_dataset import JSONDataset


class PlotlyFigureDataset(JSONDataset):  # type: ignore[misc]
    """`json.JSONDataset` for figures given as `{"data": [...], "layout": {...}}`.

    Kedro-Viz draws its preview. `plotly.JSONDataset` would import Plotly at every run, which
    costs as much time as the rest of the evaluation.

    Example:
        ```yaml
        test_confusion_plot:
          type: spam_classifier.datasets.plotly_figure_dataset.PlotlyFigureDataset
          filepath: data/08_reporting/test_confusion.json
        ```

        ```python
        >>> PlotlyFigureDataset(filepath="confusion.json").save({"data": [], "layout": {}})
        ```
    """

    def preview(self) -> PlotlyPreview:
        """Return the figure for Kedro-Viz."""
        return PlotlyPreview(self.load())
