"""The bins in which answers are counted."""

SHARE_BINS = 10  # tenths of a probability, or of the share of known words
LENGTH_BINS = 15  # the last one: 8,192 characters and more


def find_share_bin(share: float) -> int:
    """Return the tenth, 0 to 9, in which a share from 0 to 1 lies."""
    return min(int(share * SHARE_BINS), SHARE_BINS - 1)


def find_length_bin(characters: int) -> int:
    """Return the bin of a length: n for 2**(n-1) to 2**n - 1 characters, at most 14."""
    return min(characters.bit_length(), LENGTH_BINS - 1)
