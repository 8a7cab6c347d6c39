"""Compares dvc.yaml with the Kedro pipeline, so that neither drifts from the other.

A DVC stage runs the nodes of one Kedro tag: the stage `evaluate@train` those tagged
`evaluate_train`. What the stage has to list follows from the nodes (parameters, datasets), the
catalog (files) and the code (see `code_dependencies`).
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import yaml
from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage
from kedro.framework.project import settings
from kedro.inspection import get_project_snapshot
from kedro.inspection.models import NodeSnapshot
from kedro.io.catalog_config_resolver import CatalogConfigResolver

from spam_classifier.code_dependencies import EntryPoint, find_used_files, locate

ENVIRONMENT = "base"
OUTSIDE_DVC = "packaging"  # tag of the nodes that only `kedro run` runs
PARAMETERS = f"conf/{ENVIRONMENT}/parameters.yml"
DATASET_SETTINGS = ("catalog*", "globals*")  # the files of the environment that every stage reads


class Stage(NamedTuple):
    """What a stage runs, reads and writes; paths are relative to the project's root."""

    command: str
    dependencies: frozenset[str]
    parameters: frozenset[str]
    outputs: frozenset[str]


def find_drift(project: Path) -> list[str]:
    """Compare every stage of dvc.yaml with the Kedro nodes that it runs.

    Args:
        project: The root of a Kedro project that is a DVC repository too.

    Returns:
        One sentence a difference; none when the two agree.

    Raises:
        DvcException: If it is no DVC repository, or DVC cannot read dvc.yaml.
    """
    kedro = KedroProject(project)
    with Repo(str(project)) as repo:
        listed = {
            stage.name: _read_stage(stage)
            for stage in repo.index.stages
            if isinstance(stage, PipelineStage)
        }
    return [
        *kedro.find_nodes_without_stage({_tag_of(name) for name in listed}),
        *(
            difference
            for name, stage in listed.items()
            for difference in (
                *kedro.find_faults(name),
                *_compare(name, stage, kedro.derive_stage(name)),
            )
        ),
        *_find_unwritten_plots(project, listed),
    ]


class KedroProject:
    """The nodes, datasets and code of a Kedro project, none of which is run."""

    def __init__(self, project: Path) -> None:
        self._path = project
        snapshot = get_project_snapshot(project, env=ENVIRONMENT)
        self._package = snapshot.metadata.package_name
        self._nodes = next(
            pipeline.nodes for pipeline in snapshot.pipelines if pipeline.name == "__default__"
        )
        self._catalog = CatalogConfigResolver(
            _read_catalog(project),
            default_runtime_patterns={"{default}": {"type": "io.MemoryDataset"}},
        )

    def derive_stage(self, name: str) -> Stage | None:
        """Return what a stage has to list, by the nodes with its tag; None if there are none."""
        tag = _tag_of(name)
        nodes, read, written = self._select(tag)
        if not nodes:
            return None
        conf = Path(settings.CONF_SOURCE, ENVIRONMENT)
        configuration = (
            path.relative_to(self._path).as_posix()
            for pattern in DATASET_SETTINGS
            for path in (self._path / conf).glob(pattern)
        )
        code = find_used_files(self._path, self._find_entry_points(nodes, read | written))
        return Stage(
            command=f"kedro run --env {ENVIRONMENT} --tags {tag}",
            dependencies=frozenset({*self._find_files(read), *configuration, *code}),
            parameters=frozenset(
                PARAMETERS if name == "parameters" else name.removeprefix("params:")
                for name in read
                if _is_parameter(name)
            ),
            outputs=frozenset(self._find_files(written)),
        )

    def find_nodes_without_stage(self, tags: set[str]) -> Iterator[str]:
        """Yield one sentence for each node that writes a file in no stage."""
        for node in self._nodes:
            in_a_stage = tags.intersection(node.tags) or OUTSIDE_DVC in node.tags
            if not in_a_stage and any(self._find_files(node.outputs)):
                why = f"its tags are {', '.join(node.tags)}" if node.tags else "it has no tags"
                yield f"Node {node.name} writes files but no stage runs it: {why}."

    def find_faults(self, name: str) -> Iterator[str]:
        """Yield one sentence for each thing that keeps a stage from being run or checked."""
        tag = _tag_of(name)
        nodes, read, _ = self._select(tag)
        if not nodes:
            yield f"Stage {name} runs nothing: no node has the tag {tag}."
        for node in nodes:
            if node.func_name.startswith("<"):
                yield (
                    f"Stage {name} runs {node.func_name} in node {node.name}, whose code cannot be "
                    "found: make it a function with a name."
                )
        for dataset in sorted(read):
            entry = self._catalog.resolve_pattern(dataset)
            if not _is_parameter(dataset) and entry["type"].endswith("MemoryDataset"):
                yield (
                    f"Stage {name} reads {dataset}, which another process cannot leave to it: "
                    "give it a file in the catalog, or the node that makes it the same tag."
                )

    def _select(self, tag: str) -> tuple[list[NodeSnapshot], set[str], set[str]]:
        """Return the nodes with a tag, and the names that they read from outside and write."""
        nodes = [node for node in self._nodes if tag in node.tags]
        written = {name for node in nodes for name in node.outputs}
        return nodes, {name for node in nodes for name in node.inputs} - written, written

    def _find_files(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the files, or folders, of the datasets that have one."""
        for name in names:
            if not _is_parameter(name):
                entry = self._catalog.resolve_pattern(name)
                if path := entry.get("filepath", entry.get("path")):
                    yield PurePosixPath(path).as_posix()

    def _find_entry_points(
        self, nodes: Iterable[NodeSnapshot], names: Iterable[str]
    ) -> Iterator[EntryPoint]:
        """Yield the functions of nodes, and what the catalog names for datasets, as validators."""
        for node in nodes:
            if node.source:
                yield node.source.filepath, node.func_name
        for name in names:
            if not _is_parameter(name):
                for text in _find_texts(self._catalog.resolve_pattern(name)):
                    if text.startswith(f"{self._package}.") and (place := locate(self._path, text)):
                        yield place


def _tag_of(stage: str) -> str:
    """Return the tag of the nodes that a stage runs."""
    return stage.replace("@", "_")


def _is_parameter(name: str) -> bool:
    return name == "parameters" or name.startswith("params:")


def _read_catalog(project: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of the catalog, without the credentials, which nobody needs here."""
    loader = settings.CONFIG_LOADER_CLASS(
        conf_source=str(project / settings.CONF_SOURCE),
        env=ENVIRONMENT,
        **settings.CONFIG_LOADER_ARGS,
    )
    return {
        name: {key: value for key, value in entry.items() if key != "credentials"}
        for name, entry in loader["catalog"].items()
        if isinstance(entry, dict) and not name.startswith("_")
    }


def _find_texts(value: Any) -> Iterator[str]:
    """Yield every text in the values of nested dictionaries and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _find_texts(item)


def _read_stage(stage: PipelineStage) -> Stage:
    """Return what dvc.yaml lists for a stage."""
    parameters = [item for item in stage.deps if isinstance(item, ParamsDependency)]
    files = [item for item in stage.deps if not isinstance(item, ParamsDependency)]
    return Stage(
        command=stage.cmd,
        dependencies=frozenset(PurePosixPath(item.def_path).as_posix() for item in files),
        parameters=frozenset(name for item in parameters for name in _read_parameters(item)),
        outputs=frozenset(PurePosixPath(item.def_path).as_posix() for item in stage.outs),
    )


def _read_parameters(dependency: ParamsDependency) -> list[str]:
    """Return the listed names; the file itself where all are meant; `file:name` of another file."""
    path = PurePosixPath(dependency.def_path).as_posix()
    if path == PARAMETERS:
        return dependency.params or [path]
    return [f"{path}:{name}" for name in dependency.params] or [path]


def _compare(name: str, listed: Stage, derived: Stage | None) -> Iterator[str]:
    """Yield one sentence for each difference between dvc.yaml and the pipeline."""
    if derived is None:
        return
    if listed.command != derived.command:
        yield f"Stage {name} runs `{listed.command}`: it should run `{derived.command}`."
    for kind in ("dependencies", "parameters", "outputs"):
        in_dvc, in_kedro = getattr(listed, kind), getattr(derived, kind)
        for item in sorted(in_kedro - in_dvc):
            yield f"Stage {name} lacks {item} in its {kind}."
        for item in sorted(in_dvc - in_kedro):
            yield f"Stage {name} lists {item} in its {kind}, which its nodes do not use."


def _find_unwritten_plots(project: Path, stages: Mapping[str, Stage]) -> Iterator[str]:
    """Yield one sentence for each file that a plot of dvc.yaml shows and no stage writes."""
    written = {path for stage in stages.values() for path in stage.outputs}
    for name, path in _find_plotted_files(project):
        if path not in written:
            yield f"Plot {name} shows {path}, which no stage writes."


def _find_plotted_files(project: Path) -> Iterator[tuple[str, str]]:
    """Yield name and file of the plots at the end of dvc.yaml; without `y`, its name is a file."""
    file = project / "dvc.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    for plot in content.get("plots", []):
        for name, options in plot.items() if isinstance(plot, dict) else [(plot, None)]:
            axes = [(options or {}).get(axis) for axis in ("x", "y")]
            paths = [path for axis in axes if isinstance(axis, dict) for path in axis]
            yield from ((name, path) for path in paths or [name])
