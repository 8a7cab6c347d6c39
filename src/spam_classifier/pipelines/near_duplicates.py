"""Near-duplicates: messages with the same folded text, or in the same cluster.

Folded text is what is left of a message when case, numbers, punctuation and spacing do not count.
It is found without looking at any other message, so it works for any number of them, in parts, and
never changes when some are added. A cluster holds messages that differ in a name, an amount or a
number; to find it, all messages are compared.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

_DIGIT = re.compile(r"\d")
_NO_WORD = re.compile(r"[\W_]+")
HASH_BYTES = 8
NGRAM_SIZE = 5
SIMILARITY = 0.6
BLOCK = 512  # rows that are compared with all others at a time


def fold_text(text: str) -> str:
    """Return a text in lower case, with digits as 0 and one space between words.

    Args:
        text: A message.
    """
    return _NO_WORD.sub(" ", _DIGIT.sub("0", text.lower())).strip()


def hash_folded_texts(texts: Iterable[str], random_state: int) -> npt.NDArray[np.uint64]:
    """Return a number for each message that depends on its folded text and the seed only.

    Args:
        texts: n messages.
        random_state: The seed; another one gives unrelated numbers.

    Returns:
        n numbers, spread evenly over all of 64 bits (BLAKE2b, keyed with the seed); the same ones
        on every machine.
    """
    key = str(random_state).encode()
    digests = (
        hashlib.blake2b(fold_text(text).encode(), digest_size=HASH_BYTES, key=key).digest()
        for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


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
