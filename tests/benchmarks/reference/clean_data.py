"""Stage 1 of the reference: drop duplicate rows and missing values."""

from pathlib import Path

import pandas as pd

raw = pd.read_csv("data/raw/SPAM text message 20170820 - Data.csv")
Path("data/processed").mkdir(exist_ok=True)
raw.drop_duplicates().dropna().to_csv("data/processed/messages.csv", index=False)
