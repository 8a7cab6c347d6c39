"""Scored messages: the output, the rejected rows, what a run says, and how it is on a cluster."""

import csv
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from kedro.io import DatasetError
from pyarrow import parquet

from helpers import copy_project, invoke_kedro, make_block, make_model, refusal
from spam_classifier.datasets.message_files_dataset import Batch, MessageFilesDataset
from spam_classifier.datasets.scored_messages_dataset import ScoredMessagesDataset
from spam_classifier.errors import UserError
from spam_classifier.pipelines.batch_scoring.nodes import score_messages

if TYPE_CHECKING:  # distributed takes a second to import
    from distributed import Client, LocalCluster

WORDS = make_block("word", {"win": 3.0, "prize": 5.0, "nine": -2.0}, (1, 1))
MODEL = make_model(intercept=-1.0, blocks=[WORDS])
TEXTS = ["win a prize", "see you at nine", 'the "prize"', "line\nbreak", "größe 😀"] * 20
ROWS = [(str(number), text) for number, text in enumerate(TEXTS)]


@pytest.fixture
def folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    """Return a folder with some messages, `big.csv`; what is logged is kept."""
    caplog.set_level("INFO")
    write_messages(tmp_path / "big.csv", ROWS)
    return tmp_path


def write_messages(path: Path, rows: list[tuple[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "Message"), *rows])


def score(messages: Path, predictions: Path, column: str = "Message") -> None:
    """Do what `kedro run --pipelines batch_scoring` does."""
    sources = MessageFilesDataset(filepath=str(messages)).load()
    output = ScoredMessagesDataset(filepath=str(predictions))
    output.save(score_messages(sources, MODEL, column))


def refuse(*arguments: Any) -> str:
    """Return the sentence that says why messages cannot be scored."""
    with pytest.raises((UserError, DatasetError)) as error:
        score(*arguments)
    return str(error.value)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_scores_with_the_trained_model_and_tells_how_many(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "data/06_models").mkdir(parents=True)
    (project / "data/06_models/spam_classifier.json").write_text(MODEL.to_json())
    write_messages(project / "big.csv", ROWS)
    (project / "out/.scored.parquet.0123456789abcdef.part").mkdir(parents=True)  # by killed runs
    (project / "out/.scored.parquet.rejected.csv.0123456789abcdef.part").touch()
    command = ("run", "--pipelines", "batch_scoring", "--params")
    done = invoke_kedro(project, *command, "messages=big.csv,predictions=out/scored.parquet")
    assert done.stderr.endswith("100 rows: 100 scored, 0 rejected; written to scored.parquet\n")
    scores = MODEL.score(TEXTS)
    assert parquet.read_table(project / "out/scored.parquet").to_pydict() == {
        "id": [number for number, _ in ROWS],
        "Message": TEXTS,
        "prediction": MODEL.labels(scores),
        "spam_probability": [round(value, 6) for value in MODEL.probabilities(scores)],
    }
    assert [path.name for path in (project / "out").iterdir()] == ["scored.parquet"]
    assert refusal(invoke_kedro(project, *command, "messages=no.csv,predictions=a.csv")) == (
        f"{project}/no.csv is missing: --params messages=… names a file or folder."
    )


def test_csv_holds_the_same_and_quotes_every_cell(folder: Path) -> None:
    for name in ("scored.parquet", "scored.csv"):
        score(folder / "big.csv", folder / name)
    rows = parquet.read_table(folder / "scored.parquet").to_pandas().astype("str")
    assert read_csv(folder / "scored.csv") == rows.to_dict("records")
    assert (folder / "scored.csv").read_text().startswith('"id","Message","prediction","spam_pro')


def test_a_path_without_suffix_gets_a_folder_which_a_run_replaces(folder: Path) -> None:
    write_messages(folder / "many/a.csv", ROWS)
    write_messages(folder / "many/b.csv", [*ROWS[:5], ("", "")])
    for name in ("scored", "scored", "scored.parquet"):
        score(folder / "many", folder / name)
    pieces = sorted((folder / "scored").iterdir())
    assert [path.name for path in pieces] == ["scored-00000.parquet", "scored-00001.parquet"]
    rows = pa.concat_tables(map(parquet.read_table, pieces))
    assert rows.equals(parquet.read_table(folder / "scored.parquet"))


def test_parquet_messages_keep_the_types_of_their_columns(folder: Path) -> None:
    """Those of polars are views of texts."""
    columns = {"n": [1, None, 3], "Message": ["win", "see you", " "], "tags": [["a"], [], None]}
    views = columns | {"Message": pa.array(columns["Message"], pa.string_view())}
    parquet.write_table(pa.table(views), folder / "big.parquet", row_group_size=2)
    score(folder / "big.parquet", folder / "scored.parquet")
    table = parquet.read_table(folder / "scored.parquet")
    assert table.select(["n", "Message", "tags"]).equals(pa.table(columns).slice(0, 2))
    assert read_csv(folder / "scored.parquet.rejected.csv")[0]["row"] == "3"
    sentence = refuse(folder / "big.parquet", folder / "scored.csv")
    assert sentence.startswith("A CSV cannot hold lists and structures")


def test_rows_that_cannot_be_scored_are_listed_and_counted(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_messages(folder / "many/a.csv", [("1", "win"), ("2", " \u3000"), ("3", "")])
    (folder / "many/b.csv").write_bytes(b'id,Message\n1,"see\nyou"\n2\n3,\xff\n4,last')
    score(folder / "many", folder / "scored.csv")
    assert caplog.messages[-1] == (
        "7 rows: 3 scored, 4 rejected (scored.csv.rejected.csv says why); written to scored.csv"
    )
    texts = [row["Message"] for row in read_csv(folder / "scored.csv")]
    assert texts == ["win", "see\nyou", "last"]
    assert (folder / "scored.csv.rejected.csv").read_text() == (
        '"file","row","reason"\n"a.csv","3","empty message"\n"a.csv","4","empty message"\n'
        '"b.csv","3","1 cells instead of 2"\n"b.csv","4","not utf-8"\n'
    )
    score(folder / "big.csv", folder / "scored.csv")
    assert not (folder / "scored.csv.rejected.csv").exists()


def test_a_run_that_scores_no_row_leaves_the_older_output_and_says_why(folder: Path) -> None:
    (folder / "west.csv").write_bytes("Message\ncaf\xe9\n\xe9t\xe9\n".encode("cp1252"))
    (folder / "scored.csv").write_text("an older output")
    assert refuse(folder / "west.csv", folder / "scored.csv").startswith("2 rows: 0 scored, 2 rej")
    assert len(read_csv(folder / "scored.csv.rejected.csv")) == 2
    assert (folder / "scored.csv").read_text() == "an older output"


def test_the_share_of_far_longer_texts_is_told(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_messages(folder / "mail.csv", [("1", "word " * 500), ("2", "win"), ("3", "see you")])
    warning = "33 % of the texts are far longer than the learnt messages."
    score(folder / "mail.csv", folder / "scored.csv")
    assert caplog.messages.pop() == warning
    score(folder / "big.csv", folder / "scored.csv")
    assert caplog.messages.count(warning) == 1


@pytest.mark.parametrize("predictions", ["scored.csv", "scored.parquet", "scored"])
def test_a_file_that_cannot_be_read_leaves_the_older_output(predictions: str, folder: Path) -> None:
    score(folder / "big.csv", folder / predictions)
    older = {path: path.stat().st_mtime_ns for path in folder.rglob("*scored*")}
    write_messages(folder / "many/a.csv", ROWS)
    (folder / "many/b.csv").write_bytes(b'id,Message\n1,"open')
    assert refuse(folder / "many", folder / predictions).startswith("b.csv cannot be read (")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*scored*")} == older


@pytest.mark.parametrize(
    ("messages", "predictions", "column", "words"),
    [
        ("big.csv", "theirs", "Message", "theirs is no output of batch_scoring"),
        ("big.csv", "a.csv", "Text", "their columns are id, Message; text_column and sep"),
        ("bare.csv", "a.csv", "Message", "their columns are ham, (a text);"),
        ("theirs/number.parquet", "a.csv", "Message", "have no column Message of texts"),
        ("clash.csv", "a.csv", "Message", "have a column prediction already: rename it"),
    ],
)
def test_what_cannot_be_done_is_refused(
    messages: str, predictions: str, column: str, words: str, folder: Path
) -> None:
    (folder / "clash.csv").write_text("Message,prediction\na,b\n")
    (folder / "bare.csv").write_text("ham,Mum my PIN is 1\nham,see you\n")
    (folder / "theirs").mkdir()
    parquet.write_table(pa.table({"Message": [1]}), folder / "theirs/number.parquet")
    assert words in refuse(folder / messages, folder / predictions, column)


@pytest.mark.parametrize(
    "content", [b"id,Message\nsecretive\n2,\xffsecretive", b'id,Message\n"secretive']
)
def test_nothing_that_is_told_holds_a_message(
    content: bytes, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "a.csv").write_bytes(content)
    told = refuse(folder / "a.csv", folder / "scored.csv")
    assert "secretive" not in told + caplog.text


@pytest.fixture
def forty(tmp_path: Path) -> Path:
    """Return a folder of forty files."""
    folder = tmp_path / "messages"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.csv").write_text("Message\n" + f"win {number}\n" * 2_000)
    return folder


@pytest.mark.slow
@pytest.mark.usefixtures("client")
def test_a_worker_tells_which_file_it_cannot_read(forty: Path) -> None:
    (forty / "05.csv").write_text('Message\n"open')
    sentence = refuse(forty, forty.with_name("scored"))
    assert sentence.startswith("05.csv cannot be read (the quotation mark in the row on line 2 is")


@pytest.mark.slow
def test_a_killed_worker_does_not_matter(forty: Path, client: "Client") -> None:
    output = forty.with_name("scored.parquet")
    pid = min(client.run(os.getpid).values())

    def kill() -> None:
        while len(list(output.parent.glob(".scored.parquet.*.part/scored-*.parquet"))) < 3:
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)
        assert not output.exists()  # else it came too late

    thread = threading.Thread(target=kill)
    thread.start()
    score(forty, output)
    thread.join()
    texts = [f"win {number}" for number in range(40) for _ in range(2_000)]
    assert parquet.read_table(output)["Message"].to_pylist() == texts
    assert pid not in client.run(os.getpid).values()


@pytest.mark.slow
@pytest.mark.usefixtures("client")
def test_a_file_that_ends_every_worker_is_named(
    folder: Path, cluster: "LocalCluster", monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does for which there is not enough memory."""
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)

    def end_worker() -> Iterator[Batch]:
        os._exit(1)

    (source,) = MessageFilesDataset(filepath=str(folder / "big.csv")).load()
    output = ScoredMessagesDataset(filepath=str(folder / "scored"))
    with pytest.raises(DatasetError, match=r"big\.csv was not scored \(KilledWorker\): run again"):
        output.save([source._replace(read=end_worker)])
