"""Measure the service against a FastAPI app that does what the reference's does, side by side.

    python tests/benchmarks/serving.py [--seconds S] [--repetitions N] [--workers N ...]

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
from pathlib import Path
from statistics import median

import pandas as pd
from bench import OURS, REFERENCE_SCRIPTS, THEIRS
from processes import (
    Server,
    clone_project,
    copy_reference,
    judge,
    need_raw_file,
    note,
    print_table,
)

LOAD = str(Path(__file__).with_name("load.py"))
CONNECTIONS = (1, 16, 64)
BATCH = 100
TRACED = "ours, traced"
SETTING = "services.SpamClassifier"
TRACING = f"{SETTING}.tracing.exporter_type=in_memory {SETTING}.tracing.sample_rate=1.0"
# Within all limits, and as much work as a request can be: marks that NFKC has to put in order.
HOSTILE_TEXT = "\u0344" * 2_500 + "\u0f73" * 7_500
ATTACKS = {
    "/predict": {"text": HOSTILE_TEXT},
    "/explain": {"text": HOSTILE_TEXT},
    "/classify": {"texts": [HOSTILE_TEXT] * 100},
}
ATTACKERS = 4
GOALS = {OURS: ">= 4", TRACED: ">= 1.5", "batches": ">= 15000", "attacks": "<= 100"}

Line = tuple[str, ...]


def load(server: Server, path: str, bodies: Path, connections: int, seconds: float) -> list[str]:
    """Return the command that puts load on a server."""
    arguments = (server.port, path, bodies, connections, seconds)
    return [sys.executable, LOAD, *map(str, arguments)]


def measure(server: Server, path: str, bodies: Path, connections: int, seconds: float) -> pd.Series:
    """Put load on a server from a process of its own, and return what that measured."""
    note(f"{connections} connections to {path} of port {server.port}")
    command = load(server, path, bodies, connections, seconds)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = pd.Series(json.loads(done.stdout))
    if measured["failures"]:
        sys.exit(f"{measured['failures']:.0f} requests to {path} failed.")
    return measured


def compare(label: str, ours: float, theirs: float, goal: str = "") -> Line:
    """Return a line with two figures, their ratio, and whether it reaches a goal."""
    digits = 0 if ours > 50 else 2
    figures = (f"{ours:.{digits}f}", f"{theirs:.{digits}f}", f"{ours / theirs:.2f}")
    return (label, *figures, judge(ours / theirs, goal) if goal else "")


def measure_requests(
    servers: dict[str, Server], single: Path, seconds: float, repetitions: int
) -> Iterator[Line]:
    """Ask the servers about one message at a time."""
    for connections in CONNECTIONS:
        samples: dict[str, list[pd.Series]] = {name: [] for name in servers}
        for _ in range(repetitions):
            for name, server in servers.items():
                samples[name].append(measure(server, "/predict", single, connections, seconds))
        medians = {name: pd.DataFrame(taken).median() for name, taken in samples.items()}
        ours, theirs, traced = (medians[name] for name in (OURS, THEIRS, TRACED))
        after = f"{connections} connections"
        yield compare(f"requests/s, {after}", ours["rate"], theirs["rate"], GOALS[OURS])
        yield compare(f"  with tracing, {after}", traced["rate"], theirs["rate"], GOALS[TRACED])
        for name in ("p50", "p99"):
            yield compare(f"{name}, ms, {after}", ours[name], theirs[name])


def measure_batches(
    ours: Server, theirs: Server, single: Path, many: Path, seconds: float, repetitions: int
) -> Line:
    """Ask about a hundred messages at a time; the reference takes one."""
    batches = [measure(ours, "/classify", many, 1, seconds) for _ in range(repetitions)]
    singles = [measure(theirs, "/predict", single, 1, seconds) for _ in range(repetitions)]
    rates = (median(sample["rate"] for sample in samples) for samples in (batches, singles))
    rate, reference = next(rates) * BATCH, next(rates)
    label, *figures, _ = compare(f"messages/s, {BATCH} a request", rate, reference)
    return (label, *figures, judge(rate, GOALS["batches"]))


def measure_attacks(server: Server, single: Path, seconds: float) -> Iterator[Line]:
    """Ask about a message at a time while four others send as much work as they may."""
    for path, body in ATTACKS.items():
        hostile = single.with_name("hostile.jsonl")
        hostile.write_text(json.dumps(body), encoding="utf-8")
        command = load(server, path, hostile, ATTACKERS, seconds + 1)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL):
            time.sleep(0.5)
            longest = measure(server, "/predict", single, 1, seconds)["longest"]
        label = f"longest wait, ms, while {ATTACKERS} attack {path}"
        yield (label, f"{longest:.0f}", "", "", judge(longest, GOALS["attacks"]))


def write_bodies(test_messages: Path, folder: Path) -> tuple[Path, Path]:
    """Write the test messages as bodies of `/predict`, and in hundreds as bodies of `/classify`."""
    table = pd.read_csv(test_messages, dtype=str, keep_default_na=False)
    texts = table["Message"].to_list()
    starts = range(0, len(texts) - BATCH, BATCH)
    bodies = {
        "single.jsonl": [{"text": text} for text in texts],
        "many.jsonl": [{"texts": texts[start : start + BATCH]} for start in starts],
    }
    for name, lines in bodies.items():
        (folder / name).write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return folder / "single.jsonl", folder / "many.jsonl"


def measure_all(folder: Path, workers: int, seconds: float, repetitions: int) -> list[Line]:
    """Train both models, run the servers with a number of workers, and return the lines."""
    for name in (OURS, THEIRS):
        (folder / name).mkdir()
    note("training")
    clone, copy = clone_project(folder / OURS), copy_reference(folder / THEIRS)
    clone.run("kedro", "run")
    for script in REFERENCE_SCRIPTS[:3]:
        copy.run(*script)
    single, many = write_bodies(clone.folder / "data/05_model_input/test_messages.csv", folder)
    option = f"{SETTING}.workers={workers}"
    uvicorn = ["uvicorn", "app:app", *(["--workers", str(workers)] if workers > 1 else [])]
    with (
        clone.serve("bentoml", "serve", BENTOML_CONFIG_OPTIONS=option) as ours,
        clone.serve("bentoml", "serve", BENTOML_CONFIG_OPTIONS=f"{option} {TRACING}") as traced,
        copy.serve(*uvicorn) as theirs,
    ):
        servers = {OURS: ours, THEIRS: theirs, TRACED: traced}
        lines = [
            compare("start to ready, s", ours.seconds, theirs.seconds),
            compare("resident, MB", ours.megabytes(), theirs.megabytes()),
        ]
        for server in servers.values():
            measure(server, "/predict", single, 4, 1.0)  # a warm-up
        lines += measure_requests(servers, single, seconds, repetitions)
        lines.append(measure_batches(ours, theirs, single, many, seconds, repetitions))
        lines += measure_attacks(ours, single, seconds)
    return lines


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description="Measure the service against the reference's.")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one load")
    parser.add_argument("--repetitions", type=int, default=3, help="loads of each kind")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    options = parser.parse_args()
    need_raw_file()
    for workers in options.workers:
        with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
            lines = measure_all(Path(folder), workers, options.seconds, options.repetitions)
        print_table([(f"workers: {workers}", OURS, THEIRS, "ratio", ""), *lines])


if __name__ == "__main__":
    main()
