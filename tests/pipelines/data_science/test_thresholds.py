"""The threshold is chosen on scores of messages that the model did not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science.thresholds import choose_threshold

HAM = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.62]
SPAM = [0.6, 0.7, 0.8, 0.9]


def decide(
    ham: list[float],
    spam: list[float],
    strategy: str = "max_ham_blocked",
    max_ham_blocked: float = 0.0,
) -> float:
    decision = DecisionParameters.model_validate(
        {"strategy": strategy, "max_ham_blocked": max_ham_blocked}
    )
    positive = np.array([False] * len(ham) + [True] * len(spam))
    return choose_threshold(positive, np.array(ham + spam), decision)


@pytest.mark.parametrize(
    ("strategy", "max_ham_blocked", "threshold"),
    [
        pytest.param("max_ham_blocked", 0.0, 0.66, id="above all ham"),
        pytest.param("max_ham_blocked", 1 / 8, 0.5, id="a larger share of ham catches more"),
        pytest.param("max_f1", 0.0, 0.5, id="the best F1"),
    ],
)
def test_the_threshold_lies_halfway_between_what_is_caught_and_what_is_not(
    strategy: str, max_ham_blocked: float, threshold: float
) -> None:
    assert decide(HAM, SPAM, strategy, max_ham_blocked) == threshold


@given(
    st.lists(st.floats(0, 1), min_size=1), st.lists(st.floats(0, 1), min_size=1), st.floats(0, 1)
)
def test_no_more_ham_is_blocked_than_allowed(
    ham: list[float], spam: list[float], allowed: float
) -> None:
    threshold = decide(ham, spam, max_ham_blocked=allowed)
    assert 0 < threshold < 1
    blocked = np.mean(np.array(ham) >= threshold)
    assert blocked <= allowed or threshold == np.nextafter(1, 0)


@pytest.mark.parametrize(
    ("ham", "spam", "threshold"),
    [
        pytest.param(0.5004, 0.5006, 0.5005, id="no three decimals lie between"),
        pytest.param(0.9993, 0.9997, 0.9995, id="one is no threshold"),
        pytest.param(0.0, 0.0002, 0.0001, id="zero is no threshold"),
        pytest.param(0.3, 0.3 + 2**-54, 0.3 + 2**-54, id="no number lies between"),
        pytest.param(1.0, 1.0, 1.0 - 2**-53, id="nothing lies above"),
    ],
)
def test_the_threshold_lies_above_the_ham(ham: float, spam: float, threshold: float) -> None:
    assert decide([ham], [spam]) == threshold
