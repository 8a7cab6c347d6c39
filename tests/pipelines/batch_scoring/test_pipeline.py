"""`batch_scoring` as a user runs it: the output, the rejected rows, and what the run says."""

import csv
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import Result
from pyarrow import parquet

from helpers import copy_project, invoke_kedro, make_block, make_model

WORDS = make_block("word", {"win": 3.0, "prize": 5.0, "nine": -2.0}, (1, 1))
MODEL = make_model(intercept=-1.0, blocks=[WORDS])
TEXTS = ["win a prize", "see you at nine", 'the "prize"', "line\nbreak", "größe 😀"] * 20
ROWS = [(str(number), text) for number, text in enumerate(TEXTS)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a model and some messages, `big.csv`."""
    project = copy_project(tmp_path / "project")
    model = project / "data/06_models/spam_classifier.json"
    model.parent.mkdir(parents=True)
    model.write_text(MODEL.to_json())
    write_messages(project / "big.csv", ROWS)
    return project


def write_messages(path: Path, rows: list[tuple[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "Message"), *rows])


def score(project: Path, messages: str, predictions: str, *more: str) -> Result:
    params = ",".join([f"messages={messages}", f"predictions={predictions}", *more])
    return invoke_kedro(project, "run", "--pipelines", "batch_scoring", "--params", params)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def last_line(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    return result.stderr.splitlines()[-1]


def read_error(result: Result) -> str:
    """Return the sentence that ended a run."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code != 0
    assert "Traceback" not in result.stderr
    return result.stderr.splitlines()[-1].removeprefix("Error: ")


def test_parquet_has_all_columns_and_what_the_model_says(project: Path) -> None:
    result = score(project, "big.csv", "out/scored.parquet")
    assert last_line(result) == "100 rows: 100 scored, 0 rejected; written to scored.parquet"
    scores = MODEL.score(TEXTS)
    assert parquet.read_table(project / "out/scored.parquet").to_pydict() == {
        "id": [number for number, _ in ROWS],
        "Message": TEXTS,
        "prediction": MODEL.labels(scores),
        "spam_probability": [round(value, 6) for value in MODEL.probabilities(scores)],
    }
    assert [path.name for path in (project / "out").iterdir()] == ["scored.parquet"]


def test_csv_holds_the_same_and_quotes_every_cell(project: Path) -> None:
    score(project, "big.csv", "scored.parquet")
    score(project, "big.csv", "scored.csv")
    rows = parquet.read_table(project / "scored.parquet").to_pylist()
    assert read_csv(project / "scored.csv") == [
        {name: str(value) for name, value in row.items()} for row in rows
    ]
    assert (project / "scored.csv").read_text().startswith('"id","Message","prediction","spam_pro')


def test_a_path_without_suffix_gets_a_folder_which_a_run_replaces(project: Path) -> None:
    write_messages(project / "many/a.csv", ROWS)
    write_messages(project / "many/b.csv", [*ROWS[:5], ("", "")])
    for _ in range(2):
        assert last_line(score(project, "many", "scored")).endswith("written to scored")
    score(project, "many", "scored.parquet")
    names = sorted(path.name for path in (project / "scored").iterdir())
    assert names == ["scored-00000.parquet", "scored-00001.parquet"]
    tables = [parquet.read_table(project / "scored" / name) for name in names]
    assert pa.concat_tables(tables).equals(parquet.read_table(project / "scored.parquet"))


def test_parquet_messages_keep_the_types_of_their_columns(project: Path) -> None:
    columns = {"n": [1, None, 3], "Message": ["win", "see you", " "], "tags": [["a"], [], None]}
    parquet.write_table(pa.table(columns), project / "big.parquet", row_group_size=2)
    assert last_line(score(project, "big.parquet", "scored.parquet")).startswith("3 rows: 2 scored")
    table = parquet.read_table(project / "scored.parquet")
    assert table.select(["n", "Message", "tags"]).equals(pa.table(columns).slice(0, 2))
    assert read_csv(project / "scored.parquet.rejected.csv")[0]["row"] == "3"
    sentence = read_error(score(project, "big.parquet", "scored.csv"))
    assert sentence.startswith("A CSV cannot hold lists and structures")


def test_rows_that_cannot_be_scored_are_listed_and_counted(project: Path) -> None:
    write_messages(project / "many/a.csv", [("1", "win"), ("2", " \u3000"), ("3", "")])
    (project / "many/b.csv").write_bytes(b'id,Message\n1,"see\nyou"\n2\n3,\xff\n4,last')
    assert last_line(score(project, "many", "scored.csv")) == (
        "7 rows: 3 scored, 4 rejected (scored.csv.rejected.csv says why); written to scored.csv"
    )
    texts = [row["Message"] for row in read_csv(project / "scored.csv")]
    assert texts == ["win", "see\nyou", "last"]
    assert (project / "scored.csv.rejected.csv").read_text() == (
        '"file","row","reason"\n"a.csv","3","empty message"\n"a.csv","4","empty message"\n'
        '"b.csv","3","1 cells instead of 2"\n"b.csv","4","not utf-8"\n'
    )
    score(project, "big.csv", "scored.csv")
    assert not (project / "scored.csv.rejected.csv").exists()


def test_a_run_that_scores_no_row_fails_and_says_why(project: Path) -> None:
    (project / "west.csv").write_bytes("Message\ncaf\xe9\n\xe9t\xe9\n".encode("cp1252"))
    (project / "scored.csv").write_text("an older output")
    assert read_error(score(project, "west.csv", "scored.csv")) == (
        "2 rows: 0 scored, 2 rejected (scored.csv.rejected.csv says why). "
        "Do sep, encoding, header and quotes fit?"
    )
    assert len(read_csv(project / "scored.csv.rejected.csv")) == 2
    assert (project / "scored.csv").read_text() == "an older output"


def test_texts_far_longer_than_the_learnt_ones_are_told_with_their_share(project: Path) -> None:
    write_messages(project / "mail.csv", [("1", "word " * 500), ("2", "win"), ("3", "see you")])
    warning = "33 % of the texts are far longer than the learnt messages."
    assert last_line(score(project, "mail.csv", "scored.csv")) == warning
    assert warning not in score(project, "big.csv", "scored.csv").stderr


@pytest.mark.parametrize("predictions", ["scored.csv", "scored.parquet", "scored"])
def test_a_file_that_cannot_be_read_leaves_the_older_output(
    predictions: str, project: Path
) -> None:
    score(project, "big.csv", predictions)
    older = sorted((path, path.stat().st_mtime_ns) for path in project.rglob("*scored*"))
    write_messages(project / "many/a.csv", ROWS)
    (project / "many/b.csv").write_bytes(b'id,Message\n1,"open')
    sentence = read_error(score(project, "many", predictions))
    assert sentence == (
        "b.csv cannot be read (the quotation mark in the row on line 2 is never closed; "
        "quotes=false reads it as it stands)."
    )
    assert sorted((path, path.stat().st_mtime_ns) for path in project.rglob("*scored*")) == older


def test_what_a_killed_run_left_is_removed(project: Path) -> None:
    left = project / ".scored.csv.0123456789abcdef.part/scored-00000.parquet"
    left.parent.mkdir()
    left.write_text("messages")
    score(project, "big.csv", "scored.csv")
    assert not left.parent.exists()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ("", "messages_to_score is missing: --params messages=… names a file or folder"),
        ("messages=big.csv", "messages and predictions go together: type `kedro run --pipelines"),
        ("messages=no.csv,predictions=a.csv", "no.csv is missing"),
        ("messages=big.csv,predictions=a.xlsx", "it must be a path that ends in .parquet or .csv"),
        ("messages=big.csv,predictions=big.csv", "written over or among the messages"),
        ("messages=many,predictions=many/a.csv", "written over or among the messages"),
        ("messages=a.rejected.csv,predictions=a", "written over or among the messages"),
        ("messages=big.csv,predictions=theirs", "theirs is no output of batch_scoring"),
        ("messages=big.csv,predictions=a.csv,text_column=Text", "their columns are id, Message;"),
        ("messages=bare.csv,predictions=a.csv", "their columns are ham, (a text);"),
        ("messages=number.parquet,predictions=a.csv", "have no column Message of texts"),
        ("messages=clash.csv,predictions=a.csv", "have a column prediction already: rename it"),
        ("messages=s3://a/b.csv,predictions=a.csv", "local paths only"),
    ],
)
def test_what_cannot_be_done_is_refused(params: str, words: str, project: Path) -> None:
    (project / "clash.csv").write_text("Message,prediction\na,b\n")
    (project / "bare.csv").write_text("ham,Mum my PIN is 1\nham,see you\n")
    (project / "theirs").mkdir()
    for name in ("theirs/part-00000.parquet", "number.parquet"):
        parquet.write_table(pa.table({"Message": [1]}), project / name)
    arguments = ["--params", params] if params else []
    result = invoke_kedro(project, "run", "--pipelines", "batch_scoring", *arguments)
    assert words in read_error(result)


def test_nothing_that_is_told_holds_a_message(project: Path) -> None:
    contents = [b"id,Message\nsecretive\n2,\xffsecretive", b'id,Message\n"secretive']
    for number, content in enumerate(contents):
        (project / f"{number}.csv").write_bytes(content)
        assert "secretive" not in score(project, f"{number}.csv", "scored.csv").output
