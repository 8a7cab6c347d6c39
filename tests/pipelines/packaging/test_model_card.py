"""The model card tells what is known of the data, and no more."""

from typing import Any

import pytest

from helpers import PROJECT, RAW_CSV
from spam_classifier.pipelines.packaging.model_card import CORPUS_MD5, write_card

METRICS: dict[str, Any] = {
    "spam": {"precision": 0.9, "recall": 0.8},
    "weighted avg": {"f1-score": 0.95},
    **dict.fromkeys(("ham_blocked", "accuracy", "matthews_corrcoef"), 0.5),
    **dict.fromkeys(("average_precision", "brier_score"), 0.25),
    "threshold": 0.5,
}
DETAILS: dict[str, Any] = {
    "intervals": {},
    "without_near_duplicates": {"messages": 0},
    "slices": {},
    "expected_calibration_error": 0.01,
}


def write(md5: str) -> str:
    """Write the card of a model that was trained on some data."""
    return write_card(
        classes=("ham", "spam"),
        metrics=METRICS,
        details=DETAILS,
        quality={
            **{"rows_in": 9, "kept": 6, "duplicates": 2, "rejected": {"empty label": 1}},
            **{"classes": {"ham": 4, "spam": 2}, "error_artefacts": 0},
        },
        split={
            **{"strategy": "stratified", "train": {"rows": 4}, "test": {"rows": 2}},
            "near_duplicates": {"test_messages": 0},
        },
        data_md5=md5,
        decision="max_f1",
        parameters="test_prop: 0.4",
    )


def test_the_corpus_is_the_one_that_dvc_names() -> None:
    assert CORPUS_MD5 in (PROJECT / f"{RAW_CSV}.dvc").read_text()


@pytest.mark.parametrize(("md5", "is_told"), [(CORPUS_MD5, True), ("f" * 32, False)])
def test_only_the_corpus_gets_the_story_of_the_corpus(md5: str, is_told: bool) -> None:
    card = write(md5)
    assert ("SMS Spam Collection" in card) is is_told
    assert ("some adverts are labelled ham" in card) is is_told
    assert md5 in card


def test_where_all_test_messages_have_near_duplicates_there_is_nothing_to_measure() -> None:
    assert "(0 are left):\nnothing to measure." in write("f" * 32)
