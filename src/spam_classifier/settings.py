"""Kedro's settings of this project: https://docs.kedro.org/en/stable/configure/."""

import gc

from omegaconf.resolvers import oc

from spam_classifier.dask_engine.cluster import ClusterHooks
from spam_classifier.hooks.run import ProjectHooks

HOOKS = (ProjectHooks(), ClusterHooks())

# What a run makes mostly stays; looking through it for garbage took a tenth of the time.
gc.set_threshold(20_000)

# `soft` lets `--params split.strategy=grouped` keep the other members of the group; `oc.env` lets
# globals.yml name a folder that a variable of the environment chooses.
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft"},
    "custom_resolvers": {"oc.env": oc.env},
}
