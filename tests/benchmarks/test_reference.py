"""The benchmark's reference is an honest one: its scripts give the published numbers."""

import json
from pathlib import Path

import pytest
from shared import REFERENCE_SCRIPTS, copy_reference

PUBLISHED = {
    "train": {"f1-score": 0.99740, "support": 3094},
    "test": {"f1-score": 0.97465, "precision": 0.97611, "recall": 0.97576, "support": 2063},
}


@pytest.mark.slow
def test_reference_gives_published_numbers(tmp_path: Path) -> None:
    """Rows, weighted F1, precision and recall at test_prop 0.4 agree to the fifth decimal."""
    reference = copy_reference(tmp_path)
    for script in REFERENCE_SCRIPTS:
        reference.run(*script)
    for split, expected in PUBLISHED.items():
        report = json.loads((reference.folder / f"metrics/{split}.json").read_text())
        weighted = report["weighted avg"]
        assert {key: round(weighted[key], 5) for key in expected} == expected
