"""Waiting for what a test needs, for as long as a busy machine takes and no longer than until it is there."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

# A test that waits this long waits for what will not come: several suites at once on two cores have taken twenty.
HANGS_S = 60.0


async def wait_until(
    condition: Callable[[], object | Awaitable[object]], *, seconds: float = HANGS_S, every: float = 0.01
) -> None:
    """Return once the condition holds; it is looked at again and again."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(every)
