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

from helpers import PROJECT, copy_project, invoke_kedro, run_command
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
        totals: {type: json.JSONDataset, filepath: data/totals.json, validator: shop.rules.check}
        "{part}_report": {type: shop.reports.ReportDataset, filepath: "data/{part}.txt"}
    """,
    "conf/local/.gitkeep": "",
    "src/shop/__init__.py": "",
    "src/shop/settings.py": "",
    "src/shop/rules.py": "def check(): pass",
    "src/shop/reports.py": "class ReportDataset: pass",
    "src/shop/tools.py": "def mend(): pass",
    "src/shop/nodes.py": """
        from shop.tools import mend

        def add_up(*inputs):
            mend()

        def report(totals, price):
            return totals
    """,
    "src/shop/pipeline_registry.py": """
        from kedro.pipeline import Pipeline, node
        from shop.nodes import add_up, report

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
            - src/shop/nodes.py
            - src/shop/rules.py
            - src/shop/tools.py
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
              - src/shop/nodes.py
              - src/shop/reports.py
              - src/shop/rules.py
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


CATALOG, STAGES = "conf/base/catalog.yml", "dvc.yaml"
NODES, REGISTRY = "src/shop/nodes.py", "src/shop/pipeline_registry.py"


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
            CATALOG,
            "validator: shop.rules.check",
            "validator: shop.tools.mend",
            [
                "Stage add lists src/shop/rules.py in its dependencies, "
                "which its nodes do not use.",
                "Stage report@big lacks src/shop/tools.py in its dependencies.",
                "Stage report@big lists src/shop/rules.py in its dependencies, "
                "which its nodes do not use.",
            ],
            id="another validator",
        ),
        pytest.param(
            REGISTRY,
            '["orders", "params:discount"]',
            '["orders", "params:discount", "small_report"]',
            [
                "Stage add lacks data/small.txt in its dependencies.",
                "Stage add lacks src/shop/reports.py in its dependencies.",
            ],
            id="a new input",
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
                "Stage add lacks conf/base/parameters.yml in its parameters.",
                "Stage add lists discount in its parameters, which its nodes do not use.",
            ],
            id="all parameters",
        ),
        pytest.param(
            REGISTRY,
            'tags="add"',
            'tags="sum"',
            [
                "Node add_up writes files but no stage runs it: its tags are sum.",
                "Stage add runs nothing: no node has the tag add.",
            ],
            id="another tag",
        ),
        pytest.param(
            REGISTRY,
            ', tags="add"',
            "",
            [
                "Node add_up writes files but no stage runs it: it has no tags.",
                "Stage add runs nothing: no node has the tag add.",
            ],
            id="no tag",
        ),
        pytest.param(
            REGISTRY,
            "node(add_up,",
            "node(lambda *inputs: inputs,",
            [
                "Stage add runs <lambda> in node add_up, whose code cannot be found: "
                "make it a function with a name.",
                "Stage add lists src/shop/nodes.py in its dependencies, which its nodes do not "
                "use.",
                "Stage add lists src/shop/tools.py in its dependencies, which its nodes do not "
                "use.",
            ],
            id="a function without a name",
        ),
        pytest.param(
            CATALOG,
            "totals: {type: json.JSONDataset, filepath: data/totals.json, "
            "validator: shop.rules.check}",
            "",
            [
                "Stage add lists src/shop/rules.py in its dependencies, "
                "which its nodes do not use.",
                "Stage add lists data/totals.json in its outputs, which its nodes do not use.",
                "Stage report@big reads totals, which another process cannot leave to it: "
                "give it a file in the catalog, or the node that makes it the same tag.",
                "Stage report@big lists data/totals.json in its dependencies, "
                "which its nodes do not use.",
                "Stage report@big lists src/shop/rules.py in its dependencies, "
                "which its nodes do not use.",
            ],
            id="a dataset that left the catalog",
        ),
        pytest.param(
            NODES,
            "    mend()",
            "    pass",
            ["Stage add lists src/shop/tools.py in its dependencies, which its nodes do not use."],
            id="code that is not used any more",
        ),
        pytest.param(
            NODES,
            "    return totals",
            "    mend()",
            ["Stage report@big lacks src/shop/tools.py in its dependencies."],
            id="code that is used now",
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


def test_settings_beside_the_catalog_count(make_shop: Make) -> None:
    project = make_shop()
    (project / "conf/base/globals.yml").write_text("folder: data")
    assert find_drift(project) == [
        f"Stage {stage} lacks conf/base/globals.yml in its dependencies."
        for stage in ("add", "report@big")
    ]


def test_without_dvc_yaml_every_node_lacks_a_stage(make_shop: Make) -> None:
    project = make_shop()
    (project / "dvc.yaml").unlink()
    assert find_drift(project) == [
        "Node add_up writes files but no stage runs it: its tags are add.",
        "Node report writes files but no stage runs it: its tags are report_big.",
    ]


def test_credentials_are_not_needed(make_shop: Make) -> None:
    path = "filepath: data/orders.csv"
    assert find_drift(make_shop((CATALOG, path, f"{path}, credentials: nobody"))) == []


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
    """Copy this project with its stages, which may have drifted in the work tree already."""
    project = copy_project(folder)
    Repo.init(str(project), no_scm=True).close()
    shutil.copy(PROJECT / "dvc.yaml", project)
    for pointer in PROJECT.glob("data/01_raw/*.dvc"):
        shutil.copy(pointer, project / "data/01_raw")
    return project


def run_check(project: Path) -> tuple[set[str], int]:
    """Run the command in a process of its own, which loads the copy's code."""
    done = run_command("kedro", "dvc-check", cwd=project, env={"PYTHONPATH": str(project / "src")})
    return set(done.stdout.splitlines()), done.returncode


@pytest.fixture(scope="session")
def drift_of_the_work_tree(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    lines, code = run_check(copy_with_dvc(tmp_path_factory.mktemp("unchanged")))
    agree = {"dvc.yaml and the Kedro pipeline agree."}
    assert (lines == agree) == (code == 0)
    return lines


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        pytest.param(
            "src/spam_classifier/pipelines/data_processing/pipeline.py",
            'inputs=["spam_data",',
            'inputs=["data_quality",',
            "Stage train_test_split lacks data/08_reporting/data_quality.json in its dependencies.",
            id="a new node input",
        ),
        pytest.param(
            "conf/base/catalog.yml",
            "/06_models/spam_classifier.json",
            "/06_models/model.json",
            "Stage train lacks data/06_models/model.json in its outputs.",
            id="a renamed file",
        ),
        pytest.param(
            "src/spam_classifier/pipelines/data_processing/pipeline.py",
            '"params:random_state"',
            '"params:model"',
            "Stage train_test_split lacks model in its parameters.",
            id="a parameter that the stage does not list",
        ),
        pytest.param(
            "dvc.yaml",
            "kedro run --env base --tags clean_data",
            "kedro run --tags clean_data",
            "Stage clean_data runs `kedro run --tags clean_data`: "
            "it should run `kedro run --env base --tags clean_data`.",
            id="a wrong command",
        ),
        pytest.param(
            "src/spam_classifier/pipelines/data_science/pipeline.py",
            'tags="train"',
            'tags="fit"',
            "Node train_model writes files but no stage runs it: its tags are fit.",
            id="a node without a stage",
        ),
        pytest.param(
            "src/spam_classifier/pipelines/data_processing/nodes.py",
            "    reasons = find_reasons(",
            "    from spam_classifier import storage\n    storage.use_atomic_writes()\n"
            "    reasons = find_reasons(",
            "Stage clean_data lacks src/spam_classifier/storage.py in its dependencies.",
            id="a code file that is used but not listed",
        ),
    ],
)
def test_kedro_dvc_check_tells_drift_and_fails(
    file: str, old: str, new: str, line: str, *, tmp_path: Path, drift_of_the_work_tree: set[str]
) -> None:
    project = copy_with_dvc(tmp_path)
    content = (project / file).read_text()
    assert content.count(old) == 1
    (project / file).write_text(content.replace(old, new))
    lines, code = run_check(project)
    assert line in lines - drift_of_the_work_tree
    assert code == 1


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
