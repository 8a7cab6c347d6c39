"""`kedro run` on raw files that cannot be used: one sentence, and the outputs stay as they were."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import (
    RAW_CSV,
    copy_project,
    fabricate_csv,
    invoke_kedro,
    read_outputs,
    refusal,
    run_command,
    run_kedro,
)


@pytest.fixture(scope="module")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with the outputs of a good raw file."""
    project = copy_project(tmp_path_factory.mktemp("bad_input"), fabricate_csv())
    run_kedro(project, pipeline_names=["data_processing"])
    return project


@pytest.fixture
def project(processed: Path) -> Iterator[Path]:
    """Return a project whose outputs are the same after the test."""
    before = read_outputs(processed)
    assert before
    yield processed
    assert read_outputs(processed) == before


def test_a_raw_file_that_cannot_be_used_is_refused_with_advice(project: Path) -> None:
    (project / RAW_CSV).write_bytes(fabricate_csv().partition(b"\r\n")[2])
    assert refusal(invoke_kedro(project, "run")).startswith(
        "The raw file has no header: its first line holds a label. Type `kedro run --params header"
    )


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_the_sentence_is_the_same_with_each_runner(runner: str, project: Path) -> None:
    (project / RAW_CSV).write_bytes(b"")
    result = invoke_kedro(project, "run", "--pipelines", "data_processing", "--runner", runner)
    assert refusal(result).startswith(f"{RAW_CSV.name} is empty, but it needs a header and rows")


@pytest.mark.slow
def test_the_process_prints_one_line(project: Path) -> None:
    (project / RAW_CSV).unlink(missing_ok=True)
    result = run_command("kedro", "run", cwd=project)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: The raw file ")
    assert "is missing. Run `make data`" in result.stderr
    assert result.stderr.count("\n") == 1
