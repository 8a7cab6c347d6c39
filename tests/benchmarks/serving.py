"""Measure the service against a FastAPI app that does what the reference's does, side by side.

    PYTHONPATH=tests python tests/benchmarks/serving.py \
        [--seconds S] [--repetitions N] [--workers N ...]

Both servers run at the same time on 127.0.0.1 and get load in turn, from a process of its own, with
the same test messages. What is measured is the last commit (HEAD): commit first. It prints a table
and never fails for a slow result.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
from bench import OURS, REFERENCE_SCRIPTS, THEIRS
from processes import clone_project, copy_reference, judge, note, print_table

from servers import Server

CONNECTIONS = (1, 16, 64)
BATCH = 100
TRACED = "ours, traced"
SETTING = "services.SpamClassifier"
TRACING = f"{SETTING}.tracing.exporter_type=in_memory {SETTING}.tracing.sample_rate=1.0"
# Within all limits, and as much work as a request can be: marks that NFKC has to put in order.
HOSTILE_TEXT = "\u0344" * 2_500 + "\u0f73" * 7_500
ATTACKS: dict[str, object] = {
    "/predict": {"text": HOSTILE_TEXT},
    "/explain": {"text": HOSTILE_TEXT},
    "/classify": {"texts": [HOSTILE_TEXT] * 100},
}
ATTACKERS = 4
GOALS = {OURS: ">= 4", TRACED: ">= 1.5", "batches": ">= 15000", "attacks": "<= 100"}

Line = tuple[str, ...]


@dataclass(frozen=True)
class Load:
    """Puts load on servers, several times for some seconds, with bodies from files of a folder."""

    folder: Path
    seconds: float
    repetitions: int

    def write(self, name: str, bodies: list[object]) -> None:
        """Write bodies to a file."""
        (self.folder / name).write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")

    def start(
        self, server: Server, path: str, name: str, connections: int, longer: float = 0.0
    ) -> subprocess.Popen[str]:
        """Start a process that sends the bodies of a file, some seconds longer than the others."""
        note(f"{connections} connections to {path} of port {server.port}")
        seconds = self.seconds + longer
        arguments = (server.port, path, self.folder / name, connections, seconds)
        command = [sys.executable, str(Path(__file__).with_name("load.py")), *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def measure(self, server: Server, path: str, name: str, connections: int) -> pd.Series:
        """Return what such a process measured."""
        with self.start(server, path, name, connections) as process:
            measured = pd.Series(json.loads(process.communicate()[0]))
        if measured["failures"]:
            sys.exit(f"{measured['failures']:.0f} requests to {path} failed.")
        return measured

    def compare(self, *asked: tuple[Server, str, str, int]) -> list[pd.Series]:
        """Return the medians of several measurements, which take turns."""
        rounds = [[self.measure(*each) for each in asked] for _ in range(self.repetitions)]
        return [pd.DataFrame(taken).median() for taken in zip(*rounds, strict=True)]


def compare(label: str, ours: float, theirs: float, goal: str = "") -> Line:
    """Return a line with two figures, their ratio, and whether it reaches a goal."""
    digits = 0 if ours > 50 else 2
    figures = (f"{ours:.{digits}f}", f"{theirs:.{digits}f}", f"{ours / theirs:.2f}")
    return (label, *figures, judge(ours / theirs, goal) if goal else "")


def measure_memory(server: Server) -> float:
    """Return the megabytes that are resident of the largest of a server's processes."""
    first = psutil.Process(server.process.pid)
    processes = [first, *first.children(recursive=True)]
    return max(float(process.memory_info().rss) for process in processes) / 2**20


def measure_servers(load: Load, ours: Server, traced: Server, theirs: Server) -> Iterator[Line]:
    """Ask about one message at a time, about a hundred, and about one beside attackers."""
    yield compare("start to ready, s", ours.seconds, theirs.seconds)
    yield compare("resident, MB", measure_memory(ours), measure_memory(theirs))
    for server in (ours, traced, theirs):
        load.measure(server, "/predict", "single", 4)  # a warm-up
    for connections in CONNECTIONS:
        one, with_tracing, reference = load.compare(
            *((server, "/predict", "single", connections) for server in (ours, traced, theirs))
        )
        after, rate = f"{connections} connections", reference["rate"]
        yield compare(f"requests/s, {after}", one["rate"], rate, GOALS[OURS])
        yield compare(f"  with tracing, {after}", with_tracing["rate"], rate, GOALS[TRACED])
        for name in ("p50", "p99"):
            yield compare(f"{name}, ms, {after}", one[name], reference[name])
    # The reference takes one message a request.
    many, reference = load.compare(
        (ours, "/classify", "many", 1), (theirs, "/predict", "single", 1)
    )
    rate = many["rate"] * BATCH
    line = compare(f"messages/s, {BATCH} a request", rate, reference["rate"])
    yield (*line[:-1], judge(rate, GOALS["batches"]))
    for path, body in ATTACKS.items():
        load.write("hostile", [body])
        with load.start(ours, path, "hostile", ATTACKERS, longer=1.0) as attackers:
            time.sleep(0.5)
            longest = load.measure(ours, "/predict", "single", 1)["longest"]
            attackers.communicate()
        label = f"longest wait, ms, while {ATTACKERS} attack {path}"
        yield (label, f"{longest:.0f}", "", "", judge(longest, GOALS["attacks"]))


def measure(load: Load, workers: int) -> list[Line]:
    """Train both models, run the servers with a number of workers, and return the lines."""
    for name in (OURS, THEIRS):
        (load.folder / name).mkdir()
    note("training")
    clone, copy = clone_project(load.folder / OURS), copy_reference(load.folder / THEIRS)
    clone.run("kedro", "run")
    for script in REFERENCE_SCRIPTS[:3]:
        copy.run(*script)
    table = clone.folder / "data/05_model_input/test_messages.csv"
    texts = pd.read_csv(table, dtype=str, keep_default_na=False)["Message"].to_list()
    starts = range(0, len(texts) - BATCH, BATCH)
    load.write("single", [{"text": text} for text in texts])
    load.write("many", [{"texts": texts[start : start + BATCH]} for start in starts])
    option = f"{SETTING}.workers={workers}"
    uvicorn = ["uvicorn", "app:app", *(["--workers", str(workers)] if workers > 1 else [])]
    with (
        clone.serve("bentoml", "serve", BENTOML_CONFIG_OPTIONS=option) as ours,
        clone.serve("bentoml", "serve", BENTOML_CONFIG_OPTIONS=f"{option} {TRACING}") as traced,
        copy.serve(*uvicorn) as theirs,
    ):
        return list(measure_servers(load, ours, traced, theirs))


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description="Measure the service against the reference's.")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one load")
    parser.add_argument("--repetitions", type=int, default=3, help="loads of each kind")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    options = parser.parse_args()
    for workers in options.workers:
        with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
            lines = measure(Load(Path(folder), options.seconds, options.repetitions), workers)
        print_table([(f"workers: {workers}", OURS, THEIRS, "ratio", ""), *lines])


if __name__ == "__main__":
    main()
