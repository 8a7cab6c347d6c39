"""The Dask cluster of a run, where the environment's globals.yml says `cluster: true`."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl

from spam_classifier.errors import UserError

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = "10s"
LOCAL_CLUSTER = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}  # any free port
SETTINGS = {
    "dataframe.convert-string": False,  # texts stay pandas' own `str`
    # What the workers of a cluster on this machine do less often than by default, since it took
    # half of their time while they scored: to give memory back to the system, which numpy needs
    # again at once; to sample what they are doing; to look after themselves.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 1 << 28,  # bytes
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 1 << 25,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.admin.tick.interval": "500ms",
}


class ClusterHooks:
    """Connects a run to a cluster, and lets go of it at the end."""

    def __init__(self) -> None:
        self._is_wanted = False
        self._connection = ExitStack()

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """See whether a cluster is asked for; let go of that of an interrupted run."""
        self._connection.close()
        self._is_wanted = context.config_loader["globals"].get("cluster", False)

    @hook_impl(trylast=True)  # when nothing else refuses the run
    def before_pipeline_run(self) -> None:
        """Connect.

        Raises:
            UserError: If the scheduler does not answer.
        """
        if self._is_wanted:
            self._connection.enter_context(connect())

    @hook_impl(tryfirst=True)  # others may raise
    def after_pipeline_run(self) -> None:
        """Let go of the cluster."""
        self._connection.close()

    @hook_impl(tryfirst=True)
    def on_pipeline_error(self) -> None:
        """Let go of the cluster."""
        self._connection.close()


@contextmanager
def connect() -> Iterator["Client"]:
    """Connect this process to a Dask cluster, which then computes what Dask is asked for.

    Yields:
        The client: of the scheduler that Dask's configuration names (`DASK_SCHEDULER_ADDRESS`), or
        else of a cluster on this machine, with a worker for each core. It ends with the block.

    Raises:
        UserError: If the scheduler does not answer within 10 seconds.
    """
    # What is logged about a failed task shows messages. Workers read this when they start.
    os.environ.setdefault("DASK_DISTRIBUTED__LOGGING__DISTRIBUTED", "critical")
    import dask
    from distributed import Client

    with dask.config.set(SETTINGS):
        address = dask.config.get("scheduler-address", None)
        try:
            client = Client(address, timeout=PATIENCE) if address else Client(**LOCAL_CLUSTER)
        except (OSError, ValueError) as error:
            if not address:
                raise
            raise UserError(
                f"The Dask scheduler {address} does not answer ({type(error).__name__}): start it, "
                "or correct or unset DASK_SCHEDULER_ADDRESS."
            ) from None
        with client:
            client.register_worker_callbacks(_import_tables)
            yield client


def _import_tables() -> None:
    """Let a new worker that takes over a shuffle from a lost one know pandas' tables."""
    import dask.dataframe  # noqa: F401
