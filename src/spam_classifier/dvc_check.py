"""Compares dvc.yaml with the Kedro pipeline, so that neither drifts from the other.

A DVC stage runs the nodes of one Kedro tag: the stage `evaluate@train` those tagged
`evaluate_train`. What the stage has to list follows from the nodes, the catalog and the code.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage
from kedro.inspection import get_project_snapshot
from kedro.inspection.models import DatasetSnapshot, NodeSnapshot, ProjectSnapshot

from spam_classifier.code_dependencies import find_used_files

ENVIRONMENT = "base"
CATALOG = "conf/base/catalog.yml"
PARAMETERS = "conf/base/parameters.yml"


class Stage(NamedTuple):
    """What a stage runs, reads and writes; paths are relative to the project's root."""

    command: str
    dependencies: frozenset[str]
    parameters: frozenset[str]
    outputs: frozenset[str]


def find_drift(project: Path) -> list[str]:
    """Compare every stage of dvc.yaml with the Kedro nodes that it runs.

    Args:
        project: The project's root, with a dvc.yaml.

    Returns:
        One sentence a difference; none when the two agree.
    """
    snapshot = get_project_snapshot(project, env=ENVIRONMENT)
    with Repo(str(project)) as repo:
        listed = {
            stage.name.replace("@", "_"): _read_stage(stage, project)
            for stage in repo.index.stages
            if isinstance(stage, PipelineStage)
        }
    nodes = next(item.nodes for item in snapshot.pipelines if item.name == "__default__")
    return [
        *_find_nodes_without_stage(nodes, snapshot, set(listed)),
        *(
            difference
            for tag, stage in listed.items()
            for difference in _compare(tag, stage, _derive_stage(tag, nodes, snapshot, project))
        ),
    ]


def _read_stage(stage: PipelineStage, project: Path) -> Stage:
    """Return what dvc.yaml lists for a stage."""
    parameters = [item for item in stage.deps if isinstance(item, ParamsDependency)]
    files = [item for item in stage.deps if not isinstance(item, ParamsDependency)]
    root = project.resolve()
    return Stage(
        command=stage.cmd,
        dependencies=frozenset(Path(item.fs_path).relative_to(root).as_posix() for item in files),
        parameters=frozenset(name for item in parameters for name in item.params),
        outputs=frozenset(Path(item.fs_path).relative_to(root).as_posix() for item in stage.outs),
    )


def _derive_stage(
    tag: str, nodes: Iterable[NodeSnapshot], snapshot: ProjectSnapshot, project: Path
) -> Stage:
    """Return what a stage has to list, by the nodes with its tag."""
    tagged = [node for node in nodes if tag in node.tags]
    written = {name for node in tagged for name in node.outputs}
    read = {name for node in tagged for name in node.inputs} - written
    return Stage(
        command=f"kedro run --env {ENVIRONMENT} --tags {tag}",
        dependencies=frozenset(
            {
                CATALOG,
                *_find_paths(read, snapshot),
                *find_used_files(project, _find_entry_points(tagged, read | written, snapshot)),
            }
        ),
        parameters=frozenset(
            name.removeprefix("params:").split(".")[0] for name in read if name.startswith("params:")
        ),
        outputs=frozenset(_find_paths(written, snapshot)),
    )


def _find_paths(names: Iterable[str], snapshot: ProjectSnapshot) -> Iterator[str]:
    """Yield the files of the datasets that have one."""
    for name in names:
        dataset = snapshot.datasets.get(name)
        if dataset and dataset.filepath:
            yield dataset.filepath


def _find_entry_points(
    nodes: Iterable[NodeSnapshot], names: Iterable[str], snapshot: ProjectSnapshot
) -> set[tuple[str, str]]:
    """Return file and name of each node's function and of each dataset class of the project."""
    functions = {
        (node.source.filepath, node.func_name.split(".")[-1]) for node in nodes if node.source
    }
    datasets = [snapshot.datasets[name] for name in names if name in snapshot.datasets]
    package = snapshot.metadata.package_name
    return functions | {
        _locate_class(dataset) for dataset in datasets if dataset.type.startswith(f"{package}.")
    }


def _locate_class(dataset: DatasetSnapshot) -> tuple[str, str]:
    module, _, name = dataset.type.rpartition(".")
    return f"src/{module.replace('.', '/')}.py", name


def _find_nodes_without_stage(
    nodes: Iterable[NodeSnapshot], snapshot: ProjectSnapshot, stages: set[str]
) -> Iterator[str]:
    for node in nodes:
        if not stages.intersection(node.tags) and any(_find_paths(node.outputs, snapshot)):
            yield f"Node {node.name} writes files but no stage runs it: its tags are {node.tags}."


def _compare(tag: str, listed: Stage, derived: Stage) -> Iterator[str]:
    """Yield one sentence for each difference between dvc.yaml and the pipeline."""
    if listed.command != derived.command:
        yield f"Stage {tag} runs `{listed.command}`: it should run `{derived.command}`."
    for kind in ("dependencies", "parameters", "outputs"):
        in_dvc, in_kedro = getattr(listed, kind), getattr(derived, kind)
        yield from (f"Stage {tag} lacks {item} in its {kind}." for item in sorted(in_kedro - in_dvc))
        yield from (
            f"Stage {tag} lists {item} in its {kind}, which its nodes do not use."
            for item in sorted(in_dvc - in_kedro)
        )
