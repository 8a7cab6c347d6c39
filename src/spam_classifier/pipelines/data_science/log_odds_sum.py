"""Logistic regression and naive Bayes as one linear classifier."""

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import MultinomialNB

Floats = npt.NDArray[np.float64]


class LogOddsSum(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A binary classifier that adds up the log-odds of logistic regression and naive Bayes.

    Naive Bayes gets documents of unit length (Rennie et al. 2003, "Tackling the Poor Assumptions
    of Naive Bayes Text Classifiers"), so harmless text added to a message does not drown it.

    Args:
        linear: Reads the first columns.
        naive_bayes: Reads the other columns.
        naive_bayes_weight: What the log-odds of naive Bayes are multiplied with.
        linear_columns: How many columns `linear` reads.
    """

    def __init__(
        self,
        linear: LogisticRegression | SGDClassifier,
        naive_bayes: MultinomialNB,
        naive_bayes_weight: float = 1.0,
        linear_columns: int = 0,
    ) -> None:
        self.linear = linear
        self.naive_bayes = naive_bayes
        self.naive_bayes_weight = naive_bayes_weight
        self.linear_columns = linear_columns

    def fit(self, features: csr_matrix, positive: npt.NDArray[np.bool_]) -> Self:
        """Fit both models to n rows, and to whether each is of the positive class."""
        self.linear.fit(features[:, : self.linear_columns], positive)
        self.naive_bayes.fit(features[:, self.linear_columns :], positive)
        return self.add_up()

    def add_up(self) -> Self:
        """Take one weight a column, and the intercept, from both models, which were fitted."""
        negative, positive = self.naive_bayes.feature_log_prob_
        naive_bayes = self.naive_bayes_weight * (positive - negative)
        self.classes_ = self.linear.classes_
        self.coef_ = np.concatenate([self.linear.coef_[0], naive_bayes])
        self.intercept_ = self.linear.intercept_
        return self

    def decision_function(self, features: csr_matrix) -> Floats:
        """Return the log-odds of the positive class for each row."""
        decision: Floats = features @ self.coef_ + self.intercept_
        return decision

    def predict(self, features: csr_matrix) -> npt.NDArray[np.bool_]:
        """Tell of each row whether the positive class is the likelier one."""
        return self.decision_function(features) > 0

    def predict_proba(self, features: csr_matrix) -> Floats:
        """Return the probability of each class, n rows of two."""
        positive = expit(self.decision_function(features))
        return np.column_stack([1.0 - positive, positive])
