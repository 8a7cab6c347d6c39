"""The pipeline `data_processing`, run by Kedro on a fabricated file."""

from pathlib import Path

from helpers import copy_project, fabricate_csv, run_kedro


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
