"""A mistake in the command or the settings ends in one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import invoke_kedro, refusal


@pytest.fixture
def project(make_project: Callable[..., Path]) -> Path:
    return make_project()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tags", "nope"], "Pipeline contains no nodes"),
        (["--pipelines", "nope"], "Failed to find the pipeline named 'nope'"),
        (["--env", "nope"], "conf/nope"),
        (["--runner", "Nope"], "no attribute 'Nope'"),
        (["--params", "test_prop=${nope}"], "Interpolation key 'nope' not found"),
    ],
)
def test_a_name_that_does_not_exist_is_named(
    arguments: list[str], words: str, project: Path
) -> None:
    assert words in refusal(invoke_kedro(project, "run", *arguments))


def test_a_settings_file_that_is_no_yaml_is_named(project: Path) -> None:
    (project / "conf/local/parameters.yml").write_text("split: [")
    assert "conf/local/parameters.yml" in refusal(invoke_kedro(project, "run"))
