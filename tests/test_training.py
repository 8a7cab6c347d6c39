"""What scikit-learn fits and `LinearTextModel` keeps are the same classifier."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from spam_classifier import training
from spam_classifier.model import LinearTextModel
from spam_classifier.parameters import ModelParameters

PARAMETERS = ModelParameters(
    name="linear",
    C=30.0,
    class_weight="balanced",
    word_ngram_max=2,
    character_ngram_max=4,
    character_min_df=2,
)
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


@pytest.fixture(scope="module")
def fitted(messages: pd.DataFrame) -> Pipeline:
    train = messages[::2]
    pipeline = training.build_linear_pipeline(PARAMETERS)
    return training.fit(pipeline, train["Message"].to_list(), train["Category"].to_list())


def fit_small(labels: list[str] = LABELS) -> Pipeline:
    return training.fit(training.build_linear_pipeline(PARAMETERS), TEXTS, labels)


def test_probabilities_equal_scikit_learns_on_every_message(
    messages: pd.DataFrame, fitted: Pipeline
) -> None:
    texts = messages["Message"].to_list()
    model = training.to_linear_text_model(fitted, CLASSES, threshold=0.5)
    ours = model.probabilities(model.score(texts))
    np.testing.assert_allclose(ours, fitted.predict_proba(texts)[:, 1], rtol=0, atol=1e-9)
    assert model.labels(model.score(texts)) == fitted.predict(texts).tolist()


def test_the_model_survives_its_json(fitted: Pipeline) -> None:
    model = training.to_linear_text_model(fitted, CLASSES, threshold=0.5)
    assert LinearTextModel.from_json(model.to_json()).to_json() == model.to_json()


def test_what_was_learnt_has_eight_significant_digits() -> None:
    learnt = fit_small().named_steps["classifier"].coef_[0]
    assert learnt.tolist() == [float(f"{weight:.7e}") for weight in learnt]


def test_the_positive_class_may_sort_first() -> None:
    labels = ["Alarm" if label == "spam" else "Note" for label in LABELS]
    pipeline = fit_small(labels)
    model = training.to_linear_text_model(pipeline, ("Note", "Alarm"), threshold=0.5)
    alarm = pipeline.predict_proba(TEXTS)[:, 0]
    np.testing.assert_allclose(model.probabilities(model.score(TEXTS)), alarm, atol=1e-12)
    assert model.labels(model.score(TEXTS)) == labels


def test_the_threshold_moves_the_answer_and_not_the_probability() -> None:
    cautious = training.to_linear_text_model(fit_small(), CLASSES, threshold=0.999)
    scores = cautious.score(TEXTS)
    assert max(cautious.probabilities(scores)) > 0.5
    assert set(cautious.labels(scores)) == {"ham"}


def test_the_reference_model_answers_as_its_pipeline() -> None:
    pipeline = training.fit(training.build_reference_pipeline(), TEXTS, LABELS)
    model = training.ReferenceModel(pipeline, CLASSES)
    scores = model.score(TEXTS)
    assert model.labels(scores) == pipeline.predict(TEXTS).tolist()
