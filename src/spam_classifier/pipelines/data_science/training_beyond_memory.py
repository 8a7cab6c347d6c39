"""Fits the linear model to more messages than fit into memory, with Dask and scikit-learn.

Dask counts the terms and turns messages into features, in parallel. The steps of stochastic
gradient descent follow one after another, in an order that hashes of the messages give. So the
model depends on the messages, the parameters and the seed, and not on how the messages are
partitioned, which order they are in, or how many workers there are.
"""

import math
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import dask
import dask.dataframe as dd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import FeatureUnion
from threadpoolctl import threadpool_limits

from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.normalisation import build_normalisation
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.pipelines.data_science.document_frequencies import count_documents
from spam_classifier.pipelines.data_science.feature_spool import ROW, FeatureSpool, Rows
from spam_classifier.pipelines.data_science.log_odds_sum import LogOddsSum
from spam_classifier.pipelines.data_science.thresholds import FOLDS, choose_threshold, has_folds
from spam_classifier.pipelines.data_science.training import (
    build_linear_pipeline,
    round_digits,
    to_linear_text_model,
)
from spam_classifier.pipelines.near_duplicates import hash_folded_texts
from spam_classifier.tables import CATEGORY, MESSAGE

ROWS_AT_ONCE = 5_000  # of a task, and of a step of the training: about 15 MB of features
TASKS_AT_ONCE = 8  # whose features wait in memory until they are written
NO_FOLD = FOLDS  # the fold without messages

LABELS = (False, True)  # whether a message belongs to the positive class

Floats = npt.NDArray[np.float64]
Learners = dict[int, LogOddsSum]


def fit_out_of_core_model(
    messages: dd.DataFrame | pd.DataFrame,
    classes: tuple[str, str],
    *,
    model: ModelParameters,
    decision: DecisionParameters,
    random_state: int,
) -> LinearTextModel:
    """Fit a linear model in passes over the messages, on the Dask scheduler that is current.

    The messages are read three times: to count them, to count their terms, and to make features
    of them. The features, about 3 kB a message, are kept in Dask's `temporary-directory` until the
    model is fitted.

    Args:
        messages: The columns `Category` and `Message`, in any partitions; no row twice.
        classes: The negative and the positive class.
        model: What is trained.
        decision: How the threshold is chosen.
        random_state: Seed of the order of the steps and of the folds.

    Returns:
        The model as plain data.

    Raises:
        UserError: If a class is absent, or `max_features` too small.
    """
    if isinstance(messages, pd.DataFrame):
        messages = dd.from_pandas(messages, chunksize=ROWS_AT_ONCE, sort=False)
    counts = _count_classes(messages, classes)
    pieces = math.ceil(sum(counts) / ROWS_AT_ONCE)
    messages = messages.repartition(npartitions=max(messages.npartitions, pieces))
    normalisation = build_normalisation()
    pipeline = build_linear_pipeline(model, normalisation)
    columns = _learn_vocabulary(pipeline["features"], messages, sum(counts), model.max_features)
    pipeline.set_params(
        classifier__linear=SGDClassifier(
            loss="log_loss", alpha=1 / (model.C * sum(counts)), shuffle=False
        ),
        classifier__linear_columns=sum(columns[:-1]),
    )
    folder = dask.config.get("temporary-directory", None)
    with tempfile.TemporaryDirectory(dir=folder) as name, threadpool_limits(1, user_api="blas"):
        spool = FeatureSpool(Path(name), pieces, sum(columns))
        for rows, features in _extract(messages, pipeline["features"], classes[1], random_state):
            spool.append(rows, features)
        learners = _fit_learners(pipeline["classifier"], spool, counts, model)
        pipeline["classifier"].classes_ = np.array(classes)
        positive, scores = _score(learners, spool)
    threshold = choose_threshold(positive, expit(scores), decision)
    return to_linear_text_model(pipeline, normalisation, classes, threshold)


def _count_classes(messages: dd.DataFrame, classes: tuple[str, str]) -> tuple[int, int]:
    """Return how many messages of the negative and of the positive class there are."""
    counts = messages[CATEGORY].value_counts().compute().to_dict()
    if set(counts) != set(classes):
        raise UserError(
            f"The training messages must be labelled {' and '.join(classes)}, some of each."
        )
    negative, positive = classes
    return int(counts[negative]), int(counts[positive])


def _learn_vocabulary(
    features: FeatureUnion, messages: dd.DataFrame, size: int, max_features: int
) -> list[int]:
    """Fit the vectorizers in place to `size` messages, and return how many terms each has."""
    vectorizers = dict(features.transformer_list)
    tables = count_documents(messages, list(vectorizers.values()), max_features)
    for (name, vectorizer), table in zip(vectorizers.items(), tables, strict=True):
        if table.empty:
            raise UserError(
                f"model.max_features is {max_features}, which leaves no {name.replace('_', ' ')} "
                "among the most frequent terms: it must be larger."
            )
        # The preprocessor has lowered the case, but for letters that exist in upper case only.
        vectorizer.set_params(vocabulary=table["term"].to_list(), lowercase=False).fit([""])
        if vectorizer.use_idf:
            frequencies = (1 + table["messages"].to_numpy()) / (1 + size)
            vectorizer.idf_ = round_digits(1 - np.log(frequencies))
    return [len(table) for table in tables]


def _extract(
    messages: dd.DataFrame, features: FeatureUnion, positive_label: str, random_state: int
) -> Iterator[tuple[Rows, csr_matrix]]:
    """Yield what the spool keeps of each partition; a few partitions are in memory at once."""
    (shared,) = dask.persist(dask.delayed(features))  # sent to a cluster once
    tasks = [
        dask.delayed(_extract_partition)(partition, shared, positive_label, random_state)
        for partition in messages.to_delayed()
    ]
    for first in range(0, len(tasks), TASKS_AT_ONCE):
        yield from dask.compute(*tasks[first : first + TASKS_AT_ONCE])


def _extract_partition(
    messages: pd.DataFrame, features: FeatureUnion, positive_label: str, random_state: int
) -> tuple[Rows, csr_matrix]:
    """Return what the spool keeps of n messages: n records of the type `ROW`, n rows."""
    texts = messages[MESSAGE].to_list()
    matrix = csr_matrix(features.transform(texts)) if texts else csr_matrix((0, 0))
    rows = np.empty(len(texts), ROW)
    rows["order"] = pd.util.hash_array(
        np.array(texts, dtype=object), hash_key=f"{random_state:016d}", categorize=False
    )
    rows["group"] = hash_folded_texts(texts, random_state)
    rows["positive"] = (messages[CATEGORY] == positive_label).to_numpy(dtype=bool)
    rows["terms"] = np.diff(matrix.indptr)
    return rows, matrix


def _fit_learners(
    classifier: LogOddsSum, spool: FeatureSpool, counts: tuple[int, int], model: ModelParameters
) -> Learners:
    """Fit the classifier in place, and in the same passes a copy for each fold without the fold.

    Returns:
        The classifiers by the fold that they do not see; no copies where a class has too few
        messages for folds.
    """
    learners = {NO_FOLD: classifier}
    if _can_fold(spool):
        learners |= {fold: clone(classifier) for fold in range(FOLDS)}
    weights = np.ones(2) if model.class_weight is None else sum(counts) / (2 * np.array(counts))
    _fit_naive_bayes(learners, spool)
    with ThreadPoolExecutor(len(learners)) as pool:
        for _ in range(model.epochs):
            _make_pass(learners, spool, weights, pool)
    for learner in learners.values():
        learner.add_up()
    classifier.coef_ = round_digits(classifier.coef_)
    classifier.intercept_ = round_digits(classifier.intercept_)
    return learners


def _fit_naive_bayes(learners: Learners, spool: FeatureSpool) -> None:
    """Count the terms of each class, without each learner's fold."""
    for rows, features in spool.read():
        masked_words = features[:, learners[NO_FOLD].linear_columns :]
        for fold, learner in learners.items():
            seen = _find_others(rows, fold)
            if seen.size:
                learner.naive_bayes.partial_fit(masked_words[seen], rows["positive"][seen], LABELS)


def _make_pass(
    learners: Learners, spool: FeatureSpool, weights: Floats, pool: ThreadPoolExecutor
) -> None:
    """Let each learner make one step a message, in their order; the learners run side by side."""
    for rows, features in spool.read():
        linear = features[:, : learners[NO_FOLD].linear_columns]
        make_steps = partial(_make_steps, rows, linear, weights)
        list(pool.map(make_steps, learners.keys(), learners.values()))


def _make_steps(
    rows: Rows, features: csr_matrix, weights: Floats, fold: int, learner: LogOddsSum
) -> None:
    """Make a gradient step for each row that is not in the learner's fold."""
    seen = _find_others(rows, fold)
    if seen.size:
        positive = rows["positive"][seen]
        learner.linear.partial_fit(
            features[seen], positive, LABELS, sample_weight=weights[positive.astype(int)]
        )


def _find_others(rows: Rows, fold: int) -> npt.NDArray[np.intp]:
    """Return the numbers of the rows that are not in a fold."""
    return np.flatnonzero(rows["group"] % FOLDS != fold)


def _can_fold(spool: FeatureSpool) -> bool:
    """Tell whether each class has enough different messages; a few rows are enough to see it."""
    groups = (set[int](), set[int]())
    for rows in spool.read_rows():
        for positive, found in enumerate(groups):
            found.update(rows["group"][rows["positive"] == positive].tolist())
        if has_folds(len(found) for found in groups):
            return True
    return False


def _score(learners: Learners, spool: FeatureSpool) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Score each message with the classifier that did not see it, or with the only one.

    Returns:
        Whether each of the n messages is positive, and n log-odds of that.
    """
    positive, scores = [], []
    for rows, features in spool.read():
        folds = rows["group"] % FOLDS if len(learners) > 1 else np.full(len(rows), NO_FOLD)
        part = np.empty(len(rows))
        for fold, learner in learners.items():
            chosen = np.flatnonzero(folds == fold)
            part[chosen] = learner.decision_function(features[chosen])
        positive.append(rows["positive"])
        scores.append(part)
    return np.concatenate(positive), np.concatenate(scores)
