"""What the default model must and must not do, on fabricated messages and under attack.

Behavioural tests after Ribeiro et al. 2020, "Beyond Accuracy": minimum functionality, invariance
and direction; then what people do to get past a filter, on the real test messages.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.pipelines.attacks import DISGUISES, append_texts

SPAM = [
    "CONGRATULATIONS! You have WON a £1000 cash prize. Call 09061234567 now to claim",
    "FREE ringtone! Text TONE to 87654. 150p per msg. To stop text STOP",
    "URGENT! Your mobile number was awarded a 2000 pound bonus. Call 08001234567",
    "Win tickets to the cup final! Reply WIN to 80123. Cost 50p. 18+",
    "You've WON a PRIZE, text back to find out what",
    "Your free holiday voucher expires today. Claim at www.example.com or call 0800123456",
    "Private! Your account statement shows 800 unredeemed points. Call 08719181234",
]
HAM = [
    "Running ten minutes late, start without me",
    "Can you pick up some milk on your way home?",
    "Happy birthday! Hope you have a lovely day",
    "ok see you at the station at 6",
    "Did you finish the report for tomorrow's meeting?",
    "haha that was so funny, tell her I said hi",
    "The plumber is coming on Tuesday morning between 8 and 10",
]


@pytest.fixture(scope="module")
def model(finished_run: Path) -> LinearTextModel:
    path = finished_run / "data/06_models/spam_classifier.json"
    return LinearTextModel.from_json(path.read_bytes())


def label(model: LinearTextModel, *texts: str) -> list[str]:
    return model.labels(model.score(texts))


def test_the_obvious_is_told_apart(model: LinearTextModel) -> None:
    assert dict(zip(SPAM + HAM, label(model, *SPAM, *HAM), strict=True)) == (
        dict.fromkeys(SPAM, "spam") | dict.fromkeys(HAM, "ham")
    )


def test_the_scams_of_today_score_higher_than_a_plain_message(model: LinearTextModel) -> None:
    """The corpus of 2012 cannot know them: they are not promised to be caught."""
    plain, *scams = model.score(
        [
            HAM[1],
            "Your parcel is held at the depot. Pay 1.99 at http://post-fee.example to release it",
            "BANK ALERT: a new payee was added. If it was not you visit http://secure.example now",
            "Crypto signals group: members made 300% this week. Join at http://coins.example",
            "We reviewed your CV: earn 400 a day working from home. Text YES to 07700900123",
        ]
    )
    assert min(scams) > plain


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Hi Anna, are we still on for lunch?", "Hi Peter, are we still on for lunch?"),
        ("the train leaves at 5, don't be late", "the train leaves at 7, don't be late"),
        ("see you at home", "  SEE YOU AT HOME   "),
        ("don\x92t wait for me", "don\u2019t wait for me"),
        ("You have won £1000 cash! call 09061234567", "You have won £2000 cash! call 09067654321"),
    ],
)
def test_what_does_not_matter_does_not_change_the_answer(
    text: str, other: str, model: LinearTextModel
) -> None:
    assert label(model, text) == label(model, other)


@pytest.mark.parametrize(
    "text", ["Please reply today", "Claim your voucher", "Good news for our customers"]
)
def test_a_premium_rate_number_never_lowers_the_score(text: str, model: LinearTextModel) -> None:
    without, with_number = model.score([text, f"{text}. Call 09061234567"])
    assert with_number >= without


def read_texts(folder: Path, part: str, category: str) -> list[str]:
    path = folder / f"data/05_model_input/{part}_messages.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return table.loc[table["Category"] == category, "Message"].to_list()


def count_spam(model: LinearTextModel, texts: list[str], change: Callable[[str], str] = str) -> int:
    return int(np.sum(np.array(label(model, *map(change, texts))) == "spam"))


@pytest.mark.parametrize("attack", DISGUISES)
def test_a_disguise_hides_at_most_3_percent_of_what_is_caught(
    attack: str, model: LinearTextModel, finished_run: Path
) -> None:
    spam, ham = (read_texts(finished_run, "test", category) for category in ("spam", "ham"))
    disguise = DISGUISES[attack]
    assert count_spam(model, spam, disguise) >= 0.97 * count_spam(model, spam)
    assert count_spam(model, ham, disguise) <= count_spam(model, ham)


def test_three_appended_hams_hide_at_most_15_percent(
    finished_run: Path, model: LinearTextModel
) -> None:
    spam, ham = read_texts(finished_run, "test", "spam"), read_texts(finished_run, "train", "ham")
    assert count_spam(model, spam, append_texts(ham, 3, random_state=0)) >= 0.85 * len(spam)
