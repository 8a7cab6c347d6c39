"""Measure how fast messages are scored: many at once, one by one, and by scikit-learn.

    python tests/benchmarks/scoring.py [--repetitions N] [--fabricated N]

All three have the same fitted model and take turns on the same messages: the real corpus, and
fabricated messages whose words are as unequally frequent as those of a language (Zipf). What is
measured is the work tree, in processor time of one core; the first time of all includes what is
made once in a process. It prints a table and never fails for a slow result.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
import pandas as pd
import yaml
from bench import RAW, ROOT, machine, note, table

from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import ModelParameters
from spam_classifier.pipelines.data_science import training

HEADER = ("messages", "scored", "first, messages/s", "later, messages/s", "ratio")
SLOW_MESSAGES = 5_000
VOCABULARY = 30_000
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


def fabricate_messages(number: int, seed: int = 0) -> list[str]:
    """Return messages of 1 to 30 made-up words."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 11, VOCABULARY)
    words = ["".join(random.choice(list(LETTERS), length)) for length in lengths]
    frequencies = 1.0 / np.arange(1, VOCABULARY + 1)
    sizes = random.integers(1, 31, number)
    chosen = random.choice(words, sizes.sum(), p=frequencies / frequencies.sum())
    return [" ".join(part) for part in np.split(chosen, np.cumsum(sizes)[:-1])]


def fit(messages: pd.DataFrame) -> tuple[LinearTextModel, Callable[[list[str]], object]]:
    """Fit the default model to messages.

    Returns:
        The model, and scikit-learn's own way to score texts.
    """
    settings = yaml.safe_load((ROOT / "conf/base/parameters.yml").read_text(encoding="utf-8"))
    pipeline = training.build_linear_pipeline(ModelParameters(**settings["model"]))
    training.fit(
        pipeline, messages["Message"].to_list(), (messages["Category"] == "spam").to_numpy()
    )
    model = training.to_linear_text_model(pipeline, ("ham", "spam"), 0.5)
    return model, pipeline.decision_function


def measure(
    scorers: dict[str, Callable[[list[str]], object]], texts: list[str], repetitions: int
) -> dict[str, list[float]]:
    """Return for each scorer the messages a second of each repetition."""
    rates: dict[str, list[float]] = {name: [] for name in scorers}
    for _ in range(repetitions):
        for name, score in scorers.items():
            some = texts if name == "many at once" else texts[:SLOW_MESSAGES]
            note(f"{len(some)} messages, {name}")
            start = time.process_time()
            score(some)
            rates[name].append(len(some) / (time.process_time() - start))
    return rates


def rows(label: str, rates: dict[str, list[float]]) -> list[Sequence[str]]:
    """Return a line for each scorer; the ratio is to the first one."""
    (slowest, *_) = (median(values[1:]) for values in rates.values())
    return [
        (label, name, f"{first:.0f}", f"{median(later):.0f}", f"{median(later) / slowest:.1f}")
        for name, (first, *later) in rates.items()
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Measure how fast messages are scored.")
    parser.add_argument("--repetitions", type=int, default=4, help="at least 2")
    parser.add_argument("--fabricated", type=int, default=100_000, help="fabricated messages")
    options = parser.parse_args()
    if not (ROOT / RAW).exists():
        sys.exit(f"{RAW} is missing: `make data` fetches it.")
    messages = pd.read_csv(ROOT / RAW, dtype=str, keep_default_na=False).drop_duplicates()
    model, score_with_scikit_learn = fit(messages)
    scorers: dict[str, Callable[[list[str]], object]] = {
        "by scikit-learn": score_with_scikit_learn,
        "one by one": lambda texts: [model.score([text]) for text in texts],
        "many at once": model.score,
    }
    lines: list[Sequence[str]] = [HEADER]
    for label, texts in (
        ("real", messages["Message"].to_list()),
        ("fabricated", fabricate_messages(options.fabricated)),
    ):
        lines += rows(f"{len(texts)} {label}", measure(scorers, texts, options.repetitions))
    print(machine(), table(lines), sep="\n\n")


if __name__ == "__main__":
    main()
