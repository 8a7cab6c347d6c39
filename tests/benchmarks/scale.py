"""Measure `batch_scoring` on up to ten million messages: in one process, and on a Dask cluster.

    PYTHONPATH=tests python tests/benchmarks/scale.py [--sizes N ...]

The messages are fabricated into ten files of a temporary folder: as many words as the corpus has,
words as often as there, one message in eight with the words of spam, and one word in sixteen that
no corpus has.
Each run is `kedro run` from start to end; on Dask it starts a worker for each core. Memory is that
of all processes at their largest, above what they take for ten messages, which is libraries and
model. What is measured is the last commit (HEAD): commit first. It prints a table and never fails
for a slow result.
"""

import argparse
import os
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from processes import Cost, Project, clone_project, judge, note, print_table

from helpers import PROJECT, RAW_CSV

SIZES = (100_000, 1_000_000, 10_000_000)
CORES = os.cpu_count() or 1
ONE, DASK = "one process", f"Dask, {CORES} workers"
WAYS = {ONE: 1, DASK: CORES}
SPEED_GOAL, GROWTH_GOAL, GAIN_GOAL = ">= 25000", "<= 1.15", ">= 1.5"
FILES = 10
CHUNK = 100_000
SPAM_SHARE = 0.13
NEW_WORDS = 5_000_000
NEW_SHARE = 1 / 16
LETTERS = str.maketrans("0123456789abcdef", "etaoinshrdlucmfw")


def fabricate_messages(number: int, random: np.random.Generator) -> list[str]:
    """Return so many messages, ham and spam in no order."""
    corpus = pd.read_csv(PROJECT / RAW_CSV, dtype=str, keep_default_na=False).drop_duplicates()
    spams = round(number * SPAM_SHARE)
    messages = []
    for label, count in (("spam", spams), ("ham", number - spams)):
        split = corpus["Message"][corpus["Category"] == label].str.split()
        lengths = random.choice(split.map(len).to_numpy(), count)
        words = random.choice(split.explode().dropna().to_numpy(dtype=object), lengths.sum())
        is_new = random.random(len(words)) < NEW_SHARE
        new = random.integers(0, NEW_WORDS, is_new.sum())
        words[is_new] = [f"{value:x}".translate(LETTERS) for value in new.tolist()]
        messages += [" ".join(part) for part in np.split(words, np.cumsum(lengths)[:-1])]
    random.shuffle(messages)
    return messages


def fabricate(folder: Path, number: int) -> None:
    """Write so many messages to ten CSVs; the same number makes the same bytes."""
    random = np.random.default_rng(number)
    folder.mkdir()
    for name in range(FILES):
        for start in range(0, number // FILES, CHUNK):
            texts = fabricate_messages(min(CHUNK, number // FILES - start), random)
            table = pd.DataFrame({"id": range(start, start + len(texts)), "Message": texts})
            table.to_csv(folder / f"{name}.csv", mode="a", header=start == 0, index=False)


def score(clone: Project, messages: Path, way: str) -> Cost:
    """Score the messages in one of the ways."""
    output = messages.with_suffix(".parquet")
    environment = ("--env", "dask") if way == DASK else ()
    paths = f"messages={messages},predictions={output}"
    with Cost() as cost:
        clone.run("kedro", "run", "--pipelines", "batch_scoring", *environment, "--params", paths)
    output.unlink()
    return cost


def judge_largest(value: float, goal: str, size: int) -> str:
    """Say whether a figure reaches its goal, which is for the largest size."""
    return judge(value, goal) if size == SIZES[-1] else ""


def measure(folder: Path, sizes: list[int]) -> list[tuple[str, ...]]:
    """Score each size in both ways, and return the lines of the table."""
    clone = clone_project(folder)
    note("training")
    clone.run("kedro", "run")
    costs: dict[tuple[str, int], Cost] = {}
    lines: list[tuple[str, ...]] = [
        ("messages", "on", "seconds", "MB above the model", "messages/s/core", "")
    ]
    for size in (FILES, *sizes):
        messages = folder / f"{size}"
        note(f"fabricating {size:,}")
        fabricate(messages, size)
        for way, cores in WAYS.items():
            note(f"{size:,} messages: {way}")
            cost = costs[way, size] = score(clone, messages, way)
            speed = size / cost.wall / cores
            above = cost.megabytes - costs[way, FILES].megabytes
            figures = (f"{figure:,.0f}" for figure in (cost.wall, above, speed))
            lines.append((f"{size:,}", way, *figures, judge_largest(speed, SPEED_GOAL, size)))
        shutil.rmtree(messages)
    for small, large in pairwise(sizes):
        label = f"time per message, {large:,} / {small:,}"
        for way in WAYS:
            growth = costs[way, large].wall / large / (costs[way, small].wall / small)
            judgement = judge_largest(growth, GROWTH_GOAL, large)
            lines.append((label, way, f"{growth:.2f}", "", "", judgement))
    for size in sizes:
        gain = costs[ONE, size].wall / costs[DASK, size].wall
        judgement = judge_largest(gain, GAIN_GOAL, size)
        lines.append((f"{size:,}", f"{ONE} / {DASK}", f"{gain:.2f}", "", "", judgement))
    return lines


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description="Measure batch scoring on many messages.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as folder:
        print_table(measure(Path(folder), sorted(parser.parse_args().sizes)))


if __name__ == "__main__":
    main()
