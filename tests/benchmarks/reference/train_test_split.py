"""Stage 2 of the reference: the first rows train, the rest test, in the order of the file."""

from pathlib import Path

import pandas as pd
import yaml  # type: ignore[import-untyped, unused-ignore]

test_prop = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["test_prop"]
messages = pd.read_csv("data/processed/messages.csv")
boundary = round(len(messages) * (1 - test_prop))
messages[:boundary].to_csv("data/processed/train.csv", index=False)
messages[boundary:].to_csv("data/processed/test.csv", index=False)
