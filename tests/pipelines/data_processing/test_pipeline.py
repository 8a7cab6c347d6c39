"""The pipeline `data_processing`, run by Kedro on a fabricated file."""

from pathlib import Path

import pytest

from helpers import copy_project, fabricate_csv, run_kedro

NO_MISSING_VALUES = ["null", "nan", "None", "NA", "N/A", "n/a", "NULL", "#N/A", "<NA>", "-1.#IND"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of files that the pipeline wrote."""
    rows = [
        'spam,"two\r\nlines"',
        "spam,",
        ",a text",
        "phish,log in",
        *(f"SPAM ,{text}" for text in NO_MISSING_VALUES),
    ]
    project = copy_project(tmp_path_factory.mktemp("data_processing"), fabricate_csv(*rows))
    run_kedro(project, pipeline_names=["data_processing"])
    return project / "data"


def test_rejected_rows_are_written_with_the_line_of_the_raw_file(data: Path) -> None:
    lines = (data / "02_intermediate/rejected_messages.csv").read_text().splitlines()
    assert lines == [
        '"line","reason","Category","Message"',
        '"124","empty message","spam",""',
        '"125","empty label","","a text"',
        '"126","unknown label","phish","log in"',
    ]


def test_a_text_that_looks_like_a_missing_value_stays_a_message(data: Path) -> None:
    """On the way into each file and out of it again."""
    clean = (data / "03_primary/spam_data.csv").read_text()
    sides = "".join(path.read_text() for path in data.glob("05_model_input/*_messages.csv"))
    for text in NO_MISSING_VALUES:
        assert f'"spam","{text}"\n' in clean
        assert f'"spam","{text}"\n' in sides
