"""The Kedro-Viz site that `make viz-site` builds, in a real browser: its layers and contents."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from browser import Browser
from helpers import run_command, serve_folder

pytestmark = pytest.mark.slow

LAYERS = ["raw", "intermediate", "primary", "model_input", "models", "model_output"]
# What Kedro-Viz asks for and does without: a font, and its server's versions.
DISPENSABLE = ("https://fonts.googleapis.com/", "/api/metadata", "metadata fetch error")


@pytest.fixture(scope="module")
def site(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the site, on a plain file server."""
    project = shutil.copytree(finished_run, tmp_path_factory.mktemp("viz") / "project")
    done = run_command("kedro", "viz", "build", "--include-previews", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    with serve_folder(project / "build") as url:
        yield url


def read_flow(site: str) -> dict[str, Any]:
    """Return what the site says of the nodes and layers."""
    flow: dict[str, Any] = httpx.get(f"{site}/api/main", timeout=30).json()
    return flow


def test_what_the_nodes_hold_is_shown(browser: Browser, site: str, finished_run: Path) -> None:
    metrics = json.loads((finished_run / "data/08_reporting/train_metrics.json").read_text())
    ids = {node["name"]: node["id"] for node in read_flow(site)["nodes"]}
    panel = "document.querySelector('.pipeline-metadata')"
    for name, shown in {
        "raw_messages": f"{panel}?.innerText.includes('Category')",
        "spam_classifier": f"{panel}?.innerText.includes('speaks for')",
        "train_metrics": f"{panel}?.innerText.includes('{metrics['brier_score']:.6f}')",
        "train_confusion_plot": f"{panel}?.querySelector('.js-plotly-plot .heatmaplayer')",
        "split_messages": f"{panel}?.querySelector('.pipeline-toggle-label')",
    }.items():
        browser.open(f"{site}/?pid=__default__&sid={ids[name]}")
        browser.wait_for(shown, seconds=120)
    browser.click(".pipeline-metadata .pipeline-toggle-label")
    browser.wait_for("document.body.innerText.includes('Share the messages between')")
    errors = browser.read_errors()
    assert [error for error in errors if not any(part in error for part in DISPENSABLE)] == []


def test_the_flow_has_its_layers_in_their_order_and_stages_as_tags(site: str) -> None:
    flow = read_flow(site)
    assert flow["layers"] == [*LAYERS, "reporting", "serving"]
    tasks = [node for node in flow["nodes"] if node["type"] == "task"]
    assert [node["name"] for node in tasks if not node["tags"]] == []
    data = [node for node in flow["nodes"] if node["type"] == "data"]
    in_memory = {"figures_of_one_run", "model_card_page", "train_scores", "test_scores"}
    assert {node["name"] for node in data if not node["layer"]} == in_memory
