"""`batch_scoring` as a user runs it: the output, the rejects, and what the run says."""

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from batch_runs import MODEL, fabricate_rows, make_project, save_model, score, write_messages
from helpers import invoke_kedro, refusal, run_command
from spam_classifier.batch.working_folder import WorkingFolder

ROWS = fabricate_rows(300)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a model and some messages, `big.csv`."""
    project = make_project(tmp_path / "project")
    write_messages(project / "big.csv", ROWS)
    return project


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def last_line(result: Any) -> str:
    assert result.exit_code == 0, result.stderr
    line: str = result.stderr.splitlines()[-1]
    return line


def read_error(result: Any) -> str:
    """Return the sentence that ended a run which had begun to score."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    line: str = result.stderr.splitlines()[-1]
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def test_parquet_has_all_columns_and_what_the_model_says(project: Path) -> None:
    result = score(project, "big.csv", "out/scored.parquet")
    assert last_line(result) == "300 rows: 300 scored, 0 rejected; written to out/scored.parquet"
    table = parquet.read_table(project / "out/scored.parquet")
    texts = [text for _, text in ROWS]
    scores = MODEL.score(texts)
    assert table.to_pydict() == {
        "id": [number for number, _ in ROWS],
        "Message": texts,
        "prediction": MODEL.labels(scores),
        "spam_probability": [round(value, 6) for value in MODEL.probabilities(scores)],
    }
    assert set(table["prediction"].to_pylist()) == {"ham", "spam"}
    assert [path.name for path in (project / "out").iterdir()] == ["scored.parquet"]


def test_csv_holds_the_same_and_quotes_every_cell(project: Path) -> None:
    score(project, "big.csv", "scored.parquet")
    score(project, "big.csv", "scored.csv")
    rows = parquet.read_table(project / "scored.parquet").to_pylist()
    found = read_csv(project / "scored.csv")
    assert [row | {"spam_probability": float(row["spam_probability"])} for row in found] == rows
    lines = (project / "scored.csv").read_text().splitlines()
    assert lines[0] == '"id","Message","prediction","spam_probability"'
    assert {line[0] for line in lines if line[0].isdigit()} == set()


def test_a_path_without_suffix_gets_a_folder_of_parts(project: Path) -> None:
    for _ in range(2):
        assert last_line(score(project, "big.csv", "scored")).endswith("written to scored")
    score(project, "big.csv", "scored.parquet")
    names = sorted(path.name for path in (project / "scored").iterdir())
    assert names[:2] == ["part-00000.parquet", "part-00001.parquet"]
    tables = [parquet.read_table(project / "scored" / name) for name in names]
    assert pa.concat_tables(tables).equals(parquet.read_table(project / "scored.parquet"))


def test_a_folder_that_a_killed_run_put_aside_comes_back(project: Path) -> None:
    """The run was killed between the renames of the old folder and of the new one."""
    score(project, "big.csv", "scored")
    before = sorted((project / "scored").iterdir())
    aside = project / ".scored.parts"
    aside.mkdir()
    (project / "scored").rename(aside / "replaced")
    assert WorkingFolder(project / "scored").open([]) == {}
    assert sorted((project / "scored").iterdir()) == before


def test_a_folder_that_cannot_be_put_in_place_leaves_the_parts(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if target == project / "scored":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        assert "what was scored is kept" in read_error(score(project, "big.csv", "scored"))
    result = score(project, "big.csv", "scored")
    there, _, all_parts, *_ = result.stderr.split(" parts are there already")[0].split()[-3:]
    assert there == all_parts
    assert last_line(result).endswith("written to scored")


def test_parquet_messages_keep_the_types_of_their_columns(project: Path) -> None:
    columns = {"n": [1, None], "Message": ["win", "see you"], "tags": [["a"], []]}
    parquet.write_table(pa.table(columns), project / "big.parquet")
    score(project, "big.parquet", "scored.parquet")
    table = parquet.read_table(project / "scored.parquet")
    assert table.select(["n", "Message", "tags"]).equals(pa.table(columns))
    sentence = read_error(score(project, "big.parquet", "scored.csv"))
    assert sentence.startswith("scored.csv cannot be written (Unsupported Type:list")


def test_rows_that_cannot_be_scored_are_listed_and_counted(project: Path) -> None:
    write_messages(project / "many/a.csv", [("1", "win"), ("2", " ")])
    (project / "many/b.csv").write_bytes(b'id,Message\n1,"see\nyou"\n2\n3,\xff\n4,last')
    result = score(project, "many", "scored.csv")
    assert last_line(result) == (
        "6 rows: 3 scored, 3 rejected (scored.csv.rejected.csv says why); written to scored.csv"
    )
    assert [row["Message"] for row in read_csv(project / "scored.csv")] == [
        "win",
        "see\nyou",
        "last",
    ]
    assert (project / "scored.csv.rejected.csv").read_text() == (
        '"file","line","reason"\n"a.csv","3","empty message"\n'
        '"b.csv","4","1 cells instead of 2"\n"b.csv","5","not utf-8"\n'
    )
    score(project, "big.csv", "scored.csv")
    assert not (project / "scored.csv.rejected.csv").exists()


def test_messages_without_header_have_numbers_for_names(project: Path) -> None:
    (project / "big.txt").write_text("a;win\nb;see you\n")
    result = score(
        project, "big.txt", "out.csv", "sep=semicolon,header=false,text_column=2,label_column=9"
    )
    assert last_line(result).startswith("2 rows: 2 scored")
    assert list(read_csv(project / "out.csv")[0]) == ["1", "2", "prediction", "spam_probability"]


def fail_after(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full after so many parts."""
    write = WorkingFolder.write
    left = iter(range(parts))

    def write_some(*arguments: Any) -> Any:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return write(*arguments)

    monkeypatch.setattr(WorkingFolder, "write", write_some)


def stop_half_way(project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        fail_after(4, patch)
        return read_error(score(project, "big.csv", "scored.csv"))


def test_a_full_disk_ends_the_run_which_then_continues(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(project, "big.csv", "scored.csv")
    undisturbed = (project / "scored.csv").read_bytes()
    (project / "scored.csv").write_text("an older output")
    assert stop_half_way(project, monkeypatch) == (
        "scored.csv cannot be written (No space left on device): when that is mended, type the "
        "same command again; what was scored is kept."
    )
    assert (project / "scored.csv").read_text() == "an older output"
    result = score(project, "big.csv", "scored.csv")
    assert "\n4 of 7 parts are there already.\n" in result.stderr
    assert last_line(result).startswith("300 rows: 300 scored")
    assert (project / "scored.csv").read_bytes() == undisturbed


@pytest.mark.parametrize("change", ["messages", "model", "text_column"])
def test_parts_of_other_messages_or_another_model_are_not_mixed_in(
    change: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_half_way(project, monkeypatch)
    if change == "messages":
        write_messages(project / "big.csv", fabricate_rows(300, seed=1))
    elif change == "model":
        save_model(project, MODEL.model_copy(update={"intercept": 1.0}))
    more = ["text_column=id"] if change == "text_column" else []
    result = score(project, "big.csv", "scored.csv", *more)
    assert "already" not in result.stderr
    score(project, "big.csv", "afresh.csv", *more)
    assert (project / "scored.csv").read_bytes() == (project / "afresh.csv").read_bytes()


@pytest.fixture
def many(project: Path) -> Path:
    """Return a folder with a hundred files, one of which cannot be read."""
    for number in range(100):
        write_messages(project / f"many/{number:02}.csv", ROWS[number : number + 3])
    bad = project / "many/42.csv"
    bad.write_bytes(bad.read_bytes() + b'9,"never closed')
    return project / "many"


def test_one_unreadable_file_among_a_hundred_is_named_and_the_others_are_kept(
    project: Path, many: Path
) -> None:
    assert read_error(score(project, "many", "scored.csv")) == (
        "1 of 100 files could not be scored: 42.csv has a quotation mark that is never closed, in "
        "the row on line 7: mend it, or set quotes=false. All others are scored and kept: mend or "
        "remove what is named, then type the same command again."
    )
    assert not (project / "scored.csv").exists()
    (many / "42.csv").write_bytes((many / "42.csv").read_bytes() + b'"')
    result = score(project, "many", "scored.csv")
    assert "\n99 of 100 parts are there already.\n" in result.stderr
    assert last_line(result).startswith("301 rows: 301 scored")
    numbers = [row["id"] for row in read_csv(project / "scored.csv")]
    assert numbers[41 * 3 : 44 * 3 + 1] == [
        *("41", "42", "43"),
        *("42", "43", "44", "9"),
        *("43", "44", "45"),
    ]


def test_the_unreadable_file_may_be_removed(project: Path, many: Path) -> None:
    score(project, "many", "scored.csv")
    (many / "42.csv").unlink()
    result = score(project, "many", "scored.csv")
    assert "\n99 of 99 parts are there already.\n" in result.stderr
    assert last_line(result).startswith("297 rows: 297 scored")


def test_many_unreadable_files_are_counted(project: Path, many: Path) -> None:
    for number in range(10):
        (many / f"{number:02}.csv").write_bytes(b"\xff\n")
    sentence = read_error(score(project, "many", "scored.csv"))
    assert sentence.startswith("11 of 100 files could not be scored: 00.csv cannot be read (")
    assert "; 04.csv " in sentence
    assert "05.csv" not in sentence
    assert "; and 6 more. All others" in sentence


COMMAND = "`kedro run --pipelines batch_scoring --params messages=big.csv,predictions=scored"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ("", [f"Which messages? Type {COMMAND}.parquet`."]),
        ("messages=big.csv", ["messages and predictions go together", f"{COMMAND}.parquet`"]),
        ("predictions=scored.csv", ["messages and predictions go together", f"{COMMAND}.csv`"]),
        ("messages=no.csv,predictions=scored.csv", ["no.csv is missing: messages must be"]),
        ("messages=big.csv,predictions=a.xlsx", ["it must be a path that ends in .parquet or"]),
        ("messages=big.csv,predictions=big.csv", ["written over or among the messages"]),
        ("messages=.,predictions=scored.csv", ["written over or among the messages"]),
        ("messages=a.csv.rejected.csv,predictions=a.csv", ["written over or among the messages"]),
        ("messages=many/a.csv,predictions=many", ["written over or among the messages"]),
        ("messages=big.csv,predictions=theirs", ["theirs is a folder with other files"]),
        ("messages=big.csv,predictions=conf", ["conf is a folder with other files"]),
        ("messages=big.csv,predictions=clash.csv/a.csv", ["a.csv cannot be written (Not a dir"]),
        (
            "messages=big.csv,predictions=a.csv,text_column=Text",
            ["no column Text: their columns are id, Message"],
        ),
        ("messages=semi.csv,predictions=a.csv", ["=…, and the separator with sep=semicolon"]),
        ("messages=s3://a/b.csv,predictions=a.csv", ["local paths only"]),
        ("messages=big.csv,predictions=LICENSE", ["LICENSE is there already, and no output"]),
        ("messages=bare.csv,predictions=a.csv", ["their columns are ham, (a text);"]),
        ("messages=clash.csv,predictions=a.csv", ["a column prediction already: rename it"]),
        ("messages=big.csv,predictions=a.csv,encoding=utf-16", ["save the file as UTF-8"]),
    ],
)
def test_what_cannot_be_done_is_refused(params: str, words: list[str], project: Path) -> None:
    (project / "clash.csv").write_text("Message,prediction\na,b\n")
    write_messages(project / "many/a.csv", ROWS[:2])
    (project / "bare.csv").write_text("ham,Mum my PIN is 1\nham,see you\n")
    (project / "semi.csv").write_text("id;Message\n1;a\n")
    (project / "LICENSE").write_text("MIT")
    (project / "theirs").mkdir()
    parquet.write_table(pa.table({"Message": ["a"]}), project / "theirs/part-00000.parquet")
    arguments = ["--params", params] if params else []
    result = invoke_kedro(project, "run", "--pipelines", "batch_scoring", *arguments)
    sentence = refusal(result) if "score_messages" not in result.stderr else read_error(result)
    assert [word for word in words if word not in sentence] == []


@pytest.mark.slow
def test_messages_are_not_written_over_from_any_folder(project: Path) -> None:
    """Relative paths count from the project's root, wherever the command is typed."""
    before = (project / "big.csv").read_bytes()
    params = f"messages={project / 'big.csv'},predictions=big.csv"
    done = run_command(
        *("kedro", "run", "--pipelines", "batch_scoring", "--params", params),
        cwd=project / "src",
        env={"PYTHONPATH": str(project / "src")},
    )
    assert done.returncode == 1
    assert "written over or among the messages" in done.stderr
    assert (project / "big.csv").read_bytes() == before


def test_messages_of_which_most_are_rejected_are_told(project: Path) -> None:
    (project / "west.csv").write_bytes("Message\ncaf\xe9\n\xe9t\xe9\nok\n".encode("cp1252"))
    result = score(project, "west.csv", "scored.csv")
    assert last_line(result).startswith("Most rows are rejected: encoding, sep")


def test_parameters_of_a_run_are_refused_in_a_file(project: Path) -> None:
    (project / "conf/local/parameters.yml").write_text("messages: big.csv\n")
    sentence = refusal(invoke_kedro(project, "run", "--pipelines", "batch_scoring"))
    assert sentence == "Parameter messages is for --params only: take it out of the file."


def test_a_missing_model_is_told(project: Path) -> None:
    (project / "data/06_models/spam_classifier.json").unlink()
    assert refusal(score(project, "big.csv", "scored.csv")).endswith(
        "spam_classifier.json is missing: `kedro run` makes all files in their order."
    )


def test_the_log_has_no_message(project: Path) -> None:
    write_messages(project / "many/a.csv", [("1", "secretive"), ("2", " ")])
    (project / "many/b.csv").write_bytes(b"id,Message\nsecretive\n2,\xffsecretive")
    (project / "many/c.csv").write_bytes(b'id,Message\n"secretive')
    (project / "many/d.csv").write_bytes(b"id,Message,n\n3,secretive")
    assert "secretive" not in score(project, "many", "scored.csv").output
