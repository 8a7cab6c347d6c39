"""Our metrics are scikit-learn's, for whatever a model answers."""

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn import calibration
from sklearn import metrics as sklearn_metrics

from spam_classifier.pipelines.data_science import metrics
from spam_classifier.pipelines.data_science.evaluation_details import count_outcomes

CLASSES = ("ham", "spam")
Scored = tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]
BOTH_KINDS = npst.arrays(bool, st.integers(2, 40)).filter(
    lambda truth: 0 < truth.sum() < len(truth)
)


def score(truth: npt.NDArray[np.bool_]) -> st.SearchStrategy[Scored]:
    """Draw a probability for each message, many of them equal."""
    probabilities = st.integers(0, 20).map(lambda twentieths: twentieths / 20)
    return st.tuples(st.just(truth), npst.arrays(float, len(truth), elements=probabilities))


SCORED = BOTH_KINDS.flatmap(score)


@given(SCORED, st.floats(0, 1))
def test_what_follows_from_the_confusion_matrix(scored: Scored, threshold: float) -> None:
    is_positive, probabilities = scored
    names = np.array(CLASSES, dtype=object)
    truth, answer = names[is_positive.astype(int)], names[(probabilities >= threshold).astype(int)]
    counts = count_outcomes(pd.DataFrame({"Category": truth, "prediction": answer}), CLASSES)
    report = metrics.classification_report(counts, CLASSES)
    expected = sklearn_metrics.classification_report(
        truth, answer, labels=list(CLASSES), output_dict=True, zero_division=0.0
    )
    assert list(report) == list(expected)
    assert report.pop("accuracy") == pytest.approx(expected.pop("accuracy"))
    for name, section in report.items():
        assert list(section) == list(expected[name])
        assert section == pytest.approx(expected[name])
    assert metrics.matthews_corrcoef(counts) == pytest.approx(
        sklearn_metrics.matthews_corrcoef(truth, answer), abs=1e-12
    )


@given(SCORED)
def test_what_follows_from_the_order_of_the_scores(
    scored: Scored,
) -> None:
    is_positive, scores = scored
    assert metrics.average_precision(is_positive, scores) == pytest.approx(
        sklearn_metrics.average_precision_score(is_positive, scores)
    )
    assert metrics.roc_auc(is_positive, scores) == pytest.approx(
        sklearn_metrics.roc_auc_score(is_positive, scores)
    )
    precision, recall, _ = sklearn_metrics.precision_recall_curve(
        is_positive, scores, drop_intermediate=True
    )
    ours = metrics.precision_recall_curve(is_positive, scores)
    np.testing.assert_allclose(ours[0], precision)
    np.testing.assert_allclose(ours[1], recall)


@given(SCORED)
def test_calibration(scored: Scored) -> None:
    expected = calibration.calibration_curve(*scored, n_bins=10)
    ours = metrics.calibration_curve(*scored, bins=10)
    np.testing.assert_allclose(ours[0], expected[0])
    np.testing.assert_allclose(ours[1], expected[1])


@pytest.mark.parametrize(
    "modules",
    [
        pytest.param(
            ["evaluation.details", "evaluation.plots", "pipeline_registry"], id="evaluating"
        ),
        pytest.param(["splitting.strategies", "splitting.near_duplicates"], id="splitting"),
    ],
)
def test_these_do_without_scikit_learn(modules: list[str]) -> None:
    """scikit-learn would take longer to import than they take to run."""
    imports = "".join(f"import spam_classifier.{module}\n" for module in modules)
    code = f"{imports}import sys\nsys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
