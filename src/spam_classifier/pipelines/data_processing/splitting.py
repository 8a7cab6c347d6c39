"""Ways to share rows between training and test."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from spam_classifier.dask_engine.partitions import Table, map_rows
from spam_classifier.errors import UserError
from spam_classifier.pipelines.near_duplicates import (
    MOST_MESSAGES,
    find_clusters,
    hash_folded_texts,
)
from spam_classifier.tables import CATEGORY, CLUSTER, CORRECTIONS, IN_TRAINING, MESSAGE, SOURCE

HELD_OUT = 0.2  # share of the corrections, the newest ones, on which models are compared

Labels = npt.NDArray[np.object_]
Clusters = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


def place_messages(messages: Table, test_prop: float, random_state: int, strategy: str) -> Table:
    """Add the side of each message, and its cluster of near-duplicates.

    Args:
        messages: n rows with the columns `Category` and `Message`, in pandas, or in Dask for
            `hashed`.
        test_prop: Share of the rows for testing, above 0 and below 1.
        random_state: Seed of the shuffle or of the hash.
        strategy: `stratified`, `sequential`, `grouped`, or `hashed`, which looks at each message
            by itself: at its folded text.

    Returns:
        The rows with the columns `(cluster)` and `(in training)`.

    Raises:
        UserError: If there are too few rows for `stratified`, or too many for `grouped`.
    """
    if strategy == "hashed":
        return map_rows(_place_by_hash, messages, test_prop, random_state)
    if strategy == "grouped" and len(messages) > MOST_MESSAGES:
        raise UserError(
            f"split.strategy=grouped compares each message with all others, and {len(messages)} "
            f"are too many (at most {MOST_MESSAGES}): set split.strategy=hashed."
        )
    clusters = find_clusters(messages[MESSAGE].to_list())
    labels = messages[CATEGORY].to_numpy(dtype=object)
    in_training = _choose_training_rows(labels, clusters, test_prop, random_state, strategy)
    return messages.assign(**{CLUSTER: clusters, IN_TRAINING: in_training})


def place_corrections(
    messages: pd.DataFrame, test_prop: float, random_state: int, strategy: str
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Put what clients corrected on the training side, but for near-duplicates of test messages.

    All other messages are on the sides on which they are without corrections.

    Args:
        messages: As in `place_messages`; of the column `source` the corrections, the newest last,
            have `CORRECTIONS`.
        test_prop: As in `place_messages`.
        random_state: As in `place_messages`.
        strategy: As in `place_messages`: near-duplicates are those that it knows.

    Returns:
        All rows that train or test, with the columns `(cluster)` and `(in training)`; the newest
        fifth of the corrections, which do neither; and how many corrections are `added`, how many
        `held_out`, and how many `near_duplicates_of_test_messages` are left out.
    """
    told = messages[SOURCE] == CORRECTIONS
    placed = place_messages(messages[~told], test_prop, random_state, strategy)
    rows = pd.concat([placed, messages[told].assign(**{IN_TRAINING: True})])
    texts = rows[MESSAGE].to_list()
    is_hashed = strategy == "hashed"
    rows[CLUSTER] = hash_folded_texts(texts, random_state) if is_hashed else find_clusters(texts)
    others, own = rows[: len(placed)], rows[len(placed) :]
    fresh = own[~own[CLUSTER].isin(others.loc[~others[IN_TRAINING], CLUSTER])]
    added = len(fresh) - int(len(fresh) * HELD_OUT)
    counts = {
        "added": added,
        "held_out": len(fresh) - added,
        "near_duplicates_of_test_messages": len(own) - len(fresh),
    }
    return pd.concat([others, fresh[:added]]), fresh[added:], counts


def _place_by_hash(messages: pd.DataFrame, test_prop: float, random_state: int) -> pd.DataFrame:
    """Test the messages whose hash is in the lowest part of its range."""
    hashes = hash_folded_texts(messages[MESSAGE], random_state)
    return messages.assign(**{CLUSTER: hashes, IN_TRAINING: hashes >= np.uint64(test_prop * 2**64)})


def _choose_training_rows(
    labels: Labels, clusters: Clusters, test_prop: float, random_state: int, strategy: str
) -> Mask:
    from sklearn.model_selection import train_test_split

    if strategy == "grouped":
        return _choose_whole_clusters(labels, clusters, test_prop, random_state)
    rows = np.arange(len(labels))
    size = round(len(rows) * (1 - test_prop))
    if strategy == "sequential":
        return rows < size
    try:
        drawn, _ = train_test_split(
            rows, train_size=size, stratify=labels, random_state=random_state
        )
    except ValueError:
        counts = " and ".join(f"{np.sum(labels == name)} {name}" for name in sorted(set(labels)))
        raise UserError(
            f"{counts} rows are too few for {size} training and {len(rows) - size} test rows with "
            "both classes: set test_prop=0.5 or add rows."
        ) from None
    return np.isin(rows, drawn)


def _choose_whole_clusters(
    labels: Labels, clusters: Clusters, test_prop: float, random_state: int
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
