"""The threshold is chosen on scores of messages that the model did not see."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science.thresholds import choose_threshold

POSITIVE = np.array([False] * 8 + [True] * 4)
PROBABILITIES = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.62, 0.6, 0.7, 0.8, 0.9])


def decide(
    positive: npt.NDArray[np.bool_],
    probabilities: npt.NDArray[np.float64],
    strategy: str = "max_ham_blocked",
    max_ham_blocked: float = 0.0,
) -> float:
    parameters = DecisionParameters.model_validate(
        {"strategy": strategy, "max_ham_blocked": max_ham_blocked}
    )
    return choose_threshold(positive, probabilities, parameters)


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
    assert decide(POSITIVE, PROBABILITIES, strategy, max_ham_blocked) == threshold


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2),
    st.floats(0, 1),
)
def test_no_more_ham_is_blocked_than_allowed(
    rows: list[tuple[bool, float]], allowed: float
) -> None:
    positive = np.array([row[0] for row in rows])
    probabilities = np.array([row[1] for row in rows])
    assume(0 < positive.sum() < len(rows))
    threshold = decide(positive, probabilities, max_ham_blocked=allowed)
    assert 0 < threshold < 1
    blocked = np.mean(probabilities[~positive] >= threshold)
    assert blocked <= allowed or threshold == np.nextafter(1, 0)


@pytest.mark.parametrize(
    ("ham", "spam", "expected"),
    [
        pytest.param(0.5004, 0.5006, 0.5005, id="no three decimals lie between"),
        pytest.param(0.9993, 0.9997, 0.9995, id="one is no threshold"),
        pytest.param(0.0, 0.0002, 0.0001, id="zero is no threshold"),
        pytest.param(0.3, 0.3 + 2**-54, 0.3 + 2**-54, id="no number lies between"),
        pytest.param(1.0, 1.0, 1.0 - 2**-53, id="nothing lies above"),
    ],
)
def test_the_threshold_lies_above_the_ham(ham: float, spam: float, expected: float) -> None:
    assert decide(np.array([False, True]), np.array([ham, spam])) == expected
