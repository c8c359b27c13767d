"""Work of this process done while the database does its own. The only place of the ledger that starts a task."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def meanwhile(asked: Coroutine[Any, Any, Answer], work: Iterable[None]) -> Answer:
    """
    Await `asked`, which talks to the database, and go through `work` whenever it waits; both are done on return.

    The steps of `work` are short, at most half a millisecond: an answer of the database waits for the step at hand.
    They must not touch the connection. Whichever fails ends the other.
    """
    asking = asyncio.ensure_future(asked)
    try:
        for _ in work:
            await asyncio.sleep(0)
            if asking.done():
                break
        answer = await asking
    except BaseException:
        asking.cancel()
        await asyncio.wait([asking])
        raise
    for _ in work:
        pass
    return answer
