"""Stage 2 of the reference: the first rows train, the rest test, in the order of the file."""

from pathlib import Path

import pandas as pd
import yaml  # type: ignore[import-untyped, unused-ignore]

PARAMETERS = Path("params.yaml")
FOLDER = Path("data/processed")


def main() -> None:
    """Split the clean messages."""
    test_prop = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))["test_prop"]
    messages = pd.read_csv(FOLDER / "messages.csv")
    boundary = round(len(messages) * (1 - test_prop))
    messages[:boundary].to_csv(FOLDER / "train.csv", index=False)
    messages[boundary:].to_csv(FOLDER / "test.csv", index=False)


if __name__ == "__main__":
    main()
