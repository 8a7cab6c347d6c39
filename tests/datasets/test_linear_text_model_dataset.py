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


def test_a_model_is_loaded_as_it_was_saved_and_saved_as_the_same_bytes(
    dataset: LinearTextModelDataset,
) -> None:
    dataset.save(MODEL)
    before = Path(dataset.path).read_bytes()
    assert dataset.load().model_dump() == MODEL.model_dump()
    dataset.save(dataset.load())
    assert Path(dataset.path).read_bytes() == before
    assert dataset.preview(nrows=1)["data"] == [["spam", "prize", 4.0]]


@pytest.mark.parametrize(("old", "new"), [("}", ""), ('"format_version":1', '"format_version":2')])
def test_a_damaged_file_is_refused_in_one_line(
    old: str, new: str, dataset: LinearTextModelDataset
) -> None:
    dataset.save(MODEL)
    Path(dataset.path).write_text(MODEL.to_json().replace(old, new))
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
