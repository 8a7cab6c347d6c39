"""The reference project's model, which the default has to beat."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits


class ReferenceModel:
    """The reference project's TF-IDF and SVC: evaluated in memory, never kept.

    Args:
        pipeline: Fitted to whether each message is of the positive class.
        classes: The negative and the positive class.
    """

    threshold = None

    def __init__(self, pipeline: Pipeline, classes: tuple[str, str]) -> None:
        self.classes = classes
        self._pipeline = pipeline

    def score(self, texts: Iterable[str]) -> list[float]:
        """Return the distance to the separating surface, positive on the positive side."""
        distances: list[float] = self._pipeline.decision_function(list(texts)).tolist()
        return distances

    def probabilities(self, scores: Iterable[float]) -> None:
        """Return None: a support vector machine has no probabilities."""

    def labels(self, scores: Iterable[float]) -> list[str]:
        """Return the class on whose side each score lies."""
        return [self.classes[score > 0] for score in scores]


def fit_reference_model(
    texts: list[str], positive: npt.NDArray[np.bool_], classes: tuple[str, str]
) -> ReferenceModel:
    """Fit the reference project's recipe to n texts, and to whether each is `positive`."""
    pipeline = make_pipeline(TfidfVectorizer(), SVC(C=1.0, kernel="rbf", degree=3))
    with threadpool_limits(limits=1, user_api="blas"):
        return ReferenceModel(pipeline.fit(texts, positive), classes)
