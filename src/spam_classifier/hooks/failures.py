"""Who tells an error: a sentence what a user can mend, a traceback what is a fault of the code."""

import errno
import re
import traceback
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import kedro.runner
import yaml
from kedro.config import MissingConfigException
from kedro.io import DataCatalog, DatasetError
from kedro.validation import DataValidationError
from omegaconf.errors import OmegaConfBaseException

from spam_classifier.errors import MISSING_FILE_HINT, RAW_FILE, RawFileError, UserError
from spam_classifier.tables import EXTRA_REMEDY

PACKAGE = Path(__file__).parents[1]
RUNNERS = Path(kedro.runner.__file__).parent
NAMED = re.compile(r"(?:(\w+): )?(.*)", re.DOTALL)  # Kedro puts a dataset's name before its errors
SYSTEM_ERROR = re.compile(r"\[Errno (\d+)\] ([^:\n'\"]+)(?:: ['\"](.+?)['\"])?")
NO_FOLDER = re.compile("configuration path .* is not a valid directory: (/.+)/(.+)")
FULL = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "raise the limit of a file's size (`ulimit -f`)",
}
TOO_LITTLE_MEMORY = (
    "The memory is too small for this run, or for the limit that is set on it: give it more, or "
    "run with `--env dask`, whose tables may be larger than memory."
)


def explain_failure(error: Exception, catalog: DataCatalog, run_params: dict[str, Any]) -> str:
    """Say in one sentence what a user can mend behind an error of a run.

    Args:
        error: What a node or a dataset raised.
        catalog: The catalog of the run.
        run_params: What Kedro knows about the run.

    Returns:
        The sentence; empty for a fault of the code.
    """
    cause: BaseException | None = error
    while cause:
        root = cause
        match cause:
            case RawFileError():
                return _add_advice(cause.message, catalog, run_params)
            case UserError():
                return cause.message
            case MemoryError() | BrokenProcessPool():
                return TOO_LITTLE_MEMORY
            case ImportError() if "failed to map segment" in str(cause):
                return TOO_LITTLE_MEMORY
            case DataValidationError():
                return _describe_violation(cause)
        cause = cause.__cause__
    return _explain_text(error, root, catalog, run_params)


def _explain_text(
    error: Exception, root: BaseException, catalog: DataCatalog, run_params: dict[str, Any]
) -> str:
    """Say what is wrong by the text of an error: Kedro's parallel runner keeps nothing else."""
    name, text = NAMED.fullmatch(str(error)).groups("")  # type: ignore[union-attr]
    is_saving = text.startswith("Failed while saving")
    if name == "raw_messages":
        return _add_advice(text, catalog, run_params)
    if name == "extra_messages":
        return f"{text} {EXTRA_REMEDY}"
    if isinstance(error, DatasetError) and not text.startswith("Failed while"):
        return text
    if found := SYSTEM_ERROR.search(str(error)):
        path = getattr(catalog.get(name), "_filepath", "") if name in catalog else ""
        return _explain_system(found, str(path), is_saving, run_params)
    if text.startswith("Failed while loading") and isinstance(root, ValueError | DatasetError):
        reason = text.partition("\n")[2].partition("\n")[0].strip(" .")
        return f"{name} cannot be read ({reason}): {_name_maker(name, run_params)}"
    return ""


def _explain_system(
    found: re.Match[str], path: str, is_saving: bool, run_params: dict[str, Any]
) -> str:
    """Say which file the system refused, why, and what to do."""
    number, reason, named = int(found[1]), found[2].strip(), found[3]
    if number == errno.ENOENT and not is_saving:
        path = named or path
        return f"{path} is missing. {_name_maker(path, run_params)}"
    doing = "written" if is_saving or number in FULL else "read"
    remedy = FULL.get(number, "check the permissions of the file and its folder")
    path = path or named or "A temporary file"
    return f"{path} cannot be {doing} ({reason}): {remedy}, then run again."


def _name_maker(path: str, run_params: dict[str, Any]) -> str:
    """Say how to get a file."""
    if path.endswith(RAW_FILE.as_posix()):
        return MISSING_FILE_HINT
    env = f" --env {run_params['env']}" if run_params.get("env") else ""
    return f"`kedro run{env}` makes all files in their order."


def _add_advice(sentence: str, catalog: DataCatalog, run_params: dict[str, Any]) -> str:
    """Add what to type to the sentence about a raw file that does not fit."""
    from spam_classifier.datasets.raw_table_dataset import RawTableDataset
    from spam_classifier.pipelines.data_processing.raw_file_advice import advise

    dataset = catalog.get("raw_messages")
    if not isinstance(dataset, RawTableDataset):
        return sentence
    return f"{sentence} {advise(dataset, catalog.load('parameters'), run_params)}".strip()


def _describe_violation(error: DataValidationError) -> str:
    """Say which checks a table fails, without Kedro's examples: they hold messages."""
    failures = "; ".join(
        f"{failure.column or 'the table'} fails '{failure.check}' ({failure.failure_count} times)"
        for failure in error.failures
    )
    return f"{error.dataset_name} breaks its contract: {failures}. `kedro run` makes it again."


def explain_refusal(error: Exception) -> str:
    """Say in one sentence what Kedro refuses of a command or of the settings.

    Args:
        error: What was raised.

    Returns:
        The sentence; empty if a node or the project's own code was at work, whose faults keep
        their traceback.
    """
    if isinstance(error, UserError):
        return error.message
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [file for file in files if PACKAGE in file.parents]
    callers = [file for file in ours if file.parent == PACKAGE / "hooks" or file.name == "cli.py"]
    if ours != callers or files[-1] in ours or any(RUNNERS in file.parents for file in files):
        return ""
    sentence = " ".join(str(error).strip('"').split())
    if missing := NO_FOLDER.search(sentence):
        conf = Path(missing[1])
        known = ", ".join(sorted(path.name for path in conf.glob("*/")))
        return f"There is no environment {missing[2]}: {conf.name}/ has {known}."
    if isinstance(error, MissingConfigException | OmegaConfBaseException | yaml.YAMLError):
        return f"The settings cannot be read: {sentence}"
    return sentence
