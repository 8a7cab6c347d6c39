"""The nodes of `data_science` on fabricated messages."""

from typing import Any

import pandas as pd
import pytest
from plotly.graph_objects import Figure

from helpers import make_block, make_model
from spam_classifier.model.linear_text_model import Scores
from spam_classifier.pipelines.data_science import nodes

MODEL = make_model(intercept=-2.0, blocks=[make_block("word", {"prize": 4.0}, (1, 1))])
MESSAGES = pd.DataFrame(
    {"Category": ["spam", "ham", "spam"], "Message": ["A PRIZE!", "see you", "call me"]}
)
Figures = tuple[dict[str, Any], ...]

PREDICTIONS, SCORES = nodes.predict(MODEL, MESSAGES)


def test_predictions_carry_the_label_and_the_probability_of_each_message() -> None:
    assert PREDICTIONS["prediction"].to_list() == ["spam", "ham", "ham"]
    assert PREDICTIONS["spam_probability"].to_list() == [0.880797, 0.119203, 0.119203]
    assert Scores([2.0, -2.0, -2.0], ("ham", "spam"), 0.5) == SCORES


def test_metrics_have_six_decimals() -> None:
    metrics = nodes.compute_metrics(SCORES, PREDICTIONS)
    assert metrics["accuracy"] == 0.666667
    assert metrics["spam"]["f1-score"] == 0.666667
    assert metrics["spam"]["support"] == 2


def test_details_leave_out_near_duplicates_of_the_other_side() -> None:
    details = nodes.compute_details(SCORES, PREDICTIONS, [1, 2, 3], [3, 4], random_state=0)
    assert details["outcomes"]["false_negatives"] == 1
    assert details["without_near_duplicates"]["messages"] == 2
    assert details["without_near_duplicates"]["accuracy"] == 1
    assert details["expected_calibration_error"] == 0.293599  # gaps of 0.119203 and twice 0.380797


@pytest.fixture(scope="module")
def figures() -> Figures:
    return nodes.draw_plots(SCORES, PREDICTIONS, *nodes.compute_curves(SCORES, PREDICTIONS))


def test_plotly_accepts_every_figure(figures: Figures) -> None:
    for figure in figures:
        assert Figure(figure).to_dict()["data"]


def test_the_confusion_plot_shows_the_true_class_by_row(
    figures: tuple[dict[str, Any], ...],
) -> None:
    assert figures[0]["data"][0]["z"] == [[1, 0], [1, 1]]
