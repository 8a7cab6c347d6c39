"""Around a run: parameters are checked, its places locked, nodes timed, errors told."""

import logging
import os
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from spam_classifier.errors import UserError
from spam_classifier.hooks.failures import explain_failure
from spam_classifier.hooks.lock import lock
from spam_classifier.hooks.metrics_table import format_metrics
from spam_classifier.hooks.preconditions import require_memory, require_model_store
from spam_classifier.parameters import check_globals, check_parameters
from spam_classifier.storage import remove_parts, restore_folder, use_atomic_writes

logger = logging.getLogger(__name__)

METRICS = ("train_metrics", "test_metrics")
PACKAGED = "packaged_model"


class ProjectHooks:
    """The hooks of every run of this project."""

    def __init__(self) -> None:
        self._node_starts: dict[str, float] = {}
        self._locks = ExitStack()
        self._folder = Path()
        self._start = 0.0

    @hook_impl(tryfirst=True)  # what is wrong with the settings is told here
    def after_context_created(self, context: KedroContext) -> None:
        """Refuse wrong parameters before any node runs, make writes atomic, set up the log."""
        use_atomic_writes()
        log = context.project_path / "conf/logging.yml"  # Kedro finds it from the root only
        if "KEDRO_LOGGING_CONFIG" not in os.environ and log.exists():
            LOGGING.configure(yaml.safe_load(log.read_text(encoding="utf-8")))
        settings = context.config_loader["globals"]
        check_globals(settings)
        check_parameters(
            context.config_loader["parameters"],
            context.env,
            typed=context.config_loader.runtime_params or {},
            project=context.project_path,
            on_cluster=settings.get("cluster", False),
        )
        self._folder = context.project_path / settings["folder"]

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Refuse what cannot end well, lock what will be written, tidy up after killed runs.

        Raises:
            UserError: If messages to score are given to a run of other pipelines, memory or the
                place of the model store are missing, or another run is at work.
        """
        typed = run_params.get("runtime_params") or {}
        written = pipeline.all_outputs()
        if "messages" in typed and "messages_to_score" not in pipeline.inputs():
            raise UserError(
                "This run trains, and does not score messages: add `--pipelines batch_scoring`."
            )
        require_memory()
        if PACKAGED in written:
            require_model_store()
        outputs = _find_files(written, catalog)
        inputs = [f for f in _find_files(pipeline.inputs(), catalog) if self._folder in f.parents]
        self._locks.close()  # those of a run that was interrupted
        try:
            for file in {self._name_lock_file(path) for path in outputs}:
                self._locks.enter_context(lock(file))
                self._start = file.stat().st_mtime  # by the clock of whatever keeps the files
            for path in outputs + inputs:
                restore_folder(path)
            for path in outputs:
                remove_parts(path)
        except OSError as error:
            raise UserError(
                f"{error.filename} cannot be written ({error.strerror}): mend that, then run again."
            ) from None

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Note the time."""
        self._node_starts[node.name] = time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Log one line a node."""
        seconds = time.perf_counter() - self._node_starts.pop(node.name)
        logger.info("%-32s %5.2f s", node.name, seconds)

    @hook_impl
    def after_pipeline_run(
        self, run_result: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Print the metrics that the run wrote, and let others write."""
        if not run_result:
            logger.info("Nothing was missing: no node ran, and no parameter was applied.")
        self._end(pipeline, catalog)

    @hook_impl
    def on_pipeline_error(
        self,
        error: Exception,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        """Print what was measured, and say in one sentence what a user can mend.

        Raises:
            UserError: If the user can mend what stopped the run.
        """
        self._end(pipeline, catalog)
        if sentence := explain_failure(error, catalog, run_params):
            raise UserError(sentence) from None

    def _name_lock_file(self, output: Path) -> Path:
        """Return the file whose lock stands for the data folder, or for an output elsewhere."""
        if self._folder in output.parents:
            return self._folder / ".run.lock"
        return output.with_name(f".{output.name}.lock")

    def _end(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        new = {
            name: catalog.load(name)
            for name in METRICS
            for file in _find_files(pipeline.all_outputs() & {name}, catalog)
            if file.exists() and file.stat().st_mtime > self._start
        }
        if new:
            print(format_metrics(new))
        self._locks.close()


def _find_files(names: Iterable[str], catalog: DataCatalog) -> list[Path]:
    """Return the paths of those datasets that are files or folders."""
    paths = (getattr(catalog.get(name), "_filepath", None) for name in sorted(names))
    return [Path(path) for path in paths if path]
