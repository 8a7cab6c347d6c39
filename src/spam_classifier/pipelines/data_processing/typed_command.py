"""The command that a user types, with parameters that Kedro reads back as they are."""

import json
import shlex
from contextlib import suppress
from typing import Any

import pandas as pd
import yaml
from omegaconf import OmegaConf

LEVEL = "\0"  # between the names of a group and of a parameter


def advise_typing(parameters: dict[str, Any], condition: str, run_params: dict[str, Any]) -> str:
    """Say to type `kedro run` with what was typed already and further parameters.

    Args:
        parameters: What to add to the typed parameters.
        condition: When that is right, such as ` if complaint is the class to catch`.
        run_params: What Kedro tells its hooks about the run: `env` and `runtime_params` are used.

    Returns:
        A sentence; empty if some parameter cannot be typed.
    """
    typed = run_params.get("runtime_params") or {}
    aliases = typed.get("label_aliases", {}) | parameters.get("label_aliases", {})
    values = _flatten(typed | parameters | ({"label_aliases": aliases} if aliases else {}))
    with suppress(Exception):  # Kedro's reader, which tries the parameters here, raises all kinds
        text = ",".join(f"{name.replace(LEVEL, '.')}={_quote(v)}" for name, v in values.items())
        read = _flatten(OmegaConf.to_container(OmegaConf.from_dotlist(text.split(","))))
        if {name: str(v) for name, v in read.items()} == {n: str(v) for n, v in values.items()}:
            env = f" --env {run_params['env']}" if run_params.get("env") else ""
            return f"Type `kedro run{env} --params {shlex.quote(text)}`{condition}."
    return ""


def _flatten(values: Any) -> dict[str, Any]:
    records = pd.json_normalize(values, sep=LEVEL).to_dict("records")
    return {str(name): value for name, value in records[0].items()}


def _quote(value: Any) -> str:
    """Write a value as YAML that Kedro takes for it; digits may be a number or a text."""
    if not isinstance(value, str):
        return json.dumps(value)
    return value if value.isdecimal() or yaml.safe_load(value) == value else f'"{value}"'
