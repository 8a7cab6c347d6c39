"""The nodes of `data_science` on fabricated predictions."""

import math

import pandas as pd
import pytest

from helpers import make_model
from spam_classifier.model.linear_text_model import LinearTextModel, Scores
from spam_classifier.model.term_block import TermBlock
from spam_classifier.pipelines.data_science import nodes

TRUTH = ["ham"] * 6 + ["spam"] * 4
PREDICTED = ["ham"] * 5 + ["spam"] + ["spam"] * 3 + ["ham"]
PROBABILITIES = [0.05, 0.1, 0.15, 0.2, 0.3, 0.6, 0.7, 0.8, 0.95, 0.4]
SCORES = Scores(PROBABILITIES, ("ham", "spam"), threshold=0.5)


def make_prize_model(threshold: float = 0.5) -> LinearTextModel:
    """Return a model that knows one word: `prize` speaks for spam."""
    block = TermBlock(
        analyzer="word",
        token_pattern=r"\w+",
        ngram_range=(1, 1),
        mask_digits=False,
        binary=False,
        terms=["prize"],
        idf=[1.0],
        weights=[4.0],
    )
    return make_model(threshold=threshold, intercept=-2.0, blocks=[block])


@pytest.fixture
def predictions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Category": TRUTH,
            "Message": [f"message {number}" for number in range(10)],
            "prediction": PREDICTED,
            "spam_probability": PROBABILITIES,
        }
    )


def test_predictions_carry_the_label_and_the_probability_of_each_message() -> None:
    messages = pd.DataFrame({"Category": ["spam", "ham"], "Message": ["A PRIZE!", "see you"]})
    predictions, scores = nodes.predict(make_prize_model(), messages)
    assert predictions["prediction"].to_list() == ["spam", "ham"]
    assert predictions["spam_probability"].to_list() == [0.880797, 0.119203]
    assert scores == Scores([2.0, -2.0], ("ham", "spam"), 0.5)


def test_metrics_hold_the_classification_report_and_more(predictions: pd.DataFrame) -> None:
    metrics = nodes.compute_metrics(SCORES, predictions)
    assert metrics["accuracy"] == 0.8
    assert metrics["ham"] == {
        "precision": 0.833333,
        "recall": 0.833333,
        "f1-score": 0.833333,
        "support": 6.0,
    }
    assert metrics["spam_caught"] == metrics["spam"]["recall"] == 0.75
    assert metrics["ham_blocked"] == pytest.approx(1 / 6, abs=1e-6)
    assert metrics["matthews_corrcoef"] == pytest.approx(7 / 12, abs=1e-6)
    squares = [
        (probability - (truth == "spam")) ** 2
        for probability, truth in zip(PROBABILITIES, TRUTH, strict=True)
    ]
    assert metrics["brier_score"] == pytest.approx(math.fsum(squares) / 10, abs=1e-6)
    assert list(metrics)[-7:] == [
        "matthews_corrcoef",
        "average_precision",
        "roc_auc",
        "brier_score",
        "ham_blocked",
        "spam_caught",
        "threshold",
    ]


def test_the_area_under_the_curve_is_the_share_of_pairs_in_the_right_order(
    predictions: pd.DataFrame,
) -> None:
    metrics = nodes.compute_metrics(SCORES, predictions)
    assert metrics["roc_auc"] == pytest.approx(23 / 24, abs=1e-6)


def test_the_precision_recall_curve_ends_at_recall_0(predictions: pd.DataFrame) -> None:
    curve, _ = nodes.compute_curves(SCORES, predictions)
    assert curve.iloc[0].to_dict() == {"recall": 1.0, "precision": 0.4}
    assert curve.iloc[-1].to_dict() == {"recall": 0.0, "precision": 1.0}


def test_calibration_compares_the_mean_probability_with_the_observed_share(
    predictions: pd.DataFrame,
) -> None:
    _, calibration = nodes.compute_curves(SCORES, predictions)
    first = calibration.iloc[0]
    assert first["predicted"] == 0.075  # the mean of 0.05 and 0.1, the bin from 0 to 0.1
    assert first["observed"] == 0.0
    assert calibration.iloc[-1].to_list() == [0.95, 1.0]


def test_the_confusion_plot_shows_the_true_class_by_row(predictions: pd.DataFrame) -> None:
    curves = nodes.compute_curves(SCORES, predictions)
    confusion, _, _ = nodes.draw_plots(SCORES, predictions, *curves)
    assert confusion["data"][0]["z"] == [[5, 1], [1, 3]]


def test_plotly_accepts_every_figure(predictions: pd.DataFrame) -> None:
    from plotly.graph_objects import Figure

    curves = nodes.compute_curves(SCORES, predictions)
    for figure in nodes.draw_plots(SCORES, predictions, *curves):
        assert Figure(figure).to_dict()["data"]
