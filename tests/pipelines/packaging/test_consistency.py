"""What is packaged is of one run."""

from typing import Any

import pandas as pd
import pytest

from helpers import make_block, make_model
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines.packaging.consistency import confirm_metrics

MESSAGES = ["win a prize", "see you", "win time for me", "at nine"]
METRICS = {"accuracy": 0.75, "weighted avg": {"support": 4.0}}


def model_of(weight: float) -> LinearTextModel:
    """Return a model to which `win` speaks for spam."""
    return make_model(blocks=[make_block("word", {"win": weight}, (1, 1))], threshold=0.6)


def confirm(**others: Any) -> dict[str, Any]:
    """Confirm the metrics of a run, but for some of its files."""
    model = model_of(2.0)
    scores = model.score(MESSAGES)
    predictions = pd.DataFrame(
        {
            "Category": ["spam", "ham", "ham", "ham"],
            "Message": MESSAGES,
            "prediction": model.labels(scores),
            "spam_probability": [round(share, 6) for share in model.probabilities(scores)],
        }
    )
    of_one_run: dict[str, Any] = {
        "model": model,
        "metrics": METRICS,
        "predictions": predictions,
        "split_report": {"strategy": "hashed", "test": {"rows": 4}},
        "split": SplitParameters(strategy="hashed"),
    }
    return confirm_metrics(**of_one_run | others)


def test_metrics_of_one_run_pass() -> None:
    assert confirm() is METRICS


@pytest.mark.parametrize(
    "other",
    [
        {"model": model_of(2.001)},
        {"metrics": METRICS | {"accuracy": 1.0}},
        {"split_report": {"strategy": "hashed", "test": {"rows": 5}}},
        {"split": SplitParameters(strategy="stratified")},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_is_of_another_run_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="not of one run"):
        confirm(**other)
