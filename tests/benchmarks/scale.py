"""Measure `batch_scoring` on up to ten million messages: in one process, and on a Dask cluster.

    python tests/benchmarks/scale.py [--sizes N ...]

The messages are fabricated into ten files of a temporary folder: as many words as the corpus has,
words as often as there, one message in eight with the words of spam, and one word in sixteen that
no corpus has.
Each run is `kedro run` from start to end; on Dask it starts a worker for each core. Memory is that
of all processes at their largest, above what they take for ten messages, which is libraries and
model. What is measured is the last commit (HEAD): commit first. It prints a table and never fails
for a slow result.
"""

import argparse
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from bench import RAW, ROOT, clone_project, commit, machine, note, table
from processes import Peak, run

SIZES = (100_000, 1_000_000, 10_000_000)
HEADER = ("messages", "on", "seconds", "messages/s/core", "MB above the model")
CORES = os.cpu_count() or 1
ONE, DASK = "one process", f"Dask, {CORES} workers"
WAYS = {ONE: 1, DASK: CORES}
FILES = 10
CHUNK = 100_000
SPAM_SHARE = 0.13
NEW_WORDS = 5_000_000
NEW_SHARE = 1 / 16
LETTERS = str.maketrans("0123456789abcdef", "etaoinshrdlucmfw")


class Words:
    """The words of one class of the corpus, and how many of them a message has."""

    def __init__(self, texts: pd.Series) -> None:
        split = texts.str.split()
        self._words = split.explode().dropna().to_numpy(dtype=object)
        self._counts = split.map(len).to_numpy()

    def fabricate(self, number: int, random: np.random.Generator) -> list[str]:
        """Return so many messages."""
        counts = random.choice(self._counts, number)
        words = random.choice(self._words, counts.sum())
        is_new = random.random(len(words)) < NEW_SHARE
        new = random.integers(0, NEW_WORDS, is_new.sum())
        words[is_new] = [f"{value:x}".translate(LETTERS) for value in new.tolist()]
        ends, listed = np.cumsum(counts).tolist(), words.tolist()
        return [" ".join(listed[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def fabricate(folder: Path, number: int) -> None:
    """Write so many messages to ten CSVs; the same number makes the same bytes."""
    corpus = pd.read_csv(ROOT / RAW, dtype=str, keep_default_na=False).drop_duplicates()
    ham, spam = (Words(corpus["Message"][corpus["Category"] == label]) for label in ("ham", "spam"))
    random = np.random.default_rng(number)
    folder.mkdir()
    for name in range(FILES):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write("id,Message\n")
            for start in range(0, number // FILES, CHUNK):
                size = min(CHUNK, number // FILES - start)
                spams = round(size * SPAM_SHARE)
                texts = spam.fabricate(spams, random) + ham.fabricate(size - spams, random)
                random.shuffle(texts)
                lines = (text.replace('"', '""') for text in texts)
                file.writelines(f'{start + row},"{line}"\n' for row, line in enumerate(lines))


def prepare(folder: Path) -> tuple[Path, dict[str, str]]:
    """Clone the project and train its model, which both ways of scoring use."""
    clone, variables = clone_project(folder)
    note("training")
    run(("kedro", "run"), clone, variables)
    return clone, variables


def score(
    clone: Path, variables: Mapping[str, str], messages: Path, name: str
) -> tuple[float, float]:
    """Score the messages in one of the ways.

    Returns:
        Seconds, and megabytes at the largest.
    """
    output = messages.with_suffix(".parquet")
    command = ["kedro", "run", "--pipelines", "batch_scoring"]
    command += ["--env", "dask"] if name == DASK else []
    command += ["--params", f"messages={messages},predictions={output}"]
    with Peak() as peak:
        start = time.perf_counter()
        run(command, clone, variables)
        seconds = time.perf_counter() - start
    output.unlink()
    return seconds, peak.megabytes


def measure(folder: Path, sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """Score each size in both ways, and return the lines of the table."""
    clone, variables = prepare(folder)
    seconds: dict[tuple[str, int], float] = {}
    lines: list[tuple[str, ...]] = []
    base: dict[str, float] = {}
    for size in (FILES, *sizes):
        messages = folder / f"{size}"
        note(f"fabricating {size:,}")
        fabricate(messages, size)
        for name, cores in WAYS.items():
            note(f"{size:,} messages: {name}")
            taken, peak = score(clone, variables, messages, name)
            base.setdefault(name, peak)
            seconds[name, size] = taken
            if size > FILES:
                figures = (taken, size / taken / cores, peak - base[name])
                lines.append((f"{size:,}", name, *(f"{figure:,.0f}" for figure in figures)))
        shutil.rmtree(messages)
    return [HEADER, *lines, *_ratios(seconds, sizes)]


def _ratios(
    seconds: Mapping[tuple[str, int], float], sizes: Sequence[int]
) -> Iterator[tuple[str, ...]]:
    """Yield how time grows with the number of messages, and what Dask gains."""
    for small, large in itertools.pairwise(sizes):
        for name in WAYS:
            growth = seconds[name, large] / large / (seconds[name, small] / small)
            label = f"time per message, {large:,} / {small:,}"
            yield label, name, f"{growth:.2f}", "goal 1.15" if large == SIZES[-1] else "", ""
    for size in sizes:
        gain = seconds[ONE, size] / seconds[DASK, size]
        yield f"{size:,}", f"{ONE} / {DASK}", f"{gain:.2f}", "goal 1.50", ""


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description="Measure batch scoring on many messages.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    options = parser.parse_args()
    if not (ROOT / RAW).exists():
        sys.exit(f"{RAW} is missing: `make data` fetches it.")
    heading = f"{machine()}; {commit()}"
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as folder:
        print(heading, table(measure(Path(folder), sorted(options.sizes))), sep="\n\n")


if __name__ == "__main__":
    main()
