"""Folded text: what is left of a message when case, numbers, punctuation and spacing do not count.

Messages with the same folded text are near-duplicates. It is found without looking at any other
message, so it works for any number of them, in parts, and never changes when some are added.
"""

import hashlib
import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

_DIGIT = re.compile(r"\d")
_NO_WORD = re.compile(r"[\W_]+")
HASH_BYTES = 8


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
