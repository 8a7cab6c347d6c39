"""The same partitions give the same model whoever computes it, as good as the default one."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from helpers import make_model_parameters
from spam_classifier.dask_engine.partitions import Table
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science import training_beyond_memory
from spam_classifier.pipelines.data_science.nodes import train_model
from spam_classifier.pipelines.data_science.training import build_linear_pipeline

CLASSES = ("ham", "spam")
MODEL = make_model_parameters(name="linear_sgd", epochs=3)
DECISION = DecisionParameters(strategy="max_ham_blocked", max_ham_blocked=0.002)
WORDS = ["lunch", "home", "later", "meeting", "train", "sorry", "tonight", "happy", "rain", "tea"]
LURES = ["win", "free", "prize", "claim", "cash", "urgent"]


def fit(
    messages: Table, classes: tuple[str, str] = CLASSES, random_state: int = 1337, **changes: Any
) -> LinearTextModel:
    """Let the node fit a model, with a few settings changed."""
    model = MODEL.model_copy(update=changes)
    clusters = list(range(len(messages)))  # the default model has use for them
    fitted = train_model(messages, clusters, model, DECISION, *classes, random_state)
    assert isinstance(fitted, LinearTextModel)
    return fitted


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


def test_partitions_and_threads_do_not_matter(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    """A table in one piece is cut, small partitions are learnt together, and one may be empty."""
    with dask.config.set(scheduler="synchronous"):
        assert fit(cut(messages)).to_json() == model.to_json()
    assert fit(messages).to_json() == model.to_json()
    assert fit(cut(messages, 6)).to_json() == model.to_json()
    assert fit(dd.concat([cut(messages[:0], 1), cut(messages, 2)])).blocks


def test_another_seed_gives_other_steps(messages: pd.DataFrame, model: LinearTextModel) -> None:
    other = fit(cut(messages), random_state=1)
    assert [block.terms for block in other.blocks] == [block.terms for block in model.blocks]
    assert other.blocks[0].weights != model.blocks[0].weights


def test_terms_are_counted_as_scikit_learn_counts_them(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    pipeline = build_linear_pipeline(MODEL)
    vectorizers = [vectorizer for _, vectorizer in pipeline["features"].transformer_list]
    for vectorizer, block in zip(vectorizers, model.blocks, strict=True):
        vectorizer.fit(messages["Message"])
        assert block.terms == vectorizer.get_feature_names_out().tolist()
        if vectorizer.use_idf:
            assert block.idf == pytest.approx(vectorizer.idf_, rel=1e-7)


def test_the_most_frequent_terms_are_kept(messages: pd.DataFrame, model: LinearTextModel) -> None:
    blocks = fit(cut(messages), max_features=100).blocks
    assert sum(len(block.terms) for block in blocks) == 100
    every_idf = dict(zip(model.blocks[0].terms, model.blocks[0].idf, strict=True))
    left_out = set(every_idf) - set(blocks[0].terms)
    assert max(blocks[0].idf) <= min(every_idf[term] for term in left_out)


def test_too_few_features_are_refused(messages: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="max_features=1 leaves no words: increase it"):
        fit(messages, max_features=1)


def test_few_messages_are_enough_to_train(messages: pd.DataFrame) -> None:
    """There are too few of them for folds, so the threshold is chosen on what was seen."""
    few = messages[:12]
    model = fit(few, epochs=30)
    assert model.labels(model.score(few["Message"])) == few["Category"].to_list()


def test_the_positive_class_may_sort_first(messages: pd.DataFrame, model: LinearTextModel) -> None:
    names = {"ham": "note", "spam": "Alarm"}
    other = fit(cut(messages.replace({"Category": names})), ("note", "Alarm"))
    assert other.classes == ("note", "Alarm")
    assert other.model_copy(update={"classes": CLASSES}).to_json() == model.to_json()


def test_classes_may_count_as_often_as_they_occur(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    assert fit(cut(messages), class_weight=None).to_json() != model.to_json()


def test_letters_without_a_lower_case_are_no_fault(messages: pd.DataFrame) -> None:
    letter = "\N{NEGATIVE CIRCLED LATIN CAPITAL LETTER A}"
    assert fit(messages.assign(Message=f"{letter} " + messages["Message"])).blocks


def test_the_node_imports_dask_for_this_model_only() -> None:
    code = "import sys, spam_classifier.pipelines.data_science.nodes; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert not {"dask", "sklearn"} & set(run.stdout.split())


@pytest.mark.slow
def test_on_the_corpus_it_is_as_good_as_the_default(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 1000)
    train, test = (
        pd.read_csv(
            finished_run / f"data/05_model_input/{side}_messages.csv",
            dtype=str,
            keep_default_na=False,
        )
        for side in ("train", "test")
    )
    model = fit(cut(train), epochs=10)
    ours = f1_score(
        test["Category"], model.labels(model.score(test["Message"])), average="weighted"
    )
    assert ours == pytest.approx(0.99027, abs=0.005)  # which is the default model's
