"""Near-duplicates: messages that differ in a name, an amount or a number.

SciPy only: to import scikit-learn takes longer than to find them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

NGRAM_SIZE = 5
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
    vectors = vectorize([re.sub(r"\d", "0", text.lower()) for text in texts])
    rows, others = np.concatenate(list(_find_pairs(vectors)), axis=1)
    pairs = coo_matrix((np.ones(len(rows)), (rows, others)), (vectors.shape[0],) * 2)
    clusters: npt.NDArray[np.int32] = connected_components(pairs, directed=False)[1]
    return clusters


def vectorize(texts: Iterable[str]) -> csr_matrix:
    """Compute the vectors of scikit-learn's `TfidfVectorizer(analyzer="char_wb")` for 5-grams.

    An n-gram belongs to a word, so each different word is cut once, and the n-grams of a message
    are those of its words.

    Args:
        texts: n texts.

    Returns:
        n rows of unit length; the order of the columns is that of the first appearance.
    """
    words, words_of_texts = _count([text.split() for text in texts])
    _, ngrams_of_words = _count(map(_cut, words))
    vectors = words_of_texts @ ngrams_of_words
    size, document_frequencies = vectors.shape[0], np.bincount(vectors.indices)
    idf = np.log((1 + size) / (1 + document_frequencies)) + 1
    vectors.data *= idf[vectors.indices]
    lengths = np.sqrt(vectors.multiply(vectors).sum(axis=1)).A1
    vectors.data /= np.repeat(lengths, np.diff(vectors.indptr))
    return vectors


def _count(lists: Iterable[list[str]]) -> tuple[list[str], csr_matrix]:
    """Return the different strings of n lists, and how often each is in each list: n rows."""
    numbers: defaultdict[str, int] = defaultdict(lambda: len(numbers))
    columns: list[int] = []
    ends = [0]
    for strings in lists:
        columns += [numbers[string] for string in strings]
        ends.append(len(columns))
    counts = csr_matrix((np.ones(len(columns)), columns, ends), (len(ends) - 1, len(numbers)))
    return list(numbers), counts


def _cut(word: str) -> list[str]:
    """Return the 5-grams of a word with a space at both ends; the whole of a shorter one."""
    padded = f" {word} "
    starts = range(max(1, len(padded) - NGRAM_SIZE + 1))
    return [padded[start : start + NGRAM_SIZE] for start in starts]


def _find_pairs(vectors: csr_matrix) -> Iterator[npt.NDArray[np.int32]]:
    """Yield the numbers of rows that look alike, and below them the numbers of their partners."""
    for start in range(0, vectors.shape[0], BLOCK):
        similarity = (vectors[start : start + BLOCK] @ vectors[start:].T).tocoo()
        alike = similarity.data >= SIMILARITY
        yield np.stack([similarity.row[alike], similarity.col[alike]]) + start
