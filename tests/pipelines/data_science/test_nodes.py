"""The nodes of `data_science` on fabricated messages."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plotly.graph_objects import Figure

from helpers import cut, make_block, make_model
from spam_classifier.dask_engine.partitions import Table, collect
from spam_classifier.model.linear_text_model import Scores
from spam_classifier.pipelines.data_science import evaluation_details, nodes
from spam_classifier.pipelines.data_science.plots import draw_plots

MODEL = make_model(intercept=-2.0, blocks=[make_block("word", {"prize": 4.0}, (1, 1))])
CLASSES = ("ham", "spam")
TRUTH = ["ham"] * 6 + ["spam"] * 4
PROBABILITIES = [0.05, 0.1, 0.15, 0.2, 0.3, 0.6, 0.7, 0.8, 0.95, 0.4]
SCORES = Scores(PROBABILITIES, CLASSES, threshold=0.5)


def make_answers(truth: list[str], probabilities: list[float]) -> pd.DataFrame:
    """Return messages with the answers of a model whose threshold is 0.5."""
    labels = [CLASSES[probability >= 0.5] for probability in probabilities]
    answers = {"Category": truth, "prediction": labels, "spam_probability": probabilities}
    return pd.DataFrame(answers).assign(Message="call 5")


ANSWERS = make_answers(TRUTH, PROBABILITIES)
PREDICTIONS = pd.DataFrame(
    [
        ("ham", "ham", "see you at 9"),
        ("ham", "spam", "CALL ME"),
        ("spam", "spam", "win £100 at www.prize.com"),
        ("spam", "ham", "#ERROR!"),
        ("spam", "spam", "x" * 161),
    ],
    columns=["Category", "prediction", "Message"],
)


def test_predictions_carry_the_label_and_the_probability_of_each_message() -> None:
    messages = pd.DataFrame({"Category": ["spam", "ham"], "Message": ["A PRIZE!", "see you"]})
    predictions, scores = nodes.predict(MODEL, messages)
    assert predictions["prediction"].to_list() == ["spam", "ham"]
    assert predictions["spam_probability"].to_list() == [0.880797, 0.119203]
    assert scores == Scores([2.0, -2.0], CLASSES, 0.5)


def test_metrics_are_the_classification_report_and_more_with_six_decimals() -> None:
    values = nodes.compute_metrics(SCORES, ANSWERS)
    assert list(values) == [
        *("ham", "spam", "accuracy", "macro avg", "weighted avg"),
        *("matthews_corrcoef", "average_precision", "roc_auc", "brier_score"),
        *("ham_blocked", "spam_caught", "threshold"),
    ]
    sixths = dict.fromkeys(("precision", "recall", "f1-score"), 0.833333)
    assert values["ham"] == sixths | {"support": 6}
    assert values["matthews_corrcoef"] == 0.583333
    assert values["roc_auc"] == 0.958333  # of the pairs are in the right order
    squares = [(p - (truth == "spam")) ** 2 for p, truth in zip(PROBABILITIES, TRUTH, strict=True)]
    assert values["brier_score"] == pytest.approx(math.fsum(squares) / 10, abs=1e-6)


def test_the_first_class_by_name_may_be_the_positive_one() -> None:
    names = {"ham": "note", "spam": "alarm"}
    scores = SCORES._replace(classes=("note", "alarm"))
    values = nodes.compute_metrics(scores, ANSWERS.replace(names))
    others = nodes.compute_metrics(SCORES, ANSWERS)
    assert values == {names.get(name, name): value for name, value in others.items()}


def test_a_model_without_probabilities_has_ranking_metrics_only() -> None:
    scores, answers = SCORES._replace(threshold=None), ANSWERS.assign(spam_probability=np.nan)
    values = nodes.compute_metrics(scores, answers)
    assert values["brier_score"] is None
    assert values["roc_auc"] == 0.958333
    _, calibration = nodes.compute_curves(scores, answers)
    assert calibration.empty
    details = nodes.compute_details(scores, answers, [], [], random_state=0)
    assert details["expected_calibration_error"] is None


def test_details_leave_out_near_duplicates_of_the_other_side() -> None:
    details = nodes.compute_details(SCORES, ANSWERS, list(range(10)), [5, 9, 12], random_state=0)
    assert details["outcomes"]["false_negatives"] == 1
    alone = details["without_near_duplicates"]
    assert alone["messages"] == 8
    assert alone["accuracy"] == alone["matthews_corrcoef"] == 1


def test_the_calibration_error_is_the_mean_gap_to_what_is_observed() -> None:
    """In the bins of the curve: floating point easily puts 0.3 and 0.7 on the wrong side."""
    probabilities = np.linspace(0, 1, 21).tolist()
    answers = make_answers(["ham", "spam", "spam"] * 7, probabilities)
    scores = Scores(probabilities, CLASSES, 0.5)
    _, curve = nodes.compute_curves(scores, answers)
    gaps = (curve["predicted"] - curve["observed"]).abs()
    error = np.average(gaps, weights=[3] + [2] * 9)  # messages in each tenth
    details = nodes.compute_details(scores, answers, [], [], random_state=0)
    assert details["expected_calibration_error"] == pytest.approx(error, abs=1e-6)


def test_the_figures_of_a_table_in_partitions_are_those_of_the_whole() -> None:
    def measure(table: Table) -> list[Any]:
        rows, scores = nodes.predict(MODEL, table)
        curves = nodes.compute_curves(scores, rows)
        details = nodes.compute_details(scores, rows, [], [], 1)
        tables = [pd.DataFrame.to_dict(each, "split") for each in (collect(rows), *curves)]
        return [scores, nodes.compute_metrics(scores, rows), details, *tables]

    messages = pd.concat([PREDICTIONS] * 3, ignore_index=True)[["Category", "Message"]]
    assert measure(cut(messages)) == measure(messages)


def test_plotly_accepts_every_figure() -> None:
    figures = draw_plots(SCORES, ANSWERS, *nodes.compute_curves(SCORES, ANSWERS))
    for figure in figures:
        assert Figure(figure).to_dict()["data"]
    assert figures[0]["data"][0]["z"] == [[5, 1], [1, 3]]  # the true class by row


def test_a_slice_holds_the_messages_of_its_kind_or_source() -> None:
    slices = evaluation_details.measure_slices(PREDICTIONS.assign(source=[*"abbab"]), CLASSES)
    assert {name: values["messages"] for name, values in slices.items()} == {
        "up to 40 characters": 4,
        "more than 160 characters": 1,
        "has a digit": 2,
        "has a URL": 1,
        "has a currency sign": 1,
        "only capitals": 2,
        "has a character beyond ASCII": 1,
        "has an artefact of the file": 1,
        "source: a": 2,
        "source: b": 3,
    }
    assert slices["source: b"]["spam_precision"] == pytest.approx(2 / 3)
    assert slices["has a digit"]["ham_blocked"] == slices["source: a"]["spam_caught"] == 0
    assert "ham_blocked" not in slices["has a URL"], "it holds no ham"


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Of 100 samples with a known share, about 95 % have it inside their interval."""
    outcomes = ["true_positives", "false_positives", "true_negatives", "false_negatives"]
    covered = []
    for caught in np.random.default_rng(0).binomial(200, 0.85, size=100).tolist():
        counts = pd.Series([caught, 5, 1000, 200 - caught], outcomes)  # in any order
        low, high = evaluation_details.bootstrap_intervals(counts, 0)["spam_caught"]
        covered.append(low <= 0.85 <= high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)
