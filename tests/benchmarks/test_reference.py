"""The benchmark's reference is an honest one: its scripts give the published numbers."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent
RAW = BENCHMARKS.parents[1] / "data/01_raw/SPAM text message 20170820 - Data.csv"
STAGES = (
    "clean_data.py",
    "train_test_split.py",
    "train.py",
    "evaluate.py train",
    "evaluate.py test",
)


@pytest.mark.slow
def test_reference_gives_published_numbers(tmp_path: Path) -> None:
    """Rows, weighted F1, precision and recall at test_prop 0.4 agree to the fifth decimal."""
    folder = tmp_path / "reference"
    shutil.copytree(BENCHMARKS / "reference", folder)
    (folder / "data/raw").mkdir(parents=True)
    shutil.copy2(RAW, folder / "data/raw")
    for stage in STAGES:
        subprocess.run([sys.executable, *stage.split()], cwd=folder, check=True)

    published = {
        "train": {"f1-score": 0.99740, "support": 3094},
        "test": {"f1-score": 0.97465, "precision": 0.97611, "recall": 0.97576, "support": 2063},
    }
    for split, expected in published.items():
        report = json.loads((folder / "metrics" / f"{split}.json").read_text(encoding="utf-8"))
        weighted = report["weighted avg"]
        assert {key: round(weighted[key], 5) for key in expected} == expected
