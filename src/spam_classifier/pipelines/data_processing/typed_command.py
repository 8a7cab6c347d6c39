"""Writes a command as a user types it."""

import json
import shlex
from contextlib import suppress
from typing import Any

import pandas as pd
import yaml
from omegaconf import OmegaConf


def write_command(parameters: dict[str, Any], run_params: dict[str, Any]) -> str:
    """Return `kedro run` with what was typed already and further parameters.

    Args:
        parameters: The further ones, groups as dictionaries.
        run_params: What Kedro tells its hooks about the run: `env` and `runtime_params` are used.

    Returns:
        The command, for a shell; empty if Kedro does not read the parameters so that they mean
        what they should.
    """
    env = f" --env {run_params['env']}" if run_params.get("env") else ""
    with suppress(Exception):  # Kedro's reader, which tries the parameters here, raises all kinds
        typed = run_params.get("runtime_params") or {}
        wanted: Any = OmegaConf.to_container(OmegaConf.merge(typed, parameters))
        (values,) = pd.json_normalize(wanted).to_dict("records")
        text = ",".join(f"{name}={_quote(value)}" for name, value in values.items())
        if OmegaConf.to_container(OmegaConf.from_dotlist(text.split(","))) == wanted:
            return f"kedro run{env} --params {shlex.quote(text)}"
    return ""


def _quote(value: Any) -> str:
    """Write a value as YAML that Kedro takes for it."""
    return value if isinstance(value, str) and yaml.safe_load(value) == value else json.dumps(value)
