"""Measure how fast messages are scored: many at once, one by one, and by scikit-learn.

    PYTHONPATH=tests python tests/benchmarks/scoring.py

All three have the same fitted model and the same messages: the real corpus, and messages fabricated
from its words (see scale.py). What is measured is the work tree, in processor time of one core; the
first time of all includes what is made once in a process. It prints a table and never fails for a
slow result.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd
from processes import judge, note, print_table
from scale import fabricate_messages

from helpers import PROJECT, RAW_CSV, make_model_parameters
from spam_classifier.pipelines.data_science import training

MANY = "many at once"
GOAL = ">= 25000"
SLOW_MESSAGES, FABRICATED = 5_000, 100_000
REPETITIONS = 4

Scorer = Callable[[list[str]], object]


def fit(texts: list[str], is_spam: np.ndarray) -> dict[str, Scorer]:
    """Fit the default model, and return the ways to score texts with it."""
    pipeline = training.build_linear_pipeline(make_model_parameters())
    training.fit(pipeline, texts, is_spam)
    model = training.to_linear_text_model(pipeline, ("ham", "spam"), 0.5)
    return {
        "by scikit-learn": pipeline.decision_function,
        "one by one": lambda texts: [model.score([text]) for text in texts],
        MANY: model.score,
    }


def measure(score: Scorer, texts: list[str]) -> float:
    """Return the messages a second."""
    start = time.process_time()
    score(texts)
    return len(texts) / (time.process_time() - start)


def main() -> None:
    """Measure and print the table; the ratio is to scikit-learn."""
    corpus = pd.read_csv(PROJECT / RAW_CSV, dtype=str, keep_default_na=False).drop_duplicates()
    texts = {
        "real": corpus["Message"].to_list(),
        "fabricated": fabricate_messages(FABRICATED, np.random.default_rng(0)),
    }
    scorers = fit(texts["real"], (corpus["Category"] == "spam").to_numpy())
    lines = [["messages", "scored", "first, messages/s", "later, messages/s", "ratio", ""]]
    for label, all_texts in texts.items():
        slowest = 0.0
        for name, score in scorers.items():
            note(f"{label} messages, {name}")
            some = all_texts if name == MANY else all_texts[:SLOW_MESSAGES]
            first, *later = (measure(score, some) for _ in range(REPETITIONS))
            rate = median(later)
            slowest = slowest or rate
            figures = (f"{first:.0f}", f"{rate:.0f}", f"{rate / slowest:.1f}")
            judgement = judge(rate, GOAL) if name == MANY else ""
            lines.append([f"{len(all_texts)} {label}", name, *figures, judgement])
    print_table(lines)


if __name__ == "__main__":
    main()
