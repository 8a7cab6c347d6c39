"""The pipeline `data_processing`, run by Kedro on fabricated files."""

from pathlib import Path

import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import MemoryDataset

from helpers import RAW_CSV, copy_project, fabricate_csv, read_outputs, run_kedro
from spam_classifier.pipelines import data_processing

STAGES = ("clean_data", "train_test_split")
LINE = 122  # of the first row of choice
NO_MISSING_VALUES = ["null", "nan", "None", "NA", "N/A", "n/a", "NULL", "#N/A", "<NA>", "-1.#IND"]


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which the pipeline ran on a file with duplicates and faults."""
    rows = [
        "ham,see you at place 1",
        "spam,",
        "phish,log in",
        *(f"SPAM ,{text}" for text in NO_MISSING_VALUES),
    ]
    project = copy_project(tmp_path_factory.mktemp("whole"), fabricate_csv(*rows))
    run_kedro(project, pipeline_names=["data_processing"])
    return project


def test_every_output_is_a_file_of_the_catalog(whole_run: Path) -> None:
    bootstrap_project(whole_run)
    catalog = KedroSession.create(whole_run).load_context().catalog
    outputs = data_processing.create_pipeline().all_outputs()
    assert not [name for name in outputs if isinstance(catalog[name], MemoryDataset)]
    assert all(catalog.exists(name) for name in outputs)


def test_stages_run_one_by_one_write_the_same_bytes(whole_run: Path, tmp_path: Path) -> None:
    """DVC runs one Kedro tag a stage, and each reads the files of those before."""
    project = copy_project(tmp_path, whole_run / RAW_CSV)
    for stage in STAGES:
        run_kedro(project, tags=[stage])
    assert read_outputs(project) == read_outputs(whole_run)


def test_rejected_rows_are_written_with_the_line_of_the_raw_file(whole_run: Path) -> None:
    lines = (whole_run / "data/02_intermediate/rejected_messages.csv").read_text().splitlines()
    assert lines == [
        '"line","reason","Category","Message"',
        f'"{LINE + 1}","empty message","spam",""',
        f'"{LINE + 2}","unknown label","phish","log in"',
    ]


def test_a_text_that_looks_like_a_missing_value_stays_a_message(whole_run: Path) -> None:
    """On the way into each file and out of it again."""
    data = whole_run / "data"
    sides = "".join(path.read_text() for path in data.glob("05_model_input/*_messages.csv"))
    for text in NO_MISSING_VALUES:
        assert f'"spam","{text}"\n' in (data / "03_primary/spam_data.csv").read_text()
        assert f'"spam","{text}"\n' in sides
