"""The trie finds every beginning of its terms, and nothing else."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from spam_classifier.model.ngram_trie import NOWHERE, ROOT, NgramTrie

Sequences = list[list[int]]

symbols = st.integers(0, 4) | st.integers(0, 2**31 - 1)


def make_trie(terms: Sequences) -> NgramTrie:
    """Return a trie of some terms."""
    flat = np.array([symbol for term in terms for symbol in term], np.int64)
    return NgramTrie(flat, np.array([len(term) for term in terms], np.int64))


def find_beginnings(terms: Sequences, trie: NgramTrie, sequence: list[int], longest: int) -> None:
    """Check what is found at each place of a sequence."""
    beginnings = {tuple(term[:size]) for term in terms for size in range(1, len(term) + 1)}
    nodes = dict(zip(map(tuple, terms), trie.terms.tolist(), strict=True))
    found = trie.find(np.array(sequence, np.int64), longest)
    assert found.shape == (len(sequence), longest)
    for place in range(len(sequence)):
        for size in range(1, longest + 1):
            ngram, node = tuple(sequence[place : place + size]), found[place, size - 1]
            assert (node != NOWHERE) == (len(ngram) == size and ngram in beginnings)
            assert node == nodes.get(ngram, node) or len(ngram) < size


@given(st.lists(st.lists(symbols, max_size=4)), st.lists(symbols), st.integers(1, 5))
@example([], [1, 2], 2)
@example([[1, 2, 3], [2, 3]], [1, 2, 3], 3)
@example([[7], [7]], [7], 1)
def test_each_beginning_is_found(terms: Sequences, sequence: list[int], longest: int) -> None:
    """At each place stand the nodes of the next one, two, … symbols, if a term begins so."""
    find_beginnings(terms, make_trie(terms), sequence, longest)


def test_many_terms_share_slots() -> None:
    """With thousands of terms some have the same hash, and are found nevertheless."""
    random = np.random.default_rng(0)
    terms = random.integers(0, 300, (5_000, 2)).tolist()
    sequence = random.integers(0, 300, 5_000).tolist()
    find_beginnings(terms, make_trie(terms), sequence, 2)


def test_beginnings_are_numbered_without_gaps() -> None:
    """Nodes are small, so that they can be positions in arrays."""
    trie = make_trie([[5, 6], [5], [9]])
    assert sorted(trie.terms.tolist()) == [ROOT + 1, ROOT + 2, ROOT + 3]
    assert trie.size == ROOT + 4
