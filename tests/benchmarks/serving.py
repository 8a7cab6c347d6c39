"""Measure the service against a FastAPI app that does what the reference's does, side by side.

    PYTHONPATH=tests python tests/benchmarks/serving.py \
        [--seconds S] [--repetitions N] [--workers N ...]

Both servers run at the same time on 127.0.0.1 and get load from wrk in turn, with the same test
messages. It prints a table and never fails for a slow result.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import pandas as pd
from shared import (
    OURS,
    REFERENCE_SCRIPTS,
    THEIRS,
    copy_reference,
    judge,
    new_home,
    note,
    print_table,
)

from helpers import PROJECT, RAW_CSV, SCRIPTS
from servers import Server, serve, start, train

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

Line = tuple[str, float, float | None, float | None, str]


def write(file: Path, bodies: list[object]) -> Path:
    """Write bodies to a file, and return it."""
    file.write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")
    return file


def put_load(
    server: Server, path: str, bodies: Path, connections: int, seconds: int
) -> subprocess.Popen[str]:
    """Start a process that sends the bodies of a file for some seconds."""
    note(f"{connections} connections to {path} of port {server.port}")
    options = f"-t1 -c{connections} -d{seconds} --timeout 60 -s".split()
    files = (Path(__file__).with_name("wrk.lua"), server.url + path, "--", bodies)
    return subprocess.Popen(["wrk", *options, *files], stdout=subprocess.PIPE, text=True)


def measure(server: Server, path: str, bodies: Path, connections: int, seconds: int) -> pd.Series:
    """Return what such a process measured."""
    with put_load(server, path, bodies, connections, seconds) as process:
        measured = pd.Series(json.loads(process.communicate()[0].splitlines()[-1]))
    if measured["failures"]:
        sys.exit(f"{measured['failures']:.0f} requests to {path} failed.")
    return measured


def compare(label: str, ours: float, theirs: float, goal: str = "") -> Line:
    """Return a line with two figures, their ratio, and whether it reaches a goal."""
    return (label, ours, theirs, ours / theirs, judge(ours / theirs, goal) if goal else "")


def measure_servers(
    servers: Sequence[Server], texts: list[str], folder: Path, seconds: int, repetitions: int
) -> Iterator[Line]:
    """Ask about one message at a time, about a hundred, and about one beside attackers."""
    ours = servers[0]
    starts = range(0, len(texts) - BATCH, BATCH)
    single = write(folder / "single", [{"text": text} for text in texts])
    many = write(folder / "many", [{"texts": texts[start : start + BATCH]} for start in starts])
    for server in servers:
        measure(server, "/predict", single, 4, seconds)  # a warm-up
    for connections in CONNECTIONS:
        asked = ("/predict", single, connections, seconds)
        rounds = [[measure(server, *asked) for server in servers] for _ in range(repetitions)]
        one, traced, reference = (
            pd.DataFrame(taken).median() for taken in zip(*rounds, strict=True)
        )
        after, rate = f"{connections} connections", reference["rate"]
        yield compare(f"requests/s, {after}", one["rate"], rate, GOALS[OURS])
        yield compare(f"with tracing, {after}", traced["rate"], rate, GOALS[TRACED])
        for name in ("p50", "p99"):
            yield compare(f"{name}, ms, {after}", one[name], reference[name])
    asked = ("/classify", many, 1, seconds)
    rate = BATCH * median(measure(ours, *asked)["rate"] for _ in range(repetitions))
    yield (f"messages/s, {BATCH} a request", rate, None, None, judge(rate, GOALS["batches"]))
    for path, body in ATTACKS.items():
        with put_load(ours, path, write(folder / "hostile", [body]), ATTACKERS, seconds + 1):
            time.sleep(0.5)
            longest = measure(ours, "/predict", single, 1, seconds)["longest"]
        label = f"longest wait, ms, while {ATTACKERS} attack {path}"
        yield (label, longest, None, None, judge(longest, GOALS["attacks"]))


def measure_workers(home: Path, workers: int, seconds: int, repetitions: int) -> list[Line]:
    """Train both models, run the servers with a number of workers, and return the lines."""
    note("training")
    project, copy = train(home / OURS, home, PROJECT / RAW_CSV), copy_reference(home / THEIRS)
    for script in REFERENCE_SCRIPTS[:3]:
        copy.run(*script)
    table = project / "data/05_model_input/test_messages.csv"
    texts = pd.read_csv(table, dtype=str, keep_default_na=False)["Message"].to_list()
    option = f"{SETTING}.workers={workers}"
    uvicorn = (SCRIPTS / "uvicorn", "app:app", "--workers", str(workers))
    with (
        serve(project, home, BENTOML_CONFIG_OPTIONS=option) as ours,
        serve(project, home, BENTOML_CONFIG_OPTIONS=f"{option} {TRACING}") as traced,
        start(*uvicorn, cwd=copy.folder, env=dict(os.environ), log=home / "log") as theirs,
    ):
        return list(measure_servers((ours, traced, theirs), texts, home, seconds, repetitions))


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description="Measure the service against the reference's.")
    parser.add_argument("--seconds", type=int, default=3, help="length of one load")
    parser.add_argument("--repetitions", type=int, default=3, help="loads of each kind")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("Error: wrk is missing: type `make test-tools`.")
    for workers in options.workers:
        with new_home() as home:
            lines = measure_workers(home, workers, options.seconds, options.repetitions)
        titles = [f"workers: {workers}", OURS, THEIRS, "ratio", ""]
        print_table(pd.DataFrame(lines, columns=titles))


if __name__ == "__main__":
    main()
