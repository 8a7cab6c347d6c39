"""The model card: what the model is for, how good it is, and for what it is not."""

from typing import Any

TEMPLATE = """\
# Model card: {positive} or {negative}

A linear classifier of text messages, trained by this project's Kedro pipeline.

## Intended use

It tells {positive} from {negative} in short text messages like those of its data, as a filter that
people can overrule. It is not for other languages, for long documents, or for decisions that cannot
be undone.

## Data

{rows_in} rows of the raw data (md5 `{data_md5}`): {kept} kept, {duplicates} duplicates,
{rejected} rejected. {classes}. {artefacts} message(s) are the spreadsheet error `#ERROR!`.
{origin}

Split `{strategy}`: {train_rows} messages train, {test_rows} test; {repeated} of the test messages
have a near-duplicate in training.

## Metrics on the test messages

The threshold is a {positive} probability of {threshold}, chosen on training messages that the
model did not see (`decision.strategy: {decision}`).

| metric | value | 95 % interval |
|---|---|---|
{metric_rows}

Without the test messages that have a near-duplicate in training ({alone_messages} are left):
{alone}.

## By kind of message

| messages that are or have | messages | {positive} caught | {negative} blocked | wrong |
|---|---|---|---|---|
{slice_rows}

## Calibration

{calibration}

## Limits

- {labels}
- Letters that are replaced by digits or symbols ("fr33") are not undone.
- A long message is judged by its most suspicious 160 characters.

## Reproduce it

`git checkout` the revision that `GET /model` of the service names (`kedro run` stores it with the
model), then `make run` with these parameters:

```yaml
{parameters}
```
"""

CORPUS_MD5 = "f3dd99e6e62ed6d98980e9989a20c452"  # as in the corpus's .dvc file
CORPUS_ORIGIN = """\
It is the SMS Spam Collection (Almeida, Gómez Hidalgo and Yamakami 2011): English messages of 2003
to 2012, mostly from Singapore and the United Kingdom. What spam looks like has changed since;
measure on your own messages before you rely on the figures below."""
OTHER_ORIGIN = "Where they come from, who labelled them and when, is not known here."
CORPUS_LABELS = "The labels are not perfect: some adverts are labelled ham, some jokes spam."
OTHER_LABELS = "The labels are taken as they are: what is labelled wrongly is learnt wrongly."

METRICS = {
    "{positive} precision": ("{positive}", "precision", "spam_precision"),
    "{positive} caught (recall)": ("{positive}", "recall", "spam_caught"),
    "{negative} blocked": ("ham_blocked", None, "ham_blocked"),
    "accuracy": ("accuracy", None, "accuracy"),
    "weighted F1": ("weighted avg", "f1-score", None),
    "Matthews' correlation coefficient": ("matthews_corrcoef", None, None),
    "average precision": ("average_precision", None, None),
}


def write_card(
    *,
    classes: tuple[str, str],
    metrics: dict[str, Any],
    details: dict[str, Any],
    quality: dict[str, Any],
    split: dict[str, Any],
    data_md5: str,
    decision: str,
    parameters: str,
) -> str:
    """Fill in the card.

    Args:
        classes: The negative and the positive class.
        metrics: Metrics on the test messages.
        details: Their intervals, slices and so on.
        quality: What happened to the rows of the raw file.
        split: The split report.
        data_md5: MD5 of the raw file.
        decision: How the threshold was chosen.
        parameters: All parameters, as YAML.

    Returns:
        Markdown.
    """
    negative, positive = classes
    alone = details["without_near_duplicates"]
    is_corpus = data_md5 == CORPUS_MD5
    return TEMPLATE.format(
        negative=negative,
        positive=positive,
        rows_in=quality["rows_in"],
        kept=quality["kept"],
        duplicates=quality["duplicates"],
        rejected=sum(quality["rejected"].values()),
        classes=", ".join(f"{count} are {name}" for name, count in quality["classes"].items()),
        artefacts=quality["error_artefacts"],
        data_md5=data_md5,
        origin=CORPUS_ORIGIN if is_corpus else OTHER_ORIGIN,
        labels=CORPUS_LABELS if is_corpus else OTHER_LABELS,
        strategy=split["strategy"],
        train_rows=split["train"]["rows"],
        test_rows=split["test"]["rows"],
        repeated=split["near_duplicates"]["test_messages"],
        threshold="none" if metrics["threshold"] is None else f"{metrics['threshold']:g}",
        decision=decision,
        metric_rows="\n".join(_metric_rows(metrics, details["intervals"], classes)),
        alone_messages=alone["messages"],
        alone=_list_metrics(alone, classes) or "nothing to measure",
        slice_rows="\n".join(_slice_rows(details["slices"])),
        calibration=_describe_calibration(metrics, details),
        parameters=parameters.strip(),
    )


def _metric_rows(
    metrics: dict[str, Any], intervals: dict[str, list[float]], classes: tuple[str, str]
) -> list[str]:
    names = {"negative": classes[0], "positive": classes[1]}
    rows = []
    for title, (group, key, interval) in METRICS.items():
        value = metrics[group.format(**names)]
        ends = intervals.get(interval) if interval else None
        rows.append(
            f"| {title.format(**names)} | {value[key] if key else value:.4f} "
            f"| {f'{ends[0]:.4f} to {ends[1]:.4f}' if ends else ''} |"
        )
    return rows


def _slice_rows(slices: dict[str, dict[str, Any]]) -> list[str]:
    rows = []
    for name, values in slices.items():
        caught, blocked = (
            f"{values[key]:.4f}" if key in values else "" for key in ("spam_caught", "ham_blocked")
        )
        wrong = values["false_positives"] + values["false_negatives"]
        rows.append(f"| {name} | {values['messages']} | {caught} | {blocked} | {wrong} |")
    return rows


def _list_metrics(values: dict[str, Any], classes: tuple[str, str]) -> str:
    titles = {
        "spam_precision": f"{classes[1]} precision",
        "spam_caught": f"{classes[1]} caught",
        "ham_blocked": f"{classes[0]} blocked",
        "matthews_corrcoef": "Matthews' correlation coefficient",
    }
    return ", ".join(f"{title} {values[key]:.4f}" for key, title in titles.items() if key in values)


def _describe_calibration(metrics: dict[str, Any], details: dict[str, Any]) -> str:
    if metrics["brier_score"] is None:
        return "This model has no probabilities."
    return (
        f"Brier score {metrics['brier_score']:.4f}; predicted probabilities lie "
        f"{details['expected_calibration_error']:.4f} from observed shares on average (ECE)."
    )
