"""Runs of `batch_scoring` that are killed, and clusters that lose a worker: the same bytes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from batch_runs import fabricate_rows, make_project, score, write_messages
from helpers import run_command

pytestmark = pytest.mark.slow

PATIENCE = 60.0
OUTPUTS = ["scored.parquet", "scored.csv"]
COMMAND = ["kedro", "run", "--pipelines", "batch_scoring", "--params"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with messages in hundreds of parts, which were scored undisturbed."""
    project = make_project(tmp_path_factory.mktemp("killed") / "project", part_bytes=1_000)
    write_messages(project / "big.csv", fabricate_rows(4_000))
    for output in OUTPUTS:
        assert score(project, "big.csv", f"undisturbed/{output}").exit_code == 0
    return project


@pytest.fixture(autouse=True)
def check_output(project: Path) -> Iterator[None]:
    """Check after each test that the output is the undisturbed one, and nothing else is left."""
    yield
    for output in OUTPUTS:
        if (project / output).exists():
            content = (project / output).read_bytes()
            assert content == (project / "undisturbed" / output).read_bytes()
            (project / output).unlink()
    assert not list(project.glob(".scored*"))


def wait_for_parts(project: Path, output: str, count: int) -> None:
    """Wait until a run has written so many parts."""
    deadline = time.monotonic() + PATIENCE
    while len(list((project / f".{output}.parts").glob("*.json"))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_killed_run_continues(output: str, project: Path) -> None:
    params = f"messages=big.csv,predictions={output}"
    process = subprocess.Popen(
        [sys.executable, "-m", *COMMAND, params],
        cwd=project,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
    )
    wait_for_parts(project, output, 20)
    process.kill()
    process.wait()
    assert not (project / output).exists()
    result = run_command(*COMMAND, params, cwd=project, env={"PYTHONPATH": str(project / "src")})
    assert result.returncode == 0, result.stderr
    there, _, whole, *_ = result.stderr.partition(" parts are there already")[0].split()[-3:]
    assert 20 <= int(there) < int(whole)
    assert result.stderr.endswith(f"4,000 rows: 4,000 scored, 0 rejected; written to {output}\n")


def test_a_file_size_limit_ends_the_process_with_a_sentence(project: Path) -> None:
    """As a full disk does; the limit is on the joined file, larger than its parts."""
    params = "messages=big.csv,predictions=scored.csv"
    command = f"ulimit -f 64; {' '.join(COMMAND)} {params}"
    variables = {"PYTHONPATH": str(project / "src")}
    result = run_command("bash", "-c", command, cwd=project, env=variables)
    assert result.returncode == 1
    assert "Error: scored.csv cannot be written (File too large): when" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (project / "scored.csv").exists()
    result = run_command(*COMMAND, params, cwd=project, env=variables)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Return the client of a cluster of two workers."""
    with Client(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as client:
        yield client


def score_on_dask(project: Path, messages: str, output: str, client: Client) -> Any:
    """Run `batch_scoring` on a cluster, in a process of its own."""
    params = f"messages={messages},predictions={output}"
    variables = {
        "PYTHONPATH": str(project / "src"),
        "DASK_SCHEDULER_ADDRESS": client.scheduler_info()["address"],
    }
    return run_command(*COMMAND, params, "--env", "dask", cwd=project, env=variables)


@contextmanager
def killing_a_worker(client: Client, project: Path, output: str) -> Iterator[None]:
    """Kill one of the workers as soon as some parts are written."""
    pid = min(client.run(os.getpid).values())

    def kill() -> None:
        wait_for_parts(project, output, 20)
        os.kill(pid, signal.SIGKILL)
        assert not (project / output).exists()  # else it came too late

    thread = threading.Thread(target=kill)
    thread.start()
    yield
    thread.join()


@pytest.mark.parametrize("output", OUTPUTS)
def test_dask_writes_the_same_bytes(output: str, project: Path, client: Client) -> None:
    before = count_tasks(client)
    result = score_on_dask(project, "big.csv", output, client)
    assert result.returncode == 0, result.stderr
    assert result.stderr.endswith(f"4,000 rows: 4,000 scored, 0 rejected; written to {output}\n")
    assert count_tasks(client) - before > 100
    assert (project / output).exists()


def count_tasks(client: Client) -> int:
    """Return how many tasks the workers have done."""
    return sum(client.run(lambda dask_worker: dask_worker.state.executed_count).values())


def test_a_killed_worker_does_not_matter(project: Path, client: Client) -> None:
    with killing_a_worker(client, project, "scored.parquet"):
        result = score_on_dask(project, "big.csv", "scored.parquet", client)
    assert result.returncode == 0, result.stderr
    assert (project / "scored.parquet").exists()


def test_an_unreadable_file_is_told_on_dask_too(project: Path, client: Client) -> None:
    write_messages(project / "many/a.csv", [("1", "win")])
    (project / "many/b.csv").write_bytes(b'id,Message\n1,"open')
    result = score_on_dask(project, "many", "other.csv", client)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert (
        result.stderr.splitlines()[-1]
        == score(project, "many", "other.csv").stderr.splitlines()[-1]
    )
    assert "1 of 2 files could not be scored: b.csv has a quotation" in result.stderr
