"""What keeps a model out of the store, what does not, and what is known about its code."""

import hashlib
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from helpers import PARAMETERS, commit_all, make_block, make_model
from spam_classifier.datasets.bento_model_dataset import PackagedModel
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import QualityGateParameters, SplitParameters
from spam_classifier.pipelines.data_science.nodes import predict
from spam_classifier.pipelines.data_science.reference import ReferenceModel
from spam_classifier.pipelines.packaging import nodes, provenance

MODEL = make_model()
MD5 = "f" * 32
PREDICTIONS = pd.DataFrame(
    {
        "Category": ["ham", "ham", "spam", "spam", "spam"],
        "Message": ["see you", "call me", "win", "a prize", "win a prize"],
        "spam_probability": [0.001, 0.6, 0.258, 0.5, 0.999],
    }
)
TEST_ROWS = nodes._hash_rows(PREDICTIONS)
SPLIT_REPORT = {"strategy": "hashed", "test_prop": 0.4, "test": {"rows": 4}}
METRICS = {"accuracy": 0.75, "weighted avg": {"support": 4.0}}
TRAINING = {"model": {"C": 1.0}, "random_state": 7}


def model_of(weight: float) -> LinearTextModel:
    """Return a model to which `win` speaks for spam."""
    return make_model(blocks=[make_block("word", {"win": weight}, (1, 1))], threshold=0.6)


def confirm(**others: Any) -> dict[str, Any]:
    """Confirm the metrics of a run, but for some of its files."""
    texts = ["win a prize", "see you", "win time for me", "at nine"]
    messages = pd.DataFrame({"Category": ["spam", "ham", "ham", "ham"], "Message": texts})
    of_one_run: dict[str, Any] = {
        "model": model_of(2.0),
        "predictions": predict(model_of(2.0), messages)[0],
        "metrics": METRICS,
        "training": TRAINING,
        "split_report": SPLIT_REPORT,
        "parameters": TRAINING | {"split": SplitParameters(strategy="hashed"), "test_prop": 0.4},
    }
    return nodes.confirm_metrics(**of_one_run | others)


@pytest.mark.parametrize(
    "other",
    [
        {"model": model_of(2.001)},
        {"metrics": METRICS | {"accuracy": 1.0}},
        {"split_report": SPLIT_REPORT | {"test": {"rows": 5}}},
        {"split_report": SPLIT_REPORT | {"strategy": "stratified"}},
        {"split_report": SPLIT_REPORT | {"test_prop": 0.2}},
        {"split_report": {"strategy": "hashed", "test": {"rows": 4}}},  # of an older version
        {"training": TRAINING | {"model": {"C": 5.0}}},
    ],
)
def test_what_is_of_another_run_is_refused(other: dict[str, Any]) -> None:
    assert confirm() is METRICS
    with pytest.raises(UserError, match="not of one run"):
        confirm(**other)


def make_metrics(
    precision: float = 0.99, recall: float = 0.95, f1: float = 0.99, ham: int = 90, spam: int = 10
) -> dict[str, Any]:
    """Return the part of the metrics that the gate reads."""
    return {
        "ham": {"support": float(ham)},
        "spam": {"precision": precision, "recall": recall, "support": float(spam)},
        "weighted avg": {"f1-score": f1},
    }


def make_stored(
    recall: float = 0.95, test_rows: str = TEST_ROWS, path: Path = Path(), **parameters: Any
) -> Any:
    """Return an entry of the store, whose parameters differ in some."""
    metrics = make_metrics(recall=recall)
    metadata = {"metrics": metrics, "parameters": PARAMETERS | parameters, "test_rows": test_rows}
    return SimpleNamespace(tag="spam:stored", info=SimpleNamespace(metadata=metadata), path=path)


def package(
    metrics: dict[str, Any],
    *stored: Any,
    model: Any = MODEL,
    corrections: pd.DataFrame = PREDICTIONS[:0],
) -> PackagedModel:
    """Ask the gate about a model; Kedro hands some groups of parameters over as pydantic models."""
    return nodes.package_model(
        model=model,
        metrics=metrics,
        predictions=PREDICTIONS,
        parameters=PARAMETERS | {"split": SplitParameters(strategy="stratified")},
        data_md5=MD5,
        stored_models=list(stored),
        corrections=corrections,
        quality_gate=QualityGateParameters(**PARAMETERS["quality_gate"]),
        card="<h1>Model card</h1>",
    )


def test_a_good_model_passes_with_what_has_to_be_known_as_plain_data() -> None:
    metrics = make_metrics(precision=0.95, recall=0.8, f1=0.97)
    model, metadata, card = package(metrics)
    assert (model, card) == (MODEL, "<h1>Model card</h1>")
    assert (metadata["threshold"], metadata["data_md5"]) == (0.5, MD5)
    assert (metadata["parameters"], metadata["metrics"]) == (PARAMETERS, metrics)
    assert metadata["operating_points"] == nodes.count_operating_points(PREDICTIONS, "spam", 0.5)
    assert {"python", "scikit-learn", "numpy"} <= set(metadata["versions"])


WORSE = r"its spam recall is 0\.9000.* 0\.9500 of spam:stored"


@pytest.mark.parametrize(
    ("metrics", "stored", "sentence"),
    [
        (make_metrics(spam=9), [], "only 9 of its test messages are spam, fewer than the 10 that"),
        (make_metrics(ham=2), [], r"messages are ham.*quality_gate\.least_test_rows asks for: add"),
        (make_metrics(precision=0.85), [], r"its spam precision is 0\.8500, below the 0\.95 that"),
        (make_metrics(recall=0.7), [], r"its spam recall .*quality_gate\.least_spam_recall asks"),
        (make_metrics(f1=0.94), [], r"its weighted F1 .*quality_gate\.least_weighted_f1 asks"),
        (make_metrics(recall=0.9), [make_stored()], WORSE),
        (make_metrics(recall=0.9), [make_stored(model={"C": 1.0})], WORSE),
    ],
)
def test_a_model_below_a_floor_or_worse_than_the_stored_one_is_kept_out(
    metrics: dict[str, Any], stored: list[Any], sentence: str
) -> None:
    with pytest.raises(UserError, match=f"is not packaged: .*{sentence}"):
        package(metrics, *stored)


def test_test_messages_are_the_same_in_any_order() -> None:
    assert nodes._hash_rows(PREDICTIONS[::-1]) == TEST_ROWS
    assert nodes._hash_rows(PREDICTIONS[1:]) != TEST_ROWS


@pytest.mark.parametrize(
    "stored",
    [
        [make_stored(recall=0.87)],  # within the tolerance
        [make_stored(recall=0.86), make_stored()],  # the newest counts
        [make_stored(test_prop=0.2)],
        [make_stored(split={"strategy": "grouped"})],
        [make_stored(positive_label="junk")],
        [make_stored(decision={"strategy": "max_f1"})],
        [make_stored(test_rows="0" * 16)],
        [SimpleNamespace(tag="spam:bare", info=SimpleNamespace(metadata={"data_md5": MD5}))],
    ],
)
def test_noise_and_other_test_messages_splits_or_aims_do_not_count(stored: list[Any]) -> None:
    package(make_metrics(recall=0.85), *stored)


def test_a_model_that_gets_fewer_corrections_right_is_kept_out(tmp_path: Path) -> None:
    content = model_of(5.0).to_json().encode()
    (tmp_path / "spam_classifier.json").write_bytes(content)
    stored = make_stored(path=tmp_path)
    stored.info.metadata["sha256"] = hashlib.sha256(content).hexdigest()
    told = pd.DataFrame({"Category": ["spam", "ham"], "Message": ["win", "at nine"]})
    package(make_metrics(), stored, model=model_of(5.0), corrections=told)
    with pytest.raises(UserError, match="it gets 1 of the 2 newest corrections right, and spam:st"):
        package(make_metrics(), stored, model=model_of(-5.0), corrections=told)


def test_a_stored_model_that_cannot_be_read_is_named() -> None:
    package(make_metrics(), make_stored())  # without corrections it is not read
    with pytest.raises(UserError, match="type `bentoml models delete spam:stored`"):
        package(make_metrics(), make_stored(), corrections=PREDICTIONS)


def test_the_reference_model_is_not_judged() -> None:
    reference = ReferenceModel(None, ("ham", "spam"))
    assert package(make_metrics(recall=0.1, spam=1), model=reference).model is reference


def test_each_percent_has_the_messages_that_it_would_call_spam() -> None:
    """The model's own threshold takes the place of the percent beside it."""
    points = nodes.count_operating_points(PREDICTIONS, "spam", 0.258)
    rows = {threshold: counts for threshold, *counts in zip(*points.values(), strict=True)}
    assert list(rows)[24:27] == [0.25, 0.258, 0.27]
    assert len(rows) == 99
    chosen = {percent: rows[percent] for percent in (0.01, 0.258, 0.27, 0.5, 0.6, 0.61, 0.99)}
    assert list(chosen.values()) == [[3, 1], [3, 1], [2, 1], [2, 1], [1, 1], [1, 0], [1, 0]]


def test_changed_code_is_dirty_and_outputs_of_the_run_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("src/code.py", "data/metrics.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("1", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    commit_all(tmp_path, "first")
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "src/code.py"))
    known = provenance.describe_code()
    assert len(known["git_revision"]) == 40
    assert not known["git_dirty"]
    for name, is_dirty in (("data/metrics.json", False), ("notes", False), ("src/code.py", True)):
        (tmp_path / name).write_text("2", encoding="utf-8")
        assert provenance.describe_code() == known | {"git_dirty": is_dirty}


def test_code_without_git_has_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "code.py"))
    assert provenance.describe_code() == {}
    monkeypatch.setenv("PATH", "")
    assert provenance.describe_code() == {}
