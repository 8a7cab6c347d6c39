"""Markdown that Kedro-Viz shows as a page."""

import re

from kedro_datasets._typing import HTMLPreview
from kedro_datasets.text.text_dataset import TextDataset

HEAD = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class MarkdownDataset(TextDataset):  # type: ignore[misc]
    """`text.TextDataset` for Markdown, with a preview.

    Example:
        ```yaml
        model_card:
          type: spam_classifier.datasets.markdown_dataset.MarkdownDataset
          filepath: data/08_reporting/model_card.md
        ```

        ```python
        >>> MarkdownDataset(filepath="card.md").save("# Model card")
        ```
    """

    def preview(self) -> HTMLPreview:
        """Return the page for Kedro-Viz."""
        return HTMLPreview(to_html(self.load()))


def to_html(markdown: str) -> str:
    """Turn Markdown into HTML; its YAML head is left out, and HTML within it stays text.

    Args:
        markdown: Markdown with tables, as GitHub writes them.
    """
    from markdown_it import MarkdownIt

    html: str = MarkdownIt("js-default", {"linkify": False}).render(HEAD.sub("", markdown))
    return html
