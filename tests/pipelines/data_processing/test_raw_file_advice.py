"""The advice for a raw file that does not fit; test_own_data.py follows it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from own_files import HEADER, NUMBERS, ROWS, Rows, number_labels, write_rows
from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.pipelines.data_processing.raw_file_advice import advise

PARAMETERS = {
    "positive_label": "spam",
    "negative_label": "ham",
    "label_aliases": {},
    "text_column": "Message",
    "label_column": "Category",
}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("kind", "a, b"), *ROWS], id="a name with a separator"),
        pytest.param([("a", "b", "c"), *((*r, r[0].upper()) for r in NUMBERS)], id="two columns"),
        pytest.param([("kind", "words"), *ROWS, *[("ham", "well\tlate")] * 30], id="many faults"),
        pytest.param([HEADER, *number_labels("1", "2"), *NUMBERS], id="three labels"),
    ],
)
def test_nothing_is_advised_that_would_not_surely_work(rows: Rows, tmp_path: Path) -> None:
    path = tmp_path / "m.tsv"
    path.write_text(write_rows(*rows, sep="\t"))
    assert advise(RawTableDataset(filepath=str(path)), PARAMETERS, {}) == ""


def test_a_first_message_is_no_name_of_a_column(tmp_path: Path) -> None:
    """The command names the environment that was typed."""
    path = tmp_path / "m.csv"
    path.write_text(write_rows(("phish", "log in at once"), *ROWS))
    run_params = {"env": "mine", "runtime_params": {}}
    sentence = advise(RawTableDataset(filepath=str(path)), PARAMETERS, run_params)
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
    path = tmp_path / "m.csv"
    often = [("fine", "ok"), ("fine", "well")] * 5
    path.write_text(write_rows(("kind", "words"), *number_labels("junk", "fine"), *often))
    parameters = PARAMETERS | {"label_aliases": aliases}
    sentence = advise(RawTableDataset(filepath=str(path)), parameters, {})
    assert f"--params label_column=kind,text_column=words,{labels}`" in sentence


@pytest.mark.parametrize("name", ["m.jsonl", "m.csv"])
def test_without_a_column_of_messages_there_is_no_advice(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text('{"Category": "ham"}\n{"Category": "spam"}\n' * 9)
    assert advise(RawTableDataset(filepath=str(path)), PARAMETERS, {}) == ""


def test_an_encoding_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(write_rows(HEADER, *ROWS))
    sentence = advise(RawTableDataset(filepath=str(path), encoding="utf-88"), PARAMETERS, {})
    assert "`kedro run --params encoding=utf-8`" in sentence


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
    sentence = advise(RawTableDataset(filepath=str(path)), PARAMETERS, {})
    assert sentence == "" or sentence.startswith("Type `kedro run ")
