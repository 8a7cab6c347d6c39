"""Measure how fast messages are scored: many at once, one by one, and by scikit-learn.

    PYTHONPATH=tests python tests/benchmarks/scoring.py

All three have the same fitted model and the same messages: the real corpus, and messages fabricated
from its words (see scale.py). What is measured is the work tree, in processor time of one core; the
first time of all, in which things are made once in a process, does not count. The ratio is to
scikit-learn. It prints a table and never fails for a slow result.
"""

import time
from functools import partial
from statistics import median
from timeit import repeat

import numpy as np
import pandas as pd
from scale import fabricate_messages
from shared import judge, note, print_table

from helpers import PROJECT, RAW_CSV, make_model_parameters
from spam_classifier.pipelines.data_science import training

MANY = "many at once"
GOAL = ">= 25000"
SLOW_MESSAGES, FABRICATED = 5_000, 100_000


def main() -> None:
    """Fit the default model, measure, and print the table."""
    corpus = pd.read_csv(PROJECT / RAW_CSV, dtype=str, keep_default_na=False).drop_duplicates()
    messages = {
        "real": corpus["Message"].to_list(),
        "fabricated": fabricate_messages(FABRICATED, np.random.default_rng(0)),
    }
    pipeline = training.build_linear_pipeline(make_model_parameters())
    training.fit(pipeline, messages["real"], (corpus["Category"] == "spam").to_numpy())
    model = training.to_linear_text_model(pipeline, ("ham", "spam"), 0.5)
    scorers = {
        "by scikit-learn": pipeline.decision_function,
        "one by one": lambda texts: [model.score([text]) for text in texts],
        MANY: model.score,
    }
    lines = []
    for label, texts in messages.items():
        for name, score in scorers.items():
            note(f"{label} messages, {name}")
            some = texts if name == MANY else texts[:SLOW_MESSAGES]
            timed = partial(score, some)  # with the garbage collector, which timeit turns off
            _, *later = repeat(timed, "gc.enable()", time.process_time, repeat=4, number=1)
            rate = len(some) / median(later)
            judgement = judge(rate, GOAL if name == MANY else "")
            lines.append((f"{len(texts)} {label}", name, rate, judgement))
    table = pd.DataFrame(lines, columns=["messages", "scored", "messages/s", "goal"])
    rates = table["messages/s"]
    table["ratio"] = rates / rates.groupby(table["messages"]).transform("first")
    print_table(table)


if __name__ == "__main__":
    main()
