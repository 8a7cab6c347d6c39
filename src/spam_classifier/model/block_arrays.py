"""The arithmetic of `TermBlock.score` for many messages at once, on numpy's arrays."""

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from itertools import count, pairwise, repeat

import numpy as np
import numpy.typing as npt

from .ngram_trie import NOWHERE, Integers, NgramTrie
from .term_block import TermBlock
from .terms import mask_digits

Flags = npt.NDArray[np.bool]
Floats = npt.NDArray[np.float64]

# No word has one in it, so it can stand between words.
_LINE_BREAK = "\n"
_UNKNOWN, _BREAK, _FIRST_TOKEN = 0, 1, 2


class BlockArrays(ABC):
    """A block of a model as arrays, which do not change.

    A word is read once, into its places: the characters or tokens at which terms can begin.
    """

    def __init__(self, block: TermBlock, trie: NgramTrie, counted: Flags) -> None:
        """Keep what scoring needs.

        Args:
            block: The block, of n terms.
            trie: Its terms.
            counted: Whether a message can have the term at all, n times.
        """
        self._trie = trie
        self._longest = block.ngram_range[1]
        self._mask = mask_digits if block.mask_digits else str
        self._binary = block.binary
        self._idf, self._weights = np.zeros((2, trie.size))
        self._idf[trie.terms] = np.where(counted, block.idf, 0.0)
        self._weights[trie.terms] = block.weights

    @abstractmethod
    def make_end(self) -> Integers:
        """Return the one place that stands for the end of a message."""

    @abstractmethod
    def read(self, words: Sequence[str]) -> tuple[Integers, Integers]:
        """Read words, at least one.

        Returns:
            The places of all words, and how many each word has.
        """

    @abstractmethod
    def find_nodes(self, places: Integers) -> Integers:
        """Return what begins at each place.

        Args:
            places: n places.

        Returns:
            Nodes of shape (n, most symbols of a term).
        """

    def score(self, places: Integers, ends: Integers) -> Floats:
        """Return what the block adds to the log-odds of each message.

        Args:
            places: For each of m messages the places of its words and its end; they are not the
                same afterwards.
            ends: Where the places of each message end, m numbers.

        Returns:
            m log-odds.
        """
        nodes = self.find_nodes(places)
        bounds = np.concatenate([[0], ends]) * nodes.shape[1]
        nodes, counts, starts = _count(nodes.ravel(), bounds)
        tf_idf = self._idf[nodes]
        if not self._binary:
            tf_idf *= _dampen(counts)
        totals = np.add.reduceat(tf_idf * self._weights[nodes], starts)
        norms = np.sqrt(np.add.reduceat(tf_idf * tf_idf, starts))
        return np.divide(totals, norms, out=np.zeros(len(ends)), where=norms > 0)


class CharacterArrays(BlockArrays):
    """A block of `char_wb` terms.

    A word has a place for each character, its padding included: the nodes of what begins there.
    """

    def __init__(self, block: TermBlock) -> None:
        """Make the arrays."""
        shortest = block.ngram_range[0]
        # A padded word that is shorter than the shortest term counts as a whole.
        counted = np.array(
            [len(term) >= shortest or _is_padded_word(term) for term in block.terms], bool
        )
        lengths = np.fromiter(map(len, block.terms), np.int64)
        super().__init__(block, NgramTrie(_encode("".join(block.terms)), lengths), counted)

    def make_end(self) -> Integers:
        """Return a place where no term begins."""
        return np.full((1, self._longest), NOWHERE, np.int32)

    def read(self, words: Sequence[str]) -> tuple[Integers, Integers]:
        """Look up what begins at each character."""
        codes = _encode(self._mask(f" {f' {_LINE_BREAK} '.join(words)} "))
        places = self._trie.find(codes, self._longest)[codes != ord(_LINE_BREAK)]
        return places, np.fromiter(map(len, words), np.int64) + 2

    def find_nodes(self, places: Integers) -> Integers:
        """Return the places: no term is longer than a word."""
        return places


class TokenArrays(BlockArrays):
    """A block of terms of one or more tokens; a word has a place for each token, its number."""

    def __init__(self, block: TermBlock) -> None:
        """Make the arrays."""
        self._find_tokens = re.compile(f"{block.token_pattern}|{_LINE_BREAK}").findall
        numbers = defaultdict[str, int](count(_FIRST_TOKEN).__next__, {_LINE_BREAK: _BREAK})
        tokens = " ".join(block.terms).split(" ")
        symbols = np.fromiter(map(numbers.__getitem__, tokens), np.int64)
        lengths = np.fromiter(map(str.count, block.terms, repeat(" ")), np.int64) + 1
        self._numbers = dict(numbers)
        super().__init__(block, NgramTrie(symbols, lengths), lengths >= block.ngram_range[0])

    def make_end(self) -> Integers:
        """Return the number of a token that no term has."""
        return np.full(1, _UNKNOWN, np.int64)

    def read(self, words: Sequence[str]) -> tuple[Integers, Integers]:
        """Find the tokens and look up their numbers."""
        tokens = self._find_tokens(self._mask(_LINE_BREAK.join([*words, ""])))
        numbers = np.fromiter(map(self._numbers.get, tokens, repeat(_UNKNOWN)), np.int64)
        is_break = numbers == _BREAK
        return numbers[~is_break], np.diff(np.flatnonzero(is_break), prepend=-1) - 1

    def find_nodes(self, places: Integers) -> Integers:
        """Look up what begins at each token."""
        return self._trie.find(places, self._longest)


def make_arrays(block: TermBlock) -> BlockArrays:
    """Return the arrays of a block."""
    return CharacterArrays(block) if block.token_pattern is None else TokenArrays(block)


def _is_padded_word(term: str) -> bool:
    return len(term) > 2 and term[0] == term[-1] == " "


def _encode(text: str) -> Integers:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _count(nodes: Integers, bounds: Integers) -> tuple[Integers, Integers, Integers]:
    """Count the nodes of each message, and sort them in place for it.

    Args:
        nodes: Those of m messages, one message after the other.
        bounds: Where the nodes of each message start, and the end; m + 1 numbers.

    Returns:
        For each message its distinct nodes, how often it has each of them, and where these start.
    """
    for start, end in pairwise(bounds.tolist()):
        nodes[start:end].sort()
    is_first = np.empty(len(nodes), bool)
    np.not_equal(nodes[1:], nodes[:-1], out=is_first[1:])
    is_first[bounds[:-1]] = True
    firsts = np.flatnonzero(is_first)
    counts = np.diff(firsts, append=len(nodes))
    return nodes[firsts], counts, np.searchsorted(firsts, bounds[:-1])


def _dampen(counts: Integers) -> Floats:
    """Return 1 + log(count) for each count."""
    dampened: Floats = 1.0 + np.log(np.arange(1, counts.max() + 1))
    return dampened[counts - 1]
