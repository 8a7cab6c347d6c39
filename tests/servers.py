"""Starts and stops real `bentoml serve` processes on free loopback ports."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from helpers import PROJECT, SCRIPTS, copy_project, run_command

PATIENCE = 30.0


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        process: The supervisor, whose children are the workers.
        port: Its port on 127.0.0.1.
        log: What it has printed.
        seconds: From the start to ready.
    """

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    seconds: float

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, body: object) -> httpx.Response:
        """Post JSON."""
        return httpx.post(self.url + path, json=body, timeout=PATIENCE)

    def post_bytes(
        self, path: str, body: bytes | Iterator[bytes], **headers: str
    ) -> httpx.Response:
        """Post bytes, as JSON unless the headers say otherwise."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"content-type": "application/json"} | named
        return httpx.post(self.url + path, content=body, headers=sent, timeout=PATIENCE)

    def get(self, path: str) -> httpx.Response:
        """Get a path."""
        return httpx.get(self.url + path, timeout=PATIENCE)

    def workers(self) -> list[int]:
        """Return the ids of the worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def stop(self) -> int:
        """Send SIGTERM, wait for the end, and return the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def train(folder: Path, home: Path, raw_csv: Path, *arguments: str) -> Path:
    """Run the project's default pipeline in a copy of it.

    Args:
        folder: Where to put the copy.
        home: The Bento home that gets the model.
        raw_csv: The raw CSV.
        arguments: What follows `kedro run`.

    Returns:
        The copy, from which `bentoml serve` serves the model.
    """
    project = copy_project(folder, raw_csv)
    for name in ("bentofile.yaml", "serving.lock"):
        shutil.copy(PROJECT / name, project)
    done = run_command("kedro", "run", *arguments, cwd=project, env={"BENTOML_HOME": str(home)})
    assert done.returncode == 0, done.stderr
    return project


@contextmanager
def serve(cwd: Path, home: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    """Run `bentoml serve` until the block ends.

    Args:
        cwd: The working folder.
        home: The Bento home.
        arguments: What follows `bentoml serve`, the port excepted.
        variables: Variables of the environment.

    Yields:
        The server, ready.
    """
    port, log = free_port(), home / f"serve-{time.monotonic_ns()}.log"
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [SCRIPTS / "bentoml", "serve", *arguments, "--port", str(port)],
            cwd=cwd,
            env=os.environ | {"BENTOML_HOME": str(home), "PYTHONPATH": ""} | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, port, log)
        yield Server(process, port, log, time.monotonic() - started)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def refuse_to_serve(cwd: Path, home: Path, *arguments: str, **variables: str) -> str:
    """Run `bentoml serve`, which must end at once with exit code 1, and return its last line."""
    arguments = arguments if "--port" in arguments else (*arguments, "--port", str(free_port()))
    done = run_command(
        *("bentoml", "serve", *arguments),
        cwd=cwd,
        env={"BENTOML_HOME": str(home)} | variables,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1]


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"not ready after {PATIENCE} s: {log.read_text(encoding='utf-8')}")
