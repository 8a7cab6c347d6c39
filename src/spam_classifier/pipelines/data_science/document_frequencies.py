"""Counts in how many messages each term occurs, on Dask, and keeps the most frequent terms."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import chain

import dask.dataframe as dd
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from spam_classifier.tables import MESSAGE


def count_documents(
    messages: dd.DataFrame, vectorizers: Sequence[TfidfVectorizer], max_features: int
) -> list[pd.DataFrame]:
    """Find the vocabulary of each vectorizer, with exact document frequencies.

    The counts of the partitions are added up in as many parts as there are partitions, and the
    most frequent terms are found by a few parts at a time, so that no process holds every term.

    Args:
        messages: Has the column `Message`.
        vectorizers: k vectorizers, unfitted; their `min_df` are numbers of messages.
        max_features: How many terms are kept of all vectorizers together: the most frequent ones,
            and among equals the first by alphabet.

    Returns:
        For each vectorizer the columns `term` and `messages`, in how many messages it occurs, in
        alphabetical order.
    """
    no_terms = _count_terms(pd.DataFrame({MESSAGE: []}), vectorizers)
    counts = messages.map_partitions(_count_terms, vectorizers, meta=no_terms)
    totals = counts.groupby(["block", "term"])["messages"].sum(split_out=messages.npartitions)
    keep = partial(
        _keep_most_frequent,
        least=[vectorizer.min_df for vectorizer in vectorizers],
        most=max_features,
    )
    table = totals.reset_index()
    vocabulary = table.reduction(keep, meta=table).compute().sort_values("term")
    return [
        vocabulary.loc[vocabulary["block"] == block, ["term", "messages"]]
        for block in range(len(vectorizers))
    ]


def _count_terms(messages: pd.DataFrame, vectorizers: Sequence[TfidfVectorizer]) -> pd.DataFrame:
    """Return `block` (the number of the vectorizer), `term` and `messages` for one partition."""
    tables = []
    for block, vectorizer in enumerate(vectorizers):
        analyze = vectorizer.build_analyzer()
        counts = Counter(chain.from_iterable(set(analyze(text)) for text in messages[MESSAGE]))
        terms = pd.Series(list(counts), dtype="str")
        tables.append(
            pd.DataFrame({"block": block, "term": terms, "messages": list(counts.values())})
        )
    return pd.concat(tables).astype({"block": "int64", "messages": "int64"})


def _keep_most_frequent(totals: pd.DataFrame, least: list[int], most: int) -> pd.DataFrame:
    """Return the `most` most frequent of the terms that occur in the least number of messages."""
    enough = totals[totals["messages"] >= totals["block"].map(dict(enumerate(least)))]
    order = ["messages", "term", "block"]
    return enough.sort_values(order, ascending=[False, True, True]).head(most)
