"""The nodes of `data_processing` on fabricated tables."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spam_classifier.errors import RawFileError, UserError
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines.data_processing import nodes
from spam_classifier.pipelines.data_processing.nodes import split_messages

Rows = list[tuple[str, str]]

BOTH_CLASSES: Rows = [("ham", "see you at eight"), ("spam", "WIN a prize now")]
MANY: Rows = [("ham", f"see you at place {number}") for number in range(200)]
STRATIFIED = SplitParameters(strategy="stratified")


def make_table(rows: Rows) -> pd.DataFrame:
    """Return raw rows as the dataset loads them: the first one stands on line 2."""
    lines = pd.RangeIndex(2, len(rows) + 2, name="line")
    return pd.DataFrame(rows, columns=["Category", "Message"], index=lines, dtype="str")


def clean_messages(
    raw: pd.DataFrame, negative: str = "ham", positive: str = "spam", **options: Any
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Call the node as the parameters of conf/base do, but for some options."""
    defaults: dict[str, Any] = {
        "extra": {},
        "text_column": "Message",
        "label_column": "Category",
        "label_aliases": {},
    }
    return nodes.clean_messages(
        raw=raw, negative_label=negative, positive_label=positive, **(defaults | options)
    )


def make_messages(ham: int, spam: int) -> pd.DataFrame:
    """Return clean messages of which every fourth is spam, as long as there are enough."""
    rows = [("ham", f"see you at place {number}") for number in range(ham)]
    for number in range(spam):
        rows.insert(number * 4, ("spam", f"WIN prize {number} now"))
    return pd.DataFrame(rows, columns=["Category", "Message"], dtype="str")


def test_labels_are_spelt_as_the_parameters_spell_them() -> None:
    clean, _, quality = clean_messages(make_table(BOTH_CLASSES), "Ham", "SPAM")
    assert clean["Category"].to_list() == ["Ham", "SPAM"]
    assert quality["classes"] == {"Ham": 1, "SPAM": 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "no label"), "empty label"),
        (("spam", " \t\r\n"), "empty message"),
        ((" Phish", "a third class"), "unknown label"),
        (("", ""), "empty label"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_once_with_line_and_reason(
    row: tuple[str, str], reason: str
) -> None:
    table = make_table([*MANY, row, *BOTH_CLASSES]).assign(file="a column of theirs")
    clean, rejected, quality = clean_messages(table)
    assert rejected.to_dict("records") == [
        {"line": 202, "reason": reason, "Category": row[0], "Message": row[1]}
    ]
    assert quality["rejected"] == {reason: 1}
    assert len(clean) == 202


def test_a_third_label_in_one_percent_of_the_rows_ends_the_run_with_all_counts() -> None:
    rows = [*BOTH_CLASSES, ("phish", "log in here")]
    with pytest.raises(UserError, match=r"ham \(98\), spam \(1\), phish \(1\)"):
        clean_messages(make_table([*MANY[:97], *rows]))
    _, rejected, _ = clean_messages(make_table([*MANY[:98], *rows]))
    assert rejected["reason"].to_list() == ["unknown label"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["v1", "v2"], r"no column Category and no column Message: its columns are v1, v2\.$"),
        (["Category", "text"], "no column Message: its columns are Category, text"),
        (["Category", "call me at nine"], r"its columns are Category, \(a text\)\.$"),
        (["ham;ok", "then"], r"^The raw file has no header: its first line holds a label\.$"),
        (["text", "ham"], "its columns are text, ham"),  # no label stands below
    ],
)
def test_other_column_names_end_the_run_without_what_may_be_a_message(
    columns: list[str], sentence: str
) -> None:
    with pytest.raises(RawFileError, match=sentence):
        clean_messages(make_table(BOTH_CLASSES).set_axis(columns, axis=1))


def test_the_columns_are_those_of_the_parameters() -> None:
    table = make_table(BOTH_CLASSES).set_axis(["1", "2"], axis=1).assign(**{"Unnamed: 2": ""})
    clean, _, _ = clean_messages(table, label_column=1, text_column="2")
    assert clean.columns.to_list() == ["Category", "Message"]
    assert clean["Message"].to_list() == ["see you at eight", "WIN a prize now"]


@pytest.mark.parametrize(
    ("label", "aliases"),
    [
        (" Smishing", {"SMISHING ": "spam"}),
        ("1", {1: "spam"}),
        ("1.0", {"1": "spam"}),  # a whole number may have decimals
        ("1", {1.0: "spam"}),
    ],
)
def test_an_alias_is_another_name_of_a_class(label: str, aliases: dict[Any, str]) -> None:
    table = make_table([*BOTH_CLASSES, (label, "log in")])
    clean, rejected, _ = clean_messages(table, label_aliases=aliases)
    assert clean["Category"].to_list() == ["ham", "spam", "spam"]
    assert rejected.empty


def test_a_row_with_a_fault_is_rejected_with_it_whatever_else_is_wrong(
    caplog: pytest.LogCaptureFixture,
) -> None:
    table = make_table([*BOTH_CLASSES, ("phish", ""), ("ham", ""), *MANY]).assign(
        **{"(fault)": ["", "", "lone surrogate", "", *[""] * len(MANY)]}
    )
    _, rejected, quality = clean_messages(table)
    assert rejected[["line", "reason"]].to_dict("split")["data"] == [
        [4, "lone surrogate"],
        [5, "empty message"],
    ]
    assert quality["rejected"] == {"lone surrogate": 1, "empty message": 1}
    assert caplog.messages == [
        "2 of 204 rows are rejected: 1 lone surrogate, 1 empty message. See rejected_messages."
    ]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "has a header but no rows: add some"),
        ([row[::-1] for row in MANY[:80]], "has 80 different values in column Category"),
        ([("ham", "see you"), ("spam", " ")], "is spam "),
        ([("ham", ""), ("", "WIN")], "is ham or spam "),
    ],
)
def test_a_table_without_usable_rows_of_both_classes_ends_the_run(
    rows: Rows, sentence: str
) -> None:
    with pytest.raises(RawFileError, match=f"he raw file {sentence}"):
        clean_messages(make_table(rows))


def test_artefacts_and_contradictions_are_counted() -> None:
    rows = [("spam", "#ERROR!"), ("spam", "#ERROR!"), ("ham", "hello"), ("spam", "hello")]
    _, _, quality = clean_messages(make_table(rows))
    assert quality["error_artefacts"] == 1
    assert quality["texts_under_both_labels"] == 1


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ham", "spam", " Ham", "SPAM\n", "", " "]),
            st.sampled_from(["", " ", "null", "a", "b", "\x00"]) | st.text(),
        ),
        max_size=30,
    )
)
def test_each_usable_message_is_kept_once_and_every_row_is_counted(extra: Rows) -> None:
    rows = [*BOTH_CLASSES, *extra]
    clean, rejected, quality = clean_messages(make_table(rows))
    usable = [
        (label.strip().lower(), text) for label, text in rows if label.strip() and text.strip()
    ]
    assert list(clean.itertuples(index=False, name=None)) == list(dict.fromkeys(usable))
    assert (quality["rows_in"], quality["kept"]) == (len(rows), len(clean))
    assert quality["duplicates"] == len(usable) - len(clean)
    assert sum(quality["rejected"].values()) == len(rejected) == len(rows) - len(usable)


@pytest.mark.parametrize("strategy", ["stratified", "sequential", "grouped"])
def test_every_message_is_on_one_side_in_the_order_of_the_file(strategy: str) -> None:
    messages = make_messages(ham=30, spam=10)
    messages["Message"] = [f"{row:03} {chr(97 + row % 26) * 9}" for row in range(40)]
    split = SplitParameters.model_validate({"strategy": strategy})
    train, test, *_ = split_messages(messages, 0.3, 0, split)
    pd.testing.assert_frame_equal(
        pd.concat([train, test]).sort_values("Message", ignore_index=True), messages
    )
    for side in (train, test):
        assert side["Message"].is_monotonic_increasing
        assert side.index.to_list() == list(range(len(side)))


def test_the_report_counts_each_side() -> None:
    report = split_messages(make_messages(ham=30, spam=10), 0.4, 0, STRATIFIED)[2]
    assert report["strategy"] == "stratified"
    shares = {"ham": 0.75, "spam": 0.25}
    assert report["train"] == {"rows": 24, "classes": {"ham": 18, "spam": 6}, "shares": shares}
    assert report["test"] == {"rows": 16, "classes": {"ham": 12, "spam": 4}, "shares": shares}


def test_the_report_counts_near_duplicates_on_both_sides() -> None:
    """Rows alternate: two pairs stand across the middle, one pair stands before it."""
    texts = ["WIN prize {} now", "call me when you land {}", "see you at place {}"]
    first, second, third = ([text.format(number) for number in range(2)] for text in texts)
    messages = pd.DataFrame(
        {
            "Category": ["spam", "ham", "ham", "ham", "spam", "ham"],
            "Message": [first[0], second[0], third[0], third[1], first[1], second[1]],
        }
    )
    split = SplitParameters(strategy="sequential")
    _, _, report, train_clusters, test_clusters, _ = split_messages(messages, 0.34, 0, split)
    assert report["near_duplicates"] == {
        "clusters_on_both_sides": 2,
        "train_messages": 2,
        "test_messages": 2,
    }
    assert train_clusters[:2] == test_clusters


@pytest.mark.parametrize("strategy", ["stratified", "sequential", "grouped", "hashed"])
def test_corrections_train_and_change_no_other_side(strategy: str) -> None:
    """But for near-duplicates of test messages, and for the newest fifth, which is held out."""
    split = SplitParameters.model_validate({"strategy": strategy})
    texts = [f"{letter * 5} {letter * 3}, {letter * 7}" for letter in "abcdefghijklmnopqrst"]
    messages = pd.DataFrame({"Category": ["ham", "spam"] * 10, "Message": texts, "source": "raw"})
    train, test, *_ = split_messages(messages, 0.4, 1, split)
    new = [f"{letter * 4} {letter * 6}: it is new" for letter in "uvwxy"]
    told = [f"{test['Message'][0].upper()}!", *new]
    corrections = pd.DataFrame({"Category": "spam", "Message": told, "source": "feedback.csv"})
    both = split_messages(pd.concat([messages, corrections]), 0.4, 1, split)
    assert both[0]["Message"].to_list() == [*train["Message"], *new[:4]]
    pd.testing.assert_frame_equal(both[1], test)
    counts = {"added": 4, "held_out": 1, "near_duplicates_of_test_messages": 1}
    assert both[2]["corrections"] == counts
    assert both[5].to_dict("records") == [{"Category": "spam", "Message": new[4]}]


def test_a_side_without_a_class_ends_the_run() -> None:
    messages = make_messages(ham=30, spam=10).sort_values("Category", ascending=False)
    with pytest.raises(UserError, match=r"test side of the split \(test_prop=0.2\) is spam"):
        split_messages(messages, 0.2, 0, SplitParameters(strategy="sequential"))


def test_extra_tables_are_joined_and_a_message_belongs_to_the_first_that_has_it() -> None:
    extra = make_table([*BOTH_CLASSES, ("spam", "pay the parcel fee now"), ("ham", "")])
    clean, rejected, quality = clean_messages(make_table(BOTH_CLASSES), extra={"scams.csv": extra})
    assert clean["source"].to_list() == ["raw file", "raw file", "scams.csv"]
    assert rejected["source"].to_list() == ["scams.csv"]
    assert (quality["rows_in"], quality["duplicates"]) == (6, 2)
    assert quality["sources"] == {"raw file": 2, "scams.csv": 1}


@pytest.mark.parametrize("columns", [["Category", "Message"], ["opinion", "review"]])
def test_an_extra_table_has_the_columns_of_the_raw_file_or_ours(columns: list[str]) -> None:
    raw = make_table(BOTH_CLASSES).set_axis(["opinion", "review"], axis=1)
    extra = make_table([("spam", "pay the fee")]).set_axis(columns, axis=1)
    clean, _, _ = clean_messages(
        raw, extra={"scams.csv": extra}, label_column="opinion", text_column="review"
    )
    assert clean["Message"].to_list()[-1] == "pay the fee"


def test_an_extra_table_that_does_not_fit_is_named() -> None:
    extra = make_table(BOTH_CLASSES).rename(columns={"Message": "text"})
    with pytest.raises(UserError, match=r"^scams\.csv has no column Message.* or Category and Me"):
        clean_messages(make_table(BOTH_CLASSES), extra={"scams.csv": extra})
