"""Who tells an error: a sentence what a user can mend, a traceback what is a fault of the code."""

import shutil
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from kedro.io import DataCatalog, DatasetError

from helpers import RAW_CSV, invoke_kedro, read_outputs, refusal, run_command
from spam_classifier.datasets.linear_text_model_dataset import LinearTextModelDataset
from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import explain_failure

TABLE = "data/05_model_input/train_messages.csv"


def tell(error: Exception, cause: Exception | None = None) -> str:
    """Return the sentence that ends a run with the error."""
    error.__cause__ = cause
    return explain_failure(error, DataCatalog(), {})


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (UserError("one sentence"), None),
        (DatasetError("one sentence"), None),
        (DatasetError("scoring_model: one sentence"), None),  # as a catalog tells it
        (DatasetError("x: Failed while loading"), UserError("one sentence")),
    ],
)
def test_a_users_mistake_is_told_in_its_sentence(error: Exception, cause: Exception | None) -> None:
    assert tell(error, cause) == "one sentence"


@pytest.mark.parametrize("doing", ["loading", "saving"])
def test_a_fault_of_the_code_keeps_its_traceback(doing: str) -> None:
    assert tell(TypeError("no JSON")) == ""
    text = f"spam_data: Failed while {doing} data to dataset X(filepath=x).\nno JSON"
    assert tell(DatasetError(text), TypeError("no JSON")) == ""


@pytest.mark.parametrize(
    "error", [MemoryError(), BrokenProcessPool(), ImportError("lib.so: failed to map segment from")]
)
def test_too_little_memory_is_told(error: Exception) -> None:
    assert tell(error).startswith("The memory is too small for this run")


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (OSError(28, "No space left on device", "x/.model.json.part"), "free some space"),
        (shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")]), "free some space"),
        (OSError(27, "File too large"), "raise the limit of a file's size (`ulimit -f`)"),
        (PermissionError(13, "Permission denied", "x"), "check the permissions of the file"),
    ],
)
def test_a_file_that_the_system_refuses_is_told(
    reason: OSError, remedy: str, tmp_path: Path
) -> None:
    """Kedro's parallel runner keeps the text of an error and not its causes."""
    catalog = DataCatalog({"model": LinearTextModelDataset(filepath=f"{tmp_path}/model.json")})
    text = f"model: Failed while saving data to dataset X(filepath=model.json).\n{reason}"
    sentence = explain_failure(DatasetError(text), catalog, {})
    assert sentence.startswith(f"{tmp_path}/model.json cannot be written (")
    assert sentence.partition("): ")[2].startswith(remedy)
    assert sentence.endswith(", then run again.")


def test_a_disk_that_is_full_is_told_where_no_dataset_was_at_work() -> None:
    sentence = str(tell(OSError(28, "No space left on device")))
    assert sentence.startswith("A temporary file cannot be written (No space left on device): free")


def test_a_stage_without_the_files_before_it_says_how_to_make_them(project: Path) -> None:
    sentence = refusal(invoke_kedro(project, "run", "--tags", "train"))
    assert sentence.endswith(f"{TABLE} is missing. `kedro run` makes all files in their order.")


def test_a_missing_raw_file_is_told_with_how_to_get_it() -> None:
    """Packaging reads it for its checksum; no run would make it."""
    reason = FileNotFoundError(2, "No such file or directory", f"/project/{RAW_CSV}")
    error = DatasetError(f"raw_messages_md5: Failed while loading data from dataset X.\n{reason}")
    assert tell(error).startswith(f"/project/{RAW_CSV} is missing. Run `make data`")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('"Category","Message"\n"","call me"\n', "breaks its contract: Category fails 'has a lab"),
        ("", "cannot be read (No columns to parse from file): "),
    ],
)
def test_a_table_that_is_wrong_is_told_without_its_messages(
    content: str, words: str, project: Path
) -> None:
    (project / TABLE).parent.mkdir(parents=True)
    (project / TABLE).write_text(content)
    (project / TABLE).with_name("train_clusters.json").write_text("[]")
    sentence = refusal(invoke_kedro(project, "run", "--tags", "train"))
    assert sentence.startswith(f"train_messages {words}")
    assert "`kedro run` makes " in sentence
    assert "call me" not in sentence


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_an_empty_raw_file_is_told_by_each_runner_and_leaves_the_outputs(
    runner: str, project: Path
) -> None:
    command = ("run", "--pipelines", "data_processing", "--runner", runner)
    assert invoke_kedro(project, *command).exit_code == 0
    before = read_outputs(project)
    (project / RAW_CSV).write_bytes(b"")
    sentence = refusal(invoke_kedro(project, *command))
    assert sentence.startswith(f"{RAW_CSV.name} is empty, but it needs a header and rows")
    assert read_outputs(project) == before


def test_a_missing_corpus_is_told_with_how_to_get_it(project: Path) -> None:
    (project / RAW_CSV).unlink()
    assert f"/{RAW_CSV} is missing. Run `make data`" in refusal(invoke_kedro(project, "run"))


@pytest.mark.slow
def test_a_parallel_run_tells_it_too_and_leaves_no_half_of_a_table(project: Path) -> None:
    run = "ulimit -f 2; kedro run --tags clean_data --runner ParallelRunner"
    done = run_command("bash", "-c", run, cwd=project)
    assert done.returncode == 1
    table = project / "data/03_primary/spam_data.csv"
    assert f"Error: {table} cannot be written (File too large): " in done.stderr
    assert list(table.parent.iterdir()) == []
