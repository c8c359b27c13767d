"""What the tests of sheets count."""

from typing import Any

import pytest

from ledger.db.transacting import Connection


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is run from now on."""
    run: list[str] = []

    def count(name: str) -> None:
        original = getattr(Connection, name)

        async def counted(self: Connection, statement: str, *arguments: Any) -> Any:
            run.append(statement)
            return await original(self, statement, *arguments)

        monkeypatch.setattr(Connection, name, counted)

    for name in ("fetch", "fetchrow", "fetchval", "execute", "send"):
        count(name)
    return run
