"""Who tells an error: a sentence what a user can mend, a traceback what is a fault of the code."""

import errno
import os
import re
import traceback
from collections.abc import Iterator
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
SYSTEM_ERROR = re.compile(r"\[Errno (\d+)\] ([^:\n'\"]+)(?:: ['\"](.+?)['\"])?")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "raise the limit of a file's size (`ulimit -f`)",
    errno.EACCES: "check the permissions of the file and its folder",
    errno.EPERM: "check the permissions of the file and its folder",
    errno.EROFS: "make the file system writable",
}
CODE_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError)
SETTINGS_ERRORS = (MissingConfigException, OmegaConfBaseException, yaml.YAMLError)
TOO_LITTLE_MEMORY = (
    "The memory is too small for this run, or for the limit that is set on it: give it more, or "
    "run with `--env dask`, whose tables may be larger than memory."
)


def find_mistake(
    error: Exception, catalog: DataCatalog, run_params: dict[str, Any]
) -> UserError | None:
    """Find what a user can mend behind an error of a run.

    Args:
        error: What a node or a dataset raised.
        catalog: The catalog of the run.
        run_params: What Kedro knows about the run.

    Returns:
        The mistake in a sentence; None for a fault of the code.
    """
    causes = list(_list_causes(error))
    told = (_explain_cause(cause, catalog, run_params) for cause in causes)
    sentence = next(filter(None, told), "")
    if not sentence and isinstance(error, DataValidationError):
        sentence = _describe_violation(error)
    elif not sentence and isinstance(error, DatasetError):
        sentence = _explain_dataset(error, causes[-1], catalog, run_params)
    elif not sentence and (found := SYSTEM_ERROR.search(str(error))):
        sentence = _explain_system(found, "", str(error), run_params)
    return UserError(sentence) if sentence else None


def _explain_cause(cause: BaseException, catalog: DataCatalog, run_params: dict[str, Any]) -> str:
    """Return what is told whatever the error is in which it is wrapped."""
    match cause:
        case RawFileError():
            return _add_advice(cause.message, catalog, run_params)
        case UserError():
            return cause.message
        case MemoryError() | BrokenProcessPool():
            return TOO_LITTLE_MEMORY
    return ""


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__


def _explain_dataset(
    error: DatasetError, root: BaseException, catalog: DataCatalog, run_params: dict[str, Any]
) -> str:
    """Say in one sentence which file is wrong, and what to do."""
    name, _, sentence = str(error).partition(": ")
    if name == "raw_messages":
        return _add_advice(sentence, catalog, run_params)
    if name == "extra_messages":
        return f"{sentence} {EXTRA_REMEDY}"
    if found := SYSTEM_ERROR.search(str(error)):
        path = str(getattr(catalog.get(name), "_filepath", name))
        return _explain_system(found, path, sentence, run_params)
    if not sentence.startswith("Failed while "):
        return str(error)
    if isinstance(root, CODE_FAULTS) or sentence.startswith("Failed while saving"):
        return ""
    reason = sentence.partition("\n")[2].partition("\n")[0].strip(" .")
    return f"{name} cannot be read ({reason}): {_name_maker(run_params)}"


def _explain_system(
    found: re.Match[str], path: str, sentence: str, run_params: dict[str, Any]
) -> str:
    """Say which file the system refused, why, and what to do.

    Kedro's parallel runner keeps only the text of an error, so that is what this goes by.
    """
    number, reason = int(found[1]), found[2].strip()
    path = path or found[3]
    is_saving = "while saving" in sentence or number in FULL
    if number == errno.ENOENT and not is_saving:
        path = found[3] or path
        return f"{path} is missing{_say_who_makes(path, run_params)}"
    remedy = REMEDIES.get(number, "mend that")
    if is_saving:
        path = path or "A temporary file"
        return f"{path} cannot be written ({reason}): {remedy}, then run again."
    return f"{path} cannot be read ({reason}): {remedy}, then run again."


def _say_who_makes(path: str, run_params: dict[str, Any]) -> str:
    """Say how to get a file that is missing."""
    if path.endswith(RAW_FILE.as_posix()):
        return f". {MISSING_FILE_HINT}"
    return f": {_name_maker(run_params)}"


def _name_maker(run_params: dict[str, Any]) -> str:
    """Say which command makes the files of a run."""
    env = f" --env {run_params['env']}" if run_params.get("env") else ""
    return f"`kedro run{env}` makes all files in their order."


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


def explain_refusal(error: Exception, conf: Path, env: str | None) -> str:
    """Say in one sentence what Kedro refuses of a command or of the settings.

    Args:
        error: What was raised.
        conf: The folder of the settings, or their archive.
        env: The environment that was asked for.

    Returns:
        The sentence; empty if a node or the project's own code was at work, whose faults keep
        their traceback.
    """
    if not _is_kedros_own(error):
        return ""
    if isinstance(error, SETTINGS_ERRORS):
        return explain_settings(error, conf, env)
    return _join_lines(error)


def explain_settings(error: Exception, conf: Path, env: str | None) -> str:
    """Say in one sentence which settings cannot be read; the arguments are as above."""
    env = env or os.environ.get("KEDRO_ENV")
    if isinstance(error, MissingConfigException) and env and conf.is_dir():
        known = sorted(path.name for path in conf.iterdir() if path.is_dir())
        if env not in known:
            return f"There is no environment {env}: {conf.name}/ has {', '.join(known)}."
    return f"The settings cannot be read: {_join_lines(error)}"


def _join_lines(error: Exception) -> str:
    return " ".join(str(error).strip('"').split())


def _is_kedros_own(error: Exception) -> bool:
    """Tell whether no node was running, and no code of ours but what calls Kedro."""
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [file for file in files if PACKAGE in file.parents]
    callers = [file for file in ours if file.parent == PACKAGE / "hooks" or file.name == "cli.py"]
    has_started = any(RUNNERS in file.parents for file in files)
    return not has_started and ours == callers and files[-1] not in ours
