"""Kedro's settings of this project: https://docs.kedro.org/en/stable/configure/."""

from spam_classifier.dask_engine.cluster import ClusterHooks
from spam_classifier.hooks.run import ProjectHooks

HOOKS = (ProjectHooks(), ClusterHooks())

# `soft` lets `--params split.strategy=grouped` keep the other members of the group.
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft"},
}
