"""What whoever is cancelled does not leave half done: a COMMIT on its way cannot be called back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def run_to_end(act: Coroutine[Any, Any, T]) -> T:
    """Do this, and return what it returned; who is cancelled meanwhile is so at its end."""
    doing = asyncio.create_task(act)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        if not doing.cancelled():
            doing.exception()  # whoever asked is gone, and nobody else retrieves it
        raise


async def take_or_give_back(act: Coroutine[Any, Any, T | None], give_back: Callable[[T], Awaitable[None]]) -> T | None:
    """Take something, or find that there is nothing to take; who is cancelled meanwhile gives back what he got."""
    taking = asyncio.create_task(act)
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        with suppress(Exception):  # what cannot be given back is found by its age, as that of a process that was killed
            taken = await taking
            if taken is not None:
                await give_back(taken)
        raise
