"""What scikit-learn fits and `LinearTextModel` keeps are the same; how its threshold is chosen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from helpers import make_model_parameters
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import TextClassifier
from spam_classifier.model.normalisation import build_normalisation
from spam_classifier.model.windows import find_windows
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science import training
from spam_classifier.pipelines.data_science.nodes import train_model
from spam_classifier.pipelines.data_science.thresholds import choose_threshold

DECISION = DecisionParameters(strategy="max_f1", max_ham_blocked=0.0)
TEXTS = [
    "Win a FREE phone now, call 0900 1234!",
    "FREE prize!! Text WIN to 80080",
    "are we still on for lunch today?",
    "running late, see you at lunch",
] * 3
LABELS = ["spam", "spam", "ham", "ham"] * 3
CLASSES = ("ham", "spam")


@pytest.fixture(scope="module")
def messages(corpus: Path) -> pd.DataFrame:
    return pd.read_csv(corpus, dtype=str, keep_default_na=False).drop_duplicates()


def train(
    texts: list[str], labels: list[str], classes: tuple[str, str] = CLASSES, name: str = "linear"
) -> TextClassifier:
    table = pd.DataFrame({"Message": texts, "Category": labels})
    parameters = make_model_parameters(name=name)
    return train_model(table, list(range(len(texts))), parameters, DECISION, *classes, 0)[0]


@pytest.fixture(scope="module")
def fitted(messages: pd.DataFrame) -> Pipeline:
    pipeline, half = training.build_linear_pipeline(make_model_parameters()), messages[::2]
    training.fit(pipeline, half["Message"].to_list(), (half["Category"] == "spam").to_numpy())
    return pipeline


def test_each_probability_is_scikit_learns(messages: pd.DataFrame, fitted: Pipeline) -> None:
    """A message of more than 160 characters has the highest probability of its parts."""
    model = training.to_linear_text_model(fitted, CLASSES, threshold=0.5)
    texts = messages["Message"].to_list()
    parts: list[str] = []
    firsts = []
    for text in map(build_normalisation(), texts):
        firsts.append(len(parts))
        parts += [text[start:end] for start, end in find_windows(text, model.window)]
    expected = np.maximum.reduceat(fitted.predict_proba(parts)[:, 1], firsts)
    ours = model.probabilities(model.score(texts))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9)


def test_the_pipeline_reads_messages_as_they_are_sent(fitted: Pipeline) -> None:
    texts = ["FREE &pound;100 prize", "see you at nıne", "don\x92t \u200bcall"]
    model = training.to_linear_text_model(fitted, CLASSES, threshold=0.5)
    ours = model.probabilities(model.score(texts))
    np.testing.assert_allclose(ours, fitted.predict_proba(texts)[:, 1], rtol=0, atol=1e-9)
    assert [score > 0 for score in model.score(texts)] == fitted.predict(texts).tolist()


def test_what_was_learnt_has_eight_significant_digits(fitted: Pipeline) -> None:
    learnt = [*fitted["classifier"].coef_, *fitted["features"]["words"].idf_]
    assert learnt == [float(f"{number:.7e}") for number in learnt]


@pytest.mark.parametrize("name", ["linear", "svc_rbf"])
@pytest.mark.parametrize("classes", [CLASSES, ("Note", "Alarm")])
def test_a_handful_of_messages_is_enough_to_train(name: str, classes: tuple[str, str]) -> None:
    """The positive class may sort first or last."""
    labels = [classes[label == "spam"] for label in LABELS]
    model = train(TEXTS, labels, classes, name)
    assert model.labels(model.score(TEXTS)) == labels


def test_messages_of_both_classes_are_needed() -> None:
    with pytest.raises(UserError, match="needs messages of both classes: ham and spam"):
        train(TEXTS, ["spam", "x"] * 6)


def test_messages_that_leave_no_terms_are_told() -> None:
    pipeline = training.build_linear_pipeline(make_model_parameters(character_min_df=100))
    with pytest.raises(UserError, match=r"leave no terms .* lower model\.character_min_df"):
        training.fit(pipeline, TEXTS, np.array(LABELS) == "spam")


HAM = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.622]
SPAM = [0.6, 0.7, 0.8, 0.9]


def decide(ham: list[float], spam: list[float], blocked: float | None = 0.0) -> float:
    """Choose a threshold for some ham and spam, by F1 where no share of ham is given."""
    decision = DecisionParameters(
        strategy="max_f1" if blocked is None else "max_ham_blocked", max_ham_blocked=blocked or 0.0
    )
    positive = np.array([False] * len(ham) + [True] * len(spam))
    return choose_threshold(positive, np.array(ham + spam), decision)


@pytest.mark.parametrize(
    ("ham", "spam", "blocked", "threshold"),
    [
        pytest.param(HAM, SPAM, 0.0, 0.661, id="above all ham"),
        pytest.param([0.7], [0.6], 0.0, 0.85, id="no spam lies above the ham"),
        pytest.param(HAM, SPAM, 1 / 8, 0.5, id="a larger share of ham catches more"),
        pytest.param(HAM, SPAM, None, 0.5, id="the best F1"),
        pytest.param([0.5004], [0.5006], 0.0, 0.5005, id="no three decimals lie between"),
        pytest.param([0.9993], [0.9997], 0.0, 0.9995, id="one is no threshold"),
        pytest.param([0.0], [0.0002], 0.0, 0.0001, id="zero is no threshold"),
        pytest.param([0.3], [0.3 + 2**-54], 0.0, 0.3 + 2**-54, id="no number lies between"),
        pytest.param([1.0], [1.0], 0.0, 1.0 - 2**-53, id="nothing lies above"),
    ],
)
def test_the_threshold_lies_halfway_between_what_is_caught_and_what_is_not(
    ham: list[float], spam: list[float], blocked: float | None, threshold: float
) -> None:
    assert decide(ham, spam, blocked) == threshold


SHARES = st.lists(st.floats(0, 1), min_size=1)


@given(SHARES, SHARES, st.floats(0, 1))
def test_no_more_ham_is_blocked_than_allowed(
    ham: list[float], spam: list[float], allowed: float
) -> None:
    threshold = decide(ham, spam, allowed)
    assert 0 < threshold < 1
    blocked = np.mean(np.array(ham) >= threshold)
    assert blocked <= allowed or threshold == np.nextafter(1, 0)
