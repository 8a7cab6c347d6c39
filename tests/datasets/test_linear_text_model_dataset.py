"""The model file keeps a linear model, and nothing else."""

from pathlib import Path

import pytest
from kedro.io import DatasetError

from helpers import make_block, make_model
from spam_classifier.datasets.linear_text_model_dataset import LinearTextModelDataset
from spam_classifier.model.normalisation import Normalisation
from spam_classifier.storage import use_atomic_writes

MODEL = make_model(
    intercept=-2.5,
    normalisation=Normalisation(replacements={"\u0430": "a"}),
    blocks=[make_block("word", {"prize": 4.0, "größe": -0.0, "😀": 1 / 3}, (1, 1))],
)


@pytest.fixture
def dataset(tmp_path: Path) -> LinearTextModelDataset:
    use_atomic_writes()
    return LinearTextModelDataset(filepath=str(tmp_path / "06_models" / "model.json"))


def content(dataset: LinearTextModelDataset) -> bytes:
    return Path(dataset._filepath).read_bytes()


def test_a_model_is_loaded_as_it_was_saved_and_saved_as_the_same_bytes(
    dataset: LinearTextModelDataset,
) -> None:
    dataset.save(MODEL)
    before = content(dataset)
    assert dataset.load().model_dump() == MODEL.model_dump()
    dataset.save(dataset.load())
    assert content(dataset) == before
    assert dataset.preview(nrows=1)["data"] == [["spam", "prize", 4.0]]


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(MODEL.to_json().encode()[:-20], id="truncated"),
        pytest.param(b"\x80\x04\x95\xff", id="pickle"),
        pytest.param(MODEL.to_json().replace('n":1', 'n":2', 1).encode(), id="other version"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(
    damaged: bytes, dataset: LinearTextModelDataset
) -> None:
    dataset.save(MODEL)
    assert content(dataset) != damaged
    Path(dataset._filepath).write_bytes(damaged)
    with pytest.raises(DatasetError, match=r"^model.json is damaged or of another version: .+$"):
        dataset.load()


def test_another_model_is_loaded_while_there_is_none(
    dataset: LinearTextModelDataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = LinearTextModelDataset(
        filepath=str(tmp_path / "other.json"), fallback={"filepath": str(dataset.path)}
    )
    caplog.set_level("INFO")
    dataset.save(MODEL)
    assert other.load() == MODEL
    assert caplog.messages == [f"{tmp_path}/other.json is missing: {dataset.path} is used."]
    own = MODEL.model_copy(update={"intercept": 0.5})
    other.save(own)
    assert other.load() == own
