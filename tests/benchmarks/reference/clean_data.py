"""Stage 1 of the reference: drop duplicate rows and missing values."""

from pathlib import Path

import pandas as pd

RAW = Path("data/raw/SPAM text message 20170820 - Data.csv")
CLEAN = Path("data/processed/messages.csv")


def main() -> None:
    """Clean the raw messages."""
    raw = pd.read_csv(RAW)
    clean = raw.drop_duplicates().dropna()
    CLEAN.parent.mkdir(parents=True, exist_ok=True)
    clean.to_csv(CLEAN, index=False)


if __name__ == "__main__":
    main()
