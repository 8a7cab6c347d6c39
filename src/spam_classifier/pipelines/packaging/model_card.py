"""The model card: what the model is for, how good it is, and for what it is not.

Its parts are those of Hugging Face's template and of Mitchell et al. (2019), "Model Cards for Model
Reporting". The words are in templates/.
"""

from functools import partial
from typing import Any

import pandas as pd
import yaml

from spam_classifier.dask_engine.partitions import Table, collect
from spam_classifier.datasets.bento_model_dataset import find_version
from spam_classifier.datasets.previews import to_html
from spam_classifier.model.linear_text_model import LinearTextModel, TextClassifier
from spam_classifier.pipelines.attacks import DISGUISES, HARMLESS_TEXT, Change, append_texts
from spam_classifier.pipelines.packaging.provenance import describe_code, describe_parameters
from spam_classifier.pipelines.templates import TEMPLATES
from spam_classifier.tables import CATEGORY, MESSAGE

CORPUS_MD5 = "f3dd99e6e62ed6d98980e9989a20c452"  # as in the corpus's .dvc file
ATTACKS: dict[str, Change] = {
    "none": str,
    "a harmless text appended": append_texts([HARMLESS_TEXT], 1, 0),
    **DISGUISES,
}
TEMPLATES.filters["yaml"] = partial(yaml.safe_dump, sort_keys=False, allow_unicode=True)


def write_card(
    *,
    model: TextClassifier,
    predictions: Table,
    metrics: dict[str, Any],
    details: dict[str, Any],
    precision_recall: pd.DataFrame,
    calibration: pd.DataFrame,
    quality: dict[str, Any],
    split: dict[str, Any],
    data_md5: str,
    parameters: dict[str, Any],
) -> tuple[str, str]:
    """Write the model card.

    Predictions, metrics, details and curves are those of the test messages; `quality` and `split`
    are the reports of `data_processing`, and `data_md5` is that of the raw file.

    Returns:
        Markdown with a YAML head, the same for the same run; and the page that the service shows,
        HTML that needs nothing but the styles of the service's page.
    """
    negative, positive = model.classes
    spam = collect(predictions[predictions[CATEGORY] == positive][MESSAGE]).to_list()
    content = model.to_json().encode() if isinstance(model, LinearTextModel) else b""
    code = describe_code()
    facts = {
        "model": model,
        "negative": negative,
        "positive": positive,
        "version": find_version(content) if content else None,
        "revision": code.get("git_revision"),
        "is_changed": code.get("git_dirty"),
        "bytes": len(content),
        "attacked": len(spam),
        "attacks": {
            name: model.labels(model.score(map(change, spam))).count(positive)
            for name, change in ATTACKS.items()
        },
        "metrics": metrics,
        "details": details,
        "precision_recall": precision_recall[["recall", "precision"]].to_numpy().tolist(),
        "calibration": calibration[["predicted", "observed"]].to_numpy().tolist(),
        "quality": quality,
        "split": split,
        "data_md5": data_md5,
        "is_corpus": data_md5 == CORPUS_MD5,
        "parameters": describe_parameters(parameters),
    }
    card = TEMPLATES.get_template("packaging/templates/model_card.md").render(facts)
    page = TEMPLATES.get_template("packaging/templates/model_card.html").render(
        facts, card=to_html(card)
    )
    return card, page
