"""Ways to share rows between training and test."""

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from spam_classifier.errors import UserError

Labels = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]


def choose_training_rows(
    labels: Labels,
    clusters: npt.NDArray[np.int32],
    test_prop: float,
    random_state: int,
    strategy: str,
) -> Mask:
    """Choose the rows that train.

    Args:
        labels: n labels.
        clusters: n numbers; equal ones belong to near-duplicates.
        test_prop: Share of the rows for testing, above 0 and below 1.
        random_state: Seed of the shuffle.
        strategy: `stratified`, `sequential` or `grouped`.

    Returns:
        n booleans, True for training.
    """
    size = round(len(labels) * (1 - test_prop))
    if strategy == "sequential":
        return np.arange(len(labels)) < size
    if strategy == "grouped":
        return _choose_whole_clusters(labels, clusters, test_prop, random_state)
    return _choose_stratified(labels, size, random_state)


def _choose_stratified(labels: Labels, size: int, random_state: int) -> Mask:
    """Draw rows at random, so that both sides keep the class shares."""
    rows = np.arange(len(labels))
    try:
        train, _ = train_test_split(
            rows, train_size=size, stratify=labels, random_state=random_state
        )
    except ValueError:
        raise UserError(_explain_few_rows(labels, size)) from None
    return np.isin(rows, train)


def _explain_few_rows(labels: Labels, size: int) -> str:
    """Say why rows cannot be split, and what helps."""
    names, counts = np.unique(labels.astype(str), return_counts=True)
    listing = " and ".join(f"{count} {name}" for name, count in zip(names, counts, strict=True))
    remedy = "set test_prop=0.5 or add rows" if counts.min() > 1 else "add rows"
    return (
        f"{listing} rows are too few for {size} training and {len(labels) - size} test rows with "
        f"both classes: {remedy}."
    )


def _choose_whole_clusters(
    labels: Labels, clusters: npt.NDArray[np.int32], test_prop: float, random_state: int
) -> Mask:
    """Draw clusters at random until the test side has its share of each class.

    A cluster counts for the class of its first row; one that would overfill the test side trains.
    """
    numbers, first_rows, sizes = np.unique(clusters, return_index=True, return_counts=True)
    in_test = np.zeros(len(numbers), dtype=bool)
    order = np.random.default_rng(random_state).permutation(len(numbers))
    room = {label: round(test_prop * np.sum(labels == label)) for label in sorted(set(labels))}
    for cluster in order:
        label = labels[first_rows[cluster]]
        if sizes[cluster] <= room[label]:
            room[label] -= sizes[cluster]
            in_test[cluster] = True
    return ~in_test[np.searchsorted(numbers, clusters)]
