"""Near-duplicates: messages with the same folded text, or in the same cluster.

Folded text is what is left of a message when case, numbers, punctuation and spacing do not count.
It is found without looking at any other message, so it works for any number of them, in parts, and
never changes when some are added. A cluster holds messages that differ in a name, an amount or a
number; to find it, all messages are compared.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

logger = logging.getLogger(__name__)

SIMILARITY = 0.6
BLOCK = 512  # rows that are compared at a time with themselves and all before
MOST_MESSAGES = 20_000  # that are compared with each other: 6 seconds, four times that for twice


def fold_text(text: str) -> str:
    """Return a text in lower case, with digits as 0 and one space between words."""
    return re.sub(r"[\W_]+", " ", _mask_digits(text)).strip()


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
        hashlib.blake2b(fold_text(text).encode(), digest_size=8, key=key).digest() for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def find_clusters(texts: Sequence[str]) -> npt.NDArray[np.int32]:
    """Put messages that look alike into one cluster.

    Two messages look alike when the cosine of their TF-IDF vectors of character 5-grams (within
    words, lower case, every digit read as 0) is at least 0.6; a cluster is a connected component
    of that relation. Of more than 20,000 messages, those with the same folded text look alike.

    Args:
        texts: n messages, none of them blank.

    Returns:
        n cluster numbers; a message without near-duplicates is alone in its cluster.
    """
    if len(texts) > MOST_MESSAGES:
        logger.warning(
            "Near-duplicates are those that differ in case, numbers, punctuation or spacing only: "
            "%d messages are too many to compare each with all others.",
            len(texts),
        )
        return np.unique(hash_folded_texts(texts, 0), return_inverse=True)[1].astype(np.int32)
    from scipy.sparse import vstack
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(5, 5), preprocessor=_mask_digits
    ).fit_transform(texts)
    alike = []
    for end in range(BLOCK, len(texts) + BLOCK, BLOCK):
        rows = vectors[end - BLOCK : end] @ vectors[:end].T >= SIMILARITY
        rows.resize(rows.shape[0], len(texts))
        alike.append(rows)
    clusters: npt.NDArray[np.int32] = connected_components(vstack(alike), directed=False)[1]
    return clusters


def _mask_digits(text: str) -> str:
    return re.sub(r"\d", "0", text.lower())
