"""The reference project's model, which the default has to beat."""

from collections.abc import Iterable

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits


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


def build_reference_pipeline() -> Pipeline:
    """Return the reference project's unfitted recipe."""
    return Pipeline(
        [("features", TfidfVectorizer()), ("classifier", SVC(C=1.0, kernel="rbf", degree=3))]
    )


def fit_reference_model(
    texts: list[str], labels: list[str], classes: tuple[str, str]
) -> ReferenceModel:
    """Fit the reference project's model.

    Args:
        texts: n messages.
        labels: n labels.
        classes: The negative and the positive class.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        return ReferenceModel(build_reference_pipeline().fit(texts, labels), classes)
