"""Where dvc.yaml and a Kedro pipeline differ is told in one line a difference."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dvc.exceptions import DvcException, NotDvcRepoError
from dvc.repo import Repo
from kedro.framework.project import configure_project

from helpers import PROJECT, copy_project, invoke_kedro, refusal
from spam_classifier.dvc_check import find_drift

FILES = {
    "pyproject.toml": """
        [tool.kedro]
        package_name = "shop"
        project_name = "shop"
        kedro_init_version = "1.0.0"
    """,
    "conf/base/parameters.yml": """
        discount: 0.1
        price: {least: 1, most: 9}
    """,
    "conf/base/catalog.yml": """
        orders: {type: pandas.CSVDataset, filepath: data/orders.csv}
        totals: {type: json.JSONDataset, filepath: data/totals.json}
        "{part}_report": {type: shop.datasets.reports.ReportDataset, filepath: "data/{part}.txt"}
    """,
    "conf/base/globals.yml": "folder: data",
    "conf/local/.gitkeep": "",
    "src/shop/__init__.py": "",
    "src/shop/settings.py": "",
    "src/shop/datasets/__init__.py": "",
    "src/shop/datasets/reports.py": "class ReportDataset: pass",
    "src/shop/sales/__init__.py": "",
    "src/shop/sales/nodes.py": """
        def add_up(*inputs):
            pass

        def report(totals, price):
            return totals
    """,
    "src/shop/pipeline_registry.py": """
        from kedro.pipeline import Pipeline, node
        from shop.sales.nodes import add_up, report

        def register_pipelines():
            return {"__default__": Pipeline([
                node(add_up, ["orders", "params:discount"], "totals", name="add_up", tags="add"),
                node(report, ["totals", "params:price"], "big_report", name="report",
                     tags="report_big"),
            ])}
    """,
    "dvc.yaml": """
        stages:
          add:
            cmd: kedro run --env base --tags add
            deps:
            - data/orders.csv
            - conf/base/catalog.yml
            - conf/base/globals.yml
            - requirements.lock
            - src/shop/sales
            params:
            - conf/base/parameters.yml: [discount]
            outs: [data/totals.json]
          report:
            foreach: [big]
            do:
              cmd: kedro run --env base --tags report_${item}
              deps:
              - data/totals.json
              - conf/base/catalog.yml
              - conf/base/globals.yml
              - requirements.lock
              - src/shop/datasets
              - src/shop/sales
              params:
              - conf/base/parameters.yml: [price]
              outs: ["data/${item}.txt"]
        plots:
        - data/big.txt
    """,
}

Make = Callable[..., Path]


@pytest.fixture
def make_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return a function that makes a small Kedro and DVC project, some texts in it replaced.

    It takes file, old text and new text; the project and Kedro's settings are forgotten afterwards.
    """
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def make(*replacements: tuple[str, str, str]) -> Path:
        for name, content in FILES.items():
            lines = [line.removeprefix(" " * 8) for line in content.splitlines()]
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("\n".join(lines))
        for name, old, new in replacements:
            content = (tmp_path / name).read_text()
            assert content.count(old) == 1, old
            (tmp_path / name).write_text(content.replace(old, new))
        Repo.init(str(tmp_path), no_scm=True).close()
        return tmp_path

    yield make
    for module in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[module]
    configure_project("spam_classifier")


def test_a_pipeline_and_stages_that_agree_make_no_line(make_shop: Make) -> None:
    assert find_drift(make_shop()) == []


CATALOG, STAGES, REGISTRY = "conf/base/catalog.yml", "dvc.yaml", "src/shop/pipeline_registry.py"
LACKS = "Stage add lacks {} in its dependencies."
LISTS = "Stage add lists {} in its {}, which its nodes do not use."
INPUTS = '["orders", "params:discount"]'
DRIFTS = {
    "a renamed input": (
        (CATALOG, "data/orders.csv", "data/all.csv"),
        [LACKS.format("data/all.csv"), LISTS.format("data/orders.csv", "dependencies")],
    ),
    "a renamed output": (
        (CATALOG, "data/totals.json", "data/sums.json"),
        [
            "Stage add lacks data/sums.json in its outputs.",
            LISTS.format("data/totals.json", "outputs"),
            "Stage report@big lacks data/sums.json in its dependencies.",
            "Stage report@big lists data/totals.json in its dependencies, "
            "which its nodes do not use.",
        ],
    ),
    "a new input, and the folder of its dataset": (
        (REGISTRY, INPUTS, '["orders", "params:discount", "small_report"]'),
        [LACKS.format("data/small.txt"), LACKS.format("src/shop/datasets")],
    ),
    "a new parameter": (
        (REGISTRY, INPUTS, '["orders", "params:discount", "params:price.least"]'),
        [LACKS.format("conf/base/parameters.yml:price.least")],
    ),
    "all parameters": (
        (REGISTRY, INPUTS, '["orders", "parameters"]'),
        [
            LACKS.format("conf/base/parameters.yml:all"),
            LISTS.format("conf/base/parameters.yml:discount", "dependencies"),
        ],
    ),
    "another tag": (
        (REGISTRY, 'tags="add"', 'tags="sum"'),
        [
            "Stage add runs nothing that writes a file: give a node the tag add.",
            "Node add_up writes files but no stage runs it (its tags: sum).",
        ],
    ),
    "an upgraded library would not count": (
        (STAGES, "- requirements.lock\n    - src/shop/sales", "- src/shop/sales"),
        [LACKS.format("requirements.lock")],
    ),
    "the folder of a node": (
        (STAGES, "    - src/shop/sales\n    params", "    params"),
        [LACKS.format("src/shop/sales")],
    ),
    "a wrong command": (
        (STAGES, "--env base --tags add", "--tags add"),
        [
            "Stage add lacks kedro run --env base --tags add in its commands.",
            LISTS.format("kedro run --tags add", "commands"),
        ],
    ),
    "parameters of another file": (
        (STAGES, "conf/base/parameters.yml: [discount]", "params.yaml: [discount]"),
        [
            LACKS.format("conf/base/parameters.yml:discount"),
            LISTS.format("params.yaml:discount", "dependencies"),
        ],
    ),
    "a plot of another file": (
        (STAGES, "- data/big.txt", "- sizes: {x: size, y: {data/sizes.csv: count}}"),
        ["A plot shows data/sizes.csv, which no stage writes."],
    ),
    "more code than the nodes'": (
        (STAGES, "- src/shop/sales\n    params", "- src/shop\n    - src/shop/sales\n    params"),
        [],
    ),
}


@pytest.mark.parametrize(("change", "lines"), DRIFTS.values(), ids=DRIFTS)
def test_each_difference_makes_one_line(
    change: tuple[str, str, str], lines: list[str], make_shop: Make
) -> None:
    assert find_drift(make_shop(change)) == lines


def test_a_project_without_dvc_or_with_a_damaged_dvc_yaml_is_refused(make_shop: Make) -> None:
    project = make_shop((STAGES, "cmd: kedro run --env base --tags add", "no_command: 1"))
    with pytest.raises(DvcException):
        find_drift(project)
    shutil.rmtree(project / ".dvc")
    with pytest.raises(NotDvcRepoError):
        find_drift(project)


# --- the command, in a copy of this project ----------------------------------------------------


def copy_with_dvc(folder: Path) -> Path:
    """Copy this project with its stages."""
    project = copy_project(folder)
    Repo.init(str(project), no_scm=True).close()
    shutil.copy(PROJECT / "dvc.yaml", project)
    for pointer in PROJECT.glob("data/01_raw/*.dvc"):
        shutil.copy(pointer, project / "data/01_raw")
    return project


def test_this_project_agrees_with_its_dvc_yaml(tmp_path: Path) -> None:
    result = invoke_kedro(copy_with_dvc(tmp_path), "dvc-check")
    assert result.stdout == "dvc.yaml and the Kedro pipeline agree.\n"
    assert result.exit_code == 0


def test_kedro_dvc_check_tells_drift_and_fails(tmp_path: Path) -> None:
    project = copy_with_dvc(tmp_path)
    catalog = project / "conf/base/catalog.yml"
    catalog.write_text(catalog.read_text().replace("spam_data.csv", "messages.csv"))
    result = invoke_kedro(project, "dvc-check")
    line = "Stage clean_data lacks data/03_primary/messages.csv in its outputs."
    assert line in result.stdout.splitlines()
    assert result.exit_code == 1


def test_kedro_dvc_check_names_a_settings_file_that_is_no_yaml(tmp_path: Path) -> None:
    project = copy_with_dvc(tmp_path)
    (project / "conf/base/parameters.yml").write_text("split: [")
    sentence = refusal(invoke_kedro(project, "dvc-check"))
    assert sentence.startswith("The settings cannot be read: ")
    assert "conf/base/parameters.yml" in sentence


def test_kedro_dvc_check_says_when_there_is_no_dvc_repository(tmp_path: Path) -> None:
    result = invoke_kedro(copy_project(tmp_path), "dvc-check")
    assert result.stderr.startswith("Error: you are not inside of a DVC repository")
