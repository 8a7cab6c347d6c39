"""Finds the terms of a vocabulary at every place of a long sequence at once, with numpy."""

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.integer]
Nodes = npt.NDArray[np.int32]

NOWHERE, ROOT = 0, 1
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio
_SLOTS_A_NODE = 8


class NgramTrie:
    """The beginnings of the terms of a vocabulary, each with a number: its node.

    A term is a sequence of symbols, which are numbers of 0 to 2**31 - 1. A hash table leads from
    a node and a symbol to the node of the beginning that is longer by this symbol, so memory
    grows with the vocabulary alone, however large the alphabet.

    Attributes:
        size: One more than the largest node. `NOWHERE` stands for whatever begins no term, `ROOT`
            for the empty beginning.
        terms: The node of each term, n of int64.
    """

    def __init__(self, symbols: Integers, lengths: Integers) -> None:
        """Number the beginnings, shorter ones first.

        Args:
            symbols: The symbols of all terms, one term after the other.
            lengths: How many of them each term has, n numbers.
        """
        starts = np.cumsum(lengths) - lengths
        self.size = ROOT + 1
        self.terms = np.full(len(lengths), ROOT, np.int64)
        keys: list[Integers] = [np.full(self.size, -1, np.int64)]
        for depth in range(lengths.max(initial=0)):
            longer = np.flatnonzero(lengths > depth)
            pairs = _pair(self.terms[longer], symbols[starts[longer] + depth])
            new, nodes = np.unique(pairs, return_inverse=True)
            self.terms[longer] = self.size + nodes
            self.size += len(new)
            keys.append(new)
        self._keys = np.concatenate(keys)
        self._fill_slots()

    def _fill_slots(self) -> None:
        """Put each node into the slot of its hash, or into the next one that is free."""
        bits = (self.size * _SLOTS_A_NODE).bit_length()
        self._shift = np.uint64(64 - bits)
        self._slots = np.full(1 << bits, NOWHERE, np.int32)
        nodes = np.arange(ROOT + 1, self.size, dtype=np.int32)
        slots = self._hash(self._keys[nodes])
        while nodes.size:
            free = self._slots[slots] == NOWHERE
            self._slots[slots[free]] = nodes[free]
            homeless = self._slots[slots] != nodes
            nodes, slots = nodes[homeless], self._next(slots[homeless])

    def find(self, symbols: Integers, longest: int) -> Nodes:
        """Find what begins at each place of a sequence.

        Args:
            symbols: The sequence, n symbols.
            longest: The most symbols that are looked at.

        Returns:
            Nodes of shape (n, longest): at each place those of the next symbol, of the next two
            symbols, and so on; `NOWHERE` where no term begins like that.
        """
        found = np.full((len(symbols), longest), NOWHERE, np.int32)
        nodes = np.full(len(symbols), ROOT, np.int32)
        for depth in range(min(longest, len(symbols))):
            nodes = self._lengthen(nodes[: len(symbols) - depth], symbols[depth:])
            found[: len(nodes), depth] = nodes
        return found

    def _lengthen(self, nodes: Nodes, symbols: Integers) -> Nodes:
        keys = _pair(nodes, symbols)
        slots = self._hash(keys)
        found: Nodes = self._slots[slots]
        wrong = np.flatnonzero(self._keys[found] != keys)
        while wrong.size:
            taken = wrong[found[wrong] != NOWHERE]
            found[wrong] = NOWHERE
            slots[taken] = self._next(slots[taken])
            found[taken] = self._slots[slots[taken]]
            wrong = taken[self._keys[found[taken]] != keys[taken]]
        return found

    def _hash(self, keys: Integers) -> Integers:
        slots: Integers = (keys.view(np.uint64) * _SPREAD >> self._shift).view(np.int64)
        return slots

    def _next(self, slots: Integers) -> Integers:
        return (slots + 1) & (len(self._slots) - 1)


def _pair(nodes: Integers, symbols: Integers) -> Integers:
    """Return one int64 for each node with its symbol."""
    return (nodes.astype(np.int64) << 32) | symbols
