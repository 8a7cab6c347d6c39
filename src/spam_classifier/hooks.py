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
from spam_classifier.tables import EXTRA_REMEDY

logger = logging.getLogger(__name__)

METRICS = ("train_metrics", "test_metrics")
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
        self._metrics: dict[str, Any] = {}

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
            project=context.project_path,
        )
        self._labels = {
            "negative": parameters.negative_label,
            "positive": parameters.positive_label,
        }

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Refuse messages to score where nothing scores them; what fails later is no typing error.

        Raises:
            UserError: If they are given to a run of other pipelines.
        """
        typed = run_params.get("runtime_params") or {}
        if "messages" in typed and "messages_to_score" not in pipeline.inputs():
            raise UserError(
                "This run trains, and does not score messages: add `--pipelines batch_scoring`."
            )
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
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Take the metrics down."""
        if dataset_name in METRICS:
            self._metrics[dataset_name] = data

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Print the metrics that the run wrote."""
        self._print_metrics()

    def _print_metrics(self) -> None:
        found = {name: self._metrics.pop(name) for name in METRICS if name in self._metrics}
        if found:
            print(format_metrics(found, **self._labels))

    @hook_impl
    def on_pipeline_error(
        self, error: Exception, run_params: dict[str, Any], catalog: DataCatalog
    ) -> None:
        """Print what was measured, and say in one sentence what a user can mend.

        Raises:
            UserError: If the user can mend what stopped the run.
        """
        self._print_metrics()
        mistake = _find_mistake(error, catalog, run_params)
        if mistake:
            raise mistake from None


def _find_mistake(
    error: Exception, catalog: DataCatalog, run_params: dict[str, Any]
) -> UserError | None:
    """Return the user's mistake behind an error; None for a fault of the code."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, RawFileError):
            return UserError(_add_advice(cause.message, catalog, run_params))
        if isinstance(cause, UserError):
            return cause
        if isinstance(cause, FileNotFoundError) and cause.filename:
            return UserError(f"{cause.filename} is missing{_say_who_makes(cause, run_params)}")
        cause = cause.__cause__
    if isinstance(error, DataValidationError):
        return UserError(_describe_violation(error))
    if isinstance(error, DatasetError):
        return UserError(_explain_dataset(error, catalog, run_params))
    return None


def _say_who_makes(error: FileNotFoundError, run_params: dict[str, Any]) -> str:
    """Say how to get a file that is missing."""
    from spam_classifier.errors import MISSING_FILE_HINT, RAW_FILE

    if str(error.filename).endswith(RAW_FILE.as_posix()):
        return f". {MISSING_FILE_HINT}"
    return f": {_name_maker(run_params)}"


def _name_maker(run_params: dict[str, Any]) -> str:
    """Say which command makes the files of a run."""
    env = f" --env {run_params['env']}" if run_params.get("env") else ""
    return f"`kedro run{env}` makes all files in their order."


def _explain_dataset(error: DatasetError, catalog: DataCatalog, run_params: dict[str, Any]) -> str:
    """Say in one sentence which file is wrong, and what to do."""
    dataset, _, sentence = str(error).partition(": ")
    if dataset == "raw_messages":
        return _add_advice(sentence, catalog, run_params)
    if dataset == "extra_messages":
        return f"{sentence} {EXTRA_REMEDY}"
    if not sentence.startswith("Failed while loading") or not error.__cause__:
        return str(error)
    root: BaseException = error
    while root.__cause__:
        root = root.__cause__
    reason = str(root).partition("\n")[0].strip(" .")
    return f"{dataset} cannot be read ({reason}): {_name_maker(run_params)}"


def _add_advice(sentence: str, catalog: DataCatalog, run_params: dict[str, Any]) -> str:
    """Add what to type to the sentence about a raw file that does not fit."""
    from spam_classifier.datasets.raw_table_dataset import RawTableDataset
    from spam_classifier.pipelines.data_processing.raw_file_advice import advise

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
