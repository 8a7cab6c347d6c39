"""Files of kedro-datasets' kinds that Kedro-Viz shows as a page or a figure."""

import re

from kedro_datasets._typing import HTMLPreview, PlotlyPreview
from kedro_datasets.json.json_dataset import JSONDataset
from kedro_datasets.text.text_dataset import TextDataset

HEAD = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class MarkdownDataset(TextDataset):  # type: ignore[misc]
    """`text.TextDataset` for Markdown, with a preview."""

    def preview(self) -> HTMLPreview:
        """Return the page for Kedro-Viz."""
        return HTMLPreview(to_html(self.load()))


class PlotlyFigureDataset(JSONDataset):  # type: ignore[misc]
    """`json.JSONDataset` for figures given as `{"data": [...], "layout": {...}}`.

    Kedro-Viz draws its preview. `plotly.JSONDataset` would import Plotly at every run, which
    costs as much time as the rest of the evaluation.
    """

    def preview(self) -> PlotlyPreview:
        """Return the figure for Kedro-Viz."""
        return PlotlyPreview(self.load())


def to_html(markdown: str) -> str:
    """Turn Markdown into HTML; its YAML head is left out, and HTML within it stays text.

    Args:
        markdown: Markdown with tables, as GitHub writes them.
    """
    from markdown_it import MarkdownIt

    html: str = MarkdownIt("js-default", {"linkify": False}).render(HEAD.sub("", markdown))
    return html
