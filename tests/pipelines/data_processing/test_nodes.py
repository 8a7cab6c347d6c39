"""The nodes of `data_processing` on fabricated tables."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import clean, copy_project, cut, fabricate_csv, run_kedro
from spam_classifier.errors import RawFileError, UserError
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines.data_processing.nodes import split_messages

Rows = list[tuple[str, str]]

BOTH_CLASSES: Rows = [("ham", "see you at eight"), ("spam", "WIN a prize now")]
MANY: Rows = [("ham", f"see you at place {number}") for number in range(200)]
MESSAGES = pd.DataFrame(
    {
        "Category": ["spam", "ham", "ham", "ham"] * 10,
        "Message": [f"{number:03} {chr(97 + number % 26) * 9}" for number in range(40)],
    }
)


def make_table(rows: Rows, *columns: str) -> pd.DataFrame:
    """Return raw rows as the dataset loads them: the first one stands on line 2."""
    lines = pd.RangeIndex(2, len(rows) + 2, name="line")
    return pd.DataFrame(rows, lines, columns or ["Category", "Message"], dtype="str")


@pytest.mark.parametrize(
    ("row", "fault", "reason"),
    [
        (("spam", " \t\r\n"), "", "empty message"),
        ((" Phish", "a third class"), "", "unknown label"),
        (("", ""), "", "empty label"),
        (("phish", ""), "lone surrogate", "lone surrogate"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_once_with_line_and_reason(
    row: tuple[str, str], fault: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    raw = make_table([*MANY, row, *BOTH_CLASSES]).assign(file="a column of theirs")
    raw["(fault)"] = ["" if line != 202 else fault for line in raw.index]
    table, rejected, quality = clean(raw)
    assert rejected.to_dict("records") == [
        {"line": 202, "reason": reason, "Category": row[0], "Message": row[1]}
    ]
    assert quality["rejected"] == {reason: 1}
    assert caplog.messages == [f"1 of 203 rows are rejected: 1 {reason}. See rejected_messages."]
    assert (len(table), list(table)) == (202, ["Category", "Message"])


def test_a_third_label_in_one_percent_of_the_rows_ends_the_run_with_all_counts() -> None:
    rows = [*BOTH_CLASSES * 2, ("phish", "log in here")]
    table = make_table([*MANY[:95], *rows])
    for raw in (table, cut(table)):
        with pytest.raises(UserError, match=r"ham \(97\), spam \(2\), phish \(1\)"):
            clean(raw)
    _, rejected, _ = clean(make_table([*MANY[:96], *rows]))
    assert rejected["reason"].to_list() == ["unknown label"]


@pytest.mark.parametrize(("label", "alias"), [(" Smishing", "SMISHING "), ("1", 1.0)])
def test_a_class_is_spelt_as_in_the_parameters_and_may_have_an_alias(
    label: str, alias: object
) -> None:
    raw = make_table([*BOTH_CLASSES, (label, "log in")])
    names = {"negative_label": "Ham", "positive_label": "SPAM", "label_aliases": {alias: "SPAM"}}
    table, rejected, quality = clean(raw, **names)
    assert table["Category"].to_list() == ["Ham", "SPAM", "SPAM"]
    assert quality["classes"] == {"Ham": 1, "SPAM": 2}
    assert rejected.empty


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (make_table([]), "has a header but no rows: add some"),
        (make_table([row[::-1] for row in MANY[:80]]), "has 80 different values in column Cat"),
        (
            make_table([("ham", ""), ("", "WIN"), ("ham", " ")]),
            r"is ham or spam .*3 of 3 rows are rejected: 2 empty message, 1 empty label\.$",
        ),
        (
            make_table(BOTH_CLASSES, "Category", "call me at nine"),
            r"has no column Message: its columns are Category, \(a text\)\.$",
        ),
    ],
)
def test_a_table_that_cannot_be_used_ends_the_run(table: pd.DataFrame, sentence: str) -> None:
    """The last sentence does not hold what may be a message."""
    with pytest.raises(RawFileError, match=f"he raw file {sentence}"):
        clean(table)


def test_artefacts_and_contradictions_are_counted() -> None:
    rows = [("spam", "#ERROR!"), ("spam", "#ERROR!"), ("ham", "hello"), ("spam", "hello")]
    _, _, quality = clean(make_table(rows))
    assert (quality["error_artefacts"], quality["texts_under_both_labels"]) == (1, 1)


LABELS = st.sampled_from(["ham", "spam", " Ham", "SPAM\n", "", " "])
TEXTS = st.sampled_from(["", " ", "null", "a", "b", "\x00"]) | st.text()


@settings(max_examples=30)
@given(st.lists(st.tuples(LABELS, TEXTS), max_size=30))
def test_each_usable_message_is_kept_once_and_every_row_is_counted(extra: Rows) -> None:
    rows = [*BOTH_CLASSES, *extra]
    table, rejected, quality = clean(make_table(rows))
    usable = [
        (label.strip().lower(), text) for label, text in rows if label.strip() and text.strip()
    ]
    assert list(table.itertuples(index=False, name=None)) == list(dict.fromkeys(usable))
    assert (quality["rows_in"], quality["kept"]) == (len(rows), len(table))
    assert quality["duplicates"] == len(usable) - len(table)
    assert sum(quality["rejected"].values()) == len(rejected) == len(rows) - len(usable)


def split(messages: pd.DataFrame, test_prop: float, strategy: Any) -> tuple[Any, ...]:
    """Call the node `split_messages`."""
    return split_messages(messages, test_prop, 1, SplitParameters(strategy=strategy))


@pytest.mark.parametrize("strategy", ["stratified", "sequential", "grouped"])
def test_every_message_is_on_one_side_in_the_order_of_the_file(strategy: str) -> None:
    train, test, *_ = split(MESSAGES, 0.3, strategy)
    rows = pd.concat([train, test]).sort_values("Message", ignore_index=True)
    pd.testing.assert_frame_equal(rows, MESSAGES)
    for side in (train, test):
        assert side["Message"].is_monotonic_increasing
        assert side.index.to_list() == list(range(len(side)))


def test_the_report_counts_each_side_and_near_duplicates_on_both() -> None:
    """Two pairs stand across the middle, one pair stands before it."""
    rows = [("spam", "WIN prize 0 now"), ("ham", "call me when you land 0")]
    rows += [("ham", "see you at place 0"), ("ham", "see you at place 1")]
    rows += [("spam", "WIN prize 1 now"), ("ham", "call me when you land 1")]
    _, _, report, in_train, in_test, _ = split(make_table(rows), 0.34, "sequential")
    classes, shares = {"ham": 3, "spam": 1}, {"ham": 0.75, "spam": 0.25}
    others, other_shares = {"ham": 1, "spam": 1}, {"ham": 0.5, "spam": 0.5}
    assert report == {
        **{"strategy": "sequential", "test_prop": 0.34},
        "train": {"rows": 4, "classes": classes, "shares": shares},
        "test": {"rows": 2, "classes": others, "shares": other_shares},
        "near_duplicates": {"clusters_on_both_sides": 2, "train_messages": 2, "test_messages": 2},
    }
    assert in_train[:2] == in_test


@pytest.mark.parametrize("strategy", ["stratified", "sequential", "grouped", "hashed"])
def test_corrections_train_and_change_no_other_side(strategy: str) -> None:
    """But for near-duplicates of test messages, and for the newest fifth, which is held out."""
    texts = [f"{letter * 5} {letter * 3}, {letter * 7}" for letter in "abcdefghijklmnopqrst"]
    messages = pd.DataFrame({"Category": ["ham", "spam"] * 10, "Message": texts, "source": "raw"})
    train, test, *_ = split(messages, 0.4, strategy)
    new = [f"{letter * 4} {letter * 6}: it is new" for letter in "uvwxy"]
    told = [f"{test['Message'][0].upper()}!", *new]
    corrections = pd.DataFrame({"Category": "spam", "Message": told, "source": "feedback.csv"})
    both = split(pd.concat([messages, corrections]), 0.4, strategy)
    assert both[0]["Message"].to_list() == [*train["Message"], *new[:4]]
    pd.testing.assert_frame_equal(both[1], test)
    counts = {"added": 4, "held_out": 1, "near_duplicates_of_test_messages": 1}
    assert both[2]["corrections"] == counts
    assert both[5].to_dict("records") == [{"Category": "spam", "Message": new[4]}]


def test_a_side_without_a_class_ends_the_run() -> None:
    with pytest.raises(UserError, match=r"test side of the split \(test_prop=0.2\) is spam"):
        split(MESSAGES.sort_values("Category", ascending=False), 0.2, "sequential")


def test_extra_tables_are_joined_and_a_message_belongs_to_the_first_that_has_it() -> None:
    extra = make_table([*BOTH_CLASSES, ("spam", "pay the parcel fee now"), ("ham", "")])
    table, rejected, quality = clean(make_table(BOTH_CLASSES), extra={"scams.csv": extra})
    assert table["source"].to_list() == ["raw file", "raw file", "scams.csv"]
    assert rejected["source"].to_list() == ["scams.csv"]
    assert (quality["rows_in"], quality["duplicates"]) == (6, 2)
    assert quality["sources"] == {"raw file": 2, "scams.csv": 1}


@pytest.mark.parametrize("columns", [["Category", "Message"], ["opinion", "review"]])
def test_an_extra_table_has_the_columns_of_the_raw_file_or_ours(columns: list[str]) -> None:
    raw = make_table(BOTH_CLASSES, "opinion", "review")
    extra = {"scams.csv": make_table([("spam", "pay the fee")], *columns)}
    table, _, _ = clean(raw, extra=extra, label_column="opinion", text_column="review")
    assert table["Message"].to_list()[-1] == "pay the fee"


def test_an_extra_table_that_does_not_fit_is_named() -> None:
    extra = make_table(BOTH_CLASSES, "Category", "text")
    with pytest.raises(UserError, match=r"^scams\.csv has no column Message.* or Category and Me"):
        clean(make_table(BOTH_CLASSES), extra={"scams.csv": extra})


def test_rejected_rows_are_written_with_the_line_of_the_raw_file(tmp_path: Path) -> None:
    rows = ['spam,"two\r\nlines"', "spam,", ",a text", "phish,log in", "SPAM ,null"]
    project = copy_project(tmp_path, fabricate_csv(*rows))
    run_kedro(project, pipeline_names=["data_processing"])
    assert (project / "data/02_intermediate/rejected_messages.csv").read_text() == (
        '"line","reason","Category","Message"\n'
        '"124","empty message","spam",""\n'
        '"125","empty label","","a text"\n'
        '"126","unknown label","phish","log in"\n'
    )
    assert '"spam","null"\n' in (project / "data/03_primary/spam_data.csv").read_text()
