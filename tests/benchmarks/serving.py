"""Measure the service against a FastAPI app that does what the reference's does, side by side.

    PYTHONPATH=tests python tests/benchmarks/serving.py

Both servers run at the same time on 127.0.0.1 and get load from wrk in turn, with the same test
messages. It prints a table and never fails for a slow result.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
from shared import OURS, REFERENCE_SCRIPTS, THEIRS, copy_reference, judge, note, print_table

from helpers import PROJECT, RAW_CSV, SCRIPTS
from servers import Server, serve, start, train

WORKERS, CONNECTIONS = (1, 2), (1, 16, 64)
SECONDS, REPETITIONS = 3, 3  # of a load, and of the loads of each kind
BATCH = 100
TRACED = "ours, traced"
SETTING = "services.SpamClassifier"
TRACING = f"{SETTING}.tracing.exporter_type=in_memory {SETTING}.tracing.sample_rate=1.0"
# Within all limits, and as much work as a request can be: marks that NFKC has to put in order.
HOSTILE_TEXT = "\u0344" * 2_500 + "\u0f73" * 7_500
ATTACKS: dict[str, dict[str, object]] = {
    "/predict": {"text": HOSTILE_TEXT},
    "/explain": {"text": HOSTILE_TEXT},
    "/classify": {"texts": [HOSTILE_TEXT] * 100},
}
ATTACKERS = 4
GOALS = {OURS: ">= 4", TRACED: ">= 1.5"}
BATCH_GOAL, ATTACK_GOAL = ">= 15000", "<= 100"

Bodies = list[dict[str, object]]


def measure(
    server: Server, path: str, bodies: Bodies, connections: int, seconds: int = SECONDS
) -> dict[str, float]:
    """Send bodies, one after the other, for some seconds, and return what wrk measured."""
    note(f"{connections} connections to {path} of port {server.port}")
    file = server.log.with_name(f"{time.monotonic_ns()}.jsonl")
    file.write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")
    script = Path(__file__).with_name("wrk.lua")
    options = (f"-c{connections}", f"-d{seconds}", "-t1", "--timeout=60", f"--script={script}")
    command = ["wrk", *options, server.url + path, "--", str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if failures := measured.pop("failures"):
        sys.exit(f"{failures} requests to {path} failed.")
    return measured


def compare(servers: dict[str, Server], bodies: Bodies) -> pd.DataFrame:
    """Ask servers in turn about one message at a time; the ratio is to the last of them."""
    for server in servers.values():
        measure(server, "/predict", bodies, 4)  # a warm-up
    samples = [
        {"connections": connections, "server": name}
        | measure(server, "/predict", bodies, connections)
        for connections in CONNECTIONS
        for _ in range(REPETITIONS)
        for name, server in servers.items()
    ]
    table = pd.DataFrame(samples).groupby(["connections", "server"], sort=False).median()
    rates = table["requests/s"]
    table["ratio"] = rates / rates.groupby("connections").transform("last")
    goals = [GOALS.get(name, "") for _, name in table.index]
    table["goal"] = list(map(judge, table["ratio"], goals))
    return table.reset_index()


def measure_ours(server: Server, single: Bodies, many: Bodies) -> None:
    """Ask the service about many messages at a time, and about one while others attack."""
    rate = BATCH * measure(server, "/classify", many, 1)["requests/s"]
    print(f"\n{BATCH} messages a request: {rate:,.0f} messages/s, {judge(rate, BATCH_GOAL)}")
    for path, body in ATTACKS.items():
        with ThreadPoolExecutor() as attackers:
            attackers.submit(measure, server, path, [body], ATTACKERS, SECONDS + 1)
            time.sleep(0.5)
            longest = measure(server, "/predict", single, 1)["longest, ms"]
        judgement = judge(longest, ATTACK_GOAL)
        print(f"Longest wait while {ATTACKERS} attack {path}: {longest:.0f} ms, {judgement}")


def serve_and_measure(home: Path, workers: int) -> None:
    """Train both models, run the servers with a number of workers, and print what they do."""
    note("training")
    project, copy = train(home / OURS, PROJECT / RAW_CSV), copy_reference(home / THEIRS)
    for script in REFERENCE_SCRIPTS[:3]:
        copy.run(*script)
    table = project / "data/05_model_input/test_messages.csv"
    texts = pd.read_csv(table, dtype=str, keep_default_na=False)["Message"].to_list()
    starts = range(0, len(texts) - BATCH, BATCH)
    single: Bodies = [{"text": text} for text in texts]
    many: Bodies = [{"texts": texts[start : start + BATCH]} for start in starts]
    option = f"{SETTING}.workers={workers}"
    uvicorn = (SCRIPTS / "uvicorn", "app:app", "--workers", str(workers))
    with (
        serve(project, BENTOML_CONFIG_OPTIONS=option) as ours,
        serve(project, BENTOML_CONFIG_OPTIONS=f"{option} {TRACING}") as traced,
        start(*uvicorn, cwd=copy.folder, env=dict(os.environ), log=home / "log") as theirs,
    ):
        servers = {OURS: ours, TRACED: traced, THEIRS: theirs}
        print_table(compare(servers, single))
        measure_ours(ours, single, many)


def main() -> None:
    """Measure with one worker, and with more."""
    if not shutil.which("wrk"):
        sys.exit("Error: wrk is missing: type `make test-tools`.")
    for workers in WORKERS:
        print(f"\nWorkers: {workers}")
        with tempfile.TemporaryDirectory(prefix="bench-") as home:
            serve_and_measure(Path(home), workers)


if __name__ == "__main__":
    main()
