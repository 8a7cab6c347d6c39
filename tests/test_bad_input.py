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

HEADER = b"Category,Message\r\n"
NAME = RAW_CSV.name


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


BAD = [
    pytest.param(None, [f"{NAME} is missing", "Run `make data`", "kaggle.com"], id="missing file"),
    pytest.param(b"", [f"{NAME} is empty", "a header and rows"], id="empty file"),
    pytest.param(HEADER, ["a header but no rows"], id="header only"),
    pytest.param(
        fabricate_csv().partition(b"\r\n")[2],
        ["no header", "header=false,label_column=1,text_column=2"],
        id="no header",
    ),
    pytest.param(
        fabricate_csv().replace(b"Category,Message", b"v1,v2"),
        ["no column Category and no column Message", "label_column=v1,text_column=v2"],
        id="other columns",
    ),
    pytest.param(
        fabricate_csv().replace(b"spam,", b"ham,"),
        ["Not a single usable row", "is spam", "(120 usable rows)", "both classes"],
        id="one class only",
    ),
    pytest.param(
        HEADER + b",\r\nham,\r\n,text\r\nspam,  ",
        ["Not a single usable row", "is ham or spam"],
        id="only empty cells",
    ),
    pytest.param(
        fabricate_csv("phish,a", "phish,b", "Phish,c"),
        ["ham (90), spam (30), phish (3)", "label_aliases.phish=spam"],
        id="common third label",
    ),
    pytest.param(
        fabricate_csv().replace(b"place", b"caf\xe9"),
        ["not utf-8 (line 2 has the byte 0xe9)", "encoding=cp1252"],
        id="latin-1",
    ),
    pytest.param(
        fabricate_csv('ham,"one'),
        ["the quotation mark in the row on line 122 is never closed", "quotes=false"],
        id="open quote",
    ),
]  # fmt: skip


def write_raw(project: Path, content: bytes | None) -> Path:
    """Put a raw file in place, or take it away."""
    path = project / RAW_CSV
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize(("content", "words"), BAD)
def test_a_raw_file_that_cannot_be_used_is_refused(
    content: bytes | None, words: list[str], project: Path
) -> None:
    write_raw(project, content)
    sentence = refusal(invoke_kedro(project, "run"))
    assert [word for word in words if word not in sentence] == []


@pytest.mark.parametrize("runner", ["ThreadRunner", "ParallelRunner"])
def test_the_sentence_is_the_same_with_another_runner(runner: str, project: Path) -> None:
    write_raw(project, b"")
    result = invoke_kedro(project, "run", "--pipelines", "data_processing", "--runner", runner)
    assert refusal(result) == refusal(invoke_kedro(project, "run"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "words"), [BAD[0], BAD[8], pytest.param(HEADER, ["no rows"], id="header only")]
)
def test_the_process_prints_one_line_and_changes_no_file(
    content: bytes | None, words: list[str], project: Path
) -> None:
    raw = write_raw(project, content)
    result = run_command("kedro", "run", cwd=project)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert all(word in result.stderr for word in words)
    assert content is None or raw.read_bytes() == content


@pytest.mark.slow
def test_a_process_on_a_file_with_some_bad_rows_rejects_these(tmp_path: Path) -> None:
    rows = ["ham,", ",a text", "phish,log in", '"spam","two\r\nlines"', "HAM,null", "ham,null"]
    project = copy_project(tmp_path, fabricate_csv(*rows))
    command = ["kedro", "run", "--pipelines", "data_processing,data_science"]
    assert run_command(*command, cwd=project).returncode == 0
    outputs = read_outputs(project)
    assert outputs["02_intermediate/rejected_messages.csv"].decode().splitlines()[1:] == [
        '"122","empty message","ham",""',
        '"123","empty label","","a text"',
        '"124","unknown label","phish","log in"',
    ]
    predicted = (
        outputs["07_model_output/train_predictions.csv"]
        + (outputs["07_model_output/test_predictions.csv"])
    )
    assert predicted.count(b'"ham","null",') == 1
    assert predicted.count(b'"spam","two\r\nlines",') == 1
