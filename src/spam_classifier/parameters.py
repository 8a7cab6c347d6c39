"""What may stand in the parameters, and the sentence for what may not.

The description of a field is its list of allowed values, in the words of the error message.
"""

import codecs
from collections.abc import Container
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from spam_classifier.errors import UserError
from spam_classifier.tables import REJECTED_SUFFIX, SEPARATORS

REFERENCE_ENVIRONMENT = "workshop"
IN_PARTITIONS = {"split.strategy": "hashed", "model.name": "linear_sgd"}

Share = Annotated[float, Field(ge=0, le=1, description="a number from 0 to 1")]
Strength = Annotated[float, Field(ge=1e-6, le=1e6, description="a number from 0.000001 to 1000000")]
Count = Annotated[int, Field(ge=1, description="a whole number, 1 or more")]
ColumnName = Annotated[
    Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=1)],
    Field(description="the name of a column, or its number from 1 on with header=false"),
]
ClassName = Annotated[
    str,
    Field(
        min_length=1,
        description="a text; a number gets a name by label_aliases, as in label_aliases.1=spam",
    ),
]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def check(cls, values: dict[str, Any], place: str = "") -> Self:
        """Return the values, or say what pydantic found wrong, in one sentence a parameter."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            sentences = [_explain_problem(dict(problem), cls) for problem in error.errors()]
            raise UserError(place + " ".join(dict.fromkeys(sentences))) from None


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
    C: Strength
    class_weight: Literal["balanced"] | None = Field(description="balanced or null")
    word_ngram_max: int = Field(ge=1, le=3, description="a whole number from 1 to 3")
    character_ngram_max: int = Field(ge=1, le=8, description="a whole number from 1 to 8")
    character_min_df: Count
    naive_bayes_weight: float = Field(ge=0, le=1000, description="a number from 0 to 1000")
    naive_bayes_alpha: Strength
    max_features: Count
    epochs: Count


class DecisionParameters(_Group):
    """How the threshold is chosen, on scores of training messages that the model did not see."""

    strategy: Literal["max_f1", "max_ham_blocked"] = Field(description="max_f1 or max_ham_blocked")
    max_ham_blocked: Share


class QualityGateParameters(_Group):
    """What a model's test metrics must reach before it is packaged."""

    least_test_rows: Count
    least_spam_precision: Share
    least_spam_recall: Share
    least_weighted_f1: Share
    tolerance: Share


class MonitoringParameters(_Group):
    """When the drift report advises what."""

    days: Count
    least_answers: Count
    least_corrections: Count
    max_wrong_share: Share
    max_psi: float = Field(gt=0, le=100, description="a number above 0, up to 100")


def _check_encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError:
        raise ValueError from None
    return value


class RawFileParameters(_Group):
    """How to read the raw file: for `--params` only, over what stands in globals.yml."""

    raw_file: str = Field("", min_length=1, description="a path or a URL")
    sep: str = Field(
        "",
        pattern=f"^({'|'.join(SEPARATORS)}|.)$",
        description=f"{', '.join(SEPARATORS)} or a character",
    )
    encoding: Annotated[str, AfterValidator(_check_encoding)] = Field(
        "", description="an encoding that Python knows, such as utf-8 or cp1252"
    )
    header: bool = Field(True, description="true, or false for a file without header")
    quotes: bool | None = Field(
        None, description="true, or false where quotation marks do not enclose cells"
    )
    credentials: str = Field("", description="a name in conf/local/credentials.yml")


class BatchParameters(_Group):
    """What the pipeline `batch_scoring` reads and writes: for `--params` only."""

    messages: str = Field("", min_length=1, description="the path of a file or folder of messages")
    predictions: str = Field(
        "",
        pattern=r"(\.parquet|\.csv|(^|/)\.?[^./]+)/?$",
        description="a path that ends in .parquet or .csv, or has no suffix for a folder",
    )


class _Globals(RawFileParameters):
    folder: str = Field(min_length=1, description="a path")
    feedback: str = Field(description="a folder")
    cluster: bool = Field(False, description="true or false")


class Parameters(RawFileParameters, BatchParameters):
    """All parameters of the project, as in conf/base/parameters.yml and on the command line."""

    text_column: ColumnName
    label_column: ColumnName
    label_aliases: dict[Any, Any] = Field(
        description="a group of other labels, each with the class that it means"
    )
    test_prop: float = Field(gt=0, lt=1, description="a number above 0 and below 1")
    random_state: int = Field(ge=0, lt=2**32, description="a whole number from 0 to 4294967295")
    positive_label: ClassName
    negative_label: ClassName
    split: SplitParameters
    model: ModelParameters
    decision: DecisionParameters
    quality_gate: QualityGateParameters
    monitoring: MonitoringParameters


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
    parameters = Parameters.check(values)
    for name in RawFileParameters.model_fields | BatchParameters.model_fields:
        if name in values and name not in typed:
            raise UserError(
                f"Parameter {name} is for --params only: take it out of the file; how to read the "
                "raw file stands in globals.yml, which the catalog reads."
            )
    _check_batch(parameters, project)
    _check_labels(parameters)
    if parameters.model.name == "svc_rbf" and environment != REFERENCE_ENVIRONMENT:
        raise UserError(
            "model.name=svc_rbf is the reference's model, which is evaluated but never packaged: "
            f"type `kedro run --env {REFERENCE_ENVIRONMENT}`, or set model.name=linear."
        )
    chosen = {"split.strategy": parameters.split.strategy, "model.name": parameters.model.name}
    for name, needed in IN_PARTITIONS.items() if on_cluster else ():
        if chosen[name] != needed:
            raise UserError(
                f"Parameter {name} is {chosen[name]!r}, which needs all messages in memory: on a "
                f"cluster it must be {needed}."
            )
    return parameters


def check_globals(values: dict[str, Any]) -> None:
    """Validate globals.yml, which says how to read the raw file and where to keep the others.

    Args:
        values: The globals as Kedro merged them from conf/.

    Raises:
        UserError: If a name is unknown or a value not allowed.
    """
    _Globals.check({name: v for name, v in values.items() if v is not None}, "globals.yml: ")


def _explain_problem(problem: dict[str, Any], group: type[_Group]) -> str:
    path: list[str] = []
    allowed = ""
    for part in problem["loc"]:
        path.append(str(part))
        field = group.model_fields.get(part)
        allowed = (field and field.description) or ""
        if not field or allowed:  # what follows names a member of a union
            break
        group = cast("type[_Group]", field.annotation)
    name, known = ".".join(path), {each.casefold(): each for each in group.model_fields}
    if problem["type"] == "extra_forbidden":
        close = get_close_matches(path[-1].casefold(), known, n=1)
        if close:
            meant = ".".join([*path[:-1], known[close[0]]])
            return f"There is no parameter {name}: did you mean {meant}?"
        return f"There is no parameter {name}: the names are {', '.join(known.values())}."
    found = "missing" if problem["type"] == "missing" else repr(problem["input"])
    allowed = allowed or f"a group with {', '.join(known.values())}"
    return f"Parameter {name} is {found}: it must be {allowed}."


def _check_batch(parameters: Parameters, project: Path) -> None:
    """Refuse messages without predictions, the reverse, and an output within the input."""
    messages, predictions = parameters.messages, parameters.predictions
    if bool(messages) != bool(predictions):
        raise UserError(
            "Parameters messages and predictions go together: type `kedro run --pipelines "
            f"batch_scoring --params messages={messages or 'big.csv'},"
            f"predictions={predictions or 'scored.parquet'}`."
        )
    if "://" in messages + predictions:
        raise UserError(
            "Parameters messages and predictions are local paths only: copy the messages first."
        )
    source, target = ((project / path).resolve() for path in (messages, predictions))
    rejects = target.with_name(f"{target.name}{REJECTED_SUFFIX}")
    among = source in (target, rejects, *target.parents) or target in source.parents
    if messages and among:
        raise UserError(
            f"Parameter predictions is {predictions!r}, which would be written over or among the "
            f"messages ({messages}): choose another name."
        )


def _check_labels(parameters: Parameters) -> None:
    """Refuse one class, aliases of a third class, and one column for both purposes."""
    classes = [parameters.negative_label, parameters.positive_label]
    if parameters.positive_label.casefold() == parameters.negative_label.casefold():
        raise UserError(
            f"Parameters positive_label and negative_label are both {parameters.positive_label!r}: "
            "they must name two classes, and case does not matter."
        )
    if parameters.text_column == parameters.label_column:
        raise UserError(
            f"Parameters text_column and label_column are both {parameters.text_column!r}: "
            "they must name two columns."
        )
    for alias, label in parameters.label_aliases.items():
        if label not in classes:
            raise UserError(
                f"Parameter label_aliases.{alias} is {label!r}: it must be {' or '.join(classes)}."
            )
        others = [name.casefold() for name in classes if name != label]
        if str(alias).strip().casefold() in others:
            raise UserError(
                f"Parameter label_aliases.{alias} is {label!r}, but {alias} is the other class."
            )
