"""
What happens between two statements of somebody: a hook that whoever acts carries along, and takes into what he starts.

Before each statement the hook hears its text; after a transaction has committed it hears "COMMITTED".
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from asyncpg.pool import PoolConnectionProxy

from ledger.db import transacting
from ledger.db.transacting import Connection

Hook = Callable[[str], Awaitable[None]]
COMMITTED = "COMMITTED"
_hook: ContextVar[Hook | None] = ContextVar("hook", default=None)


@contextmanager
def between_statements(hook: Hook | None) -> Iterator[None]:
    """Whoever acts in here is met by the hook, where statements are listened to; by none, without one."""
    token = _hook.set(hook)
    try:
        yield
    finally:
        _hook.reset(token)


@contextmanager
def listening() -> Iterator[None]:
    """Let hooks hear."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("fetch", "fetchrow", "fetchval", "execute", "executemany", "send"):
            patch.setattr(Connection, name, _tell_before(getattr(Connection, name)))
        patch.setattr(transacting, "_commit", _commit_and_tell)
        yield


def _tell_before(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def run(self: Connection, statement: str, *arguments: Any) -> Any:
        hook = _hook.get()
        if hook is not None:
            await hook(statement)
        return await ask(self, statement, *arguments)

    return run


_commit = transacting._commit


async def _commit_and_tell(raw: PoolConnectionProxy) -> None:
    hook = _hook.get()
    if hook is not None:
        try:
            await hook("COMMIT")
        except BaseException:
            transacting._throw_away(raw)  # as a commit that failed: else the pool would keep what it holds
            raise
    await _commit(raw)
    if hook is not None:
        await hook(COMMITTED)
