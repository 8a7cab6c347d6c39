"""Starts and stops real servers, such as `bentoml serve`, on free loopback ports."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import httpx

from helpers import PROJECT, SCRIPTS, copy_project, find_free_port, run_command, wait_until

PATIENCE = 60.0
HOME = ".bento-home"  # the Bento home, in the project that is served


class Server(httpx.Client):
    """A running server, on 127.0.0.1; each request has a connection of its own.

    Attributes:
        port: Where it listens.
        url: The same, as an address.
        process: The supervisor, whose children are the workers.
        log: What it prints.
        seconds: From start to ready.
    """

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self.process, self.log, self.seconds = process, log, 0.0
        limits = httpx.Limits(max_keepalive_connections=0)
        super().__init__(base_url=self.url, limits=limits, timeout=PATIENCE)

    def answers(self, path: str) -> bool:
        """Say whether it answers a path already."""
        try:
            return self.get(path).is_success
        except httpx.TransportError:
            return False

    def wait_for_line(self, text: str, start: int = 0) -> str:
        """Return the log from a byte on, once it has a text: a line follows its response."""
        wait_until(lambda: text.encode() in self.log.read_bytes()[start:], text)
        return self.log.read_bytes()[start:].decode()


def train(folder: Path, raw_csv: Path, *arguments: str) -> Path:
    """Run the project's default pipeline in a copy of it, from which `bentoml serve` serves.

    Args:
        folder: Where to put the copy, with a Bento home in it.
        raw_csv: The raw CSV.
        arguments: What follows `kedro run`.
    """
    project = copy_project(folder, raw_csv)
    for name in ("bentofile.yaml", "serving.lock"):
        shutil.copy(PROJECT / name, project)
    done = run_command("kedro", "run", *arguments, cwd=project, env=_name_home(project))
    assert done.returncode == 0, done.stderr
    return project


def serve(cwd: Path, *arguments: str, **variables: str) -> AbstractContextManager[Server]:
    """Run `bentoml serve` until the block ends.

    Args:
        cwd: The working folder, such as a trained project.
        arguments: What follows `bentoml serve`, the port excepted.
        variables: Variables of the environment.
    """
    env = os.environ | _name_home(cwd) | {"PYTHONPATH": ""} | variables
    log = cwd / HOME / f"serve-{time.monotonic_ns()}.log"
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
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=cwd,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with Server(port, process, log) as server:
            wait_until(lambda: process.poll() is not None or server.answers(path), f"see {log}")
            assert process.poll() is None, log.read_text(encoding="utf-8")
            server.seconds = time.monotonic() - began
            yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)
        with suppress(ProcessLookupError):  # Kedro-Viz leaves its server behind
            os.killpg(process.pid, signal.SIGTERM)


def refuse_to_serve(cwd: Path, *arguments: str, **variables: str) -> str:
    """Run `bentoml serve`, which must end at once with exit code 1, and return its last line."""
    command = ("bentoml", "serve", "--port", str(find_free_port()), *arguments)
    done = run_command(*command, cwd=cwd, env=_name_home(cwd) | variables, timeout=PATIENCE)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1]


def _name_home(project: Path) -> dict[str, str]:
    return {"BENTOML_HOME": str(project / HOME)}
