"""Markdown that Kedro-Viz shows as a page."""

from pathlib import Path

from spam_classifier.datasets.markdown_dataset import MarkdownDataset


def test_the_preview_is_the_page_without_its_head(tmp_path: Path) -> None:
    dataset = MarkdownDataset(filepath=str(tmp_path / "card.md"))
    dataset.save("---\nlicense: mit\n---\n# Card\n\n| a | b |\n|---|---|\n| 1 | <b> |\n")
    preview = dataset.preview()
    assert "<h1>Card</h1>" in preview
    assert "<td>&lt;b&gt;</td>" in preview
    assert "license" not in preview
