"""The model card: what the model is for, how good it is, and for what it is not.

Its parts are those of Hugging Face's template and of Mitchell et al. (2019), "Model Cards for Model
Reporting".
"""

from typing import Any, NamedTuple

import pandas as pd
import yaml

from spam_classifier.pipelines.packaging import card_texts as texts


class ModelFacts(NamedTuple):
    """What the card tells of the model itself.

    Attributes:
        version: Its version in the model store; None for a model that is never stored.
        terms: How many words and n-grams it knows.
        bytes: Size of its file.
        window: How many characters of a long message count.
        revision: Of the code, in Git; None where there is none.
        attacked: How many messages were changed as senders do, to try the model.
        caught: How many of them were caught, by change.
        examples: Spam probability of the fabricated messages; empty where they say nothing.
    """

    version: str | None
    terms: int
    bytes: int
    window: int
    revision: str | None
    attacked: int
    caught: dict[str, int]
    examples: dict[str, float]


def write_card(
    *,
    classes: tuple[str, str],
    model: ModelFacts,
    metrics: dict[str, Any],
    details: dict[str, Any],
    calibration: pd.DataFrame,
    quality: dict[str, Any],
    split: dict[str, Any],
    data_md5: str,
    parameters: dict[str, Any],
) -> str:
    """Fill in the card.

    Args:
        classes: The negative and the positive class.
        model: What is told of the model itself.
        metrics: Metrics on the test messages.
        details: Their intervals, slices and so on.
        calibration: Columns `predicted` and `observed`.
        quality: What happened to the rows of the raw file.
        split: The split report.
        data_md5: MD5 of the raw file.
        parameters: All parameters, as plain data.

    Returns:
        Markdown with a YAML head, the same for the same run.
    """
    negative, positive = classes
    is_corpus = data_md5 == texts.CORPUS_MD5
    settings = parameters["model"]
    return texts.TEMPLATE.format(
        head=_write_head(classes, metrics, data_md5, is_corpus=is_corpus),
        negative=negative,
        positive=positive,
        version=f"`{model.version}`, as in the model's tag" if model.version else "never stored",
        revision=f"Git revision `{model.revision}`" if model.revision else "not in Git",
        data_md5=data_md5,
        data_date=", messages of 2003 to 2012, file of 2017-08-20" if is_corpus else "",
        data_licence=", CC BY 4.0 for the data" if is_corpus else "",
        origin=texts.CORPUS_ORIGIN if is_corpus else texts.OTHER_ORIGIN,
        rows_in=f"{quality['rows_in']:,}",
        kept=f"{quality['kept']:,}",
        duplicates=quality["duplicates"],
        rejected=sum(quality["rejected"].values()),
        classes=", ".join(f"{count:,} are {name}" for name, count in quality["classes"].items()),
        labels=texts.CORPUS_LABELS.format(artefacts=quality["error_artefacts"])
        if is_corpus
        else texts.OTHER_LABELS,
        strategy=split["strategy"],
        train_rows=f"{split['train']['rows']:,}",
        test_rows=f"{split['test']['rows']:,}",
        repeated=split["near_duplicates"]["test_messages"],
        algorithm=texts.ALGORITHMS[settings["name"]].format(**settings),
        size=f"It knows {model.terms:,} words and n-grams." if model.terms else "",
        threshold=_percent(metrics["threshold"]) if metrics["threshold"] else "none",
        decision=parameters["decision"]["strategy"],
        metric_rows="\n".join(_metric_rows(metrics, details, classes)),
        alone=_describe_alone(details["without_near_duplicates"], classes),
        reference=texts.CORPUS_REFERENCE.format(
            own=texts.OWN_FIGURES, reference=texts.REFERENCE_FIGURES
        )
        if is_corpus
        else "",
        slice_rows="\n".join(_slice_rows(details["slices"])),
        attack_rows="\n".join(
            f"| {change} | {_share(caught, model.attacked)} |"
            for change, caught in model.caught.items()
        ),
        calibration=_describe_calibration(metrics, details, calibration, positive),
        window=model.window,
        examples=_list_examples(model.examples, positive),
        file_size=f"The model is a file of {model.bytes / 1e6:.1f} MB." if model.bytes else "",
        parameters=yaml.safe_dump(parameters, sort_keys=False, allow_unicode=True).strip(),
    )


def _write_head(
    classes: tuple[str, str], metrics: dict[str, Any], data_md5: str, *, is_corpus: bool
) -> str:
    """Return the YAML that Hugging Face's hub reads."""
    positive = metrics[classes[1]]
    figures = {
        "accuracy": metrics["accuracy"],
        "f1": positive["f1-score"],
        "precision": positive["precision"],
        "recall": positive["recall"],
        "matthews_correlation": metrics["matthews_corrcoef"],
    }
    name = texts.CORPUS_NAME if is_corpus else "own messages"
    dataset = texts.CORPUS_HEAD["datasets"][0] if is_corpus else "own"
    result = {
        "task": {"type": "text-classification"},
        "dataset": {"type": dataset, "name": name, "split": "test", "revision": data_md5},
        "metrics": [{"type": type_, "value": value} for type_, value in figures.items()],
    }
    head = {
        "license": "mit",
        **(texts.CORPUS_HEAD if is_corpus else {}),
        "tags": ["spam", "text-classification", "tf-idf", "scikit-learn", "bentoml"],
        "pipeline_tag": "text-classification",
        "metrics": list(figures),
        "model-index": [{"name": "spam_classifier", "results": [result]}],
    }
    return yaml.safe_dump(head, sort_keys=False, allow_unicode=True)


def _metric_rows(
    metrics: dict[str, Any], details: dict[str, Any], classes: tuple[str, str]
) -> list[str]:
    negative, positive = classes
    counts, intervals = details["outcomes"], details["intervals"]
    caught, blocked = counts["true_positives"], counts["false_positives"]
    shares = {
        f"{positive} caught (recall)": ("spam_caught", caught, caught + counts["false_negatives"]),
        f"{negative} blocked": ("ham_blocked", blocked, blocked + counts["true_negatives"]),
        f"{positive} precision": ("spam_precision", caught, caught + blocked),
        "accuracy": ("accuracy", caught + counts["true_negatives"], sum(counts.values())),
    }
    rows = [
        f"| {title} | {_percent(part / whole) if whole else 'none'} | {part:,} of {whole:,} "
        f"| {_interval(intervals.get(name))} |"
        for title, (name, part, whole) in shares.items()
    ]
    others = {
        "weighted F1": metrics["weighted avg"]["f1-score"],
        "Matthews' correlation coefficient": metrics["matthews_corrcoef"],
        "average precision": metrics["average_precision"],
    }
    return rows + [f"| {title} | {value:.4f} | | |" for title, value in others.items()]


def _slice_rows(slices: dict[str, dict[str, Any]]) -> list[str]:
    rows = []
    for name, counts in slices.items():
        caught, blocked = _list_shares(counts)
        rows.append(f"| {name} | {counts['messages']:,} | {caught} | {blocked} |")
    return rows


def _describe_alone(counts: dict[str, Any], classes: tuple[str, str]) -> str:
    if not counts["messages"]:
        return "none is left to measure"
    caught, blocked = _list_shares(counts)
    return f"{classes[1]} caught: {caught}, {classes[0]} blocked: {blocked}"


def _list_shares(counts: dict[str, Any]) -> tuple[str, str]:
    """Return the share of the positive class that is caught, and of the negative blocked."""
    caught, blocked = counts["true_positives"], counts["false_positives"]
    return (
        _share(caught, caught + counts["false_negatives"]),
        _share(blocked, blocked + counts["true_negatives"]),
    )


def _describe_calibration(
    metrics: dict[str, Any], details: dict[str, Any], calibration: pd.DataFrame, positive: str
) -> str:
    if metrics["brier_score"] is None:
        return "This model has no probabilities."
    rows = "\n".join(
        f"| {_percent(predicted)} | {_percent(observed)} |"
        for predicted, observed in calibration[["predicted", "observed"]].itertuples(index=False)
    )
    return (
        f"Brier score {metrics['brier_score']:.4f}; predicted probabilities lie "
        f"{_percent(details['expected_calibration_error'])} from observed shares on average. "
        f"Between the ends there are few messages.\n\n"
        f"| predicted probability (mean of a tenth of the range) | {positive} among them |\n"
        f"|---|---|\n{rows}"
    )


def _list_examples(examples: dict[str, float], positive: str) -> str:
    if not examples:
        return ""
    rows = [
        f"| {message} | {texts.EDGE_EXAMPLES[message]} | {_percent(probability)} |"
        for message, probability in examples.items()
    ]
    head = f"| fabricated message | what it is | {positive} probability |\n|---|---|---|"
    return "\n" + "\n".join([head, *rows]) + "\n"


def _interval(ends: list[float] | None) -> str:
    return f"{100 * ends[0]:.1f} to {_percent(ends[1])}" if ends else ""


def _share(part: int, whole: int) -> str:
    return f"{_percent(part / whole)} ({part:,} of {whole:,})" if whole else "none"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
