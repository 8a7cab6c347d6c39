"""What several test files share: a copy of the project, and runs of it."""

import contextlib
import functools
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from click.testing import CliRunner, Result
from kedro.framework.cli.cli import KedroCLI
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.normalisation import Normalisation
from spam_classifier.model.term_block import TermBlock
from spam_classifier.parameters import ModelParameters
from spam_classifier.pipelines.data_processing.nodes import clean_messages

PROJECT = Path(__file__).parents[1]
RAW_CSV = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
SCRIPTS = Path(sys.executable).parent
PARAMETERS: dict[str, Any] = yaml.safe_load((PROJECT / "conf/base/parameters.yml").read_text())
COLUMNS_AND_LABELS = ("text_column", "label_column", "negative_label", "positive_label")
NAMES = {name: PARAMETERS[name] for name in (*COLUMNS_AND_LABELS, "label_aliases")}

Rows = list[tuple[str, ...]]
HEADER = ("Category", "Message")
ROWS: Rows = [("ham", f"see you at place {number}") for number in range(90)]
ROWS += [("spam", f"WIN prize {number} now") for number in range(30)]


def copy_project(folder: Path, raw_csv: Path | bytes | None = None) -> Path:
    """Copy the project's code and settings, and a raw CSV or its content, into a folder."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("conf", "src"):
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored, dirs_exist_ok=True)
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(PROJECT / name, folder / name)
    (folder / RAW_CSV).parent.mkdir(parents=True, exist_ok=True)
    if raw_csv is not None:
        content = raw_csv if isinstance(raw_csv, bytes) else raw_csv.read_bytes()
        (folder / RAW_CSV).write_bytes(content)
    return folder


def commit_all(folder: Path, message: str) -> None:
    """Commit every file of a Git repository that is not ignored."""
    author = ("-c", "user.name=reader", "-c", "user.email=reader@example.org")
    for arguments in (["add", "-A"], [*author, "commit", "--allow-empty", "-qm", message]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens to at the moment.

    It is one that the system does not give to others by itself; Kedro-Viz takes none above 49151.
    """
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(condition: Callable[[], object], reason: str, seconds: float = 60.0) -> None:
    """Wait until a function's result is true; the reason is what a failure says."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, reason
        time.sleep(0.02)


def run_kedro(
    project: Path, env: str | None = None, params: dict[str, Any] | None = None, **options: Any
) -> dict[str, Any]:
    """Run the project's pipeline in this process, with options of `KedroSession.run`."""
    bootstrap_project(project)
    with KedroSession.create(project, env=env, runtime_params=params) as session:
        return session.run(**options)


def run_command(
    *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command of the virtual environment, such as `kedro run`, as a user would.

    Args:
        arguments: The command and its arguments.
        cwd: The folder to run it in.
        env: Variables to add to the environment.
        timeout: Seconds after which it is an error.
    """
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    # What make tells the makes below it does not concern one that is started here.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    # Not pipes: a worker of DVC's queue, which outlives its command, would keep them open.
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        done = subprocess.run(
            [str(argument) for argument in arguments],
            cwd=cwd,
            env=inherited | {"PATH": path} | (env or {}),
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
            check=False,
        )
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, stdout.read(), stderr.read())


def read_outputs(project: Path) -> dict[str, bytes]:
    """Return the content of every file that a run wrote, by its path below `data`."""
    folder = project / "data"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "01_raw" not in path.parts
    }


def invoke_kedro(project: Path, *arguments: str) -> Result:
    """Run a `kedro` command of a project in this process: much faster than `run_command`."""
    with contextlib.chdir(project):
        return CliRunner().invoke(KedroCLI(project), arguments)


def refusal(result: Result) -> str:
    """Return the sentence that ended a command, after checking that it is all a user sees."""
    assert isinstance(result.exception, SystemExit), result.exception  # else it is a traceback
    assert result.exit_code != 0
    line, *more = result.stderr.splitlines()
    assert not more
    return line.removeprefix("Error: ")


def fabricate_csv(*rows: str) -> bytes:
    """Return a raw CSV of 90 ham and 30 spam messages, then rows of choice from line 122 on."""
    return "\r\n".join([*map(",".join, (HEADER, *ROWS)), *rows]).encode()


def write_rows(*rows: tuple[str, ...], sep: str = ",") -> str:
    """Return the text of a table, cells as they stand."""
    return "\n".join(map(sep.join, rows))


def number_labels(one: str, zero: str) -> Rows:
    """Return `ROWS` with other labels for spam and ham."""
    return [({"spam": one, "ham": zero}[label], text) for label, text in ROWS]


def clean(raw: Any, **options: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Call the node `clean_messages` for a raw table as conf/base does, but for some options."""
    return clean_messages(**{"raw": raw, "extra": {}, **NAMES, **options})


def cut(table: pd.DataFrame, partitions: int = 3) -> Any:
    """Return a table in partitions, whose texts stay pandas' own as in a run on a cluster."""
    import dask
    import dask.dataframe as dd

    with dask.config.set({"dataframe.convert-string": False}):
        return dd.from_pandas(table, npartitions=partitions, sort=False)


def make_model_parameters(**fields: Any) -> ModelParameters:
    """Return the group `model` of conf/base, but for some fields."""
    return ModelParameters(**PARAMETERS["model"] | fields)


def make_model(**fields: Any) -> LinearTextModel:
    """Return a model without terms, but for some fields."""
    defaults: dict[str, Any] = {
        "classes": ("ham", "spam"),
        "threshold": 0.5,
        "window": 160,
        "intercept": 0.0,
        "normalisation": Normalisation(replacements={}),
        "blocks": [],
    }
    return LinearTextModel(**defaults | fields)


def make_block(
    analyzer: str, weights: dict[str, float], sizes: tuple[int, int], **fields: bool
) -> TermBlock:
    """Return a vocabulary whose terms differ in weight and frequency.

    Args:
        analyzer: `word`, whose tokens are words and symbols, or `char_wb`.
        weights: The terms with their weights.
        sizes: Shortest and longest n-gram.
        fields: `mask_digits` and `binary`, which are off otherwise.
    """
    made = {
        "analyzer": analyzer,
        "token_pattern": r"(?u)\w+|[^\w\s]" if analyzer == "word" else None,
        "ngram_range": sizes,
        "mask_digits": False,
        "binary": False,
        "terms": list(weights),
        "idf": [1.0 + index / 3 for index in range(len(weights))],
        "weights": list(weights.values()),
    }
    return TermBlock.model_validate(made | fields)


def store_model(intercept: float = 1.0, **metadata: Any) -> str:
    """Store a model without terms, and return its version, which goes with the intercept."""
    dataset = BentoModelDataset(name="spam_classifier")
    dataset.save(PackagedModel(make_model(intercept=intercept), metadata, ""))
    return str(dataset.load()[0].tag.version)


@contextlib.contextmanager
def use_store(folder: Path | None = None) -> Iterator[Path]:
    """Let BentoML have another model store meanwhile.

    Args:
        folder: Where it is; by default it is empty at first, and readable for everyone.
    """
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.models import ModelStore

    with tempfile.TemporaryDirectory() as temporary:
        Path(temporary).chmod(0o755)
        store = folder or Path(temporary)
        BentoMLContainer.model_store.set(ModelStore(store))
        try:
            yield store
        finally:
            BentoMLContainer.model_store.reset()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serve the files of a folder over HTTP, without a log, at the URL that the block gets."""
    handler = functools.partial(_QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextlib.contextmanager
def locked_out(folder: Path, mode: int) -> Iterator[None]:
    """Be a user to whom a folder says no.

    Args:
        folder: The folder, whose mode is put back afterwards.
        mode: What its owner may do; root, who may do anything, becomes someone else meanwhile.
    """
    before, user = folder.stat().st_mode, os.geteuid()
    folder.chmod(mode)
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(before)
