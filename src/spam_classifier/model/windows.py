"""Parts of a long message."""

import re
from bisect import bisect_left, bisect_right

_WORD = re.compile(r"\S+")


def find_windows(text: str, length: int) -> list[tuple[int, int]]:
    """Cut a text into overlapping parts of whole words.

    Args:
        text: A message.
        length: The most characters of a part, but for a single word that is longer.

    Returns:
        Start and end of each part; the whole text where it is no longer than that. A part begins
        every half length, and no word is left out.
    """
    words = [match.span() for match in _WORD.finditer(text)] if len(text) > length else []
    if not words:
        return [(0, len(text))]
    starts, ends = zip(*words, strict=True)
    windows, first, last = [], 0, -1
    while last < len(words) - 1:
        last = max(bisect_right(ends, starts[first] + length) - 1, first)
        windows.append((starts[first], ends[last]))
        first = min(max(bisect_left(starts, starts[first] + length // 2), first + 1), last + 1)
    return windows
