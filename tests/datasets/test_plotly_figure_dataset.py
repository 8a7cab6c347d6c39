"""Figures are kept as plain JSON."""

import sys
from pathlib import Path

import pytest

from helpers import run_command
from spam_classifier.datasets.plotly_figure_dataset import PlotlyFigureDataset

FIGURE = {"data": [{"type": "scatter", "x": [0, 1], "y": [1, 0]}], "layout": {"title": "größe"}}


def test_a_figure_and_its_preview_are_what_was_saved(tmp_path: Path) -> None:
    dataset = PlotlyFigureDataset(filepath=str(tmp_path / "figure.json"))
    dataset.save(FIGURE)
    assert dataset.load() == dataset.preview() == FIGURE


@pytest.mark.slow
def test_plotly_is_not_imported(tmp_path: Path) -> None:
    """Importing it would cost as much time as the rest of the evaluation."""
    code = (
        "import sys; from spam_classifier.datasets.plotly_figure_dataset import PlotlyFigureDataset"
        "; PlotlyFigureDataset(filepath='f.json').save({}); print('plotly' in sys.modules)"
    )
    assert run_command(sys.executable, "-c", code, cwd=tmp_path).stdout == "False\n"
