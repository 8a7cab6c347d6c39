"""A thread beside the event loop, so that nobody waits for another client's long texts."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

# One thread: what needs it takes turns. More threads would only take the interpreter from the
# event loop, which answers all others meanwhile.
_thread = ThreadPoolExecutor(1, "aside")


async def run_aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run a function in the thread, after those that wait for it already.

    Args:
        function: What to run; it never starts if the request is dropped before its turn.
        arguments: Its arguments.

    Returns:
        What it returns.
    """
    return await asyncio.get_running_loop().run_in_executor(_thread, function, *arguments)
