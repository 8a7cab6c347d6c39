"""What a run packages: the store, the card and the metrics tell the same."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from helpers import run_kedro, use_store
from spam_classifier.errors import UserError


def test_a_bad_model_ends_the_run_and_a_good_one_is_stored_as_it_was_trained(
    finished_run: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(finished_run, tmp_path / "project")
    bad = {"quality_gate": {"least_test_rows": 257}}
    with use_store() as store:
        with pytest.raises(UserError, match="only 256 of its test messages are spam"):
            run_kedro(project, pipeline_names=["packaging"], params=bad)
        assert list(store.iterdir()) == []
        run_kedro(project, pipeline_names=["packaging"])
        (folder,) = store.glob("spam_classifier/*/")
        model, description = (
            (folder / name).read_bytes() for name in ("spam_classifier.json", "model.yaml")
        )
    assert model == (project / "data/06_models/spam_classifier.json").read_bytes()
    metrics = json.loads((project / "data/08_reporting/test_metrics.json").read_text())
    assert yaml.safe_load(description)["metadata"]["metrics"] == metrics
