"""What other thresholds would have done, counted on the test messages."""

import pandas as pd

from spam_classifier.pipelines.packaging.operating_points import count_operating_points

PREDICTIONS = pd.DataFrame(
    {
        "Category": ["ham", "ham", "spam", "spam", "spam"],
        "spam_probability": [0.001, 0.6, 0.258, 0.5, 0.999],
    }
)


def test_each_percent_has_the_messages_that_it_would_call_spam() -> None:
    points = count_operating_points(PREDICTIONS, "spam", 0.5)
    rows = {threshold: counts for threshold, *counts in zip(*points.values(), strict=True)}
    assert [rows[threshold] for threshold in (0.01, 0.5, 0.6, 0.61, 0.99)] == [
        *([3, 1], [2, 1], [1, 1], [1, 0], [1, 0])
    ]


def test_the_own_threshold_takes_the_place_of_the_percent_beside_it() -> None:
    points = count_operating_points(PREDICTIONS, "spam", 0.258)
    assert points["threshold"][24:27] == [0.25, 0.258, 0.27]
    assert points["spam_caught"][24:27] == [3, 3, 2]
    assert len(points["threshold"]) == 99
