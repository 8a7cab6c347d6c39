"""Builds and fits the scikit-learn pipelines, and keeps what they learnt as plain data."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from spam_classifier.model import LinearTextModel, TermBlock
from spam_classifier.parameters import ModelParameters

TOKEN_OR_SYMBOL = r"(?u)\w+|[^\w\s]"  # noqa: S105 - a regular expression
SIGNIFICANT_DIGITS = 8


class ReferenceModel:
    """The reference project's TF-IDF and SVC: evaluated in memory, never kept."""

    threshold = None

    def __init__(self, pipeline: Pipeline, classes: tuple[str, str]) -> None:
        """Wrap a fitted pipeline.

        Args:
            pipeline: Fitted on labels of which the positive class sorts last or first.
            classes: The negative and the positive class.
        """
        self.classes = classes
        self._pipeline = pipeline
        self._sign = 1.0 if pipeline.classes_[1] == classes[1] else -1.0

    def score(self, texts: Iterable[str]) -> list[float]:
        """Return the distance to the separating surface, positive on the positive side."""
        distances = self._sign * self._pipeline.decision_function(list(texts))
        return [float(distance) for distance in distances]

    def probabilities(self, scores: Iterable[float]) -> None:
        """Return None: a support vector machine has no probabilities."""

    def labels(self, scores: Iterable[float]) -> list[str]:
        """Return the class on whose side each score lies."""
        return [self.classes[score > 0] for score in scores]


def build_linear_pipeline(parameters: ModelParameters) -> Pipeline:
    """Return the unfitted default: word and character TF-IDF, then logistic regression.

    Args:
        parameters: The `model` group.
    """
    words = TfidfVectorizer(
        token_pattern=TOKEN_OR_SYMBOL,
        ngram_range=(1, parameters.word_ngram_max),
        sublinear_tf=True,
    )
    characters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(1, parameters.character_ngram_max),
        min_df=parameters.character_min_df,
        sublinear_tf=True,
    )
    classifier = LogisticRegression(
        C=parameters.C,
        class_weight=parameters.class_weight,
        solver="liblinear",
        tol=1e-8,  # so tight that the order of a processor's additions does not show
    )
    return Pipeline(
        [
            ("features", FeatureUnion([("words", words), ("characters", characters)])),
            ("classifier", classifier),
        ]
    )


def build_reference_pipeline() -> Pipeline:
    """Return the reference project's unfitted recipe."""
    return Pipeline(
        [("features", TfidfVectorizer()), ("classifier", SVC(C=1.0, kernel="rbf", degree=3))]
    )


def fit(pipeline: Pipeline, texts: list[str], labels: list[str], random_state: int = 0) -> Pipeline:
    """Fit a pipeline so that another processor gets the same bytes.

    BLAS runs on one thread, and what a linear model learnt is rounded to 8 significant digits in
    the estimators themselves, before anything uses it.

    Args:
        pipeline: From one of the builders; fitted in place.
        texts: n messages.
        labels: n labels.
        random_state: Seed of the solver.

    Returns:
        The fitted pipeline.
    """
    pipeline.set_params(classifier__random_state=random_state)
    with threadpool_limits(limits=1, user_api="blas"):
        pipeline.fit(texts, labels)
    classifier = pipeline.named_steps["classifier"]
    if hasattr(pipeline.named_steps["features"], "transformer_list"):
        for _, vectorizer in pipeline.named_steps["features"].transformer_list:
            vectorizer.idf_ = _round(vectorizer.idf_)
        classifier.coef_ = _round(classifier.coef_)
        classifier.intercept_ = _round(classifier.intercept_)
    return pipeline


def to_linear_text_model(
    pipeline: Pipeline, classes: tuple[str, str], threshold: float
) -> LinearTextModel:
    """Take what a fitted linear pipeline learnt.

    Args:
        pipeline: From `build_linear_pipeline`, fitted.
        classes: The negative and the positive class.
        threshold: Least probability of the positive class at which it is the answer.
    """
    classifier = pipeline.named_steps["classifier"]
    sign = 1.0 if classifier.classes_[1] == classes[1] else -1.0
    weights = sign * classifier.coef_[0]
    blocks = []
    for _, vectorizer in pipeline.named_steps["features"].transformer_list:
        terms = vectorizer.get_feature_names_out().tolist()
        by_word = vectorizer.analyzer == "word"
        blocks.append(
            TermBlock(
                analyzer=vectorizer.analyzer,
                token_pattern=vectorizer.token_pattern if by_word else None,
                ngram_range=vectorizer.ngram_range,
                terms=terms,
                idf=vectorizer.idf_.tolist(),
                weights=weights[: len(terms)].tolist(),
            )
        )
        weights = weights[len(terms) :]
    return LinearTextModel(
        classes=classes,
        threshold=threshold,
        intercept=float(sign * classifier.intercept_[0]),
        blocks=blocks,
    )


def _round(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round to 8 significant digits."""
    digits = SIGNIFICANT_DIGITS - 1
    return np.array([float(f"{number:.{digits}e}") for number in numbers.flat]).reshape(
        numbers.shape
    )
