"""The advice for a raw file that does not fit; test_own_data.py follows it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import HEADER, NAMES, ROWS, number_labels, write_rows
from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.pipelines.data_processing import raw_file_advice

TWICE = [(label, text, label.upper()) for label, text in number_labels("1", "0")]
FAULTS = [*ROWS, *[("ham", "well\tlate")] * 30]
THREE = [*number_labels("1", "2"), *number_labels("1", "0")]
LABELS_ONLY = '{"Category": "ham"}\n{"Category": "spam"}\n' * 9
OFTEN = [("kind", "words"), *number_labels("junk", "fine"), *[("fine", "ok"), ("fine", "well")] * 5]
KIND = "label_column=kind,text_column=words"
ALIASES = {"label_aliases": {"smishing": "spam"}}


def advise(path: Path, content: str, encoding: str = "utf-8", **names: Any) -> str:
    """Write a file, and return the advice for it; the command was typed with `--env mine`."""
    path.write_text(content)
    dataset = RawTableDataset(filepath=str(path), encoding=encoding)
    return raw_file_advice.advise(dataset, NAMES | names, {"env": "mine", "runtime_params": {}})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("m.tsv", write_rows(("kind", "a, b"), *ROWS, sep="\t"), id="a comma"),
        pytest.param("m.tsv", write_rows(("a", "b", "c"), *TWICE, sep="\t"), id="labels twice"),
        pytest.param("m.tsv", write_rows(("a", "b"), *FAULTS, sep="\t"), id="many faults"),
        pytest.param("m.tsv", write_rows(HEADER, *THREE, sep="\t"), id="three labels"),
        pytest.param("m.jsonl", LABELS_ONLY, id="no messages"),
        pytest.param("m.csv", LABELS_ONLY, id="one column"),
    ],
)
def test_nothing_is_advised_that_may_not_work(name: str, content: str, tmp_path: Path) -> None:
    assert advise(tmp_path / name, content) == ""


@pytest.mark.parametrize(
    ("rows", "settings", "params"),
    [
        # A first message is no name of a column, and messages that are often the same no labels.
        ([("phish", "log in at once"), *ROWS], {}, "header=false,label_column=1,text_column=2"),
        (OFTEN, {}, f"{KIND},positive_label=junk,negative_label=fine"),
        # Labels that have other names already get further ones.
        (OFTEN, ALIASES, f"{KIND},label_aliases.junk=spam,label_aliases.fine=ham"),
        ([HEADER, *ROWS], {"encoding": "utf-88"}, "encoding=utf-8"),
    ],
)
def test_a_command_is_advised_in_the_environment_that_was_typed(
    rows: list[tuple[str, ...]], settings: dict[str, Any], params: str, tmp_path: Path
) -> None:
    sentence = advise(tmp_path / "m.csv", write_rows(*rows), **settings)
    assert f"`kedro run --env mine --params {params}`" in sentence


@settings(max_examples=100)
@given(
    st.binary(max_size=200)
    | st.text(st.sampled_from('hamsp,\t;|"\n\0é'), max_size=200).map(str.encode),
    st.sampled_from(["m.csv", "m.tsv", "m.jsonl", "m.csv.gz", "m.parquet"]),
)
def test_there_is_an_advice_or_none_for_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    sentence = raw_file_advice.advise(RawTableDataset(filepath=str(path)), NAMES, {})
    assert sentence == "" or sentence.startswith("Type `kedro run ")
