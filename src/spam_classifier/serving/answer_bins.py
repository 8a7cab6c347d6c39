"""The bins in which answers are counted."""

BINS = {"probability": 10, "length": 15, "known": 10}  # how many there are of what


def find_bins(probability: float, text: str, known: float) -> tuple[int, int, int]:
    """Return the numbers of the bins of an answer, in the order of `BINS`.

    Args:
        probability: Of spam, from 0 to 1; its bin n holds n to n + 1 tenths.
        text: What was answered; bin n holds 2**(n-1) to 2**n - 1 characters, 14 all longer ones.
        known: Share of known words, from 0 to 1, in tenths too.
    """
    return min(int(probability * 10), 9), min(len(text).bit_length(), 14), min(int(known * 10), 9)
