"""Messages scored by the workers of a cluster: the same rows, whatever becomes of a worker."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster
from kedro.io import DatasetError
from pyarrow import parquet

from helpers import make_block, make_model
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


@pytest.mark.usefixtures("client")
def test_a_file_that_cannot_be_read_is_named(messages: Path) -> None:
    (messages / "05.csv").write_text('Message\n"open')
    output = ScoredMessagesDataset(filepath=str(messages.with_name("scored")))
    with pytest.raises(DatasetError, match=r"05\.csv cannot be read \(the quotation mark in the"):
        output.save(make_scoring(messages))


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


@pytest.mark.usefixtures("client")
def test_a_file_that_ends_every_worker_is_named(
    messages: Path, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does for which there is not enough memory."""
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)

    def end_worker() -> Iterator[Batch]:
        os._exit(1)

    scoring = [source._replace(read=end_worker) for source in make_scoring(messages / "00.csv")]
    output = ScoredMessagesDataset(filepath=str(messages.with_name("scored")))
    with pytest.raises(DatasetError, match=r"00\.csv was not scored \(KilledWorker\): run again"):
        output.save(scoring)
