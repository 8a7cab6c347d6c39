"""A wrong parameter ends the command before any node runs, in one sentence that names it."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from omegaconf import OmegaConf

from helpers import PARAMETERS, invoke_kedro, read_outputs, refusal
from spam_classifier.errors import UserError
from spam_classifier.parameters import Parameters, check_parameters

SHARE = "it must be a number above 0 and below 1."


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("test_prop=", f"Parameter test_prop is None: {SHARE}"),
        ("test_prop=1", f"Parameter test_prop is 1: {SHARE}"),
        ("test_prop=true", f"Parameter test_prop is True: {SHARE}"),
        ("test_porp=0.3", "There is no parameter test_porp: did you mean test_prop?"),
        ("model.c=3", "There is no parameter model.c: did you mean model.C?"),
        ("split.seed=1", "There is no parameter split.seed: the names are strategy."),
        ("split.strategy=random", "is 'random': it must be stratified, sequential, grouped"),
        ("split=null", "split is None: it must be a group with strategy."),
        ("model.C=1e999", "model.C is inf: it must be a number from 0.000001 to 1000000."),
        ("model.word_ngram_max=1.5", "is 1.5: it must be a whole number from 1 to 3."),
        ("model.name=svc_rbf", "type `kedro run --env workshop`, or set model.name=linear"),
        ("model.max_features=0", "is 0: it must be a whole number, 1 or more."),
        ("positive_label=1", "must be a text; a number gets a name by label_aliases, as in "),
        ("positive_label=HAM", "positive_label and negative_label are both 'HAM': they must name "),
        ("raw_file=", "raw_file is None: it must be a path or a URL."),
        ("encoding=utf9", "it must be an encoding that Python knows, such as utf-8 or cp1252."),
        ("text_column=0", "the name of a column, or its number from 1 on with header=false."),
        ("text_column=Category", "text_column and label_column are both 'Category': they must "),
        ("label_aliases.x=y", "Parameter label_aliases.x is 'y': it must be ham or spam."),
        ("label_aliases.ham=spam", "label_aliases.ham is 'spam', but ham is the other class."),
        ("label_aliases=spam", "'spam': it must be a group of other labels, each with the class"),
        ("messages=a.csv", "messages and predictions go together: type `kedro run --pipelines"),
        ("messages=a.csv,predictions=b.xlsx", "must be a path that ends in .parquet or"),
        ("messages=a.csv,predictions=a.csv", "written over or among the messages"),
        ("messages=many,predictions=many/a.csv", "written over or among the messages"),
        ("messages=a.rejected.csv,predictions=a", "written over or among the messages"),
        ("messages=s3://a/b.csv,predictions=a.csv", "local paths only"),
        ("split.strategy=x,test_prop=2", "below 1. Parameter split.strategy is 'x': it must be"),
    ],
)
def test_a_wrong_argument_is_refused_with_its_name_and_what_is_allowed(
    argument: str, words: str
) -> None:
    typed = OmegaConf.from_dotlist(argument.split(","))  # as Kedro reads them
    merged = OmegaConf.to_container(OmegaConf.merge(PARAMETERS, typed))
    with pytest.raises(UserError, match=re.escape(words)):
        check_parameters(cast("dict[str, Any]", merged), None, typed)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("parameters.yml", "raw_file: a", "Parameter raw_file is for --params only: take it"),
        ("parameters.yml", "messages: a", "Parameter messages is for --params only: take it"),
        ("parameters.yml", "test_prop: 2", f"Parameter test_prop is 2: {SHARE}"),
        ("parameters.yml", "split: [", "The settings cannot be read: "),
        ("globals.yml", "sep: tabs", "globals.yml: Parameter sep is 'tabs': it must be comma, sem"),
        ("globals.yml", "raw_fiel: a", "globals.yml: There is no parameter raw_fiel: did you mean"),
    ],
)
def test_a_wrong_setting_in_a_file_ends_the_run_before_it_writes(
    file: str, content: str, words: str, project: Path
) -> None:
    (project / "conf/local" / file).write_text(content)
    assert refusal(invoke_kedro(project, "run")).startswith(words)
    assert not read_outputs(project)


def test_an_argument_and_local_parameters_keep_the_rest_of_the_group(project: Path) -> None:
    settings = project / "conf/local/parameters.yml"
    settings.write_text("model:\n  word_ngram_max: 1\n  C: 1.0\n")
    bootstrap_project(project)
    context = KedroSession.create(project, runtime_params={"model": {"C": 5.0}}).load_context()
    changed = {"C": 5.0, "word_ngram_max": 1}
    assert context.params["model"].model_dump() == PARAMETERS["model"] | changed


def test_missing_parameters_are_named() -> None:
    values = deepcopy(PARAMETERS)
    del values["test_prop"], values["split"], values["model"]["C"]
    with pytest.raises(UserError) as error:
        check_parameters(values, None)
    for name in ("test_prop", "split", "model.C"):
        assert f"Parameter {name} is missing: it must be a " in error.value.message


def test_every_parameter_says_what_is_allowed() -> None:
    fields = dict(Parameters.model_fields)
    for name in ("split", "model", "decision", "quality_gate", "monitoring"):
        fields |= fields.pop(name).annotation.model_fields  # type: ignore[union-attr]
    assert [name for name, field in fields.items() if not field.description] == []
