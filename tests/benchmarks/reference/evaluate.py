"""Stages 4 and 5 of the reference: the classification report of one split, `train` or `test`."""

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import classification_report

MODELS = Path("models")
METRICS = Path("metrics")


def load(name: str) -> Any:
    """Read one fitted object from its pickle."""
    return pickle.loads((MODELS / f"{name}.pkl").read_bytes())  # noqa: S301 - written by train.py


def main(split: str) -> None:
    """Evaluate the model on one split."""
    messages = pd.read_csv(Path("data/processed") / f"{split}.csv")
    vectorizer, encoder, classifier = load("vectorizer"), load("encoder"), load("classifier")
    report = classification_report(
        encoder.transform(messages["Category"]),
        classifier.predict(vectorizer.transform(messages["Message"])),
        target_names=encoder.classes_,
        output_dict=True,
    )
    METRICS.mkdir(exist_ok=True)
    (METRICS / f"{split}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
