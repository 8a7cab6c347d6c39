"""`kedro run --env dask` on real clusters gives what a run in one process gives."""

import csv
import itertools
import json
import operator
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import dask.dataframe as dd
import pandas as pd
import pytest
from distributed import Client

import spam_classifier
from helpers import clean, copy_project, find_free_port, run_command
from spam_classifier.dask_engine.cluster import prepare_workers

pytestmark = pytest.mark.slow

IN_ONE_PROCESS = "split.strategy=hashed,model.name=linear_sgd"
REPORTS = ("data_quality", "split_report", "test_metrics", "test_evaluation_details")
KEYS = ["Category", "Message"]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> tuple[Path, Path]:
    """Return the projects of two finished runs: in one process, and on a cluster.

    The second one reads the corpus from four files of unequal size.
    """
    plain = copy_project(tmp_path_factory.mktemp("plain") / "project", corpus)
    done = run_command("kedro", "run", "--params", IN_ONE_PROCESS, cwd=plain)
    assert done.returncode == 0, done.stderr
    parted = copy_project(tmp_path_factory.mktemp("parted") / "project")
    cut_csv(corpus, parted / "messages")
    done = run_command("kedro", "run", "--env", "dask", "--params", "raw_file=messages", cwd=parted)
    assert done.returncode == 0, done.stderr
    return plain, parted


def cut_csv(file: Path, folder: Path) -> None:
    """Write the rows of a CSV to four files."""
    with file.open(newline="", encoding="utf-8") as source:
        header, *rows = csv.reader(source)
    folder.mkdir()
    starts = [0, 100, 2000, 2001, len(rows)]
    for number, (start, end) in enumerate(itertools.pairwise(starts)):
        with (folder / f"part-{number}.csv").open("w", newline="", encoding="utf-8") as target:
            csv.writer(target, quoting=csv.QUOTE_ALL).writerows([header, *rows[start:end]])


def sort(rows: pd.DataFrame) -> pd.DataFrame:
    texts = rows.astype({name: "str" for name in rows.columns if name != "spam_probability"})
    return texts.sort_values(KEYS, ignore_index=True)


@pytest.mark.parametrize(
    "table",
    [
        "03_primary/spam_data",
        "05_model_input/train_messages",
        "05_model_input/test_messages",
        "07_model_output/test_predictions",
    ],
)
def test_a_cluster_gives_the_same_rows(projects: tuple[Path, Path], table: str) -> None:
    plain = pd.read_csv(
        projects[0] / f"data/{table}.csv",
        dtype=dict.fromkeys((*KEYS, "prediction"), "str"),
        keep_default_na=False,
    )
    parted = pd.read_parquet(projects[1] / "data/dask" / table)
    pd.testing.assert_frame_equal(sort(plain), sort(parted))


def test_a_cluster_gives_the_same_model(projects: tuple[Path, Path]) -> None:
    name = "06_models/spam_classifier.json"
    plain, parted = (projects[0] / "data" / name, projects[1] / "data/dask" / name)
    assert plain.read_bytes() == parted.read_bytes()


@pytest.mark.parametrize("report", REPORTS)
def test_a_cluster_gives_the_same_figures(projects: tuple[Path, Path], report: str) -> None:
    name = f"08_reporting/{report}.json"
    plain, parted = (projects[0] / "data" / name, projects[1] / "data/dask" / name)
    assert json.loads(plain.read_bytes()) == json.loads(parted.read_bytes())


def test_a_model_from_a_cluster_is_packaged(projects: tuple[Path, Path]) -> None:
    assert (projects[1] / "data/dask/08_reporting/model_card.md").exists()


def test_a_scheduler_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{find_free_port()}"
    start = time.monotonic()
    done = run_command(
        *("kedro", "run", "--env", "dask"),
        cwd=copy_project(tmp_path / "project"),
        env={"DASK_SCHEDULER_ADDRESS": address},
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: The Dask scheduler {address} does not answer (OSError): start it, or correct or "
        "unset DASK_SCHEDULER_ADDRESS."
    )
    assert time.monotonic() - start < 40  # 15 on a machine that does nothing else


def test_one_file_among_a_hundred_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    folder = project / "messages"
    folder.mkdir()
    for number in range(100):
        rows = f"ham,see you at {number}\nspam,win {number}\n"
        (folder / f"part-{number:02}.csv").write_text(f"Category,Message\n{rows}")
    (folder / "part-73.csv").write_bytes(b"Category,Message\nham,caf\xe9\n")
    done = run_command(
        *("kedro", "run", "--env", "dask", "--params", "raw_file=messages"), cwd=project
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "Error: part-73.csv is not utf-8 (line 2 has the byte 0xe9). Mend or remove it, then run "
        "again."
    )
    assert not (project / "data/dask/03_primary/spam_data").exists()


@pytest.fixture
def client() -> Iterator[Client]:
    """Return the client of a cluster of two workers."""
    with (
        dask.config.set({"dataframe.convert-string": False}),
        Client(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as client,
    ):
        yield prepare_workers(client)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("pipelines.data_processing.nodes._check_rows", id="while rows are checked"),
        pytest.param("partitions._sort", id="while duplicates are dropped"),
    ],
)
def test_a_worker_that_is_killed_changes_nothing(
    place: str, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [(("ham", "spam")[n % 2], f"message {chr(97 + n % 20) * (n % 7)}") for n in range(4000)]
    lines = pd.RangeIndex(2, len(rows) + 2, name="line")
    raw = pd.DataFrame(rows, columns=KEYS, dtype="str", index=lines)
    whole, _, quality = clean(raw)
    mark = tmp_path / "killed"
    original = operator.attrgetter(place)(spam_classifier)

    def kill_first(part: pd.DataFrame, *arguments: Any) -> pd.DataFrame:
        if len(part) and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        result: pd.DataFrame = original(part, *arguments)
        return result

    monkeypatch.setattr(f"spam_classifier.{place}", kill_first)
    parted = clean(dd.from_pandas(raw, npartitions=10))
    assert mark.exists()
    assert parted[2] == quality
    assert sort(parted[0].compute()).equals(sort(whole))


def test_a_worker_that_starts_later_knows_tables(client: Client) -> None:
    """Else it could not take over what a lost one was to do."""
    client.restart()
    modules = client.run(lambda: set(sys.modules))
    assert all("dask.dataframe" in names for names in modules.values())


def test_a_scheduler_that_is_named_is_used(tmp_path: Path, corpus: Path, client: Client) -> None:
    """The name is Dask's own setting."""
    done = run_command(
        *("kedro", "run", "--env", "dask", "--pipelines", "data_processing"),
        cwd=copy_project(tmp_path / "project", corpus),
        env={"DASK_SCHEDULER_ADDRESS": client.scheduler_info()["address"]},
    )
    assert done.returncode == 0, done.stderr
    tasks = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert sum(tasks.values()) > 0
