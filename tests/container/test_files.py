"""The files beside the bento, read by the programs that they are for: nothing is run."""

import json
from typing import Any

import pytest
import yaml

from container.tools import run_tool
from helpers import PROJECT

pytestmark = pytest.mark.slow


def read_service(**settings: str) -> dict[str, Any]:
    """Return the compose file's service as Docker Compose understands it."""
    done = run_tool("docker-compose", "config", "--format", "json", env=settings)
    assert done.returncode == 0, done.stderr
    service: dict[str, Any] = json.loads(done.stdout)["services"]["service"]
    return service


def test_compose_file_takes_settings_from_the_environment() -> None:
    """Image, address, port, workers and memory; by default nobody else can connect."""
    (port,) = read_service()["ports"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "3000", 3000)
    service = read_service(
        SPAM_CLASSIFIER_IMAGE="registry.example.org/spam_classifier:1",
        SPAM_CLASSIFIER_HOST="0.0.0.0",  # noqa: S104 - nothing is started
        SPAM_CLASSIFIER_PORT="8080",
        SPAM_CLASSIFIER_WORKERS="2",
        SPAM_CLASSIFIER_MEMORY="1g",
    )
    (port,) = service["ports"]
    assert service["image"] == "registry.example.org/spam_classifier:1"
    assert (port["host_ip"], port["published"]) == ("0.0.0.0", "8080")  # noqa: S104
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


@pytest.mark.parametrize(
    ("tool", "files"),
    [
        ("actionlint", (".github/workflows/*.yaml",)),
        ("shellcheck", (".ci/run", "tests/container/check.sh")),
    ],
)
def test_linters_find_nothing(tool: str, files: tuple[str, ...]) -> None:
    """The workflow and the shell scripts are clean."""
    done = run_tool(tool, *(path for name in files for path in PROJECT.glob(name)))
    assert done.returncode == 0, done.stdout
