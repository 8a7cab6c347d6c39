"""Runs with `cluster: true` in globals.yml, on real clusters of Dask's."""

import csv
import itertools
import json
import operator
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask
import dask.dataframe as dd
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from kedro.runner import SequentialRunner

import spam_classifier
from helpers import (
    clean,
    copy_project,
    fabricate_csv,
    find_free_port,
    invoke_kedro,
    refusal,
    run_command,
    run_kedro,
)
from spam_classifier.dask_engine import cluster as engine

pytestmark = pytest.mark.slow

KEYS = ["Category", "Message"]
TABLES = (
    "02_intermediate/rejected_messages",
    "03_primary/spam_data",
    "05_model_input/train_messages",
    "05_model_input/test_messages",
)


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> tuple[Path, Path]:
    """Return the data folders of two runs: the split in one process, and all of it on a cluster.

    The second one reads the corpus from four files of unequal size, in an environment of its own.
    """
    plain = copy_project(tmp_path_factory.mktemp("plain") / "project", corpus)
    params = {"split": {"strategy": "hashed"}}
    run_kedro(plain, params=params, pipeline_names=["data_processing"])
    parted = copy_project(tmp_path_factory.mktemp("parted") / "project")
    (parted / "messages").mkdir()
    rows = pd.read_csv(corpus, dtype="str", keep_default_na=False)
    for number, (start, end) in enumerate(itertools.pairwise([0, 100, 2000, 2001, len(rows)])):
        part = parted / f"messages/part-{number}.csv"
        rows[start:end].to_csv(part, index=False, quoting=csv.QUOTE_ALL)
    shutil.copytree(parted / "conf/dask", parted / "conf/dask-prod")
    arguments = ("--env", "dask-prod", "--params", "raw_file=messages")
    done = run_command("kedro", "run", *arguments, cwd=parted)
    assert done.returncode == 0, done.stderr
    return plain / "data", parted / "data/dask"


def sort(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[KEYS].astype("str").sort_values(KEYS, ignore_index=True)


def test_a_cluster_gives_the_same_rows_and_counts(projects: tuple[Path, Path]) -> None:
    plain, parted = projects
    for table in TABLES:
        rows = pd.read_csv(plain / f"{table}.csv", dtype="str", keep_default_na=False)
        pd.testing.assert_frame_equal(sort(rows), sort(pd.read_parquet(parted / table)))
    for report in ("data_quality", "split_report"):
        ours, theirs = (folder / f"08_reporting/{report}.json" for folder in projects)
        assert json.loads(ours.read_bytes()) == json.loads(theirs.read_bytes())


def test_a_model_from_a_cluster_is_good_enough_to_be_packaged(projects: tuple[Path, Path]) -> None:
    metrics = json.loads((projects[1] / "08_reporting/test_metrics.json").read_text())
    assert metrics["weighted avg"]["f1-score"] > 0.985
    assert (projects[1] / "08_reporting/model_card.md").exists()


@pytest.fixture
def project(make_project: Callable[..., Path], cluster: LocalCluster) -> Iterator[Path]:
    """Return a project whose runs in this process use the cluster of the tests."""
    with dask.config.set({"scheduler-address": cluster.scheduler_address}):
        yield make_project(fabricate_csv())


class InterruptedRunner(SequentialRunner):
    """A runner that a user ends by Ctrl-C."""

    def _run(self, *arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt


def test_the_scheduler_that_is_named_computes_and_is_let_go(
    project: Path, cluster: LocalCluster, client: Client
) -> None:
    def count() -> int:
        tasks = client.run(lambda dask_worker: dask_worker.state.executed_count)
        return sum(tasks.values())

    others, before = set(cluster.scheduler.clients), count()
    run_kedro(project, env="dask", tags=["clean_data"])
    assert count() > before
    assert set(cluster.scheduler.clients) <= others


def test_a_run_that_fails_lets_go_of_the_cluster(project: Path, cluster: LocalCluster) -> None:
    others = set(cluster.scheduler.clients)
    folder = project / "messages"
    folder.mkdir()
    for number in range(10):
        rows = f"ham,see you at {number}\nspam,win {number}\n"
        (folder / f"part-{number}.csv").write_text(f"Category,Message\n{rows}")
    (folder / "part-7.csv").write_bytes(b"Category,Message\nham,caf\xe9\n")
    result = invoke_kedro(project, "run", "--env", "dask", "--params", "raw_file=messages")
    assert result.stderr.splitlines()[-1] == (
        "Error: part-7.csv is not utf-8 (line 2 has the byte 0xe9). Mend or remove it, then run "
        "again."
    )
    assert not (project / "data/dask/03_primary/spam_data").exists()
    assert set(cluster.scheduler.clients) <= others


def test_a_run_that_was_interrupted_lets_go_of_the_cluster_when_the_next_one_starts(
    project: Path, cluster: LocalCluster
) -> None:
    """Where the process ends, Dask itself lets go."""
    others = set(cluster.scheduler.clients)
    with pytest.raises(KeyboardInterrupt):
        run_kedro(project, env="dask", runner=InterruptedRunner())
    invoke_kedro(project, "run", "--tags", "clean_data")
    assert set(cluster.scheduler.clients) <= others


def test_a_run_is_refused_before_there_is_a_cluster(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "connect", lambda: pytest.fail("There is a cluster."))
    arguments = ("--env", "dask", "--params", "messages=big.csv,predictions=scored.csv")
    assert "This run trains" in refusal(invoke_kedro(project, "run", *arguments))


def test_a_scheduler_that_does_not_answer_is_told_in_a_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"tcp://127.0.0.1:{find_free_port()}"
    monkeypatch.setattr(engine, "PATIENCE", "1s")
    with dask.config.set({"scheduler-address": address}):
        result = invoke_kedro(project, "run", "--env", "dask")
    assert refusal(result) == (
        f"The Dask scheduler {address} does not answer (OSError): start it, or correct or unset "
        "DASK_SCHEDULER_ADDRESS."
    )


@pytest.mark.parametrize(
    "place", ["pipelines.data_processing.row_checks._check_rows", "dask_engine.partitions._sort"]
)
def test_a_worker_that_is_killed_changes_nothing(
    place: str, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [(("ham", "spam")[n % 2], f"message {chr(97 + n % 20) * (n % 7)}") for n in range(4000)]
    raw = pd.DataFrame(rows, columns=KEYS, dtype="str").rename_axis("line")
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
