"""What scikit-learn fits and `LinearTextModel` keeps are the same classifier."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from helpers import make_model_parameters
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.normalisation import build_normalisation
from spam_classifier.model.windows import find_windows
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science import training
from spam_classifier.pipelines.data_science.reference import fit_reference_model

PARAMETERS = make_model_parameters()
DECISION = DecisionParameters(strategy="max_f1", max_ham_blocked=0.0)
TEXTS = [
    "Win a FREE phone now, call 0900 1234!",
    "FREE prize!! Text WIN to 80080",
    "are we still on for lunch today?",
    "running late, see you at lunch",
] * 3
LABELS = ["spam", "spam", "ham", "ham"] * 3
CLASSES = ("ham", "spam")
NORMALISATION = build_normalisation()


@pytest.fixture(scope="module")
def messages(corpus: Path) -> pd.DataFrame:
    return pd.read_csv(corpus, dtype=str, keep_default_na=False).drop_duplicates()


def fit_pipeline(texts: list[str], labels: list[str]) -> Pipeline:
    pipeline = training.build_linear_pipeline(PARAMETERS, NORMALISATION)
    training.fit(pipeline, texts, labels)
    return pipeline


def keep(pipeline: Pipeline, classes: tuple[str, str] = CLASSES) -> LinearTextModel:
    return training.to_linear_text_model(pipeline, NORMALISATION, classes, threshold=0.5)


def fit_model(texts: list[str], labels: list[str]) -> LinearTextModel:
    return training.fit_linear_model(
        texts,
        labels,
        CLASSES,
        clusters=list(range(len(texts))),
        model=PARAMETERS,
        decision=DECISION,
        random_state=0,
    )


@pytest.fixture(scope="module")
def fitted(messages: pd.DataFrame) -> Pipeline:
    train = messages[::2]
    return fit_pipeline(train["Message"].to_list(), train["Category"].to_list())


def test_probabilities_equal_scikit_learns_on_every_message(
    messages: pd.DataFrame, fitted: Pipeline
) -> None:
    """A message of more than 160 characters has the highest probability of its parts."""
    model = keep(fitted)
    texts = messages["Message"].to_list()
    parts: list[str] = []
    firsts = []
    for text in map(NORMALISATION, texts):
        firsts.append(len(parts))
        parts += [text[start:end] for start, end in find_windows(text, model.window)]
    expected = np.maximum.reduceat(fitted.predict_proba(parts)[:, 1], firsts)
    ours = model.probabilities(model.score(texts))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9)


def test_the_pipeline_reads_messages_as_they_are_sent(fitted: Pipeline) -> None:
    texts = ["FREE &pound;100 prize", "see you at nıne", "don\x92t \u200bcall"]
    model = keep(fitted)
    ours = model.probabilities(model.score(texts))
    np.testing.assert_allclose(ours, fitted.predict_proba(texts)[:, 1], rtol=0, atol=1e-9)
    assert model.labels(model.score(texts)) == fitted.predict(texts).tolist()


def test_what_was_learnt_has_eight_significant_digits() -> None:
    learnt = fit_pipeline(TEXTS, LABELS).named_steps["classifier"].coef_
    assert learnt.tolist() == [float(f"{weight:.7e}") for weight in learnt]


def test_the_positive_class_may_sort_first() -> None:
    labels = ["Alarm" if label == "spam" else "Note" for label in LABELS]
    pipeline = fit_pipeline(TEXTS, labels)
    model = keep(pipeline, ("Note", "Alarm"))
    alarm = pipeline.predict_proba(TEXTS)[:, 0]
    np.testing.assert_allclose(model.probabilities(model.score(TEXTS)), alarm, atol=1e-12)
    assert model.labels(model.score(TEXTS)) == labels


def test_the_threshold_moves_the_answer_and_not_the_probability() -> None:
    cautious = keep(fit_pipeline(TEXTS, LABELS)).model_copy(update={"threshold": 0.999999})
    scores = cautious.score(TEXTS)
    assert max(cautious.probabilities(scores)) > 0.5
    assert set(cautious.labels(scores)) == {"ham"}


def test_a_handful_of_messages_is_enough_to_train() -> None:
    model = fit_model(TEXTS, LABELS)
    assert model.labels(model.score(TEXTS)) == LABELS


def test_with_shuffled_labels_the_model_is_at_chance(messages: pd.DataFrame) -> None:
    """What the model finds is in the labels, not in the way that it is evaluated."""
    shuffled = messages["Category"].sample(frac=1.0, random_state=0).to_list()
    texts = messages["Message"].to_list()
    model = fit_model(texts[::2], shuffled[::2])
    positive = np.array(shuffled[1::2]) == "spam"
    scores = np.array(model.score(texts[1::2]))
    above = (scores[positive][:, None] > scores[~positive]).mean()
    assert above == pytest.approx(0.5, abs=0.05)


def test_the_reference_model_answers_as_its_pipeline() -> None:
    model = fit_reference_model(TEXTS, LABELS, CLASSES)
    assert model.labels(model.score(TEXTS)) == LABELS
