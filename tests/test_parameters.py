"""A wrong parameter ends the command before any node runs, in one sentence that names it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from omegaconf import OmegaConf

from helpers import (
    PROJECT,
    copy_project,
    fabricate_csv,
    invoke_kedro,
    read_outputs,
    refusal,
    run_command,
)
from spam_classifier.errors import UserError
from spam_classifier.parameters import Parameters, check_parameters

SHARE = "it must be a number above 0 and below 1."
STRATEGY = "it must be stratified, sequential, grouped or hashed."


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which nothing has run."""
    return copy_project(tmp_path_factory.mktemp("parameters"), fabricate_csv())


@pytest.fixture
def values() -> dict[str, Any]:
    """Return the parameters as they stand in conf/base."""
    values: dict[str, Any] = yaml.safe_load((PROJECT / "conf/base/parameters.yml").read_text())
    return values


@pytest.fixture
def local_parameters(project: Path) -> Iterator[Path]:
    """Return the path of the project's local parameters, which are removed afterwards."""
    path = project / "conf/local/parameters.yml"
    yield path
    path.unlink(missing_ok=True)


def load_parameters(project: Path, **params: Any) -> Parameters:
    """Return the parameters of a run, as Kedro merges them."""
    bootstrap_project(project)
    context = KedroSession.create(project, runtime_params=params).load_context()
    return Parameters.model_validate(context.params)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("test_prop=", f"Parameter test_prop is None: {SHARE}"),
        ("test_prop=1", f"Parameter test_prop is 1: {SHARE}"),
        ("test_prop=0", f"Parameter test_prop is 0: {SHARE}"),
        ("test_prop=true", f"Parameter test_prop is True: {SHARE}"),
        ("test_prop=nan", f"Parameter test_prop is 'nan': {SHARE}"),
        ("test_prop.x=1", f"Parameter test_prop is {{'x': 1}}: {SHARE}"),
        ("test_porp=0.3", "There is no parameter test_porp: did you mean test_prop?"),
        ("model.c=3", "There is no parameter model.c: did you mean model.C?"),
        ("spilt.strategy=grouped", "There is no parameter spilt: did you mean split?"),
        ("split.seed=1", "There is no parameter split.seed: the names are strategy."),
        ("split.strategy=", f"split.strategy is None: {STRATEGY}"),
        ("split.strategy=random", f"split.strategy is 'random': {STRATEGY}"),
        ("split=null", "split is None: it must be a group with strategy."),
        ("model.C=true", "model.C is True: it must be a number from 0.000001 to 1000000."),
        ("model.C=1e999", "model.C is inf: it must be a number from 0.000001 to 1000000."),
        ("model.word_ngram_max=1.5", "is 1.5: it must be a whole number from 1 to 3."),
        ("model.name=lin", "it must be linear, linear_sgd, or svc_rbf with --env workshop."),
        ("model.name=svc_rbf", "type `kedro run --env workshop`, or set model.name=linear"),
        ("model.max_features=0", "is 0: it must be a whole number, 1 or more."),
        ("random_state=-1", "is -1: it must be a whole number from 0 to 4294967295."),
        ("positive_label=1", "must be a text; a number gets a name by label_aliases, as in "),
        ("positive_label=HAM", "positive_label and negative_label are both 'HAM': they must name "),
        ("raw_file=", "raw_file is None: it must be a path or a URL."),
        ("sep=tabs", "'tabs': it must be comma, semicolon, tab, pipe or a character."),
        ("encoding=utf9", "it must be an encoding that Python knows, such as utf-8 or cp1252."),
        ("header=maybe", "'maybe': it must be true, or false for a file without header."),
        ("text_column=0", "the name of a column, or its number from 1 on with header=false."),
        ("text_column=Category", "text_column and label_column are both 'Category': they must "),
        ("label_aliases.x=y", "Parameter label_aliases.x is 'y': it must be ham or spam."),
        ("label_aliases.ham=spam", "label_aliases.ham is 'spam', but ham is the other class."),
        ("label_aliases=spam", "'spam': it must be a group of other labels, each with the class"),
        ("split.strategy=x,test_prop=2", "below 1. Parameter split.strategy is 'x': it must be"),
    ],
)
def test_a_wrong_argument_is_refused_with_its_name_and_what_is_allowed(
    argument: str, words: str, values: dict[str, Any]
) -> None:
    typed = OmegaConf.from_dotlist(argument.split(","))  # as Kedro reads them
    merged = OmegaConf.to_container(OmegaConf.merge(values, typed))
    with pytest.raises(UserError, match=re.escape(words)):
        check_parameters(cast("dict[str, Any]", merged), None, typed)


def test_what_needs_all_messages_in_memory_is_refused_on_dask(project: Path) -> None:
    arguments = ("--env", "dask", "--params", "split.strategy=grouped")
    assert refusal(invoke_kedro(project, "run", *arguments)) == (
        "Parameter split.strategy is 'grouped', which needs all messages in memory: on a cluster "
        "it must be hashed."
    )


@pytest.mark.slow
def test_a_wrong_argument_ends_the_process_with_one_line(project: Path) -> None:
    result = run_command("kedro", "run", "--params", "test_prop=30%", cwd=project)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"Error: Parameter test_prop is '30%': {SHARE}\n"
    assert not read_outputs(project)


@pytest.mark.parametrize("name", ["raw_file", "messages"])
def test_what_is_for_the_command_only_is_refused_in_a_file(
    name: str, project: Path, local_parameters: Path
) -> None:
    local_parameters.write_text(f"{name}: my.csv\n")
    sentence = refusal(invoke_kedro(project, "run"))
    assert sentence.startswith(f"Parameter {name} is for --params only: take it out of the file;")


def test_a_wrong_value_in_a_file_is_refused(project: Path, local_parameters: Path) -> None:
    local_parameters.write_text("split:\n  strategy: shuffled\n")
    sentence = refusal(invoke_kedro(project, "run"))
    assert sentence == f"Parameter split.strategy is 'shuffled': {STRATEGY}"


def test_an_argument_and_local_parameters_keep_the_rest_of_the_group(
    project: Path, local_parameters: Path, values: dict[str, Any]
) -> None:
    """The argument wins over the file."""
    local_parameters.write_text("model:\n  word_ngram_max: 1\n  C: 1.0\n")
    parameters = load_parameters(project, model={"C": 5.0})
    assert parameters.model.model_dump() == values["model"] | {"C": 5.0, "word_ngram_max": 1}


@pytest.mark.parametrize("path", [("test_prop",), ("split",), ("model", "C")])
def test_a_missing_parameter_is_named(path: tuple[str, ...], values: dict[str, Any]) -> None:
    group = values
    for name in path[:-1]:
        group = group[name]
    del group[path[-1]]
    with pytest.raises(UserError, match=f"Parameter {'.'.join(path)} is missing: it must be a "):
        check_parameters(values, None)


def test_whole_numbers_may_stand_for_other_numbers(values: dict[str, Any]) -> None:
    values["model"]["C"] = 5
    assert check_parameters(values, None).model.C == 5.0


def test_every_parameter_says_what_is_allowed() -> None:
    fields = dict(Parameters.model_fields)
    for name in ("split", "model", "decision", "quality_gate", "monitoring"):
        fields |= fields.pop(name).annotation.model_fields  # type: ignore[union-attr]
    assert [name for name, field in fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sep: tabs", "Parameter sep is 'tabs': it must be comma, semicolon, tab, pipe or a "),
        ("raw_fiel: x", "There is no parameter raw_fiel: did you mean raw_file?"),
    ],
)
def test_a_wrong_setting_of_the_catalog_is_refused(line: str, words: str, project: Path) -> None:
    (project / "conf/mine").mkdir(exist_ok=True)
    (project / "conf/mine/globals.yml").write_text(f"{line}\n")
    sentence = refusal(invoke_kedro(project, "run", "--env", "mine"))
    assert sentence.startswith(f"globals.yml: {words}")
