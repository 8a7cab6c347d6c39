"""The model that is fitted in parts is the same however the parts are cut, and as good."""

import json
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
from distributed import Client, LocalCluster
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from helpers import copy_project, fabricate_csv, make_model_parameters, run_kedro
from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.normalisation import build_normalisation
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.data_science import training_beyond_memory
from spam_classifier.pipelines.data_science.document_frequencies import count_documents
from spam_classifier.pipelines.data_science.nodes import train_model
from spam_classifier.pipelines.data_science.training import build_linear_pipeline, fit_linear_model
from spam_classifier.pipelines.data_science.training_beyond_memory import fit_out_of_core_model

CLASSES = ("ham", "spam")
MODEL = make_model_parameters(name="linear_sgd")
DECISION = DecisionParameters(strategy="max_ham_blocked", max_ham_blocked=0.002)
WORDS = ["lunch", "home", "later", "meeting", "train", "sorry", "tonight", "happy", "rain", "tea"]
LURES = ["win", "free", "prize", "claim", "cash", "urgent"]


def fabricate_messages(size: int = 240) -> pd.DataFrame:
    """Return messages of a few words each; every third one is spam, some are near-duplicates."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(size):
        label = "spam" if number % 3 == 0 else "ham"
        words = random.choice(LURES + WORDS[:4] if label == "spam" else WORDS, 4)
        rows.append((label, f"{' '.join(words)} {number}"))
    return pd.DataFrame(rows, columns=["Category", "Message"])


def fit(
    messages: dd.DataFrame | pd.DataFrame, classes: tuple[str, str] = CLASSES, **changes: Any
) -> LinearTextModel:
    """Fit a model with a few settings changed."""
    model = MODEL.model_copy(update={"epochs": 3} | changes)
    return fit_out_of_core_model(
        messages, classes, model=model, decision=DECISION, random_state=1337
    )


def cut(messages: pd.DataFrame, partitions: int) -> dd.DataFrame:
    """Return the messages as a Dask DataFrame."""
    cut: dd.DataFrame = dd.from_pandas(messages, npartitions=partitions, sort=False)
    return cut


@pytest.fixture(autouse=True)
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even a few messages be read and learnt in parts."""
    monkeypatch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 50)
    monkeypatch.setattr(training_beyond_memory, "TASKS_AT_ONCE", 2)


@pytest.fixture(scope="module")
def messages() -> pd.DataFrame:
    return fabricate_messages()


@pytest.fixture(scope="module")
def expected(messages: pd.DataFrame) -> str:
    """Return the model of the messages in one piece."""
    return fit(messages).to_json()


@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_partitions_do_not_change_a_byte(
    partitions: int, messages: pd.DataFrame, expected: str
) -> None:
    assert fit(cut(messages, partitions)).to_json() == expected


def test_the_order_of_the_rows_does_not_change_a_byte(
    messages: pd.DataFrame, expected: str
) -> None:
    shuffled = messages.sample(frac=1.0, random_state=1)
    assert fit(cut(shuffled, 3)).to_json() == expected


def test_an_empty_partition_does_not_change_a_byte(messages: pd.DataFrame, expected: str) -> None:
    parts = [cut(messages[:0], 1), cut(messages, 2)]
    assert fit(dd.concat(parts)).to_json() == expected


def test_the_synchronous_scheduler_does_not_change_a_byte(
    messages: pd.DataFrame, expected: str
) -> None:
    with dask.config.set(scheduler="synchronous"):
        assert fit(cut(messages, 3)).to_json() == expected


@pytest.fixture(scope="module", params=[1, 2])
def cluster(request: pytest.FixtureRequest) -> Iterator[LocalCluster]:
    """Return a cluster of one or two processes."""
    with LocalCluster(
        n_workers=request.param,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # any free port
    ) as cluster:
        yield cluster


@pytest.mark.slow
def test_the_workers_of_a_cluster_do_not_change_a_byte(
    cluster: LocalCluster, messages: pd.DataFrame, expected: str
) -> None:
    with Client(cluster):
        assert fit(cut(messages, 7)).to_json() == expected


def test_another_seed_gives_other_steps(messages: pd.DataFrame, expected: str) -> None:
    other = fit_out_of_core_model(
        messages,
        CLASSES,
        model=MODEL.model_copy(update={"epochs": 3}),
        decision=DECISION,
        random_state=1,
    )
    ours = LinearTextModel.from_json(expected)
    assert [block.terms for block in other.blocks] == [block.terms for block in ours.blocks]
    assert other.blocks[0].weights != ours.blocks[0].weights


@pytest.mark.parametrize("partitions", [1, 5])
def test_the_counts_of_terms_are_exact(partitions: int, messages: pd.DataFrame) -> None:
    pipeline = build_linear_pipeline(MODEL, build_normalisation())
    vectorizers = [vectorizer for _, vectorizer in pipeline["features"].transformer_list]
    tables = count_documents(cut(messages, partitions), vectorizers, 10**6)
    for vectorizer, table in zip(vectorizers, tables, strict=True):
        names = ("preprocessor", "token_pattern", "analyzer", "ngram_range", "min_df")
        settings = {name: vectorizer.get_params()[name] for name in names}
        counter = CountVectorizer(binary=True, **settings)
        counts = counter.fit_transform(messages["Message"]).sum(axis=0)
        assert table["term"].to_list() == counter.get_feature_names_out().tolist()
        assert table["messages"].to_list() == np.asarray(counts).ravel().tolist()


def test_the_most_frequent_terms_are_kept_and_of_equals_the_first_by_alphabet() -> None:
    messages = pd.DataFrame({"Message": ["b b b", "b c", "a d", "é a", "e"]})
    counters = [CountVectorizer(token_pattern=r"\w"), CountVectorizer(token_pattern="[bde]")]
    tables = count_documents(cut(messages, 2), counters, 5)
    assert [table.to_numpy().tolist() for table in tables] == [
        [["a", 2], ["b", 2], ["c", 1], ["d", 1]],
        [["b", 2]],
    ]


def test_the_vocabulary_is_bounded(messages: pd.DataFrame) -> None:
    model = fit(messages, max_features=100)
    assert sum(len(block.terms) for block in model.blocks) == 100


def test_a_bound_that_leaves_no_word_is_refused(messages: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="max_features is 1, which leaves no words among"):
        fit(messages, max_features=1)


@pytest.mark.parametrize("labels", [{"ham": "spam"}, {"ham": "x"}])
def test_messages_without_both_classes_are_refused(
    labels: dict[str, str], messages: pd.DataFrame
) -> None:
    with pytest.raises(UserError, match="must be labelled ham and spam, some of each"):
        fit(messages.replace({"Category": labels}))


def test_few_messages_are_enough_to_train(messages: pd.DataFrame) -> None:
    """There are too few of them for folds, so the threshold is chosen on what was seen."""
    few = messages[:12]
    model = fit(few, epochs=30)
    assert model.labels(model.score(few["Message"])) == few["Category"].to_list()


def test_the_positive_class_may_sort_first(messages: pd.DataFrame, expected: str) -> None:
    names = {"ham": "note", "spam": "Alarm"}
    model = fit(messages.replace({"Category": names}), ("note", "Alarm"))
    assert model.classes == ("note", "Alarm")
    assert model.model_copy(update={"classes": CLASSES}).to_json() == expected


def test_classes_may_count_as_often_as_they_occur(messages: pd.DataFrame, expected: str) -> None:
    assert fit(messages, class_weight=None).to_json() != expected


def test_the_model_survives_its_json(expected: str) -> None:
    assert LinearTextModel.from_json(expected).to_json() == expected


def test_what_was_learnt_has_eight_significant_digits(expected: str) -> None:
    model = LinearTextModel.from_json(expected)
    learnt = [number for block in model.blocks for number in block.idf + block.weights]
    assert learnt == [float(f"{number:.7e}") for number in learnt]


def test_an_explanation_adds_up(expected: str) -> None:
    explanation = LinearTextModel.from_json(expected).explain("WIN a free prize at lunch")
    total = explanation.intercept + explanation.remainder
    total += sum(span.weight for span in explanation.spans)
    assert total == pytest.approx(explanation.score)


def test_letters_without_a_lower_case_are_no_fault(messages: pd.DataFrame) -> None:
    fancy = messages.assign(
        Message=messages["Message"] + " \N{NEGATIVE CIRCLED LATIN CAPITAL LETTER A}"
    )
    assert fit(fancy).blocks


def test_the_node_trains_it(messages: pd.DataFrame, expected: str) -> None:
    model = MODEL.model_copy(update={"epochs": 3})
    trained = train_model(messages, [], model, DECISION, *CLASSES, 1337)
    assert isinstance(trained, LinearTextModel)
    assert trained.to_json() == expected


@pytest.mark.slow
def test_a_run_saves_and_scores_it_as_any_other(tmp_path: Path) -> None:
    project = copy_project(tmp_path, fabricate_csv())
    params = {"model": {"name": "linear_sgd"}}
    run_kedro(project, params=params, pipeline_names=["data_processing", "data_science"])
    model = LinearTextModel.from_json((project / "data/06_models/spam_classifier.json").read_text())
    assert model.labels(model.score(["WIN prize 500 now"])) == ["spam"]
    metrics = json.loads((project / "data/08_reporting/test_metrics.json").read_text())
    assert metrics["accuracy"] == 1.0


def test_the_node_imports_dask_for_this_model_only() -> None:
    code = "import sys, spam_classifier.pipelines.data_science.nodes; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert not {"dask", "sklearn"} & set(run.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("test_prop", [0.2, 0.4])
def test_on_the_corpus_it_is_as_good_as_the_default(
    corpus: Path, test_prop: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_beyond_memory, "ROWS_AT_ONCE", 1000)
    messages = pd.read_csv(corpus, dtype=str, keep_default_na=False).drop_duplicates()
    train, test = train_test_split(
        messages, test_size=test_prop, stratify=messages["Category"], random_state=1337
    )
    ours = fit(train, epochs=30)
    default = fit_linear_model(
        train["Message"].to_list(),
        train["Category"].to_list(),
        CLASSES,
        clusters=list(range(len(train))),
        model=MODEL,
        decision=DECISION,
        random_state=1337,
    )
    measured, aim = (
        f1_score(
            test["Category"],
            model.labels(model.score(test["Message"])),
            average="weighted",
        )
        for model in (ours, default)
    )
    assert measured == pytest.approx(aim, abs=0.005)
