"""Where dvc.yaml and the Kedro pipeline differ is told in one line a difference."""

import shutil
from pathlib import Path

import pytest
from dvc.exceptions import DvcException
from dvc.repo import Repo

from helpers import PROJECT, RAW_CSV, copy_project, invoke_kedro, run_command
from spam_classifier.dvc_check import find_drift

STAGES = "dvc.yaml"
CODE = "src/spam_classifier/"
PARAMETERS = "conf/base/parameters.yml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of this project with its stages."""
    project = copy_project(tmp_path)
    Repo.init(str(project), no_scm=True).close()
    shutil.copy(PROJECT / STAGES, project)
    shutil.copy(PROJECT / f"{RAW_CSV}.dvc", project / "data/01_raw")
    return project


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text where it stands first."""
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))


def test_each_difference_makes_one_line_but_more_code_does_not(project: Path) -> None:
    edit(project / "conf/base/catalog.yml", "/rejected_messages.csv", "/rejected.csv")
    for old, new in (
        ("kedro run --env base --tags clean_data", "kedro run --tags clean_data"),
        ("          - label_aliases\n", "          - decision\n"),
        ("      - requirements.lock\n", f"      - {CODE}cli.py\n"),
        (f"      - {CODE}datasets\n", ""),
        ("data/08_reporting/test_calibration.csv: observed", "data/bins.csv: observed"),
    ):
        edit(project / STAGES, old, new)
    lacks, lists = "Stage clean_data lacks", "Stage clean_data lists"
    unused = "which its nodes do not use."
    assert find_drift(project) == [
        f"{lacks} kedro run --env base --tags clean_data in its commands.",
        f"{lacks} {PARAMETERS}:label_aliases in its dependencies.",
        f"{lacks} requirements.lock in its dependencies.",
        f"{lacks} {CODE}datasets in its dependencies.",
        f"{lacks} data/02_intermediate/rejected.csv in its outputs.",
        f"{lists} kedro run --tags clean_data in its commands, {unused}",
        f"{lists} {PARAMETERS}:decision in its dependencies, {unused}",
        f"{lists} data/02_intermediate/rejected_messages.csv in its outputs, {unused}",
        "A plot shows data/bins.csv, which no stage writes.",
    ]


def test_a_stage_without_nodes_and_nodes_without_a_stage_are_told(project: Path) -> None:
    edit(project / STAGES, "  clean_data:\n", "  clean:\n")
    assert find_drift(project) == [
        "Stage clean runs nothing that writes a file: give a node the tag clean.",
        "Node clean_messages writes files but no stage runs it (its tags: clean_data).",
    ]


def test_a_project_without_dvc_or_with_a_damaged_dvc_yaml_is_refused(project: Path) -> None:
    edit(project / STAGES, "cmd: ", "no_command: ")
    with pytest.raises(DvcException):
        find_drift(project)
    shutil.rmtree(project / ".dvc")
    sentence = invoke_kedro(project, "dvc-check").stderr
    assert sentence.startswith("Error: you are not inside of a DVC repository")


@pytest.mark.slow
def test_kedro_dvc_check_tells_drift_and_fails(project: Path) -> None:
    """In a process of its own, whose nodes stand in the project's own folders."""
    edit(project / STAGES, f"      - {CODE}pipelines/data_processing\n", "")
    code = {"PYTHONPATH": str(project / "src")}
    done = run_command("kedro", "dvc-check", cwd=project, env=code)
    sentence = f"Stage clean_data lacks {CODE}pipelines/data_processing in its dependencies.\n"
    assert (done.returncode, done.stdout) == (1, sentence)
