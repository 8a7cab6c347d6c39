"""What may stand in the parameters, and the sentence for what may not.

The description of a field is its list of allowed values, in the words of the error message.
"""

import codecs
from collections.abc import Container
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from spam_classifier.errors import UserError, explain_problem
from spam_classifier.tables import REJECTED_SUFFIX, SEPARATORS

REFERENCE_ENVIRONMENT = "workshop"
OUTPUT_SUFFIXES = (".parquet", ".csv", "")
IN_PARTITIONS = {"split.strategy": "hashed", "model.name": "linear_sgd"}
SHARE = "a number from 0 to 1"


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SplitParameters(_Group):
    """How rows are shared between training and test."""

    strategy: Literal["stratified", "sequential", "grouped", "hashed"] = Field(
        description="stratified, sequential, grouped or hashed"
    )


class ModelParameters(_Group):
    """What is trained; all but the name belong to the linear models."""

    name: Literal["linear", "linear_sgd", "svc_rbf"] = Field(
        description=f"linear, linear_sgd, or svc_rbf with --env {REFERENCE_ENVIRONMENT}"
    )
    C: float = Field(ge=1e-6, le=1e6, description="a number from 0.000001 to 1000000")
    class_weight: Literal["balanced"] | None = Field(description="balanced or null")
    word_ngram_max: int = Field(ge=1, le=5, description="a whole number from 1 to 5")
    character_ngram_max: int = Field(ge=1, le=8, description="a whole number from 1 to 8")
    character_min_df: int = Field(ge=1, description="a whole number, 1 or more")
    naive_bayes_weight: float = Field(ge=0, le=1000, description="a number from 0 to 1000")
    naive_bayes_alpha: float = Field(
        ge=1e-6, le=1e6, description="a number from 0.000001 to 1000000"
    )
    max_features: int = Field(ge=1, description="a whole number, 1 or more")
    epochs: int = Field(ge=1, description="a whole number, 1 or more")


class DecisionParameters(_Group):
    """How the threshold is chosen, on scores of training messages that the model did not see."""

    strategy: Literal["max_f1", "max_ham_blocked"] = Field(description="max_f1 or max_ham_blocked")
    max_ham_blocked: float = Field(ge=0, le=1, description=SHARE)


class QualityGateParameters(_Group):
    """What a model's test metrics must reach before it is packaged."""

    least_test_rows: int = Field(ge=1, description="a whole number, 1 or more")
    least_spam_precision: float = Field(ge=0, le=1, description=SHARE)
    least_spam_recall: float = Field(ge=0, le=1, description=SHARE)
    least_weighted_f1: float = Field(ge=0, le=1, description=SHARE)
    tolerance: float = Field(ge=0, le=1, description=SHARE)


def _check_separator(value: str) -> str:
    if value not in SEPARATORS and len(value) != 1:
        raise ValueError
    return value


def _check_encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError:
        raise ValueError from None
    return value


def _check_aliases(value: Any) -> Any:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value.values()):
        raise ValueError
    return value


ColumnName = Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=1)]
NUMBERED_LABELS = "; a number gets a name by label_aliases, as in label_aliases.1=spam"
COLUMN = "the name of a column, or its number from 1 on with header=false"


class RawFileParameters(_Group):
    """How to read the raw file: for `--params` only, over what stands in globals.yml."""

    raw_file: str = Field("", min_length=1, description="a path or a URL")
    sep: Annotated[str, AfterValidator(_check_separator)] = Field(
        "", description=f"{', '.join(SEPARATORS)} or a character"
    )
    encoding: Annotated[str, AfterValidator(_check_encoding)] = Field(
        "", description="an encoding that Python knows, such as utf-8 or cp1252"
    )
    header: bool = Field(True, description="true, or false for a file without header")
    quotes: bool | None = Field(
        None, description="true, or false where quotation marks do not enclose cells"
    )
    credentials: str = Field("", description="a name in conf/local/credentials.yml")


def _check_output(value: str) -> str:
    if PurePath(value).suffix not in OUTPUT_SUFFIXES:
        raise ValueError
    return value


class BatchParameters(_Group):
    """What the pipeline `batch_scoring` reads and writes: for `--params` only."""

    messages: str = Field("", min_length=1, description="the path of a file or folder of messages")
    predictions: Annotated[str, AfterValidator(_check_output)] = Field(
        "",
        min_length=1,
        description="a path that ends in .parquet or .csv, or has no suffix for a folder",
    )


class _Globals(RawFileParameters):
    folder: str = Field(min_length=1, description="a path")
    cluster: bool = Field(False, description="true or false")


class Parameters(RawFileParameters, BatchParameters):
    """All parameters of the project, as in conf/base/parameters.yml and on the command line."""

    text_column: ColumnName = Field(description=COLUMN)
    label_column: ColumnName = Field(description=COLUMN)
    label_aliases: Annotated[dict[Any, str], BeforeValidator(_check_aliases)] = Field(
        description="a group of other labels, each with the class that it means"
    )
    test_prop: float = Field(gt=0, lt=1, description="a number above 0 and below 1")
    random_state: int = Field(ge=0, lt=2**32, description="a whole number from 0 to 4294967295")
    positive_label: str = Field(
        min_length=1, description=f"a text, the class to catch{NUMBERED_LABELS}"
    )
    negative_label: str = Field(
        min_length=1, description=f"a text, the class to let through{NUMBERED_LABELS}"
    )
    split: SplitParameters
    model: ModelParameters
    decision: DecisionParameters
    quality_gate: QualityGateParameters


def check_parameters(
    values: dict[str, Any],
    environment: str | None,
    typed: Container[str] = (),
    project: Path = Path(),
    on_cluster: bool = False,
) -> Parameters:
    """Validate the parameters of a run before any node starts.

    Args:
        values: The parameters as Kedro merged them from conf/ and `--params`.
        environment: Name of the Kedro environment, None for the default one.
        typed: Names of the parameters that were given by `--params`.
        project: The folder that relative paths count from.
        on_cluster: Whether tables are in partitions.

    Returns:
        The validated parameters.

    Raises:
        UserError: If a parameter is unknown, missing or not allowed; the message names each one,
            what it is and what it may be.
    """
    try:
        parameters = Parameters.model_validate(values)
    except ValidationError as error:
        sentences = [explain_problem(dict(problem), Parameters) for problem in error.errors()]
        raise UserError(" ".join(dict.fromkeys(sentences))) from None
    for name in RawFileParameters.model_fields:
        if name in values and name not in typed:
            raise UserError(
                f"Parameter {name} is for --params only: in a file, write it into globals.yml, "
                "which the catalog reads."
            )
    _check_batch(parameters, typed, project)
    _check_labels(parameters)
    if parameters.model.name == "svc_rbf" and environment != REFERENCE_ENVIRONMENT:
        raise UserError(
            "model.name=svc_rbf is the reference's model, which is evaluated but never packaged: "
            f"type `kedro run --env {REFERENCE_ENVIRONMENT}`, or set model.name=linear."
        )
    if on_cluster:
        _check_partitions(parameters)
    return parameters


def check_globals(values: dict[str, Any]) -> None:
    """Validate globals.yml, which says how to read the raw file and where to keep the others.

    Args:
        values: The globals as Kedro merged them from conf/.

    Raises:
        UserError: If a name is unknown or a value not allowed.
    """
    try:
        _Globals.model_validate({name: v for name, v in values.items() if v is not None})
    except ValidationError as error:
        sentences = [explain_problem(dict(problem), _Globals) for problem in error.errors()]
        raise UserError(f"globals.yml: {' '.join(sentences)}") from None


def _check_batch(parameters: Parameters, typed: Container[str], project: Path) -> None:
    """Refuse messages without predictions, the reverse, and an output within the input."""
    messages, predictions = parameters.messages, parameters.predictions
    for name in BatchParameters.model_fields:
        if name in parameters.model_fields_set and name not in typed:
            raise UserError(f"Parameter {name} is for --params only: take it out of the file.")
    if bool(messages) != bool(predictions):
        raise UserError(
            "Parameters messages and predictions go together: type `kedro run --pipelines "
            f"batch_scoring --params messages={messages or 'big.csv'},"
            f"predictions={predictions or 'scored.parquet'}`."
        )
    for name, path in (("messages", messages), ("predictions", predictions)):
        if "://" in path:
            raise UserError(
                f"Parameter {name} is {path!r}: batch_scoring reads and writes local paths only; "
                "copy the messages first."
            )
    source, target = ((project / path).resolve() for path in (messages, predictions))
    among = source in target.parents or target in source.parents
    rejects = target.with_name(f"{target.name}{REJECTED_SUFFIX}")
    if messages and (among or source in (target, rejects)):
        raise UserError(
            f"Parameter predictions is {predictions!r}, which would be written over or among the "
            f"messages ({messages}): choose another name."
        )


def _check_partitions(parameters: Parameters) -> None:
    """Refuse what needs all messages in memory."""
    chosen = {"split.strategy": parameters.split.strategy, "model.name": parameters.model.name}
    for name, allowed in IN_PARTITIONS.items():
        if chosen[name] != allowed:
            raise UserError(
                f"Parameter {name} is {chosen[name]!r}, which needs all messages in memory: on a "
                f"cluster it must be {allowed}."
            )


def _check_labels(parameters: Parameters) -> None:
    """Refuse one class, aliases of a third class, and one column for both purposes."""
    if parameters.positive_label.casefold() == parameters.negative_label.casefold():
        raise UserError(
            f"Parameters positive_label and negative_label are both {parameters.positive_label!r}: "
            "they must name two classes, and case does not matter."
        )
    classes = [parameters.negative_label, parameters.positive_label]
    for alias, label in parameters.label_aliases.items():
        if label not in classes:
            raise UserError(
                f"Parameter label_aliases.{alias} is {label!r}: it must be {' or '.join(classes)}."
            )
        if str(alias).strip().casefold() in {name.casefold() for name in classes} - {
            label.casefold()
        }:
            raise UserError(
                f"Parameter label_aliases.{alias} is {label!r}, but {alias} is the other class."
            )
    if parameters.text_column == parameters.label_column:
        raise UserError(
            f"Parameters text_column and label_column are both {parameters.text_column!r}: "
            "they must name two columns."
        )
