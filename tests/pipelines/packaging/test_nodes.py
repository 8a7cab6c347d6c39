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
    least_test_rows=10,
    least_spam_precision=0.9,
    least_spam_recall=0.8,
    least_weighted_f1=0.95,
    tolerance=0.02,
)
MD5 = "f" * 32
PREDICTIONS = pd.DataFrame(
    {"Category": ["ham", "ham", "spam", "spam"], "spam_probability": [0.001, 0.6, 0.5, 0.999]}
)
PLAIN_PARAMETERS = {
    **{"test_prop": 0.4, "random_state": 1, "split": {"strategy": "stratified"}},
    **{"text_column": "Message", "label_column": "Category", "label_aliases": {}},
    **{"positive_label": "spam", "negative_label": "ham"},
    **{"decision": {"strategy": "max_f1"}, "other": 5},
}


def make_metrics(
    precision: float = 0.99, recall: float = 0.95, f1: float = 0.99, ham: int = 90, spam: int = 10
) -> dict[str, Any]:
    """Return the part of the metrics that the gate reads."""
    return {
        "ham": {"support": float(ham)},
        "spam": {"precision": precision, "recall": recall, "support": float(spam)},
        "weighted avg": {"f1-score": f1},
    }


def make_stored(metrics: dict[str, Any], md5: str = MD5, **parameters: Any) -> StoredModel:
    """Return an entry of the store, whose parameters differ in some."""
    metadata = {"metrics": metrics, "parameters": PLAIN_PARAMETERS | parameters, "data_md5": md5}
    return StoredModel("spam:stored", metadata)


def package(metrics: dict[str, Any], *stored: StoredModel, model: Any = MODEL) -> PackagedModel:
    """Ask the gate about a model; Kedro hands some groups of parameters over as pydantic models."""
    return package_model(
        model=model,
        metrics=metrics,
        predictions=PREDICTIONS,
        parameters=PLAIN_PARAMETERS | {"split": SplitParameters(strategy="stratified")},
        data_md5=MD5,
        stored_models=list(stored),
        quality_gate=GATE,
        card="<h1>Model card</h1>",
    )


def test_a_good_model_passes_with_what_has_to_be_known_as_plain_data() -> None:
    packaged = package(make_metrics())
    assert packaged.model is MODEL
    known = {
        "threshold": 0.5,
        "metrics": make_metrics(),
        "operating_points": count_operating_points(PREDICTIONS, "spam", 0.5),
        "parameters": PLAIN_PARAMETERS,
        "data_md5": MD5,
        "learnt_from": None,
    }
    assert packaged.metadata.items() >= known.items()
    assert packaged.metadata["versions"]["scikit-learn"]
    assert packaged.card == "<h1>Model card</h1>"


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        (make_metrics(spam=9), "only 9 of its test messages are spam, fewer than the 10 that"),
        (make_metrics(ham=2), r"messages are ham.*quality_gate\.least_test_rows asks for: add"),
        (make_metrics(precision=0.85), r"its spam precision is 0\.8500, below the 0\.9 that"),
        (make_metrics(recall=0.7), r"its spam recall .*quality_gate\.least_spam_recall asks"),
        (make_metrics(f1=0.9), r"its weighted F1 .*quality_gate\.least_weighted_f1 asks"),
    ],
)
def test_a_model_below_a_floor_is_kept_out(metrics: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=f"is not packaged: .*{sentence}"):
        package(metrics)


def test_the_floors_themselves_are_enough() -> None:
    package(make_metrics(precision=0.9, recall=0.8, f1=0.95))


@pytest.mark.parametrize("others", [{}, {"other": 6}])
def test_a_worse_model_than_the_stored_one_is_kept_out(others: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"its spam recall is 0\.9000.* 0\.9500 of spam:stored"):
        package(make_metrics(recall=0.9), make_stored(make_metrics(), **others))


def test_a_difference_within_the_tolerance_is_noise() -> None:
    package(make_metrics(recall=0.94), make_stored(make_metrics()))


@pytest.mark.parametrize(
    "stored",
    [
        make_stored(make_metrics(), test_prop=0.2),
        make_stored(make_metrics(), random_state=2),
        make_stored(make_metrics(), split={"strategy": "grouped"}),
        make_stored(make_metrics(), text_column="Subject"),
        make_stored({"junk": {}}, positive_label="junk"),
        make_stored(make_metrics(), decision={"strategy": "max_ham_blocked"}),
        make_stored(make_metrics(), md5="0" * 32),
        StoredModel("spam:bare", {"data_md5": MD5}),
    ],
)
def test_a_model_of_other_data_split_or_aim_does_not_count(stored: StoredModel) -> None:
    package(make_metrics(recall=0.85), stored)


def test_only_the_newest_comparable_model_counts() -> None:
    newest = make_stored(make_metrics(recall=0.86))
    package(make_metrics(recall=0.85), newest, make_stored(make_metrics()))


def test_the_reference_model_is_not_judged() -> None:
    """It is never packaged, so the floors do not end its run."""
    reference = ReferenceModel.__new__(ReferenceModel)
    assert package(make_metrics(recall=0.1, spam=1), model=reference).model is reference
