"""The nodes of `monitoring`."""

import logging
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from spam_classifier.datasets.bento_model_dataset import find_version
from spam_classifier.model.linear_text_model import DECIMALS, LinearTextModel
from spam_classifier.parameters import MonitoringParameters
from spam_classifier.tables import CATEGORY, MESSAGE, SPAM_PROBABILITY

logger = logging.getLogger(__name__)

CAVEAT = "People correct what they notice: corrections are not a sample, and these shares are low."
SMOOTHING = 0.5  # answers that are added to each bin, so that none is empty
FIGURES = {"probability": "probability", "length": "length", "known": "share of known words"}
TEMPLATES = Environment(
    loader=PackageLoader("spam_classifier.pipelines.monitoring"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


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
        answers: Counts with the columns of `CountedAnswers`.
        corrections: The columns of `Correction`, but for the texts.
        model: The model; answers and corrections of others are only counted.
        test: Its test messages with `Category` and `spam_probability`.
        monitoring: How many days, and from when on to advise what.

    Returns:
        The window, up to the last day of an answer; population stability indices; the share of spam
        with its 95 % interval (Wilson 1927); precision and recall on corrections; `advice`, which
        is `nothing to do`, `too little to tell` or `retrain`; and its `reason`.
    """
    tag = f"spam_classifier:{find_version(model.to_json().encode())}"
    last = pd.Timestamp(answers["day"].max() if len(answers) else 0)
    first = last - pd.Timedelta(days=monitoring.days - 1)
    window = answers[pd.to_datetime(answers["day"]) >= first]
    own = window[window["model"] == tag]
    told = corrections[pd.to_datetime(corrections["time"], unit="s") >= first]
    positive = model.classes[1]
    spam = int(own.loc[own["result"] == positive, "number"].sum())
    report = {
        "model": tag,
        "first_day": f"{first:%Y-%m-%d}",
        "last_day": f"{last:%Y-%m-%d}",
        "answers": int(own["number"].sum()),
        "answers_of_other_models": int(window["number"].sum() - own["number"].sum()),
        "spam": spam,
        "spam_share": _estimate_share(spam, int(own["number"].sum())),
        "spam_share_of_test": round(float((test[CATEGORY] == positive).mean()), DECIMALS),
        "distributions": _compare(own, _count_test(test, model)),
        "days": _count_days(own, positive),
        "corrections": _judge(told[told["model"] == tag], positive),
    }
    advice, reason = _advise(report, monitoring)
    logger.info("%s: %s", advice.capitalize(), reason)
    return report | {"advice": advice, "reason": reason}


def measure_shift(expected: list[int], actual: list[int]) -> float:
    """Return the population stability index of two histograms.

    Siddiqi (2006), "Credit Risk Scorecards": below 0.1 nothing has changed, above 0.25 much has.

    Args:
        expected: Counts of n bins.
        actual: Other counts of the same bins.
    """
    shares = [
        (np.array(counts) + SMOOTHING) / (sum(counts) + SMOOTHING * len(counts))
        for counts in (expected, actual)
    ]
    return round(float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()), DECIMALS)


def _count_test(test: pd.DataFrame, model: LinearTextModel) -> pd.DataFrame:
    """Bin the test messages as the service bins what it is asked."""
    from spam_classifier.serving.answer_counter import find_length_bin, find_share_bin

    return pd.DataFrame(
        {
            "probability": test[SPAM_PROBABILITY].map(find_share_bin),
            "length": test[MESSAGE].str.len().map(find_length_bin),
            "known": test[MESSAGE].map(model.known_share).map(find_share_bin),
            "number": 1,
        }
    )


def _compare(answers: pd.DataFrame, test: pd.DataFrame) -> dict[str, dict[str, Any]]:
    figures: dict[str, dict[str, Any]] = {}
    for name in FIGURES:
        counts = [table.groupby(name)["number"].sum() for table in (test, answers)]
        bins = range(1 + max(0, *(count.index.max() for count in counts if len(count))))
        expected, actual = ([int(count.get(each, 0)) for each in bins] for count in counts)
        shift = measure_shift(expected, actual) if sum(actual) else None
        figures[name] = {"test": expected, "answers": actual, "psi": shift}
    return figures


def _count_days(answers: pd.DataFrame, positive: str) -> list[dict[str, Any]]:
    spam = answers["number"].where(answers["result"] == positive, 0)
    days = answers.assign(spam=spam).groupby("day")[["number", "spam"]].sum()
    return [
        {"day": day, "answers": int(number), "spam": int(caught)}
        for day, number, caught in days.itertuples()
    ]


def _estimate_share(part: int, whole: int) -> dict[str, float] | None:
    """Return a share with its 95 % interval by Wilson; None of nothing."""
    from scipy.stats import binomtest

    if not whole:
        return None
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    figures = {"share": part / whole, "low": interval.low, "high": interval.high}
    return {name: round(float(value), DECIMALS) for name, value in figures.items()}


def _judge(corrections: pd.DataFrame, positive: str) -> dict[str, Any]:
    """Count how often the model was right where somebody told the class."""
    called, is_spam = corrections["result"] == positive, corrections["label"] == positive
    both = int((called & is_spam).sum())
    return {
        "told": len(corrections),
        "wrong": int((called != is_spam).sum()),
        "precision": {"right": both, "of": int(called.sum())},
        "recall": {"right": both, "of": int(is_spam.sum())},
        "caveat": CAVEAT,
    }


def _advise(report: dict[str, Any], monitoring: MonitoringParameters) -> tuple[str, str]:
    wrong, answers = report["corrections"]["wrong"], report["answers"]
    if wrong >= monitoring.least_corrections:
        return "retrain", (
            f"{wrong} corrections say that the model was wrong (monitoring.least_corrections is "
            f"{monitoring.least_corrections})."
        )
    if answers < monitoring.least_answers:
        others = report["answers_of_other_models"]
        return "too little to tell", (
            f"{report['model']} gave {answers} answers from {report['first_day']} to "
            f"{report['last_day']}, fewer than monitoring.least_answers, {monitoring.least_answers}"
            f"{(others and f'; other models gave {others}') or ''}."
        )
    for name, figures in report["distributions"].items():
        if figures["psi"] > monitoring.max_psi:
            return "retrain", (
                f"the {FIGURES[name]} is spread otherwise than in the test (population stability "
                f"index {figures['psi']:.2f}, monitoring.max_psi is {monitoring.max_psi:g}): "
                "collect corrections first."
            )
    return "nothing to do", f"{answers} answers are like those to the test messages."


def draw_drift(report: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw the probabilities beside those of the test, and the share of spam by day.

    Args:
        report: What `report_drift` returned.

    Returns:
        Two figures, as Plotly's JSON.
    """
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
        {"data": bars, "layout": {"title": {"text": "Probabilities, from … on"}}},
        {"data": [line], "layout": {"title": {"text": "Share of spam by day"}}},
    )


def write_page(report: dict[str, Any]) -> str:
    """Write the page that the service shows at /monitor.

    Args:
        report: What `report_drift` returned.
    """
    return TEMPLATES.get_template("monitor.html").render(report, figures=FIGURES)
