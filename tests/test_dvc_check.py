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

from helpers import PROJECT, copy_project, invoke_kedro
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


@pytest.mark.parametrize(
    ("file", "old", "new", "lines"),
    [
        pytest.param(
            CATALOG,
            "data/orders.csv",
            "data/all.csv",
            [
                "Stage add lacks data/all.csv in its dependencies.",
                "Stage add lists data/orders.csv in its dependencies, which its nodes do not use.",
            ],
            id="a renamed input",
        ),
        pytest.param(
            CATALOG,
            "data/{part}.txt",
            "data/{part}.md",
            [
                "Stage report@big lacks data/big.md in its outputs.",
                "Stage report@big lists data/big.txt in its outputs, which its nodes do not use.",
            ],
            id="a renamed output",
        ),
        pytest.param(
            REGISTRY,
            '["orders", "params:discount"]',
            '["orders", "params:discount", "small_report"]',
            [
                "Stage add lacks data/small.txt in its dependencies.",
                "Stage add lacks src/shop/datasets in its dependencies.",
            ],
            id="a new input, and the folder of its dataset",
        ),
        pytest.param(
            REGISTRY,
            '["orders", "params:discount"]',
            '["orders", "params:discount", "params:price.least"]',
            ["Stage add lacks price.least in its parameters."],
            id="a new parameter",
        ),
        pytest.param(
            REGISTRY,
            '["orders", "params:discount"]',
            '["orders", "parameters"]',
            [
                "Stage add lacks conf/base/parameters.yml:all in its parameters.",
                "Stage add lists discount in its parameters, which its nodes do not use.",
            ],
            id="all parameters",
        ),
        pytest.param(
            REGISTRY,
            'tags="add"',
            'tags="sum"',
            [
                "Stage add runs nothing that writes a file: give a node the tag add.",
                "Node add_up writes files but no stage runs it (its tags: sum).",
            ],
            id="another tag",
        ),
        pytest.param(
            REGISTRY,
            ', tags="add"',
            "",
            [
                "Stage add runs nothing that writes a file: give a node the tag add.",
                "Node add_up writes files but no stage runs it (its tags: none).",
            ],
            id="no tag",
        ),
        pytest.param(
            STAGES,
            "- requirements.lock\n    - src/shop/sales",
            "- src/shop/sales",
            ["Stage add lacks requirements.lock in its dependencies."],
            id="an upgraded library would not count",
        ),
        pytest.param(
            STAGES,
            "    - src/shop/sales\n    params",
            "    params",
            ["Stage add lacks src/shop/sales in its dependencies."],
            id="the folder of a node",
        ),
        pytest.param(
            STAGES,
            "--env base --tags add",
            "--tags add",
            [
                "Stage add runs `kedro run --tags add`: "
                "it should run `kedro run --env base --tags add`."
            ],
            id="a wrong command",
        ),
        pytest.param(
            STAGES,
            "conf/base/parameters.yml: [discount]",
            "params.yaml: [discount]",
            [
                "Stage add lacks discount in its parameters.",
                "Stage add lists params.yaml:discount in its parameters, "
                "which its nodes do not use.",
            ],
            id="parameters of another file",
        ),
        pytest.param(
            STAGES,
            "- data/big.txt",
            "- sizes: {x: size, y: {data/sizes.csv: count}}",
            ["Plot sizes shows data/sizes.csv, which no stage writes."],
            id="a plot of another file",
        ),
    ],
)
def test_each_difference_makes_one_line(
    file: str, old: str, new: str, lines: list[str], make_shop: Make
) -> None:
    assert find_drift(make_shop((file, old, new))) == lines


def test_more_code_may_be_listed(make_shop: Make) -> None:
    more = "- src/shop/sales\n    - src/shop/settings.py\n    params"
    assert find_drift(make_shop((STAGES, "- src/shop/sales\n    params", more))) == []


def test_without_dvc_yaml_every_node_lacks_a_stage(make_shop: Make) -> None:
    project = make_shop()
    (project / "dvc.yaml").unlink()
    assert find_drift(project) == [
        "Node add_up writes files but no stage runs it (its tags: add).",
        "Node report writes files but no stage runs it (its tags: report_big).",
    ]


def test_a_project_without_dvc_is_refused(make_shop: Make) -> None:
    project = make_shop()
    shutil.rmtree(project / ".dvc")
    with pytest.raises(NotDvcRepoError):
        find_drift(project)


def test_a_damaged_dvc_yaml_is_refused(make_shop: Make) -> None:
    with pytest.raises(DvcException):
        find_drift(make_shop((STAGES, "cmd: kedro run --env base --tags add", "no_command: 1")))


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


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        pytest.param(
            "conf/base/catalog.yml",
            "/03_primary/spam_data.csv",
            "/03_primary/messages.csv",
            "Stage clean_data lacks data/03_primary/messages.csv in its outputs.",
            id="a renamed file",
        ),
        pytest.param(
            "dvc.yaml",
            "kedro run --env base --tags clean_data",
            "kedro run --tags clean_data",
            "Stage clean_data runs `kedro run --tags clean_data`: "
            "it should run `kedro run --env base --tags clean_data`.",
            id="a wrong command",
        ),
    ],
)
def test_kedro_dvc_check_tells_drift_and_fails(
    file: str, old: str, new: str, line: str, tmp_path: Path
) -> None:
    project = copy_with_dvc(tmp_path)
    content = (project / file).read_text()
    assert content.count(old) == 1
    (project / file).write_text(content.replace(old, new))
    result = invoke_kedro(project, "dvc-check")
    assert line in result.stdout.splitlines()
    assert result.exit_code == 1


def test_kedro_dvc_check_names_a_settings_file_that_is_no_yaml(tmp_path: Path) -> None:
    project = copy_with_dvc(tmp_path)
    (project / "conf/base/parameters.yml").write_text("split: [")
    result = invoke_kedro(project, "dvc-check")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The settings cannot be read: ")
    assert "conf/base/parameters.yml" in result.stderr


def test_kedro_dvc_check_says_when_there_is_no_dvc_repository(tmp_path: Path) -> None:
    result = invoke_kedro(copy_project(tmp_path), "dvc-check")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: you are not inside of a DVC repository")
