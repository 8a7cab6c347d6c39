"""The container itself, built and run by check.sh where that is possible."""

import os
import shutil

import pytest

from container.conftest import Exported
from helpers import PROJECT, run_command

NEEDED = ("apt-get", "mmdebstrap", "podman", "runc", "curl")


def why_not() -> str:
    """Return why the container cannot be built and run here; nothing if it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "check.sh needs root: type `sudo make container-check`"
    missing = [name for name in NEEDED if not shutil.which(name)]
    return f"{', '.join(missing)} is missing: `make container-check` installs it" * bool(missing)


@pytest.mark.slow
@pytest.mark.xdist_group("container")
@pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can be run")
def test_container_is_small_locked_down_and_answers(exported: Exported) -> None:
    """See check.sh."""
    (bento,) = (exported.home / "bentos/spam_classifier").glob("*/")
    done = run_command(
        PROJECT / "tests/container/check.sh",
        f"spam_classifier:{bento.name}",
        cwd=exported.project,
        env={"BENTOML_HOME": str(exported.home)},
        timeout=600,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
