"""Parts of a long message."""

import re
from bisect import bisect_left, bisect_right


def find_windows(text: str, length: int) -> list[tuple[int, int]]:
    """Cut a text into overlapping windows of whole words.

    Args:
        text: A message.
        length: The most characters of a window, 2 or more.

    Returns:
        Start and end of each window; the whole text where it is no longer than that. A window
        begins every half length, and no word is left out; one that is longer than half a window is
        cut into words that are not.
    """
    half = length // 2
    pieces = re.finditer(rf"\S{{1,{half}}}", text) if len(text) > length else ()
    words = [match.span() for match in pieces]
    if not words:
        return [(0, min(len(text), length))]
    starts, ends = zip(*words, strict=True)
    windows, first = [], 0
    while True:
        after = bisect_right(ends, starts[first] + length)
        windows.append((starts[first], ends[after - 1]))
        if after == len(words):
            return windows
        first = min(bisect_left(starts, starts[first] + half), after)
