"""`kedro package`: the project runs from its wheel and an archive of its settings."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from helpers import PROJECT, RAW_CSV, fabricate_csv, run_command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the installed wheel in `lib`, the archive, and a raw file in its place.

    `kedro package` makes the same two files, in an isolated environment that it downloads.
    """
    folder = tmp_path_factory.mktemp("packaged")
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    ZipFile(wheel).extractall(folder / "lib")
    ignored = shutil.ignore_patterns("*.yml")
    shutil.copytree(PROJECT / "conf", folder / "source/conf")
    shutil.rmtree(folder / "source/conf/local")
    shutil.copytree(PROJECT / "conf/local", folder / "source/conf/local", ignore=ignored)
    shutil.make_archive(str(folder / "conf"), "gztar", folder / "source", "conf")
    raw = folder / RAW_CSV
    raw.parent.mkdir(parents=True)
    raw.write_bytes(fabricate_csv())
    return folder


def run(packaged: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command(
        *(sys.executable, "-m", "spam_classifier", "--conf-source", "conf.tar.gz", *arguments),
        cwd=packaged,
        env={"PYTHONPATH": str(packaged / "lib")},
    )


def test_a_packaged_project_runs_in_another_folder_with_the_projects_log(packaged: Path) -> None:
    done = run(packaged, "--pipelines", "data_processing")
    assert done.returncode == 0, done.stderr
    lines = (done.stderr + done.stdout).splitlines()
    assert [line.split()[0] for line in lines] == ["clean_messages", "split_messages"]
    assert (packaged / "data/05_model_input/train_messages.csv").exists()


def test_it_tells_mistakes_in_a_sentence(packaged: Path) -> None:
    done = run(packaged, "--params", "test_prop=2")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Parameter test_prop is 2")
    assert done.stderr.count("\n") == 1
