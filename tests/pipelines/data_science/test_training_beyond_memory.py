"""The same messages give the same model however they are cut."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from helpers import cut, make_model_parameters
from spam_classifier.dask_engine.partitions import Table
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science import training_beyond_memory
from spam_classifier.pipelines.data_science.nodes import train_model
from spam_classifier.pipelines.data_science.training import build_linear_pipeline

PARAMETERS = make_model_parameters(name="linear_sgd", epochs=3)
DECISION = DecisionParameters(strategy="max_ham_blocked", max_ham_blocked=0.002)
HAM = ["lunch", "home", "later", "meeting", "train", "sorry", "tonight", "happy", "rain", "tea"]
SPAM = ["win", "free", "prize", "claim", "cash", "urgent", *HAM[:4]]
DRAW = np.random.default_rng(0).choice
ROWS = [
    (label, f"{' '.join(DRAW(words, 4))} {number}")
    for number in range(80)
    for label, words in (("spam", SPAM), ("ham", HAM), ("ham", HAM))
]
MESSAGES = pd.DataFrame(ROWS, columns=["Category", "Message"], dtype="str")


def fit(messages: Table, random_state: int = 1337, **changes: Any) -> LinearTextModel:
    """Let the node fit a model, with a few settings changed."""
    parameters = PARAMETERS.model_copy(update=changes)
    model, _ = train_model(messages, [], parameters, DECISION, "ham", "spam", random_state)
    assert isinstance(model, LinearTextModel)
    return model


@pytest.fixture(scope="module", autouse=True)
def model() -> Iterator[LinearTextModel]:
    """Return the model of the messages in three partitions, which is how few are learnt here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 80)
        yield fit(cut(MESSAGES))


def test_threads_and_small_partitions_do_not_matter(model: LinearTextModel) -> None:
    with dask.config.set(scheduler="synchronous"):
        assert fit(cut(MESSAGES, 6)).to_json() == model.to_json()
    assert fit(MESSAGES).to_json() == model.to_json()


@pytest.mark.parametrize("change", [{"random_state": 1}, {"class_weight": None}])
def test_seed_and_class_weight_matter(change: dict[str, Any], model: LinearTextModel) -> None:
    other = fit(cut(MESSAGES), **change)
    assert [block.terms for block in other.blocks] == [block.terms for block in model.blocks]
    assert other.blocks[0].weights != model.blocks[0].weights


def test_terms_are_counted_as_scikit_learn_counts_them(model: LinearTextModel) -> None:
    vectorizers = build_linear_pipeline(PARAMETERS)["features"].fit(MESSAGES["Message"])
    for (_, vectorizer), block in zip(vectorizers.transformer_list, model.blocks, strict=True):
        assert block.terms == vectorizer.get_feature_names_out().tolist()
        if vectorizer.use_idf:
            assert block.idf == pytest.approx(vectorizer.idf_, rel=1e-7)


def test_the_most_frequent_terms_are_kept(model: LinearTextModel) -> None:
    blocks = fit(cut(MESSAGES), max_features=100).blocks
    assert sum(len(block.terms) for block in blocks) == 100
    every_idf = dict(zip(model.blocks[0].terms, model.blocks[0].idf, strict=True))
    left_out = set(every_idf) - set(blocks[0].terms)
    assert max(blocks[0].idf) <= min(every_idf[term] for term in left_out)
    with pytest.raises(UserError, match="max_features=1 leaves no words: increase it"):
        fit(MESSAGES, max_features=1)


def test_few_messages_are_enough_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are too few of them for folds, so the threshold is chosen on what was seen.

    Not even an empty partition or a letter that has no lower case is a fault.
    """
    monkeypatch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 4)  # keeps the partitions
    letter = "\N{NEGATIVE CIRCLED LATIN CAPITAL LETTER A}"
    few = MESSAGES[:12].assign(Message=f"{letter} " + MESSAGES["Message"])
    model = fit(dd.concat([cut(few[:0], 1), cut(few, 2)]), epochs=30)
    assert model.labels(model.score(few["Message"])) == few["Category"].to_list()


def test_the_node_imports_dask_for_this_model_only() -> None:
    code = "import sys, spam_classifier.pipelines.data_science.nodes; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert not {"dask", "sklearn"} & set(run.stdout.split())
