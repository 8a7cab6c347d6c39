"""The model card: what a reader of cards looks for, and no more than is known."""

import json
from typing import Any

import pandas as pd
import pytest
import yaml

from helpers import PROJECT, RAW_CSV
from spam_classifier.pipelines.packaging.card_page import Curve, make_page
from spam_classifier.pipelines.packaging.card_texts import (
    CORPUS_MD5,
    OWN_FIGURES,
    REFERENCE_FIGURES,
)
from spam_classifier.pipelines.packaging.model_card import ModelFacts, write_card

METRICS: dict[str, Any] = {
    "spam": {"precision": 0.9, "recall": 0.8, "f1-score": 0.85},
    "weighted avg": {"f1-score": 0.95},
    **dict.fromkeys(("ham_blocked", "accuracy", "matthews_corrcoef"), 0.5),
    **dict.fromkeys(("average_precision", "brier_score"), 0.25),
    "threshold": 0.5,
}
COUNTS = {"true_negatives": 3, "false_positives": 1, "false_negatives": 2, "true_positives": 6}
DETAILS: dict[str, Any] = {
    "outcomes": COUNTS,
    "intervals": {"spam_caught": [0.5, 0.9]},
    "without_near_duplicates": {"messages": 12} | COUNTS,
    "slices": {"has a digit": {"messages": 12} | COUNTS},
    "expected_calibration_error": 0.01,
}
CALIBRATION = pd.DataFrame({"observed": [0.1], "predicted": [0.2]})
FACTS = ModelFacts("abc", 1000, 2_000_000, 160, "cafe", 8, {"none": 6, "spaced": 5}, {})
OTHER_MD5 = "f" * 32


def write(md5: str = OTHER_MD5, model: ModelFacts = FACTS, **details: Any) -> str:
    """Write the card of a model that was trained on some data."""
    settings = yaml.safe_load((PROJECT / "conf/base/parameters.yml").read_text())
    return write_card(
        classes=("ham", "spam"),
        model=model,
        metrics=METRICS,
        details=DETAILS | details,
        calibration=CALIBRATION,
        quality={
            **{"rows_in": 9, "kept": 6, "duplicates": 2, "rejected": {"empty label": 1}},
            **{"classes": {"ham": 4, "spam": 2}, "error_artefacts": 0},
        },
        split={
            **{"strategy": "stratified", "train": {"rows": 4}, "test": {"rows": 12}},
            "near_duplicates": {"test_messages": 0},
        },
        data_md5=md5,
        parameters=settings,
    )


def read_head(card: str) -> dict[str, Any]:
    """Return the YAML head."""
    head: dict[str, Any] = yaml.safe_load(card.split("---\n")[1])
    return head


def test_the_corpus_is_the_one_that_dvc_names() -> None:
    assert CORPUS_MD5 in (PROJECT / f"{RAW_CSV}.dvc").read_text()


@pytest.mark.parametrize(("md5", "is_told"), [(CORPUS_MD5, True), (OTHER_MD5, False)])
def test_only_the_corpus_gets_the_story_of_the_corpus(md5: str, is_told: bool) -> None:
    card = write(md5)
    for text in ("SMS Spam Collection", "some adverts are labelled ham", "CC BY", "reference"):
        assert (text in card) is is_told, text
    assert ("language" in read_head(card)) is is_told
    assert md5 in card


def test_the_head_is_what_hubs_of_models_read() -> None:
    """Its fields are those of Hugging Face's `model-index`."""
    head = read_head(write())
    (model,) = head["model-index"]
    (result,) = model["results"]
    assert (head["license"], head["pipeline_tag"]) == ("mit", "text-classification")
    assert result["task"] == {"type": "text-classification"}
    assert {"type", "name"} <= set(result["dataset"])
    assert {"type": "recall", "value": 0.8} in result["metrics"]


@pytest.mark.parametrize(
    "line",
    [
        "| spam caught (recall) | 75.0 % | 6 of 8 | 50.0 to 90.0 % |",
        "| ham blocked | 25.0 % | 1 of 4 |  |",
        "| has a digit | 12 | 75.0 % (6 of 8) | 25.0 % (1 of 4) |",
        "| spaced | 62.5 % (5 of 8) |",
        "| 20.0 % | 10.0 % |",
        "| version | `abc`, as in the model's tag |",
        "| code | Git revision `cafe` |",
        "Without the test messages that have a near-duplicate in training: "
        "spam caught: 75.0 % (6 of 8), ham blocked: 25.0 % (1 of 4).",
        "millisecond. The model is a file of 2.0 MB.",
    ],
)
def test_every_share_has_its_denominator(line: str) -> None:
    assert line in write().splitlines()


def test_where_all_test_messages_have_near_duplicates_there_is_nothing_to_measure() -> None:
    assert "training: none is left to measure." in write(without_near_duplicates={"messages": 0})


def test_the_answers_to_fabricated_messages_are_the_models_own() -> None:
    examples = {"Your code: 482913": 0.935}
    assert "| Your code: 482913 | harmless, it was asked for | 93.5 % |" in write(
        model=FACTS._replace(examples=examples)
    )


def test_the_figures_of_the_reference_are_those_of_the_docs() -> None:
    figures = json.loads((PROJECT / "docs/figures.json").read_text())["model_comparison"]
    for model, told in (("reference", REFERENCE_FIGURES), ("default", OWN_FIGURES)):
        (row,) = [
            row
            for row in figures
            if (row["protocol"], row["model"]) == ("sequential, test_prop=0.4", model)
        ]
        assert told["weighted_f1"] == float(row["weighted_f1"])
        assert told["ham_blocked"] == float(row["false_positives"])
        assert told["spam_missed"] == float(row["false_negatives"])


def test_the_page_holds_the_card_and_its_curves_without_a_style_of_its_own() -> None:
    page = make_page(write(), {"Recall & more": Curve([0, 1], [1, 0], "<x>", "y")})
    assert "<td>75.0 %</td>" in page
    assert "Recall &amp; more" in page
    assert "&lt;x&gt;" in page
    assert "<polyline" in page
    assert "model-index" not in page  # the head is for machines
    assert "style=" not in page
    assert "<script" not in page


def test_a_class_name_cannot_be_markup_on_the_page() -> None:
    card = write().replace("spam caught", "<img src=x> caught")
    assert "<img src=x>" not in make_page(card, {})
