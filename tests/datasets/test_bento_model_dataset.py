"""The Bento model store: each model once, the latest one found, others declined."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import bentoml
import pytest
from kedro.io import DatasetError

from helpers import make_model
from spam_classifier.datasets import bento_model_dataset
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.pipelines.data_science.reference import ReferenceModel

METADATA = {"data_md5": "0" * 32, "parameters": {"model": {"class_weight": None, "C": 1.0}}}


def make_biased_model(intercept: float) -> LinearTextModel:
    """Return a model without terms; another intercept makes it another model."""
    return make_model(intercept=intercept)


@pytest.fixture
def dataset(request: pytest.FixtureRequest) -> Iterator[BentoModelDataset]:
    """Return a dataset whose name no other test uses; its models are deleted afterwards."""
    name = f"store_test_{abs(hash(request.node.name))}"
    yield BentoModelDataset(name=name)
    for stored in BentoModelDataset(name=name).load():
        bentoml.models.delete(stored.tag)


def test_empty_store_has_no_models(dataset: BentoModelDataset) -> None:
    """Before the first save the list is empty."""
    assert dataset.load() == []
    assert not dataset.exists()


def test_model_is_stored_with_its_checksum(dataset: BentoModelDataset) -> None:
    """The entry holds the model's JSON, and the SHA-256 of it among the metadata."""
    model = make_biased_model(1.0)
    dataset.save(PackagedModel(model, METADATA))
    (stored,) = dataset.load()
    entry = bentoml.models.get(stored.tag)
    content = Path(entry.path_of("spam_classifier.json")).read_bytes()
    assert LinearTextModel.from_json(content) == model
    assert stored.metadata["sha256"] == hashlib.sha256(content).hexdigest()
    assert stored.tag.split(":")[1] == stored.metadata["sha256"][:16]


def test_metadata_is_stored_without_nulls(dataset: BentoModelDataset) -> None:
    """BentoML's metadata cannot hold None: such keys are left out, also in groups."""
    dataset.save(PackagedModel(make_biased_model(1.0), METADATA))
    (stored,) = dataset.load()
    assert stored.metadata["parameters"] == {"model": {"C": 1.0}}
    assert stored.metadata["versions"]["scikit-learn"]


def test_same_model_is_stored_once(
    dataset: BentoModelDataset, caplog: pytest.LogCaptureFixture
) -> None:
    """Saving a model again changes nothing, and says so."""
    dataset.save(PackagedModel(make_biased_model(1.0), METADATA))
    created = bentoml.models.get(dataset.load()[0].tag).creation_time
    with caplog.at_level(logging.INFO):
        dataset.save(PackagedModel(make_biased_model(1.0), METADATA))
    (stored,) = dataset.load()
    assert bentoml.models.get(stored.tag).creation_time == created
    assert "is in the model store already" in caplog.text


def test_new_metadata_replaces_the_old(dataset: BentoModelDataset) -> None:
    """The same model from another revision is one entry still, with what is known now."""
    dataset.save(PackagedModel(make_biased_model(1.0), METADATA))
    dataset.save(PackagedModel(make_biased_model(1.0), METADATA | {"data_md5": "1" * 32}))
    (stored,) = dataset.load()
    assert stored.metadata["data_md5"] == "1" * 32


def test_a_model_that_cannot_be_stored_again_stays(
    dataset: BentoModelDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that starts meanwhile finds it."""
    dataset.save(PackagedModel(make_biased_model(1.0), METADATA))
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(DatasetError, match="full"):
        dataset.save(PackagedModel(make_biased_model(1.0), METADATA | {"data_md5": "1" * 32}))
    (stored,) = dataset.load()
    assert stored.metadata["data_md5"] == "0" * 32


def test_last_saved_model_is_the_latest(dataset: BentoModelDataset) -> None:
    """Also when it was in the store before another one was."""
    for intercept in (1.0, 2.0, 1.0):
        dataset.save(PackagedModel(make_biased_model(intercept), METADATA))
    newest, older = dataset.load()
    name = newest.tag.split(":")[0]
    assert str(bentoml.models.get(f"{name}:latest").tag) == newest.tag
    content = Path(bentoml.models.get(newest.tag).path_of("spam_classifier.json")).read_bytes()
    assert LinearTextModel.from_json(content) == make_biased_model(1.0)
    assert older.tag != newest.tag


def test_other_models_are_declined(
    dataset: BentoModelDataset, caplog: pytest.LogCaptureFixture
) -> None:
    """The reference's SVC is not stored; one sentence says so."""
    reference = ReferenceModel.__new__(ReferenceModel)
    with caplog.at_level(logging.INFO):
        dataset.save(PackagedModel(reference, METADATA))
    assert dataset.load() == []
    assert caplog.messages == [
        "This ReferenceModel is evaluated, not packaged: only a linear model is served."
    ]


def test_damaged_entries_are_named(dataset: BentoModelDataset) -> None:
    """An entry that lacks its description ends with a sentence, not with a traceback."""
    dataset.save(PackagedModel(make_biased_model(1.0), METADATA))
    (stored,) = dataset.load()
    description = Path(bentoml.models.get(stored.tag).path_of("model.yaml"))
    content = description.read_bytes()
    description.unlink()
    for _ in range(2):
        with pytest.raises(DatasetError, match="damaged entry") as raised:
            dataset.load()
        assert isinstance(raised.value.__cause__, UserError)
        description.write_text("tag: [")
    description.write_bytes(content)


def test_module_names_the_file_that_the_service_reads() -> None:
    """Both sides agree on the file's name, although they share no code."""
    from spam_classifier.serving import store

    assert bento_model_dataset.MODEL_FILE == store.MODEL_FILE
