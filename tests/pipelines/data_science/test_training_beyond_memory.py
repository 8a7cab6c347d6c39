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

from helpers import make_model_parameters
from spam_classifier.dask_engine.partitions import Table
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science import training_beyond_memory
from spam_classifier.pipelines.data_science.nodes import train_model
from spam_classifier.pipelines.data_science.training import build_linear_pipeline

MODEL = make_model_parameters(name="linear_sgd", epochs=3)
DECISION = DecisionParameters(strategy="max_ham_blocked", max_ham_blocked=0.002)
WORDS = ["lunch", "home", "later", "meeting", "train", "sorry", "tonight", "happy", "rain", "tea"]
LURES = ["win", "free", "prize", "claim", "cash", "urgent"]


def fit(messages: Table, random_state: int = 1337, **changes: Any) -> LinearTextModel:
    """Let the node fit a model, with a few settings changed."""
    parameters = MODEL.model_copy(update=changes)
    model, _ = train_model(messages, [], parameters, DECISION, "ham", "spam", random_state)
    assert isinstance(model, LinearTextModel)
    return model


def cut(messages: pd.DataFrame, partitions: int = 3) -> dd.DataFrame:
    """Return the messages as a Dask DataFrame."""
    table: dd.DataFrame = dd.from_pandas(messages, npartitions=partitions, sort=False)
    return table


@pytest.fixture(scope="module", autouse=True)
def small_partitions() -> Iterator[None]:
    """Let even a few messages be learnt in three parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 80)
        yield


@pytest.fixture(scope="module")
def messages() -> pd.DataFrame:
    """Return 240 messages of a few words each; every third one is spam, some are alike."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(240):
        label = "ham" if number % 3 else "spam"
        words = random.choice(WORDS if number % 3 else LURES + WORDS[:4], 4)
        rows.append((label, f"{' '.join(words)} {number}"))
    return pd.DataFrame(rows, columns=["Category", "Message"], dtype="str")


@pytest.fixture(scope="module")
def model(messages: pd.DataFrame) -> LinearTextModel:
    """Return the model of the messages in three partitions, fitted by threads."""
    return fit(cut(messages))


def test_threads_and_small_partitions_do_not_matter(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    with dask.config.set(scheduler="synchronous"):
        assert fit(cut(messages, 6)).to_json() == model.to_json()
    assert fit(messages).to_json() == model.to_json()


@pytest.mark.parametrize("change", [{"random_state": 1}, {"class_weight": None}])
def test_seed_and_class_weight_matter(
    change: dict[str, Any], messages: pd.DataFrame, model: LinearTextModel
) -> None:
    other = fit(cut(messages), **change)
    assert [block.terms for block in other.blocks] == [block.terms for block in model.blocks]
    assert other.blocks[0].weights != model.blocks[0].weights


def test_terms_are_counted_as_scikit_learn_counts_them(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    vectorizers = build_linear_pipeline(MODEL)["features"].fit(messages["Message"])
    for (_, vectorizer), block in zip(vectorizers.transformer_list, model.blocks, strict=True):
        assert block.terms == vectorizer.get_feature_names_out().tolist()
        if vectorizer.use_idf:
            assert block.idf == pytest.approx(vectorizer.idf_, rel=1e-7)


def test_the_most_frequent_terms_are_kept(messages: pd.DataFrame, model: LinearTextModel) -> None:
    blocks = fit(cut(messages), max_features=100).blocks
    assert sum(len(block.terms) for block in blocks) == 100
    every_idf = dict(zip(model.blocks[0].terms, model.blocks[0].idf, strict=True))
    left_out = set(every_idf) - set(blocks[0].terms)
    assert max(blocks[0].idf) <= min(every_idf[term] for term in left_out)
    with pytest.raises(UserError, match="max_features=1 leaves no words: increase it"):
        fit(messages, max_features=1)


def test_few_messages_are_enough_to_train(
    messages: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are too few of them for folds, so the threshold is chosen on what was seen.

    Not even an empty partition or a letter that has no lower case is a fault.
    """
    monkeypatch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 4)  # keeps the partitions
    letter = "\N{NEGATIVE CIRCLED LATIN CAPITAL LETTER A}"
    few = messages[:12].assign(Message=f"{letter} " + messages["Message"])
    model = fit(dd.concat([cut(few[:0], 1), cut(few, 2)]), epochs=30)
    assert model.labels(model.score(few["Message"])) == few["Category"].to_list()


def test_the_node_imports_dask_for_this_model_only() -> None:
    code = "import sys, spam_classifier.pipelines.data_science.nodes; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert not {"dask", "sklearn"} & set(run.stdout.split())
