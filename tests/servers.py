"""Starts and stops real servers, such as `bentoml serve`, on free loopback ports."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from helpers import PROJECT, SCRIPTS, copy_project, find_free_port, run_command

PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """A running server, on 127.0.0.1."""

    process: subprocess.Popen[bytes]  # the supervisor, whose children are the workers
    port: int
    log: Path
    client: httpx.Client  # makes a connection for each request
    seconds: float  # from start to ready

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, body: object) -> httpx.Response:
        """Post JSON."""
        return self.client.post(path, json=body)

    def post_bytes(
        self, path: str, body: bytes | Iterator[bytes], **headers: str
    ) -> httpx.Response:
        """Post bytes, as JSON unless the headers say otherwise."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"content-type": "application/json"} | named
        return self.client.post(self.url + path, content=body, headers=sent)

    def get(self, path: str) -> httpx.Response:
        """Get a path."""
        return self.client.get(path)

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes."""
        workers: list[psutil.Process] = psutil.Process(self.process.pid).children()
        return workers

    def wait_for_line(self, text: str, start: int = 0) -> str:
        """Return the log from a byte on, once it has a text: a line follows its response."""
        log, end = "", time.monotonic() + PATIENCE
        while text not in log:
            assert time.monotonic() < end, log
            log = self.log.read_bytes()[start:].decode()
        return log


def train(folder: Path, home: Path, raw_csv: Path, *arguments: str) -> Path:
    """Run the project's default pipeline in a copy of it, from which `bentoml serve` serves.

    Args:
        folder: Where to put the copy.
        home: The Bento home that gets the model.
        raw_csv: The raw CSV.
        arguments: What follows `kedro run`.
    """
    project = copy_project(folder, raw_csv)
    for name in ("bentofile.yaml", "serving.lock"):
        shutil.copy(PROJECT / name, project)
    done = run_command("kedro", "run", *arguments, cwd=project, env={"BENTOML_HOME": str(home)})
    assert done.returncode == 0, done.stderr
    return project


def serve(
    cwd: Path, home: Path, *arguments: str, **variables: str
) -> AbstractContextManager[Server]:
    """Run `bentoml serve` until the block ends.

    Args:
        cwd: The working folder.
        home: The Bento home.
        arguments: What follows `bentoml serve`, the port excepted.
        variables: Variables of the environment.
    """
    env = os.environ | {"BENTOML_HOME": str(home), "PYTHONPATH": ""} | variables
    log = home / f"serve-{time.monotonic_ns()}.log"
    return start(SCRIPTS / "bentoml", "serve", *arguments, cwd=cwd, env=env, log=log)


@contextmanager
def start(
    *command: str | Path, cwd: Path, env: dict[str, str], log: Path, path: str = "/readyz"
) -> Iterator[Server]:
    """Run a server until the block ends.

    Args:
        command: Its command, to which the option `--port` is added.
        cwd: The working folder.
        env: The whole environment.
        log: The file that gets what it prints.
        path: What it answers when it is ready.
    """
    port, began = find_free_port(), time.monotonic()
    limits = httpx.Limits(max_keepalive_connections=0)
    with (
        log.open("wb") as output,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=PATIENCE
        ) as client,
    ):
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=cwd,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while not _answers(client, path):
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < began + PATIENCE, log.read_text(encoding="utf-8")
            yield Server(process, port, log, client, time.monotonic() - began)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            with suppress(ProcessLookupError):  # Kedro-Viz leaves its server behind
                os.killpg(process.pid, signal.SIGTERM)


def _answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        time.sleep(0.02)
        return False


def refuse_to_serve(cwd: Path, home: Path, *arguments: str, **variables: str) -> str:
    """Run `bentoml serve`, which must end at once with exit code 1, and return its last line."""
    port = () if "--port" in arguments else ("--port", str(find_free_port()))
    done = run_command(
        *("bentoml", "serve", *arguments, *port),
        cwd=cwd,
        env={"BENTOML_HOME": str(home)} | variables,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1]
