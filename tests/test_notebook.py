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


def test_notebooks_are_without_outputs() -> None:
    for notebook in (PROJECT / "notebooks").rglob("*.ipynb"):
        cells = read_code_cells(notebook)
        assert [cell for cell in cells if cell["outputs"] or cell["execution_count"]] == []


@pytest.mark.slow
def test_the_notebook_runs_draws_its_plots_and_lists_every_mistake(
    finished_run: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(finished_run, tmp_path / "project")
    notebook = shutil.copytree(NOTEBOOK.parent, project / "notebooks") / NOTEBOOK.name
    command = ("jupyter-execute", "--inplace", notebook)
    done = run_command(*command, cwd=notebook.parent, env={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    outputs = [output for cell in read_code_cells(notebook) for output in cell["outputs"]]
    assert "Warning" not in json.dumps([o for o in outputs if o["output_type"] == "stream"])
    plots = [output["data"] for output in outputs if PLOT in output.get("data", {})]
    assert len(plots) == 5
    for plot in plots:  # each brings its library along, to show offline in a converted HTML too
        assert plot[PLOT]["data"]
        assert "* plotly.js v" in "".join(plot["text/html"])
    answers = pd.read_csv(project / "data/07_model_output/test_predictions.csv")
    tables = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    (table,) = (table for table in tables if "<table" in table and "because of" in table)
    assert table.count("<tr>") == 1 + (answers["Category"] != answers["prediction"]).sum()
