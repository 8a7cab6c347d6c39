"""Near-duplicates: messages that differ in a name, an amount or a number."""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

SIMILARITY = 0.6


def find_clusters(texts: Iterable[str]) -> npt.NDArray[np.int32]:
    """Put messages that look alike into one cluster.

    Two messages look alike when the cosine of their TF-IDF vectors of character 5-grams (within
    words, lower case, every digit read as 0) is at least 0.6; a cluster is a connected component
    of that relation.

    Args:
        texts: n messages.

    Returns:
        n cluster numbers; a message without near-duplicates is alone in its cluster.
    """
    masked = [re.sub(r"\d", "0", text.lower()) for text in texts]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5)).fit_transform(masked)
    similarity = vectors @ vectors.T
    similarity.data[similarity.data < SIMILARITY] = 0
    similarity.eliminate_zeros()
    clusters: npt.NDArray[np.int32] = connected_components(similarity, directed=False)[1]
    return clusters
