"""The quality gate: what keeps a model out of the store, and what does not."""

from typing import Any

import pandas as pd
import pytest

from helpers import make_model
from spam_classifier.datasets.bento_model_dataset import PackagedModel, StoredModel
from spam_classifier.errors import UserError
from spam_classifier.parameters import QualityGateParameters, SplitParameters
from spam_classifier.pipelines.data_science.reference import ReferenceModel
from spam_classifier.pipelines.packaging.nodes import package_model
from spam_classifier.pipelines.packaging.operating_points import count_operating_points

MODEL = make_model()
GATE = QualityGateParameters(
    least_spam_precision=0.9, least_spam_recall=0.8, least_weighted_f1=0.95, tolerance=0.02
)
MD5 = "f" * 32
PREDICTIONS = pd.DataFrame(
    {"Category": ["ham", "ham", "spam", "spam"], "spam_probability": [0.001, 0.6, 0.5, 0.999]}
)


def make_metrics(precision: float = 0.99, recall: float = 0.95, f1: float = 0.99) -> dict[str, Any]:
    """Return the part of the metrics that the gate reads."""
    return {
        "spam": {"precision": precision, "recall": recall},
        "weighted avg": {"f1-score": f1},
    }


def make_parameters(**others: Any) -> dict[str, Any]:
    """Return parameters as Kedro hands them over: groups may be models."""
    split = SplitParameters(strategy="stratified")
    columns = {"text_column": "Message", "label_column": "Category", "label_aliases": {}}
    labels = {"positive_label": "spam", "negative_label": "ham"}
    of_split = {"test_prop": 0.4, "random_state": 1, "split": split}
    aim = {"decision": {"strategy": "max_f1"}}
    return of_split | columns | labels | aim | {"other": 5} | others


def make_stored(tag: str, metrics: dict[str, Any], **parameters: Any) -> StoredModel:
    """Return an entry of the store, whose groups are dictionaries."""
    plain = make_parameters(split={"strategy": "stratified"}) | parameters
    return StoredModel(tag, {"metrics": metrics, "parameters": plain, "data_md5": MD5})


def package(metrics: dict[str, Any], *stored: StoredModel, model: Any = MODEL) -> PackagedModel:
    """Ask the gate about a model with these metrics."""
    return package_model(
        model=model,
        metrics=metrics,
        predictions=PREDICTIONS,
        parameters=make_parameters(),
        data_md5=MD5,
        stored_models=list(stored),
        quality_gate=GATE,
        card="<h1>Model card</h1>",
    )


def test_good_model_passes_with_what_has_to_be_known() -> None:
    """Threshold, metrics, parameters and the data's MD5 go with it, as plain data."""
    packaged = package(make_metrics())
    assert packaged.model is MODEL
    assert packaged.metadata == {
        "threshold": 0.5,
        "metrics": make_metrics(),
        "operating_points": count_operating_points(PREDICTIONS, "spam", 0.5),
        "parameters": make_parameters(split={"strategy": "stratified"}),
        "data_md5": MD5,
        "learnt_from": None,
    }
    assert packaged.card == "<h1>Model card</h1>"


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        (
            make_metrics(precision=0.85),
            "its spam precision is 0.8500, below the 0.9 that quality_gate.least_spam_precision",
        ),
        (
            make_metrics(recall=0.7),
            "its spam recall is 0.7000, below the 0.8 that quality_gate.least_spam_recall",
        ),
        (
            make_metrics(f1=0.9),
            "its weighted F1 is 0.9000, below the 0.95 that quality_gate.least_weighted_f1",
        ),
    ],
)
def test_model_below_a_floor_is_kept_out(metrics: dict[str, Any], sentence: str) -> None:
    """The sentence names the figure, its value and the parameter."""
    with pytest.raises(UserError, match=sentence):
        package(metrics)


def test_floors_themselves_are_enough() -> None:
    """A figure that equals its floor passes."""
    package(make_metrics(precision=0.9, recall=0.8, f1=0.95))


def test_worse_model_than_the_newest_is_kept_out() -> None:
    """The sentence names the figure and the stored model."""
    with pytest.raises(UserError, match=r"its spam recall is 0\.9000.* 0\.9500 of spam:new"):
        package(make_metrics(recall=0.9), make_stored("spam:new", make_metrics()))


def test_slightly_worse_model_passes() -> None:
    """A difference within the tolerance is noise."""
    package(make_metrics(recall=0.94), make_stored("spam:new", make_metrics()))


def test_only_the_newest_comparable_model_counts() -> None:
    """Older models do not, nor do those of other data, columns or classes, split or aim."""
    package(
        make_metrics(recall=0.85),
        make_stored("spam:other-split", make_metrics(), test_prop=0.2),
        make_stored("spam:other-seed", make_metrics(), random_state=2),
        make_stored("spam:other-strategy", make_metrics(), split={"strategy": "grouped"}),
        make_stored("spam:other-column", make_metrics(), text_column="Subject"),
        make_stored("spam:other-classes", {"junk": {}}, positive_label="junk"),
        make_stored("spam:other-aim", make_metrics(), decision={"strategy": "max_ham_blocked"}),
        StoredModel("spam:other-data", {"data_md5": "0" * 32}),
        make_stored("spam:newest", make_metrics(recall=0.86)),
        make_stored("spam:older", make_metrics()),
    )


def test_other_parameters_do_not_hinder_the_comparison() -> None:
    """Only data and split have to agree."""
    with pytest.raises(UserError, match="spam:new"):
        package(make_metrics(recall=0.9), make_stored("spam:new", make_metrics(), other=6))


def test_reference_model_is_not_judged() -> None:
    """It is never packaged, so the floors do not end its run."""
    reference = ReferenceModel.__new__(ReferenceModel)
    assert package(make_metrics(recall=0.1), model=reference).model is reference
