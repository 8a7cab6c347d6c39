"""Stages 4 and 5 of the reference: the classification report of one split, `train` or `test`."""

import json
import pickle
import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import classification_report

split = sys.argv[1]
messages = pd.read_csv(f"data/processed/{split}.csv")
vectorizer, encoder, classifier = (
    pickle.loads(Path(f"models/{name}.pkl").read_bytes())  # noqa: S301 - written by train.py
    for name in ("vectorizer", "encoder", "classifier")
)
report = classification_report(
    encoder.transform(messages["Category"]),
    classifier.predict(vectorizer.transform(messages["Message"])),
    target_names=encoder.classes_,
    output_dict=True,
)
Path("metrics").mkdir(exist_ok=True)
Path(f"metrics/{split}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
