"""The nodes of `monitoring`."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spam_classifier.datasets.bento_model_dataset import find_version
from spam_classifier.model.linear_text_model import DECIMALS, LinearTextModel
from spam_classifier.parameters import MonitoringParameters
from spam_classifier.pipelines.templates import TEMPLATES
from spam_classifier.serving.answer_counter import BINS, find_bins
from spam_classifier.tables import CATEGORY, MESSAGE, SPAM_PROBABILITY

logger = logging.getLogger(__name__)

CAVEAT = "People correct what they notice: corrections are not a sample, and these shares are low."
SMOOTHING = 0.5  # messages that are added to each bin, so that none is empty
NAMES = {"probability": "probability", "length": "length", "known": "share of known words"}


def report_drift(
    *,
    answers: pd.DataFrame,
    corrections: pd.DataFrame,
    model: LinearTextModel,
    test: pd.DataFrame,
    monitoring: MonitoringParameters,
) -> dict[str, Any]:
    """Compare what a model answered with its test messages, and say what to do.

    Args:
        answers: The service's table of that name.
        corrections: The service's table of that name, with the `day`, in the order of the times;
            the last one of a text counts.
        model: The model; answers and corrections of others are only counted.
        test: Its test messages with `Category` and `spam_probability`.
        monitoring: How many days, and from when on to advise what.

    Returns:
        The window, up to the day of the newest answer or correction; population stability indices;
        the share of spam, precision and recall on corrections, each with its 95 % interval;
        `advice`, which is `nothing to do`, `too little to tell` or `retrain`; and its `reason`.
    """
    tag = f"spam_classifier:{find_version(model.to_json().encode())}"
    positive = model.classes[1]
    told = corrections.drop_duplicates("text", keep="last")
    last = max([*answers["day"], *told["day"]], default=f"{pd.Timestamp.now('UTC'):%Y-%m-%d}")
    first = f"{pd.Timestamp(last) - pd.Timedelta(days=monitoring.days - 1):%Y-%m-%d}"
    answers, told = answers[answers["day"] >= first], told[told["day"] >= first]
    own, others = answers[answers["model"] == tag], answers[answers["model"] != tag]
    days = _count_days(own, positive)
    answered, spam = days[["answers", "spam"]].sum().astype(int).tolist()
    report = {
        "model": tag,
        "first_day": first,
        "last_day": last,
        "answers": answered,
        "answers_of_other_models": others.groupby("model")["number"].sum().to_dict(),
        "spam": _estimate_share(spam, answered),
        "spam_share_of_test": round(float((test[CATEGORY] == positive).mean()), DECIMALS),
        "test_messages": len(test),
        "distributions": _compare(own, test, model),
        "days": days.to_dict("records"),
        "corrections": _judge(told[told["model"] == tag], positive),
    }
    advice, reason = _advise(report, monitoring)
    return report | {"advice": advice, "reason": reason}


def measure_shift(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Return the population stability index of two histograms.

    Siddiqi (2006), "Credit Risk Scorecards": below 0.1 nothing has changed, above 0.25 much has.

    Args:
        expected: Counts of n bins.
        actual: Other counts of the same bins; those that are empty in both do not count.
    """
    from scipy.stats import entropy

    counts = np.array([expected, actual], dtype=float)
    before, after = counts[:, counts.any(axis=0)] + SMOOTHING
    return round(float(entropy(before, after) + entropy(after, before)), DECIMALS)


def _compare(
    answers: pd.DataFrame, test: pd.DataFrame, model: LinearTextModel
) -> dict[str, dict[str, Any]]:
    """Compare the bins of the answers with those of the test messages."""
    known = test[MESSAGE].map(model.known_share)
    tested = map(find_bins, test[SPAM_PROBABILITY], test[MESSAGE], known)
    figures = {}
    for (column, bins), numbers in zip(BINS.items(), zip(*tested, strict=True), strict=True):
        expected = np.bincount(numbers, minlength=bins).tolist()
        actual = np.bincount(answers[column], answers["number"], bins).astype(int).tolist()
        shift = measure_shift(expected, actual) if sum(actual) else None
        figures[column] = {"test": expected, "answers": actual, "psi": shift}
    return figures


def _count_days(answers: pd.DataFrame, positive: str) -> pd.DataFrame:
    """Return how many messages were answered a day, and how many of them were called spam."""
    numbers = answers["number"]
    counts = pd.DataFrame(
        {"answers": numbers, "spam": numbers.where(answers["result"] == positive, 0)}
    )
    return counts.groupby(answers["day"]).sum().reset_index()


def _estimate_share(part: int, whole: int) -> dict[str, Any]:
    """Return a share with its 95 % interval (Wilson 1927), None of nothing."""
    from scipy.stats import binomtest

    shares: tuple[float | None, ...] = (None, None, None)
    if whole:
        low, high = binomtest(part, whole).proportion_ci(method="wilson")
        shares = tuple(round(float(share), DECIMALS) for share in (part / whole, low, high))
    return {"number": part, "of": whole, **dict(zip(("share", "low", "high"), shares, strict=True))}


def _judge(corrections: pd.DataFrame, positive: str) -> dict[str, Any]:
    """Count how often the model was right where somebody told the class."""
    called, is_spam = corrections["result"] == positive, corrections["label"] == positive
    both = int((called & is_spam).sum())
    return {
        "told": len(corrections),
        "wrong": int((called != is_spam).sum()),
        "precision": _estimate_share(both, int(called.sum())),
        "recall": _estimate_share(both, int(is_spam.sum())),
        "caveat": CAVEAT,
    }


def _advise(report: dict[str, Any], monitoring: MonitoringParameters) -> tuple[str, str]:
    wrong, answers = report["corrections"]["wrong"], report["answers"]
    period = f"from {report['first_day']} to {report['last_day']}"
    if wrong >= monitoring.least_corrections and wrong >= monitoring.max_wrong_share * answers:
        return "retrain", (
            f"{wrong} corrections say that the model was wrong, of {answers} answers {period} "
            f"(monitoring.least_corrections is {monitoring.least_corrections}, "
            f"monitoring.max_wrong_share {monitoring.max_wrong_share:g})."
        )
    if answers < monitoring.least_answers:
        others = sum(report["answers_of_other_models"].values())
        return "too little to tell", (
            f"{report['model']} gave {answers} answers {period}, fewer than "
            f"monitoring.least_answers, {monitoring.least_answers}"
            f"{(others and f'; other models gave {others}') or ''}."
        )
    if report["test_messages"] < monitoring.least_answers:
        return "too little to tell", (
            f"there are {report['test_messages']} test messages to compare {answers} answers with, "
            f"fewer than monitoring.least_answers, {monitoring.least_answers}."
        )
    for column, figures in report["distributions"].items():
        if figures["psi"] > monitoring.max_psi:
            return "retrain", (
                f"the {NAMES[column]} is spread otherwise than in the test (population "
                f"stability index {figures['psi']:.2f}, monitoring.max_psi is "
                f"{monitoring.max_psi:g}): collect corrections first."
            )
    return "nothing to do", f"{answers} answers {period} are like those to the test messages."


def show_drift(report: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Show the report, and log the advice.

    Args:
        report: What `report_drift` returned.

    Returns:
        The page that the service shows at /monitor; and two figures as Plotly's JSON: the
        probabilities beside those of the test, and the share of spam by day.
    """
    logger.info("%s: %s", report["advice"].capitalize(), report["reason"])
    page = TEMPLATES.get_template("monitoring/templates/monitor.html").render(report, names=NAMES)
    counts = report["distributions"]["probability"]
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": [f"{tenth * 10} %" for tenth in range(len(counts[name]))],
            "y": [round(count / max(1, sum(counts[name])), DECIMALS) for count in counts[name]],
        }
        for name in ("test", "answers")
    ]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [day["day"] for day in report["days"]],
        "y": [round(day["spam"] / day["answers"], DECIMALS) for day in report["days"]],
    }
    return (
        page,
        {"data": bars, "layout": {"title": {"text": "Probabilities, from … on"}}},
        {"data": [line], "layout": {"title": {"text": "Share of spam by day"}}},
    )
