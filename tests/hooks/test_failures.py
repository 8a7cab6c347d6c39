"""Who tells an error: a sentence what a user can mend, a traceback what is a fault of the code."""

import shutil
import subprocess
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from kedro.io import DataCatalog, DatasetError

from helpers import RAW_CSV, SCRIPTS, copy_project, fabricate_csv, invoke_kedro, refusal
from spam_classifier.datasets.linear_text_model_dataset import LinearTextModelDataset
from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import find_mistake


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a raw file and no outputs."""
    return copy_project(tmp_path, fabricate_csv())


def tell(error: Exception, catalog: DataCatalog | None = None) -> str | None:
    """Return the sentence that ends a run with the error."""
    mistake = find_mistake(error, catalog or DataCatalog(), {})
    return mistake.message if mistake else None


@pytest.mark.parametrize("cause", [UserError("one sentence"), DatasetError("one sentence")])
def test_a_users_mistake_is_told_in_its_sentence(cause: Exception) -> None:
    assert tell(cause) == "one sentence"


def test_a_users_mistake_is_found_below_kedros_errors() -> None:
    error = DatasetError("raw_messages: Failed while loading")
    error.__cause__ = UserError("one sentence")
    assert tell(error) == "one sentence"


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


def test_a_stage_without_the_files_before_it_says_how_to_make_them(project: Path) -> None:
    sentence = refusal(invoke_kedro(project, "run", "--tags", "train"))
    assert sentence.endswith(
        "05_model_input/train_messages.csv is missing. `kedro run` makes all files in their order."
    )


def test_a_missing_raw_file_is_told_with_how_to_get_it(project: Path) -> None:
    """Packaging reads it for its checksum; no run would make it."""
    assert invoke_kedro(project, "run").exit_code == 0
    (project / RAW_CSV).unlink()
    *_, sentence = invoke_kedro(project, "run", "--pipelines", "packaging").stderr.splitlines()
    assert sentence.startswith(f"Error: {project / RAW_CSV} is missing. Run `make data`")


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


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_a_file_that_the_system_refuses_is_told(runner: str, project: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 2; {SCRIPTS}/kedro run --tags clean_data --runner {runner}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: {project}/data/03_primary/spam_data.csv cannot be written (File too large): raise "
        "the limit of a file's size (`ulimit -f`), then run again."
    )
    assert not list(project.rglob("*.part"))
