"""Fits the linear model to more messages than fit into memory, with Dask and scikit-learn.

Dask counts the terms and turns partitions into features, which stay on the cluster; its workers
spill to disk what memory does not hold. The steps of stochastic gradient descent follow the order
of the partitions: the same partitions, parameters and seed give the same model, on any cluster.
"""

import copy
import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import dask
import dask.dataframe as dd
import numpy as np
import numpy.typing as npt
import pandas as pd
from dask.delayed import Delayed, delayed
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import FeatureUnion

from spam_classifier.dask_engine.partitions import Table, is_partitioned, map_rows
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.pipelines.data_science import training
from spam_classifier.pipelines.data_science.log_odds_sum import LogOddsSum
from spam_classifier.pipelines.data_science.thresholds import FOLDS, choose_threshold
from spam_classifier.pipelines.near_duplicates import hash_folded_texts
from spam_classifier.tables import CATEGORY, MESSAGE

ROWS_AT_ONCE = 10_000  # of a partition, on average: about 30 MB of features
NO_FOLD = FOLDS  # the fold without messages


class Part(NamedTuple):
    """What is learnt from the n messages of a partition."""

    linear: csr_matrix  # n rows of features for logistic regression
    naive_bayes: csr_matrix  # n rows of features for naive Bayes
    positive: npt.NDArray[np.bool_]
    folds: npt.NDArray[np.uint64]  # near-duplicates share one


def fit_beyond_memory(
    messages: Table,
    counts: dict[str, int],
    classes: tuple[str, str],
    model: ModelParameters,
    decision: DecisionParameters,
    random_state: int,
) -> LinearTextModel:
    """Fit a linear model in passes over the messages, on the Dask scheduler that is current.

    Args:
        messages: The columns `Category` and `Message`.
        counts: How many messages there are of each class.
        classes: The negative and the positive class.
        model: What is trained.
        decision: How the threshold is chosen.
        random_state: Seed of the folds, and of the order of the messages within a partition.

    Returns:
        The model as plain data.

    Raises:
        UserError: If `max_features` is too small.
    """
    if not is_partitioned(messages):
        messages = dd.from_pandas(messages, chunksize=ROWS_AT_ONCE, sort=False)
    size = sum(counts.values())
    messages = messages.repartition(npartitions=math.ceil(size / ROWS_AT_ONCE))

    pipeline = training.build_linear_pipeline(model)
    columns = _learn_vocabulary(pipeline["features"], messages, size, model.max_features)
    weights = {label == classes[1]: size / (2 * count) for label, count in counts.items()}
    linear = SGDClassifier(
        loss="log_loss",
        alpha=1 / (model.C * size),
        class_weight=weights if model.class_weight else None,
        random_state=random_state,
    )
    pipeline.set_params(classifier__linear=linear, classifier__linear_columns=columns)
    features = delayed(pipeline["features"])  # sent to a cluster once
    arguments = (features, columns, classes[1], random_state)
    parts = dask.persist(*(delayed(_extract)(rows, *arguments) for rows in messages.to_delayed()))
    folds = [*range(FOLDS), NO_FOLD] if min(counts.values()) >= 2 * FOLDS else [NO_FOLD]
    learners = _learn(pipeline["classifier"], folds, parts, model.epochs)
    scores = [delayed(_score)(part, learners) for part in parts]
    tables, classifier = dask.compute(scores, learners[NO_FOLD])
    training.round_weights(classifier)
    pipeline.set_params(classifier=classifier)
    positive, scores = pd.concat(tables).to_numpy(dtype=float).T
    threshold = choose_threshold(positive == 1, expit(scores), decision)
    return training.to_linear_text_model(pipeline, classes, threshold)


def _learn_vocabulary(
    features: FeatureUnion, messages: dd.DataFrame, size: int, max_features: int
) -> int:
    """Fit the vectorizers in place to the most frequent terms of `size` messages.

    Returns:
        How many of the columns are for logistic regression: all but the last vectorizer's.
    """

    def keep_most_frequent(totals: pd.DataFrame) -> pd.DataFrame:  # of equals the first by alphabet
        order = ["messages", "term", "block"]
        return totals.sort_values(order, ascending=[False, True, True]).head(max_features)

    vectorizers = dict(features.transformer_list)
    counts: dd.DataFrame = map_rows(_count_terms, messages, list(vectorizers.values()))
    groups = counts.groupby(["block", "term"])["messages"]
    totals = groups.sum(split_out=messages.npartitions).reset_index()
    vocabulary = totals.reduction(keep_most_frequent, meta=totals).compute().sort_values("term")
    for block, (name, vectorizer) in enumerate(vectorizers.items()):
        table = vocabulary[vocabulary["block"] == block]
        table = table[table["messages"] >= vectorizer.min_df]
        if table.empty:
            raise UserError(f"model.max_features={max_features} leaves no {name}: increase it.")
        # The preprocessor has lowered the case, but for letters that exist in upper case only.
        vectorizer.set_params(vocabulary=table["term"].to_list(), lowercase=False).fit([""])
        if vectorizer.use_idf:
            shares = (1 + table["messages"].to_numpy()) / (1 + size)
            vectorizer.idf_ = training.round_digits(1 - np.log(shares))
    return sum(len(vectorizer.vocabulary_) for vectorizer in list(vectorizers.values())[:-1])


def _count_terms(messages: pd.DataFrame, vectorizers: Sequence[TfidfVectorizer]) -> pd.DataFrame:
    """Count the messages that hold each `term` of each `block` (the number of a vectorizer)."""
    tables = []
    for block, vectorizer in enumerate(vectorizers):
        analyze = vectorizer.build_analyzer()
        counts = Counter(chain.from_iterable(set(analyze(text)) for text in messages[MESSAGE]))
        columns = {"block": block, "term": list(counts), "messages": list(counts.values())}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables).astype({"block": "int64", "term": "str", "messages": "int64"})


def _extract(
    rows: pd.DataFrame, features: FeatureUnion, columns: int, positive_label: str, seed: int
) -> Part:
    """Make the features of a partition, the first `columns` of them for logistic regression."""
    texts = rows[MESSAGE].to_list()
    matrix = csr_matrix(features.transform(texts or [""]))[: len(texts)]
    positive = (rows[CATEGORY] == positive_label).to_numpy(dtype=bool)
    folds = hash_folded_texts(texts, seed) % np.uint64(FOLDS)
    return Part(matrix[:, :columns], matrix[:, columns:], positive, folds)


def _learn(
    classifier: LogOddsSum, folds: list[int], parts: Sequence[Delayed], epochs: int
) -> dict[int, Delayed]:
    """Fit a copy of the classifier for each fold, to all messages that are not in that fold."""
    learners: dict[int, Any] = {fold: delayed(classifier) for fold in folds}
    for epoch in range(epochs):
        for part in parts:
            for fold, learner in learners.items():
                learners[fold] = delayed(_make_steps)(learner, part, fold, epoch == 0)
        (learners,) = dask.persist(learners)  # keeps the graph small
    return learners


def _make_steps(learner: LogOddsSum, part: Part, fold: int, is_first_pass: bool) -> LogOddsSum:
    """Return the learner after a gradient step for each message that is not in the fold."""
    if not part.positive.size:
        return learner
    learner = copy.deepcopy(learner)  # a task must not change its input
    labels, seen = (False, True), (part.folds != fold).astype(float)
    if is_first_pass:
        learner.naive_bayes.partial_fit(part.naive_bayes, part.positive, labels, seen)
    learner.linear.partial_fit(part.linear, part.positive, labels, seen)
    return learner.add_up()


def _score(part: Part, learners: dict[int, LogOddsSum]) -> pd.DataFrame:
    """Return for each message its class and the log-odds, by a learner that did not see it."""
    features = hstack([part.linear, part.naive_bayes], format="csr")
    scores = learners[NO_FOLD].decision_function(features)
    for fold, learner in learners.items():
        rows = np.flatnonzero(part.folds == fold)
        scores[rows] = learner.decision_function(features[rows])
    return pd.DataFrame({"positive": part.positive, "score": scores})
