"""Measure the service against a FastAPI app that does what the reference's does, side by side.

    python tests/benchmarks/serving.py [--seconds S] [--repetitions N] [--workers N ...]

Both servers run at the same time on 127.0.0.1 and get load in turn, from a process of its own, with
the same test messages. What is measured is the last commit (HEAD): commit first. It prints a table
and never fails for a slow result.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

import pandas as pd
from bench import (
    RAW,
    REFERENCE_COMMANDS,
    ROOT,
    clone_project,
    commit,
    copy_reference,
    machine,
    note,
    table,
)
from processes import SCRIPTS, run

CONNECTIONS = (1, 16, 64)
BATCH = 100
PATIENCE = 60.0
OURS, THEIRS, TRACED = "ours", "reference", "ours, with tracing"
OPTIONS = "BENTOML_CONFIG_OPTIONS"
TRACING = (
    " services.SpamClassifier.tracing.exporter_type=in_memory"
    " services.SpamClassifier.tracing.sample_rate=1.0"
)
# Within all limits, and as much work as a request can be: marks that NFKC has to put in order.
HOSTILE_TEXT = "\u0344" * 2_500 + "\u0f73" * 7_500
ATTACKS = {
    "/predict": {"text": HOSTILE_TEXT},
    "/explain": {"text": HOSTILE_TEXT},
    "/classify": {"texts": [HOSTILE_TEXT] * 100},
}
ATTACKERS = 4
LONGEST_WAIT = 100  # ms: the goal for everybody else


@dataclass(frozen=True)
class Server:
    """A running server, and what its start took."""

    port: int
    seconds: float
    megabytes: float


@contextmanager
def serving(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], port: int, ready: str
) -> Iterator[Server]:
    """Run a server until the block ends.

    Args:
        command: The program and its arguments.
        folder: The working directory.
        variables: The whole environment.
        port: The port that the command names.
        ready: Path that answers once the server is ready.

    Yields:
        The server, ready.
    """
    started = time.perf_counter()
    with (folder / f"serve-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [SCRIPTS / command[0], *command[1:]],
            cwd=folder,
            env=dict(variables),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _answers(f"http://127.0.0.1:{port}{ready}"):
                if process.poll() is not None or time.perf_counter() - started > PATIENCE:
                    sys.exit(f"`{' '.join(command)}` does not serve; see {log.name}")
                time.sleep(0.02)
            seconds = time.perf_counter() - started
            yield Server(port, seconds, _largest_process(process.pid))
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=PATIENCE):
            return True
    except (URLError, OSError):
        return False


def _largest_process(pid: int) -> float:
    """Return the resident megabytes of the largest process among a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    statuses = [
        Path(f"/proc/{each}/status").read_text(encoding="ascii") for each in (pid, *children)
    ]
    resident = [text.partition("VmRSS:")[2].split()[0] for text in statuses if "VmRSS:" in text]
    return max(map(int, resident)) / 1024


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def load(
    server: Server, path: str, bodies: Path, connections: int, seconds: float
) -> dict[str, float]:
    """Put load on a server from a process of its own, and return what it measured."""
    command = [sys.executable, str(Path(__file__).with_name("load.py"))]
    command += [str(server.port), path, str(bodies), str(connections), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    if measured["failures"]:
        sys.exit(f"{measured['failures']} requests to {path} failed.")
    return measured


def attack(server: Server, path: str, single: Path, seconds: float) -> float:
    """Return the longest wait, in milliseconds, of a client while four others attack."""
    hostile = single.with_name("hostile.jsonl")
    hostile.write_text(json.dumps(ATTACKS[path]), encoding="utf-8")
    command = [sys.executable, str(Path(__file__).with_name("load.py")), str(server.port), path]
    command += [str(hostile), str(ATTACKERS), str(seconds + 1)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as attackers:
        time.sleep(0.5)
        measured = load(server, "/predict", single, 1, seconds)
        attackers.wait()
    return measured["longest"]


def prepare(folder: Path) -> tuple[Path, dict[str, str], Path, dict[str, str]]:
    """Train both models, each in its own folder with its own environment."""
    (folder / OURS).mkdir()
    (folder / THEIRS).mkdir()
    clone, our_variables = clone_project(folder / OURS)
    run(("kedro", "run"), clone, our_variables)
    copy, their_variables = copy_reference(folder / THEIRS)
    for command in REFERENCE_COMMANDS[:3]:
        run(command, copy, their_variables)
    return clone, our_variables, copy, their_variables


def write_bodies(clone: Path, folder: Path) -> tuple[Path, Path]:
    """Write the test messages as bodies of `/predict`, and in hundreds as bodies of `/classify`."""
    table_of_messages = pd.read_csv(
        clone / "data/05_model_input/test_messages.csv", dtype=str, keep_default_na=False
    )
    messages = table_of_messages["Message"].to_list()
    batches = [messages[start : start + BATCH] for start in range(0, len(messages), BATCH)][:-1]
    single, many = folder / "single.jsonl", folder / "many.jsonl"
    single.write_text("\n".join(json.dumps({"text": text}) for text in messages), encoding="utf-8")
    many.write_text("\n".join(json.dumps({"texts": batch}) for batch in batches), encoding="utf-8")
    return single, many


def measure(folder: Path, workers: int, seconds: float, repetitions: int) -> list[tuple[str, ...]]:
    """Run both servers with a number of workers, and return the lines of the table."""
    clone, our_variables, copy, their_variables = prepare(folder)
    single, many = write_bodies(clone, folder)
    settings = f"services.SpamClassifier.workers={workers}"
    with ExitStack() as stack:

        def start(command: list[str], folder: Path, variables: dict[str, str]) -> Server:
            port = free_port()
            command = [*command, "--port", str(port)]
            return stack.enter_context(serving(command, folder, variables, port, "/readyz"))

        bento = ["bentoml", "serve"]
        ours = start(bento, clone, our_variables | {OPTIONS: settings})
        traced = start(bento, clone, our_variables | {OPTIONS: settings + TRACING})
        command = ["uvicorn", "app:app"] + (["--workers", str(workers)] if workers > 1 else [])
        theirs = start(command, copy, their_variables)
        servers = {OURS: ours, THEIRS: theirs}
        lines = [
            _line("start to ready, s", workers, {OURS: ours.seconds, THEIRS: theirs.seconds}),
            _line("resident, MB", workers, {OURS: ours.megabytes, THEIRS: theirs.megabytes}),
        ]
        for server in (*servers.values(), traced):
            load(server, "/predict", single, 4, 1.0)  # a warm-up
        for connections in CONNECTIONS:
            samples: dict[str, list[dict[str, float]]] = {OURS: [], THEIRS: []}
            for repetition in range(repetitions):
                for name in sorted(servers, reverse=repetition % 2 == 1):
                    note(f"{workers} workers, {connections} connections: {name}")
                    samples[name].append(
                        load(servers[name], "/predict", single, connections, seconds)
                    )
            for key, label in (("rate", "requests/s"), ("p50", "p50, ms"), ("p99", "p99, ms")):
                values = {
                    name: median(sample[key] for sample in taken) for name, taken in samples.items()
                }
                lines.append(_line(f"/predict {label}, {connections} conn.", workers, values))
            note(f"{workers} workers, {connections} connections: {TRACED}")
            with_tracing = [
                load(traced, "/predict", single, connections, seconds)["rate"]
                for _ in range(repetitions)
            ]
            rate = median(sample["rate"] for sample in samples[THEIRS])
            values = {OURS: median(with_tracing), THEIRS: rate}
            lines.append(_line(f"  with tracing on, {connections} conn.", workers, values))
        batches = [load(ours, "/classify", many, 1, seconds) for _ in range(repetitions)]
        singles = [load(theirs, "/predict", single, 1, seconds) for _ in range(repetitions)]
        values = {
            OURS: median(sample["rate"] for sample in batches) * BATCH,
            THEIRS: median(sample["rate"] for sample in singles),
        }
        lines.append(_line(f"messages/s, {BATCH} a request", workers, values))
        for path in ATTACKS:
            note(f"{workers} workers, {ATTACKERS} connections attack {path}")
            longest = f"{attack(ours, path, single, seconds):.0f}"
            label = f"/predict longest, ms; {ATTACKERS} conn. attack {path}"
            lines.append((label, str(workers), longest, f"goal {LONGEST_WAIT}", ""))
    return lines


def _line(label: str, workers: int, values: Mapping[str, float]) -> tuple[str, ...]:
    ours, theirs = values[OURS], values[THEIRS]
    digits = 0 if ours > 50 else 2
    cells = (f"{ours:.{digits}f}", f"{theirs:.{digits}f}", f"{ours / theirs:.2f}")
    return (label, str(workers), *cells)


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description="Measure the service against the reference's.")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one load")
    parser.add_argument("--repetitions", type=int, default=3, help="loads of each kind")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    options = parser.parse_args()
    if not (ROOT / RAW).exists():
        sys.exit(f"{RAW} is missing: `make run` fetches it.")
    lines: list[tuple[str, ...]] = [("", "workers", OURS, THEIRS, "ratio")]
    heading = f"{machine()}; {commit()}; median of {options.repetitions} loads"
    for workers in options.workers:
        with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
            lines += measure(Path(folder), workers, options.seconds, options.repetitions)
    print(heading, table(lines), sep="\n\n")


if __name__ == "__main__":
    main()
