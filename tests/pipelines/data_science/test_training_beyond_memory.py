"""The same partitions give the same model whoever computes it, as good as the default one."""

import os
import signal
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
from distributed import Client
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from helpers import make_model_parameters
from spam_classifier.dask_engine.partitions import Table
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.normalisation import build_normalisation
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science import training_beyond_memory
from spam_classifier.pipelines.data_science.log_odds_sum import LogOddsSum
from spam_classifier.pipelines.data_science.nodes import train_model
from spam_classifier.pipelines.data_science.training import build_linear_pipeline
from spam_classifier.pipelines.data_science.training_beyond_memory import Part

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


def test_one_thread_gives_the_same_bytes_as_several(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    with dask.config.set(scheduler="synchronous"):
        assert fit(cut(messages)).to_json() == model.to_json()


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(
    messages: pd.DataFrame,
    model: LinearTextModel,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    mark = tmp_path / "killed"
    make_steps = training_beyond_memory._make_steps

    def kill_one(learner: LogOddsSum, part: Part, fold: int, is_first_pass: bool) -> LogOddsSum:
        if not is_first_pass and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return make_steps(learner, part, fold, is_first_pass)

    monkeypatch.setattr(training_beyond_memory, "_make_steps", kill_one)
    assert fit(cut(messages)).to_json() == model.to_json()
    assert mark.exists()


def test_a_table_in_one_piece_is_learnt_in_several(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    assert fit(messages).to_json() == model.to_json()


def test_an_empty_partition_is_no_fault(messages: pd.DataFrame) -> None:
    assert fit(dd.concat([cut(messages[:0], 1), cut(messages, 2)])).blocks


def test_small_partitions_are_learnt_together(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    assert fit(cut(messages, 6)).to_json() == model.to_json()


def test_another_seed_gives_other_steps(messages: pd.DataFrame, model: LinearTextModel) -> None:
    other = fit(cut(messages), random_state=1)
    assert [block.terms for block in other.blocks] == [block.terms for block in model.blocks]
    assert other.blocks[0].weights != model.blocks[0].weights


def test_terms_are_counted_as_scikit_learn_counts_them(
    messages: pd.DataFrame, model: LinearTextModel
) -> None:
    pipeline = build_linear_pipeline(MODEL, build_normalisation())
    vectorizers = [vectorizer for _, vectorizer in pipeline["features"].transformer_list]
    for vectorizer, block in zip(vectorizers, model.blocks, strict=True):
        vectorizer.fit(messages["Message"])
        assert block.terms == vectorizer.get_feature_names_out().tolist()
        if vectorizer.use_idf:
            assert block.idf == pytest.approx(vectorizer.idf_, rel=1e-7)


def test_the_most_frequent_terms_are_kept(messages: pd.DataFrame, model: LinearTextModel) -> None:
    words, *others = fit(cut(messages), max_features=100).blocks
    assert len(words.terms) + sum(len(block.terms) for block in others) == 100
    every_idf = dict(zip(model.blocks[0].terms, model.blocks[0].idf, strict=True))
    left_out = set(every_idf) - set(words.terms)
    assert max(words.idf) <= min(every_idf[term] for term in left_out)


@pytest.mark.parametrize(
    ("labels", "max_features", "sentence"),
    [
        ({}, 1, "max_features=1 leaves no words: increase it"),
        ({"ham": "spam"}, 100, "needs messages of both classes: ham and spam"),
        ({"ham": "x"}, 100, "needs messages of both classes: ham and spam"),
    ],
)
def test_what_cannot_be_learnt_is_refused(
    labels: dict[str, str], max_features: int, sentence: str, messages: pd.DataFrame
) -> None:
    with pytest.raises(UserError, match=sentence):
        fit(messages.replace({"Category": labels}), max_features=max_features)


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


def test_what_was_learnt_has_eight_significant_digits(model: LinearTextModel) -> None:
    learnt = [number for block in model.blocks for number in block.idf + block.weights]
    assert learnt == [float(f"{number:.7e}") for number in learnt]


def test_letters_without_a_lower_case_are_no_fault(messages: pd.DataFrame) -> None:
    letter = "\N{NEGATIVE CIRCLED LATIN CAPITAL LETTER A}"
    assert fit(messages.assign(Message=f"{letter} " + messages["Message"])).blocks


def test_the_node_imports_dask_for_this_model_only() -> None:
    code = "import sys, spam_classifier.pipelines.data_science.nodes; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert not {"dask", "sklearn"} & set(run.stdout.split())


@pytest.mark.slow
def test_on_the_corpus_it_is_as_good_as_the_default(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 1000)
    messages = pd.read_csv(corpus, dtype=str, keep_default_na=False).drop_duplicates()
    train, test = train_test_split(
        messages, test_size=0.4, stratify=messages["Category"], random_state=1337
    )
    ours, aim = (
        f1_score(test["Category"], model.labels(model.score(test["Message"])), average="weighted")
        for model in (fit(cut(train), epochs=30), fit(train, name="linear"))
    )
    assert ours == pytest.approx(aim, abs=0.005)
