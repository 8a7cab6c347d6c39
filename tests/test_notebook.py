"""The notebook runs from top to bottom, and git has none of its outputs: they hold messages."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from helpers import PROJECT, run_command

NOTEBOOK = PROJECT / "notebooks/01_explore_messages.ipynb"
PLOT = "application/vnd.plotly.v1+json"


def read_code_cells(notebook: Path) -> list[dict[str, Any]]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize(
    "notebook", sorted((PROJECT / "notebooks").rglob("*.ipynb")), ids=lambda path: path.name
)
def test_notebooks_are_without_outputs(notebook: Path) -> None:
    cells = read_code_cells(notebook)
    assert [cell for cell in cells if cell["outputs"] or cell["execution_count"]] == []


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory, finished_run: Path) -> list[dict[str, Any]]:
    """Run the notebook on the results of a run, and return its outputs."""
    folder = tmp_path_factory.mktemp("notebook")
    shutil.copytree(finished_run, folder / "project")
    shutil.copytree(NOTEBOOK.parent, folder / "project/notebooks")
    done = run_command(
        *("jupyter-execute", "--inplace", NOTEBOOK.name),
        cwd=folder / "project/notebooks",
        env={"HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    cells = read_code_cells(folder / "project/notebooks" / NOTEBOOK.name)
    return [output for cell in cells for output in cell["outputs"]]


@pytest.mark.slow
def test_plots_are_drawn(outputs: list[dict[str, Any]]) -> None:
    plots = [output["data"][PLOT] for output in outputs if PLOT in output.get("data", {})]
    assert len(plots) == 5
    assert all(plot["data"] for plot in plots)


@pytest.mark.slow
def test_plots_bring_their_library_along(outputs: list[dict[str, Any]]) -> None:
    """They show offline, also in a notebook that was converted to HTML."""
    for output in outputs:
        if PLOT in output.get("data", {}):
            page = "".join(output["data"]["text/html"])
            assert "Plotly.newPlot" in page
            assert "* plotly.js v" in page


@pytest.mark.slow
def test_nothing_is_warned_of(outputs: list[dict[str, Any]]) -> None:
    assert "Warning" not in json.dumps([o for o in outputs if o["output_type"] == "stream"])


@pytest.mark.slow
def test_every_mistake_is_listed(outputs: list[dict[str, Any]], finished_run: Path) -> None:
    predictions = pd.read_csv(
        finished_run / "data/07_model_output/test_predictions.csv", keep_default_na=False
    )
    mistakes = (predictions["Category"] != predictions["prediction"]).sum()
    tables = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    (table,) = (table for table in tables if "<table" in table and "because of" in table)
    assert table.count("<tr>") == mistakes + 1
