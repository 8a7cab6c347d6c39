"""What goes into a bento: the locked versions, and only what serving needs."""

import re
import subprocess
import sys

import pytest
import yaml

from helpers import PROJECT

BENTOFILE = yaml.safe_load((PROJECT / "bentofile.yaml").read_text(encoding="utf-8"))
TRAINING_LIBRARIES = {"sklearn", "scikit-learn", "scipy", "pandas", "kedro", "dvc"}


def read_lock(name: str) -> dict[str, str]:
    """Return the packages of a lock file: name, version and marker, and the hashes."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^([\w.-]+==.*) \\\n((?: {4}--hash=.*\n)+)", text, flags=re.MULTILINE)
    assert len(blocks) == len(re.findall(r"^[\w.-]+==", text, flags=re.MULTILINE))
    return {package.partition(" ;")[0]: hashes.replace(" \\", "") for package, hashes in blocks}


def test_packages_are_the_locked_ones() -> None:
    """Every package of the bento has the version and the hashes that requirements.lock has."""
    serving = read_lock(BENTOFILE["python"]["requirements_txt"])
    assert serving
    assert serving.items() <= read_lock("requirements.lock").items()
    assert BENTOFILE["python"]["lock_packages"] is False  # else BentoML chooses versions again


@pytest.mark.slow
def test_serving_needs_no_training_libraries() -> None:
    """Neither the modules of the service nor its packages have scikit-learn, pandas or Kedro."""
    module = BENTOFILE["service"].partition(":")[0]
    command = [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    packages = {package.partition("==")[0] for package in read_lock("serving.lock")}
    assert not (packages | set(done.stdout.split())) & TRAINING_LIBRARIES
