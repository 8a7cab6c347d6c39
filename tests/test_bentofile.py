"""What goes into a bento: the locked versions, and only what serving needs."""

import re
import subprocess
import sys

import pytest
import yaml

from helpers import PROJECT

BENTOFILE = yaml.safe_load((PROJECT / "bentofile.yaml").read_text(encoding="utf-8"))


def test_packages_are_the_locked_ones() -> None:
    """Every package of the bento has the version that requirements.lock has."""
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^[\w-]+==[^ ;]+", lock, flags=re.MULTILINE)
    assert set(BENTOFILE["python"]["packages"]) <= set(locked)


def test_named_files_exist() -> None:
    """Every pattern of the bento finds a file."""
    assert [name for name in BENTOFILE["include"] if not list(PROJECT.glob(name))] == []


@pytest.mark.slow
def test_serving_needs_no_training_libraries() -> None:
    """The service's modules import neither scikit-learn nor pandas nor Kedro nor DVC."""
    module = BENTOFILE["service"].partition(":")[0]
    code = f"import sys, {module}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert not imported & {"sklearn", "scipy", "pandas", "kedro", "dvc"}
