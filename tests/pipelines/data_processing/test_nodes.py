"""The nodes of `data_processing` on fabricated tables."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spam_classifier.errors import UserError
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines.data_processing.nodes import clean_messages, split_messages

Rows = list[tuple[str, str]]

BOTH_CLASSES: Rows = [("ham", "see you at eight"), ("spam", "WIN a prize now")]
MANY: Rows = [("ham", f"see you at place {number}") for number in range(200)]
STRATIFIED = SplitParameters(strategy="stratified")


def make_table(rows: Rows) -> pd.DataFrame:
    """Return raw rows as the dataset loads them: the first one stands on line 2."""
    lines = pd.RangeIndex(2, len(rows) + 2, name="line")
    return pd.DataFrame(rows, columns=["Category", "Message"], index=lines, dtype="str")


def make_messages(ham: int, spam: int) -> pd.DataFrame:
    """Return clean messages of which every fourth is spam, as long as there are enough."""
    rows = [("ham", f"see you at place {number}") for number in range(ham)]
    for number in range(spam):
        rows.insert(number * 4, ("spam", f"WIN prize {number} now"))
    return pd.DataFrame(rows, columns=["Category", "Message"], dtype="str")


def test_each_message_is_kept_once_in_the_order_of_the_file() -> None:
    clean, _, quality = clean_messages(make_table([*BOTH_CLASSES, *BOTH_CLASSES]), "ham", "spam")
    assert list(clean.itertuples(index=True, name=None)) == [
        (0, "ham", "see you at eight"),
        (1, "spam", "WIN a prize now"),
    ]
    assert (quality["rows_in"], quality["kept"], quality["duplicates"]) == (4, 2, 2)


@pytest.mark.parametrize("label", [" Spam", "SPAM", "spam\t", "  sPaM  "])
def test_case_and_outer_spaces_of_a_label_do_not_matter(label: str) -> None:
    clean, _, _ = clean_messages(make_table([*BOTH_CLASSES, (label, "call now")]), "ham", "spam")
    assert clean["Category"].to_list() == ["ham", "spam", "spam"]


def test_labels_are_spelt_as_the_parameters_spell_them() -> None:
    clean, _, quality = clean_messages(make_table(BOTH_CLASSES), "Ham", "SPAM")
    assert clean["Category"].to_list() == ["Ham", "SPAM"]
    assert quality["classes"] == {"Ham": 1, "SPAM": 1}


def test_rows_that_differ_only_in_the_case_of_the_label_are_duplicates() -> None:
    rows = [*BOTH_CLASSES, ("HAM ", "see you at eight")]
    _, _, quality = clean_messages(make_table(rows), "ham", "spam")
    assert quality["duplicates"] == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "no label"), "empty label"),
        (("  ", "no label"), "empty label"),
        (("ham", ""), "empty message"),
        (("spam", " \t\r\n"), "empty message"),
        ((" Phish", "a third class"), "unknown label"),
        (("", ""), "empty label"),
        (("phish", ""), "unknown label"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_once_with_line_and_reason(
    row: tuple[str, str], reason: str
) -> None:
    table = make_table([*MANY, row, *BOTH_CLASSES])
    clean, rejected, quality = clean_messages(table, "ham", "spam")
    assert rejected.to_dict("records") == [
        {"line": 202, "reason": reason, "Category": row[0], "Message": row[1]}
    ]
    assert quality["rejected"] == {reason: 1}
    assert len(clean) == 202


def test_without_rejected_rows_the_table_of_them_has_its_columns() -> None:
    _, rejected, quality = clean_messages(make_table(BOTH_CLASSES), "ham", "spam")
    assert rejected.columns.to_list() == ["line", "reason", "Category", "Message"]
    assert rejected.empty
    assert quality["rejected"] == {}


def test_other_columns_are_left_out() -> None:
    table = make_table(BOTH_CLASSES).assign(**{"Unnamed: 2": ""})
    clean, rejected, _ = clean_messages(table, "ham", "spam")
    assert clean.columns.to_list() == ["Category", "Message"]
    assert "Unnamed: 2" not in rejected.columns


def test_a_third_label_in_one_percent_of_the_rows_ends_the_run_with_all_counts() -> None:
    table = make_table([*MANY[:97], *BOTH_CLASSES, ("phish", "log in here")])
    with pytest.raises(UserError, match=r"ham \(98\), spam \(1\), phish \(1\)"):
        clean_messages(table, "ham", "spam")


def test_a_third_label_is_counted_whatever_its_case() -> None:
    table = make_table([*MANY[:196], *BOTH_CLASSES, ("phish", "log in"), (" Phish", "pay here")])
    with pytest.raises(UserError, match=r"phish \(2\)"):
        clean_messages(table, "ham", "spam")


def test_a_third_label_below_one_percent_is_only_rejected() -> None:
    table = make_table([*MANY[:98], *BOTH_CLASSES, ("phish", "log in here")])
    _, rejected, _ = clean_messages(table, "ham", "spam")
    assert rejected["reason"].to_list() == ["unknown label"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["v1", "v2"], "no column Category and no column Message.* it is: v1, v2"),
        (["Category", "text"], "no column Message"),
        (["ham", "word " * 200], r"it is: ham, word [word ]+ …\.$"),
    ],
)
def test_other_column_names_end_the_run_with_a_short_list_of_them(
    columns: list[str], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence) as error:
        clean_messages(make_table(BOTH_CLASSES).set_axis(columns, axis=1), "ham", "spam")
    assert len(error.value.message) < 200


@pytest.mark.parametrize(
    ("rows", "absent"),
    [
        ([("ham", "see you")], "spam"),
        ([("spam", "WIN")], "ham"),
        ([("ham", "see you"), ("spam", " ")], "spam"),
        ([("ham", ""), ("", "WIN")], "ham or spam"),
    ],
)
def test_a_class_without_usable_rows_ends_the_run(rows: Rows, absent: str) -> None:
    with pytest.raises(UserError, match=f"Not a single usable row of the raw file is {absent} "):
        clean_messages(make_table(rows), "ham", "spam")


def test_artefacts_and_contradictions_are_counted() -> None:
    rows = [("spam", "#ERROR!"), ("spam", "#ERROR!"), ("ham", "hello"), ("spam", "hello")]
    _, _, quality = clean_messages(make_table(rows), "ham", "spam")
    assert quality["error_artefacts"] == 1
    assert quality["texts_under_both_labels"] == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ham", "spam", " Ham", "SPAM\n", "", " "]),
            st.sampled_from(["", " ", "null", "a", "b", "\x00"]) | st.text(),
        ),
        max_size=30,
    )
)
def test_rows_in_are_kept_or_duplicates_or_rejected(extra: Rows) -> None:
    table = make_table([*BOTH_CLASSES, *extra])
    clean, rejected, quality = clean_messages(table, "ham", "spam")
    reasons = quality["rejected"]
    assert len(table) == quality["kept"] + quality["duplicates"] + sum(reasons.values())
    assert (quality["kept"], sum(reasons.values())) == (len(clean), len(rejected))
    kept = {(label.strip().lower(), text) for label, text in [*BOTH_CLASSES, *extra]}
    usable = {(label, text) for label, text in kept if label and text.strip()}
    assert set(clean.itertuples(index=False, name=None)) == usable


@pytest.mark.parametrize("strategy", ["stratified", "sequential", "grouped"])
def test_every_message_is_on_one_side_in_the_order_of_the_file(strategy: str) -> None:
    messages = make_messages(ham=30, spam=10)
    messages["Message"] = [f"{row:03} {chr(97 + row % 26) * 9}" for row in range(40)]
    split = SplitParameters.model_validate({"strategy": strategy})
    train, test, _ = split_messages(messages, 0.3, 0, split)
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
    report = split_messages(messages, 0.34, 0, split)[2]
    assert report["near_duplicates"] == {"clusters_on_both_sides": 2, "test_messages": 2}


def test_a_side_without_a_class_ends_the_run() -> None:
    messages = make_messages(ham=30, spam=10).sort_values("Category", ascending=False)
    with pytest.raises(UserError, match=r"test side of the split \(test_prop=0.2\) is spam"):
        split_messages(messages, 0.2, 0, SplitParameters(strategy="sequential"))


def test_too_few_rows_for_a_stratified_split_end_the_run() -> None:
    with pytest.raises(UserError, match="change test_prop or add rows"):
        split_messages(make_messages(ham=3, spam=1), 0.4, 0, STRATIFIED)
