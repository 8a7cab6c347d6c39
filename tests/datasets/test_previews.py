"""Files that Kedro-Viz shows as a page or a figure."""

from pathlib import Path

from spam_classifier.datasets.previews import MarkdownDataset, PlotlyFigureDataset

FIGURE = {"data": [{"type": "scatter", "x": [0, 1], "y": [1, 0]}], "layout": {"title": "größe"}}


def test_the_preview_of_markdown_is_the_page_without_its_head(tmp_path: Path) -> None:
    dataset = MarkdownDataset(filepath=str(tmp_path / "card.md"))
    dataset.save("---\nlicense: mit\n---\n# Card\n\n| a | b |\n|---|---|\n| 1 | <b> |\n")
    preview = dataset.preview()
    assert "<h1>Card</h1>" in preview
    assert "<td>&lt;b&gt;</td>" in preview
    assert "license" not in preview


def test_a_figure_and_its_preview_are_what_was_saved(tmp_path: Path) -> None:
    dataset = PlotlyFigureDataset(filepath=str(tmp_path / "figure.json"))
    dataset.save(FIGURE)
    assert dataset.load() == dataset.preview() == FIGURE
