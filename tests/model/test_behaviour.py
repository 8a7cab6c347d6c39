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


@pytest.fixture(scope="module")
def model(finished_run: Path) -> LinearTextModel:
    path = finished_run / "data/06_models/spam_classifier.json"
    return LinearTextModel.from_json(path.read_bytes())


def is_spam(model: LinearTextModel, *texts: str) -> list[bool]:
    return [label == "spam" for label in model.labels(model.score(texts))]


def probability(model: LinearTextModel, text: str) -> float:
    return model.probabilities(model.score([text]))[0]


@pytest.mark.parametrize(
    "text",
    [
        "CONGRATULATIONS! You have WON a £1000 cash prize. Call 09061234567 now to claim",
        "FREE ringtone! Text TONE to 87654. 150p per msg. To stop text STOP",
        "URGENT! Your mobile number was awarded a 2000 pound bonus. Call 08001234567",
        "Win tickets to the cup final! Reply WIN to 80123. Cost 50p. 18+",
        "You've WON a PRIZE, text back to find out what",
        "Hot singles are waiting to chat with you. Text DATE to 69888, £1.50/msg",
        "Your free holiday voucher expires today. Claim at www.example.com or call 0800123456",
        "Last chance to claim your 500 reward! Call now 09050001234, T&Cs apply",
        "Get the latest phone FREE with 500 texts when you join today. Call 08001112233",
        "Private! Your account statement shows 800 unredeemed points. Call 08719181234",
    ],
)
def test_obvious_spam_is_caught(text: str, model: LinearTextModel) -> None:
    assert is_spam(model, text) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Running ten minutes late, start without me",
        "Can you pick up some milk on your way home?",
        "Happy birthday! Hope you have a lovely day",
        "ok see you at the station at 6",
        "Did you finish the report for tomorrow's meeting?",
        "Mum says dinner is ready, where are you",
        "I'm in class now, will call you later",
        "Thanks for the lift last night, really kind of you",
        "haha that was so funny, tell her I said hi",
        "The plumber is coming on Tuesday morning between 8 and 10",
    ],
)
def test_obvious_ham_is_let_through(text: str, model: LinearTextModel) -> None:
    assert is_spam(model, text) == [False]


def test_the_styles_of_today_are_reported_not_promised(model: LinearTextModel) -> None:
    """Scams that the corpus of 2012 cannot know: they score higher than a plain message."""
    plain = probability(model, "Can you pick up some milk on your way home?")
    scams = [
        "Your parcel is held at the depot. Pay the 1.99 fee at http://post-fee.example to release",
        "BANK ALERT: a new payee was added. If this was not you visit http://secure.example now",
        "Crypto signals group: members made 300% this week. Join free at http://coins.example",
        "We reviewed your CV: earn 400 a day working from home. Text YES to 07700900123",
    ]
    assert all(probability(model, scam) > plain for scam in scams)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Hi Anna, are we still on for lunch?", "Hi Peter, are we still on for lunch?"),
        ("the train leaves at 5, don't be late", "the train leaves at 7, don't be late"),
        ("see you at home", "  see you at home   "),
        ("see you at home", "SEE YOU AT HOME"),
        ("don\x92t wait for me", "don\u2019t wait for me"),
        ("You have won £1000 cash! call 09061234567", "You have won £2000 cash! call 09067654321"),
    ],
)
def test_what_does_not_matter_does_not_change_the_answer(
    text: str, other: str, model: LinearTextModel
) -> None:
    assert is_spam(model, text) == is_spam(model, other)


@pytest.mark.parametrize(
    "text", ["Please reply today", "Claim your voucher", "Good news for our customers"]
)
def test_a_premium_rate_number_never_lowers_the_probability(
    text: str, model: LinearTextModel
) -> None:
    assert probability(model, f"{text}. Call 09061234567") >= probability(model, text)


@pytest.fixture(scope="module")
def test_messages(finished_run: Path) -> pd.DataFrame:
    path = finished_run / "data/05_model_input/test_messages.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def catch_and_block(
    model: LinearTextModel, messages: pd.DataFrame, change: Callable[[str], str] = str
) -> tuple[float, int]:
    """Return the share of spam that is caught and how many hams are blocked."""
    answers = np.array(is_spam(model, *map(change, messages["Message"])))
    spam = (messages["Category"] == "spam").to_numpy()
    return float(answers[spam].mean()), int(answers[~spam].sum())


@pytest.mark.parametrize("attack", DISGUISES)
def test_a_disguise_hides_at_most_3_percent_of_what_is_caught(
    attack: str, model: LinearTextModel, test_messages: pd.DataFrame
) -> None:
    caught, blocked = catch_and_block(model, test_messages)
    caught_in_disguise, blocked_in_disguise = catch_and_block(
        model, test_messages, DISGUISES[attack]
    )
    assert caught_in_disguise >= 0.97 * caught
    assert blocked_in_disguise <= blocked


def test_three_appended_hams_hide_at_most_15_percent(
    finished_run: Path, model: LinearTextModel, test_messages: pd.DataFrame
) -> None:
    train = pd.read_csv(
        finished_run / "data/05_model_input/train_messages.csv", dtype=str, keep_default_na=False
    )
    hams = train.loc[train["Category"] == "ham", "Message"].to_list()
    caught, _ = catch_and_block(model, test_messages, append_texts(hams, 3, random_state=0))
    assert caught >= 0.85
