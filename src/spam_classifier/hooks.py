"""Around a run: parameters are checked, writes made atomic, errors told in one sentence."""

import logging
import os
import time
from pathlib import Path
from typing import Any

import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING
from kedro.io import DataCatalog, DatasetError
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro.validation import DataValidationError

from spam_classifier.errors import RawFileError, UserError

logger = logging.getLogger(__name__)

TABLE_COLUMNS = {
    "rows": ("weighted avg", "support"),
    "accuracy": ("accuracy",),
    "weighted F1": ("weighted avg", "f1-score"),
    "{positive} precision": ("{positive}", "precision"),
    "{positive} recall": ("{positive}", "recall"),
    "{negative} blocked": ("ham_blocked",),
}


class ProjectHooks:
    """The hooks of every run of this project."""

    has_started = False
    """Whether a pipeline has begun to run in this process."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._labels: dict[str, str] = {}

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Refuse wrong parameters before any node runs, make writes atomic, set up the log."""
        from spam_classifier.parameters import check_globals, check_parameters
        from spam_classifier.storage import use_atomic_writes

        ProjectHooks.has_started = False
        use_atomic_writes()
        _use_project_log(context.project_path)
        check_globals(context.config_loader["globals"])
        parameters = check_parameters(
            context.config_loader["parameters"],
            context.env,
            typed=context.config_loader.runtime_params or {},
        )
        self._labels = {
            "negative": parameters.negative_label,
            "positive": parameters.positive_label,
        }

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Note that what fails from now on is no mistake in the command."""
        ProjectHooks.has_started = True

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Note the time."""
        self._started[node.name] = time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Log one line a node."""
        seconds = time.perf_counter() - self._started.pop(node.name)
        logger.info("%-32s %5.2f s", node.name, seconds)

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Print the metrics that the run wrote."""
        written = [
            name for name in ("train_metrics", "test_metrics") if name in pipeline.all_outputs()
        ]
        if written:
            print(format_metrics({name: catalog.load(name) for name in written}, **self._labels))

    @hook_impl
    def on_pipeline_error(
        self, error: Exception, run_params: dict[str, Any], catalog: DataCatalog
    ) -> None:
        """End a run that a user's mistake stopped with one sentence instead of a traceback.

        Raises:
            UserError: If the user can mend what stopped the run.
        """
        from spam_classifier.corpus import MISSING_FILE_HINT, RAW_FILE

        cause: BaseException | None = error
        while cause:
            if isinstance(cause, RawFileError):
                raise UserError(_add_advice(cause.message, catalog, run_params)) from None
            if isinstance(cause, UserError):
                raise cause from None
            if isinstance(cause, FileNotFoundError) and cause.filename:
                if str(cause.filename).endswith(RAW_FILE.as_posix()):
                    raise UserError(f"{cause.filename} is missing. {MISSING_FILE_HINT}") from None
                env = f" --env {run_params['env']}" if run_params.get("env") else ""
                raise UserError(
                    f"{cause.filename} is missing: `kedro run{env}` makes all files in their order."
                ) from None
            cause = cause.__cause__
        if isinstance(error, DataValidationError):
            raise UserError(_describe_violation(error)) from None
        if isinstance(error, DatasetError):
            dataset, _, sentence = str(error).partition(": ")
            if dataset == "raw_messages":
                raise UserError(_add_advice(sentence, catalog, run_params)) from None
            raise UserError(str(error)) from error


def _add_advice(sentence: str, catalog: DataCatalog, run_params: dict[str, Any]) -> str:
    """Add what to type to the sentence about a raw file that does not fit."""
    from spam_classifier.datasets.raw_table_dataset import RawTableDataset
    from spam_classifier.raw_file_advice import advise

    dataset = catalog.get("raw_messages")
    if not isinstance(dataset, RawTableDataset):
        return sentence
    advice = advise(dataset, catalog.load("parameters"), run_params)
    return f"{sentence} {advice}".strip()


def _describe_violation(error: DataValidationError) -> str:
    """Say which checks a table fails, without Kedro's examples: they hold messages."""
    failures = "; ".join(
        f"{failure.column or 'the table'} fails '{failure.check}' ({failure.failure_count} times)"
        for failure in error.failures
    )
    return f"{error.dataset_name} breaks its contract: {failures}. `kedro run` makes it again."


def _use_project_log(project_path: Path) -> None:
    """Use conf/logging.yml from any folder; Kedro itself finds it only from the project's root."""
    if "KEDRO_LOGGING_CONFIG" not in os.environ:
        LOGGING.configure(yaml.safe_load((project_path / "conf/logging.yml").read_text()))


def format_metrics(metrics: dict[str, dict[str, Any]], negative: str, positive: str) -> str:
    """Lay out the main metrics as a table.

    Args:
        metrics: Metrics by dataset name, as `compute_metrics` returned them.
        negative: The class to let through.
        positive: The class to catch.

    Returns:
        A header line and one line for each dataset.
    """
    titles = [title.format(negative=negative, positive=positive) for title in TABLE_COLUMNS]
    widths = [max(14, len(title)) for title in titles]
    header = (f"{title:>{width}}" for title, width in zip(titles, widths, strict=True))
    lines = [" ".join([f"{'':13}", *header])]
    for name, values in metrics.items():
        cells = []
        for path, width in zip(TABLE_COLUMNS.values(), widths, strict=True):
            value: Any = values
            for key in path:
                value = value[key.format(negative=negative, positive=positive)]
            decimals = 0 if path[-1] == "support" else 5
            cells.append(f"{value:{width}.{decimals}f}")
        lines.append(" ".join([f"{name:13}", *cells]))
    return "\n".join(lines)
