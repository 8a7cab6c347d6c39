"""Messages scored by the workers of a cluster: the same rows, whatever becomes of a worker."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import Client, LocalCluster
from pyarrow import parquet

from helpers import copy_project, invoke_kedro, make_block, make_model
from spam_classifier.datasets.message_files_dataset import Batch, MessageFilesDataset, MessageSource
from spam_classifier.datasets.scored_messages_dataset import ScoredMessagesDataset
from spam_classifier.pipelines.batch_scoring.nodes import score_messages

pytestmark = pytest.mark.slow

MODEL = make_model(intercept=-1.0, blocks=[make_block("word", {"win": 3.0}, (1, 1))])
TEXTS = [f"win {number}" for number in range(40) for _ in range(2_000)]


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """Return a folder of forty files."""
    folder = tmp_path / "messages"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.csv").write_text("Message\n" + f"win {number}\n" * 2_000)
    return folder


def make_scoring(messages: Path) -> list[MessageSource]:
    sources = MessageFilesDataset(filepath=str(messages)).load()
    return score_messages(sources, MODEL, "Message")


def test_the_environment_scores_with_the_model_of_a_plain_run(
    messages: Path, client: Client
) -> None:
    for file in messages.glob("[1-3]*.csv"):
        file.unlink()
    project = copy_project(messages.parent / "project")
    model = project / "data/06_models/spam_classifier.json"
    model.parent.mkdir(parents=True)
    model.write_text(MODEL.to_json())
    command = ("run", "--env", "dask", "--pipelines", "batch_scoring", "--params")
    params = f"messages={messages},predictions=scored"
    with dask.config.set({"scheduler-address": client.scheduler.address}):
        done = invoke_kedro(project, *command, params)
        assert done.exit_code == 0, done.stderr
        assert f"data/dask/06_models/spam_classifier.json is missing: {model} is" in done.stderr
        assert "20,000 rows: 20,000 scored, 0 rejected; written to scored\n" in done.stderr
        assert parquet.read_table(project / "scored")["Message"].to_pylist() == TEXTS[:20_000]
        (messages / "05.csv").write_text('Message\n"open')
        done = invoke_kedro(project, *command, params)
    assert isinstance(done.exception, SystemExit)
    assert "Error: 05.csv cannot be read (the quotation mark in the row on line 2 is" in done.stderr


def test_a_killed_worker_does_not_matter(messages: Path, client: Client) -> None:
    output = messages.with_name("scored.parquet")
    pid = min(client.run(os.getpid).values())

    def kill() -> None:
        while len(list(output.parent.glob(".scored.parquet.*.part/scored-*.parquet"))) < 3:
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)
        assert not output.exists()  # else it came too late

    thread = threading.Thread(target=kill)
    thread.start()
    ScoredMessagesDataset(filepath=str(output)).save(make_scoring(messages))
    thread.join()
    assert parquet.read_table(output)["Message"].to_pylist() == TEXTS
    assert pid not in client.run(os.getpid).values()


def test_a_file_that_ends_every_worker_is_named(
    messages: Path, client: Client, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does for which there is not enough memory."""
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)

    def end_worker() -> Iterator[Batch]:
        os._exit(1)

    scoring = [source._replace(read=end_worker) for source in make_scoring(messages / "00.csv")]
    with pytest.raises(Exception, match=r"00\.csv was not scored \(KilledWorker\): run again"):
        ScoredMessagesDataset(filepath=str(messages.with_name("scored"))).save(scoring)
