"""Runs with `cluster: true` in globals.yml, on real clusters of Dask's."""

import csv
import itertools
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import dask
import pandas as pd
import pytest
from distributed import Client, LocalCluster

from helpers import RAW_CSV, clean, cut, fabricate_csv, invoke_kedro, refusal, run_kedro
from spam_classifier.dask_engine import cluster as engine
from spam_classifier.dask_engine import partitions

pytestmark = pytest.mark.slow

KEYS = ["Category", "Message"]
TABLES = (
    "02_intermediate/rejected_messages",
    "03_primary/spam_data",
    "05_model_input/train_messages",
    "05_model_input/test_messages",
)


@pytest.fixture
def project(project: Path, cluster: LocalCluster) -> Iterator[Path]:
    """Return the project, whose runs use the cluster of the tests."""
    with dask.config.set({"scheduler-address": cluster.scheduler_address}):
        yield project


def sort(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[KEYS].astype("str").sort_values(KEYS, ignore_index=True)


def test_a_cluster_gives_the_same_rows_and_counts_and_is_let_go(
    project: Path, cluster: LocalCluster, corpus: Path
) -> None:
    """It reads the messages from four files of unequal size, in an environment of another name."""
    rows = pd.read_csv(corpus, dtype="str", keep_default_na=False, nrows=1500)
    rows.loc[[7, 1200], KEYS] = [("ham", " "), ("", "who is this")]  # cannot be used
    rows.to_csv(project / RAW_CSV, index=False, quoting=csv.QUOTE_ALL)
    (project / "messages").mkdir()
    for number, (start, end) in enumerate(itertools.pairwise([0, 100, 1000, 1001, 1500])):
        part = project / f"messages/part-{number}.csv"
        rows[start:end].to_csv(part, index=False, quoting=csv.QUOTE_ALL)
    shutil.copytree(project / "conf/dask", project / "conf/dask-prod")
    others, before = set(cluster.scheduler.clients), len(cluster.scheduler.task_prefixes)
    pipelines = ["data_processing"]
    run_kedro(project, env="dask-prod", params={"raw_file": "messages"}, pipeline_names=pipelines)
    assert len(cluster.scheduler.task_prefixes) > before
    assert set(cluster.scheduler.clients) <= others
    run_kedro(project, params={"split": {"strategy": "hashed"}}, pipeline_names=pipelines)
    for table in TABLES:
        rows = pd.read_csv(project / f"data/{table}.csv", dtype="str", keep_default_na=False)
        parted = pd.read_parquet(project / f"data/dask/{table}")
        pd.testing.assert_frame_equal(sort(rows), sort(parted))
        if "rejected" in table:
            assert set(parted["file"]) == {"part-0.csv", "part-3.csv"}
    for part in project.glob("data/dask/03_primary/spam_data/*.parquet"):
        rows = pd.read_parquet(part)[KEYS].astype("str")
        assert rows.equals(sort(rows)), "the same rows would not give the same files"
    for report in ("data_quality", "split_report"):
        files = (project / f"data/{folder}/08_reporting/{report}.json" for folder in (".", "dask"))
        ours, theirs = (json.loads(file.read_bytes()) for file in files)
        assert ours == theirs


def test_a_run_that_fails_lets_go_of_the_cluster(project: Path, cluster: LocalCluster) -> None:
    others = set(cluster.scheduler.clients)
    (project / "messages").mkdir()
    (project / "messages/part-6.csv").write_bytes(fabricate_csv())
    (project / "messages/part-7.csv").write_bytes(b"Category,Message\nham,caf\xe9\n")
    result = invoke_kedro(project, "run", "--env", "dask", "--params", "raw_file=messages")
    assert result.stderr.splitlines()[-1].startswith("Error: part-7.csv is not utf-8 (line 2 has ")
    assert not (project / "data/dask/03_primary/spam_data").exists()
    assert set(cluster.scheduler.clients) <= others


@pytest.mark.usefixtures("project")
def test_what_an_interrupted_run_holds_is_let_go_when_the_next_one_starts(
    cluster: LocalCluster,
) -> None:
    others, hooks = set(cluster.scheduler.clients), engine.ClusterHooks()
    interrupted, following = (
        mock.Mock(config_loader={"globals": {"cluster": is_wanted}}) for is_wanted in (True, False)
    )
    hooks.after_context_created(interrupted)
    hooks.before_pipeline_run()
    assert set(cluster.scheduler.clients) > others
    hooks.after_context_created(following)
    assert set(cluster.scheduler.clients) <= others


def test_a_run_is_refused_before_there_is_a_cluster(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "connect", lambda: pytest.fail("There is a cluster."))
    arguments = ("--env", "dask", "--params", "messages=big.csv,predictions=scored.csv")
    assert "This run trains" in refusal(invoke_kedro(project, "run", *arguments))


def test_a_scheduler_that_is_silent_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "tcp://127.0.0.1:1"  # where nothing listens
    monkeypatch.setattr(engine, "PATIENCE", "1s")
    with dask.config.set({"scheduler-address": address}):
        result = invoke_kedro(project, "run", "--env", "dask")
    assert refusal(result) == (
        f"The Dask scheduler {address} does not answer (OSError): start it, or correct or unset "
        "DASK_SCHEDULER_ADDRESS."
    )


def test_a_worker_that_is_killed_changes_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not even after a shuffle, of which it held a part."""
    rows = [(("ham", "spam")[n % 2], f"message {chr(97 + n % 20) * (n % 7)}") for n in range(4000)]
    raw = pd.DataFrame(rows, columns=KEYS, dtype="str").rename_axis("line")
    whole, _, quality = clean(raw)
    mark = tmp_path / "killed"
    original = partitions._sort

    def kill_first(part: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        if len(part) and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return original(part, columns)

    monkeypatch.setattr(partitions, "_sort", kill_first)
    parted = clean(cut(raw, 10))
    assert mark.exists()
    assert parted[2] == quality
    assert sort(parted[0].compute()).equals(sort(whole))
