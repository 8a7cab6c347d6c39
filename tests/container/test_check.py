"""The container itself, built and run by check.sh where that is possible."""

import os
import shutil

import pytest

from dvc_repository import Repository
from helpers import PROJECT, run_command

CAN_RUN = os.geteuid() == 0 and all(map(shutil.which, ("podman", "runc", "mmdebstrap", "curl")))


@pytest.mark.slow
@pytest.mark.xdist_group("container")
@pytest.mark.skipif(not CAN_RUN, reason="needs root, and what `sudo make test-tools` installs")
def test_container_is_small_locked_down_and_answers(exported: Repository) -> None:
    """See check.sh."""
    (bento,) = (exported.home / "bentoml/bentos/spam_classifier").glob("*/")
    done = run_command(
        *(PROJECT / "tests/container/check.sh", f"spam_classifier:{bento.name}"),
        cwd=exported.folder,
        env={"BENTOML_HOME": str(exported.home / "bentoml")},
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
