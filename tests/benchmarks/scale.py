"""Measure `batch_scoring` on up to ten million messages: in one process, and on a Dask cluster.

    PYTHONPATH=tests python tests/benchmarks/scale.py

The messages are fabricated into ten files of a temporary folder: as many words as the corpus has,
words as often as there, and one word in sixteen that no corpus has.
Each run is `kedro run` from start to end; on Dask it starts a worker for each core. Memory is that
of all processes at their largest, above what they take for 100 messages, which is libraries and
model. Growth is the time a message to that of the size before; gain is the time of one process to
that on Dask. It prints a table and never fails for a slow result; the goals are for the largest
size.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from shared import judge, note, print_table

from helpers import PROJECT, RAW_CSV, SCRIPTS
from servers import train

SIZES = (100_000, 1_000_000, 10_000_000)
CORES = os.cpu_count() or 1
ONE, DASK = "one process", f"Dask, {CORES} workers"
WAYS = {ONE: 1, DASK: CORES}
SPEED, GROWTH, GAIN = "messages/s/core", "growth", "gain"
GOALS = {SPEED: ">= 25000", GROWTH: "<= 1.15", GAIN: ">= 1.5"}
FILES, FEW = 10, 100
NEW_WORDS = 5_000_000
NEW_SHARE = 1 / 16
LETTERS = str.maketrans("0123456789abcdef", "etaoinshrdlucmfw")


def fabricate_messages(number: int, random: np.random.Generator) -> list[str]:
    """Return so many messages."""
    corpus = pd.read_csv(PROJECT / RAW_CSV, dtype=str, keep_default_na=False).drop_duplicates()
    split = corpus["Message"].str.split()
    lengths = random.choice(split.map(len).to_numpy(), number)
    words = random.choice(split.explode().dropna().to_numpy(dtype=object), lengths.sum())
    is_new = random.random(len(words)) < NEW_SHARE
    new = random.integers(0, NEW_WORDS, is_new.sum())
    words[is_new] = [f"{value:x}".translate(LETTERS) for value in new.tolist()]
    return [" ".join(part) for part in np.split(words, np.cumsum(lengths)[:-1])]


def score(project: Path, messages: Path, way: str) -> tuple[float, float]:
    """Score messages in one of the ways; return the seconds and the most megabytes resident."""
    note(f"{messages.name} messages: {way}")
    output = messages.with_suffix(".parquet")
    options = ["--params", f"messages={messages},predictions={output}"]
    options += ["--env", "dask"] if way == DASK else []
    command = [SCRIPTS / "kedro", "run", "--pipelines", "batch_scoring", *options]
    start, megabytes = time.perf_counter(), 0.0
    process = psutil.Popen(command, cwd=project, stdout=subprocess.DEVNULL)
    while not psutil.wait_procs([process], timeout=0.2)[0]:
        with suppress(psutil.NoSuchProcess):  # one has just ended: the next look counts
            family = (process, *process.children(recursive=True))
            megabytes = max(megabytes, sum(each.memory_info().rss for each in family) / 2**20)
    if process.returncode:
        sys.exit(f"Scoring ended with exit code {process.returncode}.")
    output.unlink()
    return time.perf_counter() - start, megabytes


def measure(home: Path) -> pd.DataFrame:
    """Score each size in both ways; the same size makes the same messages."""
    note("training")
    project = train(home / "project", PROJECT / RAW_CSV)
    rows = []
    for size in (FEW, *SIZES):
        note(f"fabricating {size} messages")
        messages, random = home / f"{size}", np.random.default_rng(size)
        messages.mkdir()
        for name in range(FILES):
            texts = pd.Series(fabricate_messages(size // FILES, random), name="Message")
            texts.to_csv(messages / f"{name}.csv", index_label="id")
        rows += [(size, way, *score(project, messages, way)) for way in WAYS]
        shutil.rmtree(messages)
    table = pd.DataFrame(rows, columns=["messages", "on", "seconds", "MB"])
    table["MB"] -= table.groupby("on")["MB"].transform("first")
    each = table["seconds"] / table["messages"]
    table[SPEED] = 1 / each / table["on"].map(WAYS)
    table[GROWTH] = each / each.groupby(table["on"]).shift()
    gain = table.groupby("messages")["seconds"].transform("first") / table["seconds"]
    table[GAIN] = gain.where(table["on"] == DASK)
    return table


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        table = measure(Path(home))
    print_table(table)
    largest = table[table["messages"] == SIZES[-1]]
    for name, goal in GOALS.items():
        worst = largest[name].min() if name == SPEED else largest[name].max()
        print(f"{name} of {SIZES[-1]:,} messages: {worst:.2f}, {judge(worst, goal)}")


if __name__ == "__main__":
    main()
