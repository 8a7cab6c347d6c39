"""Near-duplicates: messages that differ in a name, an amount or a number."""

import re
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

SIMILARITY = 0.6
BLOCK = 512  # rows that are compared with all others at a time


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
    rows, others = np.concatenate(list(_find_pairs(vectors)), axis=1)
    pairs = coo_matrix((np.ones(len(rows)), (rows, others)), (vectors.shape[0],) * 2)
    clusters: npt.NDArray[np.int32] = connected_components(pairs, directed=False)[1]
    return clusters


def _find_pairs(vectors: csr_matrix) -> Iterator[npt.NDArray[np.int32]]:
    """Yield the numbers of rows that look alike, and below them the numbers of their partners."""
    for start in range(0, vectors.shape[0], BLOCK):
        similarity = (vectors[start : start + BLOCK] @ vectors[start:].T).tocoo()
        alike = similarity.data >= SIMILARITY
        yield np.stack([similarity.row[alike], similarity.col[alike]]) + start
