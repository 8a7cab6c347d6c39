"""Which raw rows can be used."""

import numpy as np
import pandas as pd

from spam_classifier.errors import EMPTY_MESSAGE
from spam_classifier.tables import CATEGORY, MESSAGE, is_blank


def find_reasons(rows: pd.DataFrame, labels: list[str]) -> pd.Series:
    """Say of each raw row why it cannot be used.

    Args:
        rows: n rows with `Category`, folded, and `Message`.
        labels: The labels that are known.

    Returns:
        n reasons, the first that applies; empty for a row that can be used.
    """
    reasons = {
        "empty label": rows[CATEGORY] == "",
        "unknown label": ~rows[CATEGORY].isin(labels),
        EMPTY_MESSAGE: is_blank(rows[MESSAGE]),
    }
    first = np.select(list(reasons.values()), list(reasons), default="")
    return pd.Series(first, rows.index, dtype="str")
