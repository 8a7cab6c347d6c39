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
def live(project: Path) -> Iterator[str]:
    """Return the address of `kedro viz`."""
    url = f"http://127.0.0.1:{(port := find_free_port())}/"
    log = project / "viz.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [SCRIPTS / "kedro", "viz", "run", "--no-browser", "--port", str(port)],
            cwd=project,
            env=os.environ | {"PYTHONPATH": str(project / "src")},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until(lambda: answers(url, process, log), "kedro viz is not ready", seconds=120)
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # the server is a process of its own
            process.wait(30)


def answers(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text(encoding="utf-8")
    with contextlib.suppress(OSError), urlopen(url, timeout=5):
        return True
    return False


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
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(project / "build"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(params=["live", "built"])
def site(request: pytest.FixtureRequest) -> str:
    """Return the address of either."""
    address: str = request.getfixturevalue(request.param)
    return address


def get(url: str) -> Any:
    with urlopen(url, timeout=30) as response:
        return json.load(response)


def test_what_the_nodes_hold_is_shown(browser: Browser, site: str, project: Path) -> None:
    metrics = json.loads((project / "data/08_reporting/train_metrics.json").read_text())
    ids = {node["name"]: node["id"] for node in list_nodes(site)}
    panel = "document.querySelector('.pipeline-metadata')"
    for name, shown in {
        "raw_messages": f"{panel}?.innerText.includes('Category')",
        "spam_data": f"{panel}?.innerText.includes('Category')",
        "spam_classifier": f"{panel}?.innerText.includes('speaks for')",
        "train_metrics": f"{panel}?.innerText.includes('{metrics['brier_score']:.6f}')",
        "train_confusion_plot": f"{panel}?.querySelector('.js-plotly-plot .heatmaplayer')",
        "split_messages": f"{panel}?.querySelector('.pipeline-toggle-label')",
    }.items():
        browser.open(f"{site}?pid=__default__&sid={ids[name]}")
        browser.wait_for(shown, seconds=120)
    browser.click(".pipeline-metadata .pipeline-toggle-label")
    browser.wait_for("document.body.innerText.includes('Share the messages between')")
    errors = browser.read_errors()
    assert [error for error in errors if not any(part in error for part in DISPENSABLE)] == []


def list_nodes(site: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = get(f"{site}api/main")["nodes"]
    return nodes


def test_the_flow_has_its_layers_in_their_order_and_stages_as_tags(site: str) -> None:
    assert get(f"{site}api/main")["layers"] == [*LAYERS, "reporting", "serving"]
    nodes = list_nodes(site)
    assert [node["name"] for node in nodes if node["type"] == "task" and not node["tags"]] == []
    without = {node["name"] for node in nodes if node["type"] == "data" and not node["layer"]}
    in_memory = {"figures_of_one_run", "model_card_page", "train_scores", "test_scores"}
    assert without == in_memory


@pytest.mark.usefixtures("live", "built")
def test_nothing_is_warned_of_and_git_stays_clean(project: Path) -> None:
    log = project / "viz.log"
    assert "Warning" not in log.read_text(encoding="utf-8")
    log.unlink()
    command = ["git", "ls-files", "--modified", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout == ""
