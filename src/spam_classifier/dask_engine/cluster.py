"""The Dask cluster of a run with `--env dask`."""

import os
from typing import Any

from kedro.framework.hooks import hook_impl

from spam_classifier.errors import UserError

PATIENCE = "10s"

# What the workers of a cluster on this machine do less often than by default, since it took half of
# their time while they scored: to give memory back to the system, which numpy needs again at once;
# to sample what they are doing; to look after themselves.
WORKER_SETTINGS = {
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 1 << 28,  # bytes
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 1 << 25,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.admin.tick.interval": "500ms",
}


class ClusterHooks:
    """Connects a run with `--env dask` to a cluster, and lets go of it at the end."""

    def __init__(self) -> None:
        self._client: Any = None

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Connect, where the environment asks for it.

        Raises:
            UserError: If the scheduler does not answer.
        """
        from spam_classifier.parameters import DASK_ENVIRONMENT

        if run_params["env"] == DASK_ENVIRONMENT:
            self._client = connect()

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Let go of the cluster."""
        self._disconnect()

    @hook_impl(tryfirst=True)
    def on_pipeline_error(self) -> None:
        """Let go of the cluster."""
        self._disconnect()

    def _disconnect(self) -> None:
        if self._client:
            self._client.close()
            self._client = None


def connect() -> Any:
    """Connect this process to a Dask cluster, which then computes what Dask is asked for.

    Returns:
        The client: of the scheduler that Dask's configuration names (`DASK_SCHEDULER_ADDRESS`), or
        else of a cluster on this machine, with a worker for each core.

    Raises:
        UserError: If the scheduler does not answer within 10 seconds.
    """
    # What is logged about a failed task shows messages. Workers read this when they start.
    os.environ.setdefault("DASK_DISTRIBUTED__LOGGING__DISTRIBUTED", "critical")
    import dask
    from distributed import Client

    dask.config.set({"dataframe.convert-string": False})  # texts stay pandas' own `str`
    address = dask.config.get("scheduler-address", None)
    if address is None:
        dask.config.set(WORKER_SETTINGS)
        return prepare_workers(Client(threads_per_worker=1, dashboard_address="127.0.0.1:0"))
    try:
        return prepare_workers(Client(address, timeout=PATIENCE))
    except (OSError, ValueError) as error:
        raise UserError(
            f"The Dask scheduler {address} does not answer ({type(error).__name__}): start it, or "
            "correct or unset DASK_SCHEDULER_ADDRESS."
        ) from None


def prepare_workers(client: Any) -> Any:
    """Let all workers, those that start later included, know tables before they get a task.

    A new worker that takes over a shuffle from one that was lost imports nothing by itself, and
    would say that there is no dispatch for a pandas DataFrame.

    Args:
        client: The client of a cluster.

    Returns:
        The same client.
    """
    from distributed import WorkerPlugin

    class TableSupport(WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: Any) -> None:  # noqa: ARG002 - Dask calls it so
            import dask.dataframe  # noqa: F401

    client.register_plugin(TableSupport(), name="table-support")
    return client
