"""Where dvc.yaml and the Kedro pipeline differ is told in one line a difference."""

import shutil
from pathlib import Path

import pytest
from dvc.exceptions import DvcException
from dvc.repo import Repo

from helpers import PROJECT, copy_project, invoke_kedro, run_command
from spam_classifier.dvc_check import find_drift

STAGES, CATALOG = "dvc.yaml", "conf/base/catalog.yml"
LACKS = "Stage clean_data lacks {} in its {}."
LISTS = "Stage clean_data lists {} in its {}, which its nodes do not use."
CODE = "src/spam_classifier/"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of this project with its stages."""
    project = copy_project(tmp_path)
    Repo.init(str(project), no_scm=True).close()
    shutil.copy(PROJECT / STAGES, project)
    for pointer in PROJECT.glob("data/01_raw/*.dvc"):
        shutil.copy(pointer, project / "data/01_raw")
    return project


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text where it stands first."""
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))


@pytest.mark.parametrize(("change", "lines"), [
    pytest.param(
        (CATALOG, "/02_intermediate/rejected_messages.csv", "/02_intermediate/rejected.csv"),
        [
            LACKS.format("data/02_intermediate/rejected.csv", "outputs"),
            LISTS.format("data/02_intermediate/rejected_messages.csv", "outputs"),
        ],
        id="a renamed output",
    ),
    pytest.param(
        (STAGES, "          - label_aliases\n", "          - decision\n"),
        [
            LACKS.format("conf/base/parameters.yml:label_aliases", "dependencies"),
            LISTS.format("conf/base/parameters.yml:decision", "dependencies"),
        ],
        id="a parameter",
    ),
    pytest.param(
        (STAGES, f"      - {CODE}datasets\n      - {CODE}errors.py\n      - {CODE}pipelines/data_p",
         f"      - {CODE}errors.py\n      - {CODE}pipelines/data_p"),
        [LACKS.format(f"{CODE}datasets", "dependencies")],
        id="the folder of a dataset",
    ),
    pytest.param(
        (STAGES, "      - requirements.lock\n", ""),
        [LACKS.format("requirements.lock", "dependencies")],
        id="an upgraded library would not count",
    ),
    pytest.param(
        (STAGES, "kedro run --env base --tags clean_data", "kedro run --tags clean_data"),
        [
            LACKS.format("kedro run --env base --tags clean_data", "commands"),
            LISTS.format("kedro run --tags clean_data", "commands"),
        ],
        id="a command",
    ),
    pytest.param(
        (STAGES, "  clean_data:\n", "  clean:\n"),
        [
            "Stage clean runs nothing that writes a file: give a node the tag clean.",
            "Node clean_messages writes files but no stage runs it (its tags: clean_data).",
        ],
        id="a tag",
    ),
    pytest.param(
        (STAGES, "data/08_reporting/test_calibration.csv: observed", "data/bins.csv: observed"),
        ["A plot shows data/bins.csv, which no stage writes."],
        id="a plot",
    ),
    pytest.param(
        (STAGES, f"      - {CODE}errors.py\n", f"      - {CODE}errors.py\n      - {CODE}cli.py\n"),
        [],
        id="more code than the nodes'",
    ),
])  # fmt: skip
def test_each_difference_makes_one_line(
    change: tuple[str, str, str], lines: list[str], project: Path
) -> None:
    file, *texts = change
    edit(project / file, *texts)
    assert find_drift(project) == lines


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
    folder = f"{CODE}pipelines/data_processing"
    assert done.stdout.splitlines() == [LACKS.format(folder, "dependencies")]
    assert done.returncode == 1
