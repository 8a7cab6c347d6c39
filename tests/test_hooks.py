"""What a user sees of a run: one line a node, a table of metrics, one sentence for a mistake."""

import shutil
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from kedro.io import DataCatalog, DatasetError

from helpers import RAW_CSV, copy_project, fabricate_csv, invoke_kedro, refusal
from spam_classifier.datasets.linear_text_model_dataset import LinearTextModelDataset
from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import find_mistake
from spam_classifier.hooks.metrics_table import format_metrics

EVALUATION = ["--pipelines", "data_processing,data_science"]
METRICS = {
    "accuracy": 0.875,
    "ham": {"precision": 0.9, "recall": 0.95, "f1-score": 0.92, "support": 6.0},
    "spam": {"precision": 0.8, "recall": 0.7, "f1-score": 0.75, "support": 2.0},
    "weighted avg": {"precision": 0.875, "recall": 0.875, "f1-score": 0.87654, "support": 8.0},
    "ham_blocked": 0.05,
}


def tell(error: Exception, catalog: DataCatalog | None = None) -> str | None:
    """Return the sentence that ends a run with the error."""
    mistake = find_mistake(error, catalog or DataCatalog(), {})
    return mistake.message if mistake else None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a raw file and no outputs."""
    return copy_project(tmp_path, fabricate_csv())


def test_metrics_are_laid_out_as_a_table() -> None:
    table = format_metrics({"train_metrics": METRICS, "test_metrics": METRICS}, "ham", "spam")
    header, *lines = table.splitlines()
    assert header.split("  ")[-1].strip() == "ham blocked"
    assert [line.split() for line in lines] == [
        [name, "8", "0.87500", "0.87654", "0.80000", "0.70000", "0.05000"]
        for name in ("train_metrics", "test_metrics")
    ]
    assert {len(line) for line in lines} == {len(header)}


def test_the_table_names_the_classes_of_the_parameters() -> None:
    metrics = METRICS | {"Alarm": METRICS["spam"], "Note": METRICS["ham"]}
    header, line = format_metrics({"test_metrics": metrics}, "Note", "Alarm").splitlines()
    assert "Alarm precision" in header
    assert "Note blocked" in header
    assert "0.80000" in line


def test_a_run_logs_one_line_a_node_and_ends_with_the_table(project: Path) -> None:
    result = invoke_kedro(project, "run", *EVALUATION)
    assert result.exit_code == 0
    nodes = [line.split()[0] for line in result.stderr.splitlines()]
    assert nodes[:3] == ["clean_messages", "split_messages", "train_model"]
    assert len(nodes) == len(set(nodes)) == 13
    assert [line.split()[:2] for line in result.stdout.splitlines()[-2:]] == [
        ["train_metrics", "72"],
        ["test_metrics", "48"],
    ]


def test_a_run_without_metrics_prints_no_table(project: Path) -> None:
    result = invoke_kedro(project, "run", "--tags", "clean_data")
    assert result.exit_code == 0
    assert "metrics" not in result.stdout


def test_a_stage_without_the_files_before_it_says_how_to_make_them(project: Path) -> None:
    sentence = refusal(invoke_kedro(project, "run", "--tags", "train"))
    assert sentence.endswith(
        "05_model_input/train_messages.csv is missing: `kedro run` makes all files in their order."
    )


def test_a_missing_raw_file_is_told_with_how_to_get_it(project: Path) -> None:
    """Packaging reads it for its checksum; no run would make it."""
    assert invoke_kedro(project, "run").exit_code == 0
    (project / RAW_CSV).unlink()
    sentence = refusal(invoke_kedro(project, "run", "--pipelines", "packaging"))
    assert sentence.startswith(f"{project / RAW_CSV} is missing. Run `make data`")


def test_a_split_that_leaves_a_class_out_is_told_after_the_lines_of_the_nodes(
    project: Path,
) -> None:
    """The fabricated file has all spam at its end."""
    result = invoke_kedro(project, "run", "--params", "split.strategy=sequential")
    assert isinstance(result.exception, SystemExit)
    node, error = result.stderr.splitlines()
    assert node.startswith("clean_messages ")
    assert error.startswith("Error: Not a single usable row of the train side of the split ")


@pytest.mark.parametrize("cause", [UserError("one sentence"), DatasetError("one sentence")])
def test_a_users_mistake_is_told_in_its_sentence(cause: Exception) -> None:
    assert tell(cause) == "one sentence"


def test_a_users_mistake_is_found_below_kedros_errors() -> None:
    error = DatasetError("raw_messages: Failed while loading")
    error.__cause__ = UserError("one sentence")
    assert tell(error) == "one sentence"


def test_a_table_that_breaks_its_contract_is_told_without_its_messages(project: Path) -> None:
    table = project / "data/05_model_input/train_messages.csv"
    table.parent.mkdir(parents=True)
    table.write_text('"Category","Message"\n"ham","see you at nine"\n"","call me later"\n')
    sentence = refusal(invoke_kedro(project, "run", "--tags", "train"))
    assert sentence == (
        "train_messages breaks its contract: Category fails 'has a label' (1 times). "
        "`kedro run` makes it again."
    )


def test_a_table_that_cannot_be_read_is_told_with_what_to_do(project: Path) -> None:
    table = project / "data/05_model_input/train_messages.csv"
    table.parent.mkdir(parents=True)
    table.touch()
    (table.parent / "train_clusters.json").write_text("[]")
    assert refusal(invoke_kedro(project, "run", "--tags", "train")) == (
        "train_messages cannot be read (No columns to parse from file): `kedro run` makes all "
        "files in their order."
    )


def test_a_model_that_is_not_packaged_is_told_after_its_metrics(tmp_path: Path) -> None:
    spam_like_ham = (f"spam,see you at place {chr(97 + number)}" for number in range(20))
    project = copy_project(tmp_path, fabricate_csv(*spam_like_ham))
    result = invoke_kedro(project, "run")
    assert result.exit_code == 1
    assert "Error: The model is not packaged: its spam" in result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()[-2:]] == [
        "train_metrics",
        "test_metrics",
    ]


def test_messages_to_score_are_refused_where_nothing_scores_them(project: Path) -> None:
    params = "messages=big.csv,predictions=scored.csv"
    sentence = refusal(invoke_kedro(project, "run", "--params", params))
    assert sentence.endswith("add `--pipelines batch_scoring`.")


@pytest.mark.parametrize(
    ("doing", "cause"), [("loading", ZeroDivisionError()), ("saving", TypeError("no JSON"))]
)
def test_a_fault_of_the_code_keeps_its_traceback(doing: str, cause: Exception) -> None:
    assert tell(cause) is None
    error = DatasetError(f"spam_data: Failed while {doing} data to dataset X(filepath=x).\n{cause}")
    error.__cause__ = cause
    assert tell(error) is None


@pytest.mark.parametrize("cause", [MemoryError(), BrokenProcessPool()])
def test_too_little_memory_is_told(cause: Exception) -> None:
    assert str(tell(cause)).startswith("The memory is too small for this run")


DISK_FULL = "cannot be written (No space left on device): free some space, then run again."


@pytest.mark.parametrize(
    "reason",
    [
        OSError(28, "No space left on device"),
        OSError(28, "No space left on device", "x/.model.json.part"),
        shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")]),
    ],
)
def test_a_disk_that_is_full_is_told_with_the_file(reason: OSError, tmp_path: Path) -> None:
    """Kedro's parallel runner keeps the text of an error and not its causes."""
    catalog = DataCatalog({"model": LinearTextModelDataset(filepath=f"{tmp_path}/model.json")})
    text = f"Failed while saving data to dataset X(filepath=model.json).\n{reason}"
    sentence = tell(DatasetError(f"model: {text}"), catalog)
    assert sentence == f"{tmp_path}/model.json {DISK_FULL}"
    assert tell(OSError(28, "No space left on device")) == f"A temporary file {DISK_FULL}"
