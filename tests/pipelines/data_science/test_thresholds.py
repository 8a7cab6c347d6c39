"""The threshold is chosen on scores of messages that the model did not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science.thresholds import choose_threshold

HAM = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.62]
SPAM = [0.6, 0.7, 0.8, 0.9]


def decide(ham: list[float], spam: list[float], blocked: float | None = 0.0) -> float:
    """Choose a threshold for some ham and spam, by F1 where no share of ham is given."""
    decision = DecisionParameters(
        strategy="max_f1" if blocked is None else "max_ham_blocked", max_ham_blocked=blocked or 0.0
    )
    positive = np.array([False] * len(ham) + [True] * len(spam))
    return choose_threshold(positive, np.array(ham + spam), decision)


@pytest.mark.parametrize(
    ("ham", "spam", "blocked", "threshold"),
    [
        pytest.param(HAM, SPAM, 0.0, 0.66, id="above all ham"),
        pytest.param(HAM, SPAM, 1 / 8, 0.5, id="a larger share of ham catches more"),
        pytest.param(HAM, SPAM, None, 0.5, id="the best F1"),
        pytest.param([0.5004], [0.5006], 0.0, 0.5005, id="no three decimals lie between"),
        pytest.param([0.9993], [0.9997], 0.0, 0.9995, id="one is no threshold"),
        pytest.param([0.0], [0.0002], 0.0, 0.0001, id="zero is no threshold"),
        pytest.param([0.3], [0.3 + 2**-54], 0.0, 0.3 + 2**-54, id="no number lies between"),
        pytest.param([1.0], [1.0], 0.0, 1.0 - 2**-53, id="nothing lies above"),
    ],
)
def test_the_threshold_lies_halfway_between_what_is_caught_and_what_is_not(
    ham: list[float], spam: list[float], blocked: float | None, threshold: float
) -> None:
    assert decide(ham, spam, blocked) == threshold


SHARES = st.lists(st.floats(0, 1), min_size=1)


@given(SHARES, SHARES, st.floats(0, 1))
def test_no_more_ham_is_blocked_than_allowed(
    ham: list[float], spam: list[float], allowed: float
) -> None:
    threshold = decide(ham, spam, allowed)
    assert 0 < threshold < 1
    blocked = np.mean(np.array(ham) >= threshold)
    assert blocked <= allowed or threshold == np.nextafter(1, 0)
