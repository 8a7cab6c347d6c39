"""Kedro-Viz, in a real browser: the flow in its layers, and what the datasets hold."""

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from browser import Browser, wait_until
from helpers import SCRIPTS, clone_work_tree, find_free_port, run_command

pytestmark = pytest.mark.slow

LAYERS = ["raw", "intermediate", "primary", "model_input", "models", "model_output"]
# What Kedro-Viz asks for and does without: a font, and on a static site its server's versions.
DISPENSABLE = ("https://fonts.googleapis.com/", "/api/metadata", "metadata fetch error")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, finished_run: Path) -> Path:
    """Return a Git repository of the project in which the default pipeline ran."""
    folder = clone_work_tree(tmp_path_factory.mktemp("viz") / "clone")
    shutil.copytree(finished_run / "data", folder / "data", dirs_exist_ok=True)
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that gets what `kedro viz` prints."""
    return tmp_path_factory.mktemp("viz") / "log"


@pytest.fixture(scope="module")
def live(project: Path, log: Path) -> Iterator[str]:
    """Return the address of `kedro viz`."""
    port = find_free_port()
    options = ["--no-browser", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [SCRIPTS / "kedro", "viz", "run", *options],
            cwd=project,
            env=os.environ | {"PYTHONPATH": str(project / "src")},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        url = f"http://127.0.0.1:{port}/"
        try:
            wait_until(lambda: answers(url, process, log), "kedro viz is not ready", seconds=120)
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # the server is a process of its own
            process.wait(30)


@pytest.fixture(scope="module")
def built(project: Path) -> Iterator[str]:
    """Return the address of what `make viz-site` builds, on a plain file server."""
    done = run_command(
        *("kedro", "viz", "build", "--include-previews"),
        cwd=project,
        env={"PYTHONPATH": str(project / "src")},
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    handler = functools.partial(QuietHandler, directory=str(project / "build"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Python's own file server, without its log."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base calls it so
        """Say nothing."""


@pytest.fixture(params=["live", "built"])
def site(request: pytest.FixtureRequest) -> str:
    """Return the address of either."""
    address: str = request.getfixturevalue(request.param)
    return address


def answers(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text(encoding="utf-8")
    try:
        with urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def get(url: str) -> Any:
    with urlopen(url, timeout=30) as response:
        return json.load(response)


def open_node(browser: Browser, site: str, name: str) -> None:
    """Open the flow, and click on a node in the list beside it: there nothing covers it."""
    browser.devtools(
        "Emulation.setDeviceMetricsOverride",
        width=1600,
        height=1000,
        deviceScaleFactor=1,
        mobile=False,
    )
    browser.open(site)
    browser.wait_for("document.querySelectorAll('.pipeline-node').length > 10", seconds=120)
    browser.click(f"[data-test='node-list-tree-item--row'][title='{name}']")


def read_panel(browser: Browser) -> str:
    text: str = browser.run("return document.querySelector('.pipeline-metadata').innerText")
    return text


def read_errors(browser: Browser) -> list[str]:
    browser.devtools("Emulation.clearDeviceMetricsOverride")
    errors = browser.read_errors()
    return [error for error in errors if not any(part in error for part in DISPENSABLE)]


def test_a_table_shows_its_first_rows(browser: Browser, site: str) -> None:
    open_node(browser, site, "spam_data")
    browser.wait_for("document.querySelectorAll('.pipeline-metadata td').length > 5")
    assert "Category" in read_panel(browser)
    assert read_errors(browser) == []


def test_the_raw_file_shows_its_first_rows(browser: Browser, site: str) -> None:
    open_node(browser, site, "raw_messages")
    browser.wait_for("document.querySelectorAll('.pipeline-metadata td').length > 5")
    assert read_errors(browser) == []


def test_the_model_shows_its_strongest_words(browser: Browser, site: str) -> None:
    open_node(browser, site, "spam_classifier")
    browser.wait_for("document.querySelectorAll('.pipeline-metadata td').length > 5")
    assert "speaks for" in read_panel(browser)
    assert read_errors(browser) == []


def test_metrics_show_their_values(browser: Browser, site: str, project: Path) -> None:
    metrics = json.loads((project / "data/08_reporting/train_metrics.json").read_text())
    open_node(browser, site, "train_metrics")
    browser.wait_for("document.querySelector('.pipeline-metadata').innerText.includes('accuracy')")
    assert f"{metrics['brier_score']:.6f}" in read_panel(browser)
    assert read_errors(browser) == []


def test_a_plot_is_drawn(browser: Browser, site: str) -> None:
    nodes = get(f"{site}api/main")["nodes"]
    (plot,) = (node for node in nodes if node["name"] == "train_confusion_plot")
    browser.open(f"{site}?pid=__default__&sid={plot['id']}")
    browser.wait_for("document.querySelector('.pipeline-metadata .js-plotly-plot .heatmaplayer')")
    assert "Confusion matrix" in read_panel(browser)
    assert read_errors(browser) == []


def test_a_node_shows_its_code(browser: Browser, site: str) -> None:
    """Its docstring says what it does."""
    open_node(browser, site, "split_messages")
    browser.wait_for("document.querySelector('.pipeline-metadata .pipeline-toggle-label')")
    browser.click(".pipeline-metadata .pipeline-toggle-label")
    browser.wait_for("document.body.innerText.includes('Share the messages between')")
    assert read_errors(browser) == []


def test_the_flow_has_its_layers_in_their_order(site: str) -> None:
    assert get(f"{site}api/main")["layers"] == [*LAYERS, "reporting", "serving"]


def test_every_file_is_in_a_layer(site: str) -> None:
    nodes = get(f"{site}api/main")["nodes"]
    without = {node["name"] for node in nodes if node["type"] == "data" and not node["layer"]}
    in_memory = {"figures_of_one_run", "model_card_page"}
    assert {name for name in without if "scores" not in name} == in_memory


def test_every_node_has_the_tag_of_its_stage(site: str) -> None:
    nodes = get(f"{site}api/main")["nodes"]
    assert [node["name"] for node in nodes if node["type"] == "task" and not node["tags"]] == []


def test_every_figure_has_a_preview(site: str) -> None:
    nodes = get(f"{site}api/main")["nodes"]
    figures = [node for node in nodes if node["name"].endswith("_plot")]
    assert len(figures) >= 6
    for figure in figures:
        shown = get(f"{site}api/nodes/{figure['id']}")
        assert shown["preview_type"] == "PlotlyPreview"
        assert shown["preview"]["data"]


@pytest.mark.usefixtures("live")
def test_no_warning_is_printed(log: Path) -> None:
    assert "Warning" not in log.read_text(encoding="utf-8")


@pytest.mark.usefixtures("live", "built")
def test_git_stays_clean(project: Path) -> None:
    command = ["git", "ls-files", "--modified", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout == ""
