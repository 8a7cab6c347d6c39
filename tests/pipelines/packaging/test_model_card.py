"""The model card: what a reader of cards looks for, and no more than is known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import PARAMETERS, PROJECT, RAW_CSV, make_block, make_model
from spam_classifier.datasets.previews import MarkdownDataset
from spam_classifier.model.linear_text_model import TextClassifier
from spam_classifier.pipelines.data_science import nodes
from spam_classifier.pipelines.data_science.reference import fit_reference_model
from spam_classifier.pipelines.packaging import model_card
from spam_classifier.pipelines.packaging.model_card import CORPUS_MD5, write_card

MODEL = make_model(blocks=[make_block("word", {"win": 3.0, "code": 1.0}, (1, 1))], threshold=0.75)
TEXTS = ["win a 5"] * 6 + ["see you"] * 2 + ["win"] + ["see you"] * 3
MESSAGES = pd.DataFrame({"Category": ["spam"] * 8 + ["ham"] * 4, "Message": TEXTS})
OTHER_MD5 = "f" * 32
REVISION: dict[str, Any] = {"git_revision": "a1"}


def write(
    md5: str = OTHER_MD5, model: TextClassifier = MODEL, source: str = "a", others: int = 0
) -> tuple[str, str]:
    """Write the card and its page for a model that was trained on some data."""
    predictions, scores = nodes.predict(model, MESSAGES.assign(source=source))
    precision_recall, calibration = nodes.compute_curves(scores, predictions)
    return write_card(
        model=model,
        predictions=predictions,
        metrics=nodes.compute_metrics(scores, predictions),
        details=nodes.compute_details(scores, predictions, [*range(12)], [*range(others)], 0),
        precision_recall=precision_recall,
        calibration=calibration,
        quality={
            **{"rows_in": 9, "kept": 6, "duplicates": 2, "rejected": {"empty label": 1}},
            **{"classes": {"ham": 4, "spam": 2}, "error_artefacts": 0},
        },
        split={
            **{"strategy": "stratified", "train": {"rows": 4}, "test": {"rows": 12}},
            "near_duplicates": {"test_messages": 0},
        },
        data_md5=md5,
        parameters=PARAMETERS,
    )


def test_the_corpus_is_the_one_that_dvc_names() -> None:
    assert CORPUS_MD5 in (PROJECT / f"{RAW_CSV}.dvc").read_text()


@pytest.mark.parametrize(("md5", "is_told"), [(CORPUS_MD5, True), (OTHER_MD5, False)])
def test_only_the_corpus_gets_the_story_of_the_corpus(md5: str, is_told: bool) -> None:
    card, _ = write(md5)
    for text in (
        *("SMS Spam Collection", "some adverts are labelled ham", "CC BY", "reference"),
        *("doi:10.1145/2034691.2034742", "doi:10.24432/C5CC84"),  # the article, the data set
        "| Your code: 482913 | harmless, it was asked for | 73.1 % |",  # by this model
    ):
        assert (text in card) is is_told, text
    assert ("\nlanguage:" in card) is is_told
    assert md5 in card


def test_the_head_is_what_hubs_of_models_read() -> None:
    """Its fields are those of Hugging Face's `model-index`."""
    head = yaml.safe_load(write()[0].split("---\n")[1])
    (model,) = head["model-index"]
    (result,) = model["results"]
    assert (head["license"], head["pipeline_tag"]) == ("mit", "text-classification")
    assert result["task"] == {"type": "text-classification"}
    assert {"type", "name"} <= set(result["dataset"])
    assert {"type": "recall", "value": 0.75} in result["metrics"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (REVISION | {"git_dirty": False}, "Git revision `a1`"),
        (REVISION | {"git_dirty": True}, "Git revision `a1` with changes that are not in it"),
        ({}, "not in Git"),
    ],
)
def test_the_code_is_named_as_it_was(code: Any, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_card, "describe_code", lambda: code)
    assert f"| code | {told} |" in write()[0].splitlines()


def test_every_share_has_its_denominator() -> None:
    lines = write()[0].splitlines()
    assert {
        "| has a digit | 6 | 100.0 % (6 of 6) | none |",
        "| source: a | 12 | 75.0 % (6 of 8) | 25.0 % (1 of 4) |",
        "| none | 75.0 % (6 of 8) |",
        "| letters with spaces between | 0.0 % (0 of 8) |",
        "| 50.0 % | 40.0 % |",
        "It knows 2 words and n-grams.",
        "Without the test messages that have a near-duplicate in training: "
        "spam caught: 75.0 % (6 of 8), ham blocked: 25.0 % (1 of 4).",
        "millisecond. The model is a file of 0.0 MB.",
    } <= set(lines)
    assert any(line.startswith("| spam caught (recall) | 75.0 % | 6 of 8 | ") for line in lines)


def test_where_all_test_messages_have_near_duplicates_there_is_nothing_to_measure() -> None:
    card, _ = write(others=12)
    assert "training: none is left to measure." in card


def test_a_model_without_probabilities_has_neither_a_version_nor_a_calibration() -> None:
    texts, positive = ["win now", "see you"], np.array([True, False])
    card, _ = write(CORPUS_MD5, fit_reference_model(texts, positive, ("ham", "spam")))
    assert "| version | never stored |" in card
    assert "This model has no probabilities." in card
    assert "The threshold" not in card


def test_the_figures_of_the_reference_are_those_of_the_docs() -> None:
    rows = json.loads((PROJECT / "docs/figures.json").read_text())["model_comparison"]
    theirs, ours = (row for row in rows if row["protocol"] == "sequential, test_prop=0.4")
    names = ("weighted_f1", "false_positives", "false_negatives")
    figures = [float(row[name]) for row in (ours, theirs) for name in names]
    sentence = (
        "weighted F1 {0:.4f} against {3:.4f}; of 2,063 messages wrong are {1:g} ham and {2:g} spam "
        "against {4:g} and {5:g}."
    )
    assert sentence.format(*figures) in " ".join(write(CORPUS_MD5)[0].split())


def test_the_page_holds_the_card_and_its_curves_but_no_style_and_no_markup_of_others(
    tmp_path: Path,
) -> None:
    card, page = write(source="<img src=x>")
    dataset = MarkdownDataset(filepath=str(tmp_path / "card.md"))
    dataset.save(card)
    for html in (page, str(dataset.preview())):  # the latter is for Kedro-Viz
        assert "<td>75.0 %</td>" in html
        assert "model-index" not in html  # the head is for machines
        assert "<script" not in html
        assert "<img src=x>" not in html
    assert "<img src=x>" in card
    assert page.count("<polyline") == 2
    assert "0.75,0.857143 0.0,1.0" in page  # recall and precision
    assert "style=" not in page
