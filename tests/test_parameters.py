"""A wrong parameter ends the command before any node runs, in one sentence that names it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from helpers import (
    PROJECT,
    copy_project,
    fabricate_csv,
    invoke_kedro,
    read_outputs,
    refusal,
    run_command,
    run_kedro,
)
from spam_classifier.errors import UserError
from spam_classifier.parameters import Parameters, check_parameters

C = "it must be a number from 0.000001 to 1000000."
TEST_PROP = "it must be a number above 0 and below 1."
STRATEGY = "it must be stratified, sequential, grouped or hashed."


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with outputs that no test may change."""
    project = copy_project(tmp_path_factory.mktemp("parameters"), fabricate_csv())
    run_kedro(project, pipeline_names=["data_processing"])
    return project


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
    ("argument", "sentence"),
    [
        ("test_prop=", f"Parameter test_prop is None: {TEST_PROP}"),
        ("test_prop=1", f"Parameter test_prop is 1: {TEST_PROP}"),
        ("test_prop=0", f"Parameter test_prop is 0: {TEST_PROP}"),
        ("test_prop=-0.1", f"Parameter test_prop is -0.1: {TEST_PROP}"),
        ("test_prop=true", f"Parameter test_prop is True: {TEST_PROP}"),
        ("test_prop=abc", f"Parameter test_prop is 'abc': {TEST_PROP}"),
        ("test_prop=30%", f"Parameter test_prop is '30%': {TEST_PROP}"),
        ("test_prop=nan", f"Parameter test_prop is 'nan': {TEST_PROP}"),
        ("test_prop.x=1", f"Parameter test_prop is {{'x': 1}}: {TEST_PROP}"),
        ("test_porp=0.3", "There is no parameter test_porp: did you mean test_prop?"),
        ("model.c=3", "There is no parameter model.c: did you mean model.C?"),
        (
            "label_aliases.ham=spam",
            "Parameter label_aliases.ham is 'spam', but ham is the other class.",
        ),
        ("model.nam=x", "There is no parameter model.nam: did you mean model.name?"),
        ("spilt.strategy=grouped", "There is no parameter spilt: did you mean split?"),
        ("split.seed=1", "There is no parameter split.seed: the names are strategy."),
        ("split.strategy=", f"Parameter split.strategy is None: {STRATEGY}"),
        ("split.strategy=null", f"Parameter split.strategy is None: {STRATEGY}"),
        ("split.strategy=random", f"Parameter split.strategy is 'random': {STRATEGY}"),
        ("split=null", "Parameter split is None: it must be a group with strategy."),
        ("split=grouped", "Parameter split is 'grouped': it must be a group with strategy."),
        ("model.C=true", f"Parameter model.C is True: {C}"),
        ("model.C=0", f"Parameter model.C is 0: {C}"),
        ("model.C=1e999", f"Parameter model.C is inf: {C}"),
        (
            "model.word_ngram_max=1.5",
            "Parameter model.word_ngram_max is 1.5: it must be a whole number from 1 to 5.",
        ),
        (
            "model.name=linear_sdg",
            "Parameter model.name is 'linear_sdg': it must be linear, linear_sgd, or svc_rbf with "
            "--env workshop.",
        ),
        (
            "model.max_features=0",
            "Parameter model.max_features is 0: it must be a whole number, 1 or more.",
        ),
        (
            "random_state=-1",
            "Parameter random_state is -1: it must be a whole number from 0 to 4294967295.",
        ),
        (
            "positive_label=",
            "Parameter positive_label is None: it must be a text; a number "
            "gets a name by label_aliases, as in label_aliases.1=spam.",
        ),
        ("raw_fiel=x.csv", "There is no parameter raw_fiel: did you mean raw_file?"),
        ("raw_file=", "Parameter raw_file is None: it must be a path or a URL."),
        (
            "sep=tabs",
            "Parameter sep is 'tabs': it must be comma, semicolon, tab, pipe or a character.",
        ),
        (
            "encoding=utf9",
            "Parameter encoding is 'utf9': it must be an encoding that Python knows, such as utf-8 "
            "or cp1252.",
        ),
        (
            "header=maybe",
            "Parameter header is 'maybe': it must be true, or false for a file without header.",
        ),
        (
            "text_column=0",
            "Parameter text_column is 0: it must be the name of a column, or its number from 1 on "
            "with header=false.",
        ),
        (
            "text_column=Category",
            "Parameters text_column and label_column are both 'Category': they must name two "
            "columns.",
        ),
        ("label_aliases.x=y", "Parameter label_aliases.x is 'y': it must be ham or spam."),
        (
            "label_aliases=spam",
            "Parameter label_aliases is 'spam': it must be a group of other labels, each with the "
            "class that it means.",
        ),
        (
            "positive_label=HAM",
            "Parameters positive_label and negative_label are both 'HAM': they must name two "
            "classes, and case does not matter.",
        ),
        (
            "test_prop=2,split.strategy=x",
            f"Parameter test_prop is 2: {TEST_PROP} Parameter split.strategy is 'x': {STRATEGY}",
        ),
    ],
)
def test_a_wrong_argument_is_refused_with_its_name_and_what_is_allowed(
    argument: str, sentence: str, project: Path
) -> None:
    before = read_outputs(project)
    assert refusal(invoke_kedro(project, "run", "--params", argument)) == sentence
    assert read_outputs(project) == before


def test_the_references_model_is_refused_in_other_environments(project: Path) -> None:
    sentence = refusal(invoke_kedro(project, "run", "--params", "model.name=svc_rbf"))
    assert "type `kedro run --env workshop`, or set model.name=linear" in sentence


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("split.strategy=grouped", "split.strategy is 'grouped', which .* it must be hashed"),
        ("model.name=linear", "model.name is 'linear', which needs .* it must be linear_sgd"),
    ],
)
def test_what_needs_all_messages_in_memory_is_refused_on_dask(
    argument: str, sentence: str, project: Path
) -> None:
    result = invoke_kedro(project, "run", "--env", "dask", "--params", argument)
    assert re.search(sentence, refusal(result))


@pytest.mark.slow
@pytest.mark.parametrize("argument", ["test_prop=30%", "split.stratgy=grouped"])
def test_a_wrong_argument_ends_the_process_with_one_line(argument: str, project: Path) -> None:
    before = read_outputs(project)
    result = run_command("kedro", "run", "--params", argument, cwd=project)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert read_outputs(project) == before


def test_a_setting_of_the_catalog_is_refused_in_a_parameters_file(
    project: Path, local_parameters: Path
) -> None:
    local_parameters.write_text("raw_file: my.csv\n")
    sentence = refusal(invoke_kedro(project, "run"))
    assert sentence == (
        "Parameter raw_file is for --params only: take it out of the file; how to read the raw file "
        "stands in globals.yml, which the catalog reads."
    )


def test_a_wrong_value_in_a_file_is_refused(project: Path, local_parameters: Path) -> None:
    local_parameters.write_text("split:\n  strategy: shuffled\n")
    sentence = refusal(invoke_kedro(project, "run"))
    assert sentence == f"Parameter split.strategy is 'shuffled': {STRATEGY}"


def test_an_argument_keeps_the_rest_of_its_group(project: Path, values: dict[str, Any]) -> None:
    parameters = load_parameters(project, model={"C": 5.0})
    assert parameters.model.model_dump() == values["model"] | {"C": 5.0}


def test_a_group_in_local_parameters_keeps_the_rest_of_the_group(
    project: Path, local_parameters: Path, values: dict[str, Any]
) -> None:
    local_parameters.write_text("model:\n  word_ngram_max: 1\n")
    parameters = load_parameters(project, model={"C": 5.0})
    assert parameters.model.model_dump() == values["model"] | {"C": 5.0, "word_ngram_max": 1}


def test_an_argument_wins_over_local_parameters(project: Path, local_parameters: Path) -> None:
    local_parameters.write_text("test_prop: 0.1\nmodel:\n  C: 1.0\n")
    parameters = load_parameters(project, test_prop=0.2, model={"C": 5.0})
    assert (parameters.test_prop, parameters.model.C) == (0.2, 5.0)


def test_an_argument_reaches_the_nodes(tmp_path: Path) -> None:
    project = copy_project(tmp_path, fabricate_csv())
    arguments = ["--pipelines", "data_processing", "--params", "split.strategy=sequential"]
    assert invoke_kedro(project, "run", *arguments).exit_code != 0  # all spam stands at the end
    invoke_kedro(project, "run", *arguments[:2], "--params", "test_prop=0.25,random_state=7")
    rows = (project / "data/05_model_input/train_messages.csv").read_text().splitlines()
    assert len(rows) == 1 + 90


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
    groups = [field.annotation for field in Parameters.model_fields.values()]
    fields = list(Parameters.model_fields.items())
    for group in groups:
        fields += getattr(group, "model_fields", {}).items()
    assert not [
        name
        for name, field in fields
        if not field.description and not hasattr(field.annotation, "model_fields")
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "sep: tabs",
            "globals.yml: Parameter sep is 'tabs': it must be comma, semicolon, tab, pipe or a "
            "character.",
        ),
        (
            "encoding: utf9",
            "globals.yml: Parameter encoding is 'utf9': it must be an encoding that Python knows, "
            "such as utf-8 or cp1252.",
        ),
        ("raw_fiel: x", "globals.yml: There is no parameter raw_fiel: did you mean raw_file?"),
    ],
)
def test_a_wrong_setting_of_the_catalog_is_refused(
    line: str, sentence: str, tmp_path: Path
) -> None:
    project = copy_project(tmp_path, fabricate_csv())
    (project / "conf/mine").mkdir()
    (project / "conf/mine/globals.yml").write_text(f"{line}\n")
    assert refusal(invoke_kedro(project, "run", "--env", "mine")) == sentence


def test_unknown_credentials_are_refused(project: Path) -> None:
    sentence = refusal(invoke_kedro(project, "run", "--params", "credentials=nobody"))
    assert sentence.startswith("Unable to find credentials 'nobody':")
