"""The embedded server is watched for as long as a gateway runs, whatever comes between."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from app import guarding
from app.settings import Settings
from app.store import Store
from ledger.db.connecting import Database
from tests.waiting import wait_until


async def test_a_server_that_cannot_be_looked_at_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(guarding, "TRY_AGAIN_S", 0.01)
    (tmp_path / "postgresql/postmaster.pid").mkdir(parents=True)  # no file
    store = Store(Settings(home=tmp_path), "", cast("Database", None))

    def list_failures() -> list[Any]:
        return [each for each in logs if each["event"] == "database.guard_failed"]

    with capture_logs() as logs:
        guard = asyncio.create_task(guarding.guard_embedded_server(store))
        await wait_until(lambda: len(list_failures()) > 1 or guard.done())
        guard.cancel()
        with pytest.raises(asyncio.CancelledError):
            await guard
