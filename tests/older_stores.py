"""Stores as an earlier revision left them, for tests of what migrating makes of their rows."""

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from ledger.db import migrating


async def open_older_store(dsn: str, *, revision: str, rows: str) -> asyncpg.Connection:
    """Make a database one of this revision with these rows, which are put there by its owner."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with pytest.MonkeyPatch.context() as patched:
        upgrade = command.upgrade

        def stop_early(config: Config, _: str) -> None:
            upgrade(config, revision)

        patched.setattr(command, "upgrade", stop_early)
        await migrating.migrate(dsn)
    await connection.execute(rows)
    return connection
