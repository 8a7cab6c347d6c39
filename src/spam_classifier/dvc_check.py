"""Compares dvc.yaml with the Kedro pipeline, so that neither drifts from the other.

A DVC stage runs the nodes of one Kedro tag: the stage `evaluate@train` those tagged
`evaluate_train`. The nodes say which parameters, files and folders of code the stage has to list.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage
from kedro.inspection import get_project_snapshot
from kedro.inspection.models import DatasetSnapshot, NodeSnapshot

ENVIRONMENT = "base"
OUTSIDE_DVC = "packaging"  # tag of the nodes that only `kedro run` runs
CONF = f"conf/{ENVIRONMENT}"
PARAMETERS = f"{CONF}/parameters.yml"
CODE = "src/"
ALWAYS = {f"{CONF}/catalog.yml", f"{CONF}/globals.yml", "requirements.lock"}

Stage = set[tuple[str, str]]  # what it runs, reads or writes: the kind, and a path from the root


def find_drift(project: Path) -> list[str]:
    """Compare every stage of dvc.yaml with the Kedro nodes that it runs.

    A stage may list more of the project's code than the folders of its nodes and datasets.

    Args:
        project: The root of a Kedro project that is a DVC repository too.

    Returns:
        One sentence a difference; none when the two agree.

    Raises:
        DvcException: If it is no DVC repository, or DVC cannot read dvc.yaml.
    """
    with Repo(str(project)) as repo:
        stages = [stage for stage in repo.index.stages if isinstance(stage, PipelineStage)]
        listed = {stage.name: _read_stage(stage) for stage in stages}
        plotted = {PurePosixPath(*key).as_posix() for key in repo.index.plot_keys.get("repo", ())}
    snapshot = get_project_snapshot(project, env=ENVIRONMENT)
    nodes = next(each.nodes for each in snapshot.pipelines if each.name == "__default__")
    drift: list[str] = []
    for name, stage in listed.items():
        tag = _tag_of(name)
        chosen = [node for node in nodes if tag in node.tags]
        drift += _compare(name, stage, _derive_stage(tag, chosen, snapshot.datasets))
    tags_of_stages = {OUTSIDE_DVC, *map(_tag_of, listed)}
    for node in nodes:
        if _find_files(snapshot.datasets, node.outputs) and tags_of_stages.isdisjoint(node.tags):
            tags = ", ".join(node.tags) or "none"
            drift.append(f"Node {node.name} writes files but no stage runs it (its tags: {tags}).")
    written = {item for stage in listed.values() for kind, item in stage if kind == "outputs"}
    drift += [f"A plot shows {path}, which no stage writes." for path in sorted(plotted - written)]
    return drift


def _tag_of(stage: str) -> str:
    """Return the tag of the nodes that a stage runs."""
    return stage.replace("@", "_")


def _read_stage(stage: PipelineStage) -> Stage:
    """Return what dvc.yaml lists for a stage."""
    found = {("commands", stage.cmd)}
    for kind, items in (("dependencies", stage.deps), ("outputs", stage.outs)):
        for item in items:
            path = PurePosixPath(item.def_path).as_posix()
            names = item.params or ["all"] if isinstance(item, ParamsDependency) else []
            found |= {(kind, f"{path}:{name}") for name in names} or {(kind, path)}
    return found


def _derive_stage(
    tag: str, nodes: list[NodeSnapshot], datasets: dict[str, DatasetSnapshot]
) -> Stage:
    """Return what the stage that runs some nodes has to list."""
    written = {name for node in nodes for name in node.outputs}
    read = {name for node in nodes for name in node.inputs} - written
    parameters = {
        f"{PARAMETERS}:{name.removeprefix('params:') if name != 'parameters' else 'all'}"
        for name in read
        if name == "parameters" or name.startswith("params:")
    }
    code = {str(PurePosixPath(node.source.filepath).parent) for node in nodes if node.source}
    for name in (read | written).intersection(datasets):
        package, _, module = datasets[name].type.partition(".datasets.")
        code |= {f"{CODE}{package}/datasets"} if module else set()
    return {
        ("commands", f"kedro run --env {ENVIRONMENT} --tags {tag}"),
        *(("dependencies", each) for each in ALWAYS | parameters | code),
        *(("dependencies", path) for path in _find_files(datasets, read)),
        *(("outputs", path) for path in _find_files(datasets, written)),
    }


def _find_files(datasets: dict[str, DatasetSnapshot], names: Iterable[str]) -> set[str]:
    """Return the files, or folders, of the datasets that have one."""
    paths = [datasets[name].filepath for name in names if name in datasets]
    return {PurePosixPath(path).as_posix() for path in paths if path}


def _compare(name: str, listed: Stage, derived: Stage) -> Iterator[str]:
    """Yield one sentence for each difference between dvc.yaml and the pipeline."""
    if all(kind != "outputs" for kind, _ in derived):
        yield f"Stage {name} runs nothing that writes a file: give a node the tag {_tag_of(name)}."
        return
    for kind, item in sorted(derived - listed):
        yield f"Stage {name} lacks {item} in its {kind}."
    for kind, item in sorted(listed - derived):
        if not item.startswith(CODE):
            yield f"Stage {name} lists {item} in its {kind}, which its nodes do not use."
