"""The Bento model store: each model once, whole, the latest one found, others declined."""

import hashlib
import logging
import os
from pathlib import Path
from typing import Any

import bentoml
import pytest
from filelock import FileLock
from kedro.io import DatasetError

from helpers import locked_out, make_model, store_model
from spam_classifier.datasets import bento_model_dataset
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.pipelines.data_science.reference import ReferenceModel
from spam_classifier.serving.store import read_model
from spam_classifier.storage import AtomicFile

NAME = "spam_classifier"
DATASET = BentoModelDataset(name=NAME)
pytestmark = pytest.mark.usefixtures("models")


def load() -> list[tuple[str, dict[str, Any]]]:
    """Return the tag and the metadata of each stored model."""
    return [(str(entry.tag), entry.info.metadata) for entry in DATASET.load()]


def list_names(folder: Path) -> list[str]:
    """Return the names of everything below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_model_is_stored_with_its_checksum() -> None:
    """BentoML finds the model's JSON, and the SHA-256 of it among the metadata."""
    store_model(1.0, parameters={"model": {"class_weight": None, "C": 1.0}})
    ((tag, metadata),) = load()
    entry = bentoml.models.get(f"{NAME}:latest")
    content = Path(entry.path_of("spam_classifier.json")).read_bytes()
    assert LinearTextModel.from_json(content) == make_model(intercept=1.0)
    assert metadata["sha256"] == hashlib.sha256(content).hexdigest()
    assert tag == str(entry.tag) == f"{NAME}:{metadata['sha256'][:16]}"
    assert [str(model.tag) for model in bentoml.models.list()] == [tag]
    assert metadata["parameters"] == {"model": {"C": 1.0}}  # BentoML cannot hold None


def test_same_model_is_stored_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    store_model()
    created = bentoml.models.get(f"{NAME}:latest").creation_time
    store_model()
    assert bentoml.models.get(f"{NAME}:latest").creation_time == created
    assert "is in the model store already" in caplog.messages[-1]


def test_last_saved_model_is_the_latest() -> None:
    for intercept in (1.0, 2.0, 1.0):
        store_model(intercept)
    (newest, _), (older, _) = load()
    entry = bentoml.models.get(f"{NAME}:latest")
    assert str(entry.tag) == newest != older
    assert read_model(entry) == make_model(intercept=1.0)


def test_folders_follow_the_umask(models: Path) -> None:
    """Who may read other new folders may read a model."""
    before = os.umask(0o027)
    try:
        store_model()
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in models.glob("*/")} == {"0o750"}
    assert {oct(path.stat().st_mode & 0o777) for path in models.glob("*/*")} == {"0o640"}


@pytest.mark.parametrize("intercept", [1.0, 2.0])
def test_the_old_model_stays_until_the_new_one_is_there(
    intercept: float, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever a run is killed, the store has what it had, and BentoML can read it."""
    store_model()
    before = load()
    written = []

    def check_first(path: Path) -> Any:
        written.append(path.name)
        if path.name != "latest":
            assert load() == before
            assert [str(model.tag) for model in bentoml.models.list()] == [before[0][0]]
        return AtomicFile(path)

    monkeypatch.setattr(bento_model_dataset, "AtomicFile", check_first)
    store_model(intercept, data_md5="1" * 32)
    assert written[:3] == ["spam_classifier.json", "model_card.html", "model.yaml"]
    (_, metadata), *others = load()
    assert metadata["data_md5"] == "1" * 32
    assert len(others) == (intercept == 2.0)
    assert [path.name for path in models.parent.glob("*/")] == [NAME]


def test_a_run_waits_for_another_one_that_stores_a_model(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one of another data folder: both would write into the same folder beside."""
    lock = models.with_name(f".{NAME}.lock")
    monkeypatch.setattr(bento_model_dataset, "PATIENCE", 0.1)
    with FileLock(lock), pytest.raises(DatasetError, match="cannot be written to"):
        store_model()
    assert not models.exists()


def test_what_a_killed_run_left_is_no_model_and_goes(models: Path) -> None:
    """A folder without a description counts as absent."""
    store_model()
    before = list_names(models.parent)
    (description,) = models.glob("*/model.yaml")
    description.unlink()
    models.with_name(f"{NAME}.part").mkdir()
    assert DATASET.load() == []
    store_model()
    assert list_names(models.parent) == before


@pytest.mark.parametrize("name", ["latest", "*/spam_classifier.json"])
def test_a_damaged_file_is_stored_again(name: str, models: Path) -> None:
    """As the sentence of a service that finds it says."""
    store_model()
    (file,) = models.glob(name)
    content = file.read_bytes()
    file.write_bytes(b"\xff")
    store_model()
    assert file.read_bytes() == content


def test_a_store_that_must_not_be_written_to_is_named(models: Path) -> None:
    store_model()
    before = list_names(models.parent)
    with locked_out(models.parent, 0o555), pytest.raises(DatasetError) as raised:
        store_model(2.0)
    assert str(raised.value) == (
        f"The Bento model store {models.parent} cannot be written to (Permission denied): make "
        "room in it and let yourself write to it, or name another folder in BENTOML_HOME."
    )
    assert list_names(models.parent) == before


def test_other_models_are_declined(caplog: pytest.LogCaptureFixture) -> None:
    reference = ReferenceModel.__new__(ReferenceModel)
    with caplog.at_level(logging.INFO):
        DATASET.save(PackagedModel(reference, {}, ""))
    assert DATASET.load() == []
    assert not DATASET.exists()
    assert caplog.messages == [
        "This ReferenceModel is evaluated, not packaged: only a linear model is served."
    ]
