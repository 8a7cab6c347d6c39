"""The advice for a raw file that does not fit; test_own_data.py follows it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import HEADER, NAMES, ROWS, number_labels, write_rows
from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.pipelines.data_processing import raw_file_advice

NUMBERS = number_labels("1", "0")
TWICE = [(label, text, label.upper()) for label, text in NUMBERS]
FAULTS = [*ROWS, *[("ham", "well\tlate")] * 30]
THREE = [*number_labels("1", "2"), *NUMBERS]
LABELS_ONLY = '{"Category": "ham"}\n{"Category": "spam"}\n' * 9


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


def test_a_first_message_is_no_name_of_a_column(tmp_path: Path) -> None:
    """The command names the environment that was typed."""
    sentence = advise(tmp_path / "m.csv", write_rows(("phish", "log in at once"), *ROWS))
    assert "`kedro run --env mine --params header=false,label_column=1,text_column=2`" in sentence


@pytest.mark.parametrize(
    ("aliases", "labels"),
    [
        ({}, "positive_label=junk,negative_label=fine"),
        ({"smishing": "spam"}, "label_aliases.junk=spam,label_aliases.fine=ham"),
    ],
)
def test_messages_that_are_often_the_same_are_no_labels(
    aliases: dict[str, str], labels: str, tmp_path: Path
) -> None:
    """And labels that have other names already get further ones."""
    often = [("fine", "ok"), ("fine", "well")] * 5
    content = write_rows(("kind", "words"), *number_labels("junk", "fine"), *often)
    sentence = advise(tmp_path / "m.csv", content, label_aliases=aliases)
    assert f"--params label_column=kind,text_column=words,{labels}`" in sentence


def test_an_encoding_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    sentence = advise(tmp_path / "m.csv", write_rows(HEADER, *ROWS), encoding="utf-88")
    assert "--params encoding=utf-8`" in sentence


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
