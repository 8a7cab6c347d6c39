"""What the default model must and must not do, on fabricated messages and under attack.

Behavioural tests after Ribeiro et al. 2020, "Beyond Accuracy": minimum functionality, invariance
and direction; then what people do to get past a filter, on the real test messages.
"""

from pathlib import Path

import pandas as pd
import pytest

from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.pipelines.comparison.nodes import attack_model

OBVIOUS_SPAM = [
    "CONGRATULATIONS! You have WON a £1000 cash prize. Call 09061234567 now to claim",
    "FREE ringtone! Text TONE to 87654. 150p per msg. To stop text STOP",
    "You've WON a PRIZE, text back to find out what",
    "Your free holiday voucher expires today. Claim at www.example.com or call 0800123456",
    "Private! Your account statement shows 800 unredeemed points. Call 08719181234",
]
OBVIOUS_HAM = [
    "Running ten minutes late, start without me",
    "Happy birthday! Hope you have a lovely day",
    "ok see you at the station at 6",
    "I'm in class now, will call you later",
    "The plumber is coming on Tuesday morning between 8 and 10",
]


@pytest.fixture(scope="module")
def model(finished_run: Path) -> LinearTextModel:
    path = finished_run / "data/06_models/spam_classifier.json"
    return LinearTextModel.from_json(path.read_bytes())


def is_spam(model: LinearTextModel, *texts: str) -> list[bool]:
    return [label == "spam" for label in model.labels(model.score(texts))]


def test_obvious_spam_is_caught_and_obvious_ham_let_through(model: LinearTextModel) -> None:
    assert is_spam(model, *OBVIOUS_SPAM, *OBVIOUS_HAM) == [True] * 5 + [False] * 5


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Hi Anna, are we still on for lunch?", "Hi Peter, are we still on for lunch?"),
        ("the train leaves at 5, don't be late", "the train leaves at 7, don't be late"),
        ("You have won £1000 cash! call 09061234567", "You have won £2000 cash! call 09067654321"),
    ],
)
def test_what_does_not_matter_is_ignored(text: str, other: str, model: LinearTextModel) -> None:
    assert is_spam(model, text) == is_spam(model, other)


def test_a_premium_rate_number_never_lowers_the_score(model: LinearTextModel) -> None:
    for text in ("Please reply today", "Claim your voucher", "Good news for our customers"):
        without, with_number = model.score([text, f"{text}. Call 09061234567"])
        assert with_number >= without, text


def test_attacks_hide_little_of_the_real_spam(finished_run: Path, model: LinearTextModel) -> None:
    """A disguise hides at most 3 % of what is caught, and blocks no more ham."""
    folder = finished_run / "data/05_model_input"
    train, test = (
        pd.read_csv(folder / f"{side}_messages.csv", dtype=str, keep_default_na=False)
        for side in ("train", "test")
    )
    table = attack_model(model, train, test[::2], random_state=0)
    caught, blocked = table["spam_caught"].to_list(), table["ham_blocked"].to_list()
    assert min(caught[1:-2]) >= 0.97 * caught[0]
    assert max(blocked[1:-2]) <= blocked[0]
    assert caught[-1] >= 0.85  # of three harmless messages appended
