"""The pipeline `data_processing`, run by Kedro on fabricated files."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import MemoryDataset

from helpers import RAW_CSV, copy_project, fabricate_csv, read_outputs, run_kedro
from spam_classifier.parameters import SplitParameters
from spam_classifier.pipelines import data_processing

STAGES = ("clean_data", "train_test_split")
LINE = 122  # of the first row of choice


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which the pipeline ran on a file with duplicates and faults."""
    rows = ["ham,see you at place 1", "spam,", "phish,log in", "SPAM ,null"]
    project = copy_project(tmp_path_factory.mktemp("whole"), fabricate_csv(*rows))
    run_kedro(project, pipeline_names=["data_processing"])
    return project


@pytest.fixture
def process(tmp_path: Path) -> Callable[[bytes], Path]:
    """Return a function that runs the pipeline on a raw CSV in a project of its own."""

    def process(raw_csv: bytes) -> Path:
        project = copy_project(tmp_path, raw_csv)
        run_kedro(project, pipeline_names=["data_processing"])
        return project / "data"

    return process


def test_every_output_is_a_file_of_the_catalog(whole_run: Path) -> None:
    bootstrap_project(whole_run)
    catalog = KedroSession.create(whole_run).load_context().catalog
    outputs = data_processing.create_pipeline().all_outputs()
    assert not [name for name in outputs if isinstance(catalog[name], MemoryDataset)]
    assert all(catalog.exists(name) for name in outputs)


def test_parameter_groups_reach_nodes_as_objects(whole_run: Path) -> None:
    bootstrap_project(whole_run)
    catalog = KedroSession.create(whole_run).load_context().catalog
    assert catalog.load("params:split") == SplitParameters(strategy="stratified")


def test_stages_run_one_by_one_write_the_same_bytes(whole_run: Path, tmp_path: Path) -> None:
    """DVC runs one Kedro tag a stage, and each reads the files of those before."""
    project = copy_project(tmp_path, whole_run / RAW_CSV)
    for stage in STAGES:
        run_kedro(project, tags=[stage])
    assert read_outputs(project) == read_outputs(whole_run)


def test_the_quality_report_accounts_for_every_row(whole_run: Path) -> None:
    quality = json.loads((whole_run / "data/08_reporting/data_quality.json").read_text())
    assert quality == {
        "rows_in": 124,
        "kept": 121,
        "duplicates": 1,
        "rejected": {"empty message": 1, "unknown label": 1},
        "classes": {"ham": 90, "spam": 31},
        "error_artefacts": 0,
        "texts_under_both_labels": 0,
    }


def test_rejected_rows_are_written_with_the_line_of_the_raw_file(whole_run: Path) -> None:
    lines = (whole_run / "data/02_intermediate/rejected_messages.csv").read_text().splitlines()
    assert lines == [
        '"line","reason","Category","Message"',
        f'"{LINE + 1}","empty message","spam",""',
        f'"{LINE + 2}","unknown label","phish","log in"',
    ]


def test_the_line_of_a_rejected_row_counts_line_breaks_within_messages(
    process: Callable[[bytes], Path],
) -> None:
    rows = ['ham,"one\r\ntwo\nthree"', "", "phish,log in"]
    data = process(fabricate_csv(*rows))
    rejected = (data / "02_intermediate/rejected_messages.csv").read_text().splitlines()[1:]
    assert rejected == [f'"{LINE + 4}","unknown label","phish","log in"']


@pytest.mark.parametrize(
    "text", ["null", "nan", "None", "NA", "N/A", "n/a", "NULL", "#N/A", "<NA>", "-1.#IND"]
)
def test_a_text_that_looks_like_a_missing_value_stays_a_message(
    text: str, process: Callable[[bytes], Path]
) -> None:
    data = process(fabricate_csv(f"ham,{text}"))
    sides = [data / f"05_model_input/{side}_messages.csv" for side in ("train", "test")]
    assert f'"ham","{text}"\n' in (data / "03_primary/spam_data.csv").read_text()
    assert sum(f'"ham","{text}"\n' in side.read_text() for side in sides) == 1


@pytest.mark.parametrize(
    "raw_csv",
    [
        pytest.param(b"\xef\xbb\xbf" + fabricate_csv(), id="byte-order mark"),
        pytest.param(fabricate_csv(newline="\n"), id="LF"),
        pytest.param(fabricate_csv(), id="CRLF"),
        pytest.param(fabricate_csv().replace(b"ham,", b" HAM ,"), id="label case and spaces"),
        pytest.param(fabricate_csv().replace(b"\r\n", b",,\r\n"), id="junk columns"),
    ],
)
def test_how_the_file_was_written_does_not_matter(
    raw_csv: bytes, process: Callable[[bytes], Path]
) -> None:
    clean = pd.read_csv(process(raw_csv) / "03_primary/spam_data.csv")
    assert clean.shape == (120, 2)
    assert clean["Category"].value_counts().to_dict() == {"ham": 90, "spam": 30}
