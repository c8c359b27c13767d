"""Roles and schema. Runs with the login the store was given; everything it makes belongs to splitbook_owner."""

from itertools import count

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from ledger.db.errors import DatabaseUnavailable
from ledger.db.revisions import MIGRATIONS, Report, needed_revision
from ledger.db.transacting import ENDED, LOST

# Any constant will do, as long as it is ours: one migration at a time per database.
MIGRATION_LOCK = 7_020_260_131

ROLES = """
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['splitbook_owner', 'splitbook_app'] LOOP
        -- Roles belong to the server: another database of it may have made them, or somebody for a login that may not.
        IF to_regrole(wanted) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- made meanwhile
            END;
        END IF;
        IF NOT pg_has_role(current_user, wanted, 'SET') THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
END;
$$;
GRANT USAGE, CREATE ON SCHEMA public TO splitbook_owner;
GRANT USAGE ON SCHEMA public TO splitbook_app;
"""


async def migrate(dsn: str, *, report: Report = lambda done: None) -> str:
    """
    Bring the store's schema up to this program's; returns the revision. Safe to run twice and at once. `report` hears
    of revisions.

    Refusals: DatabaseUnavailable, when the database went away in the middle: what has no revision yet is undone.
    """
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn))
    try:
        async with engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.execute(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
            await raw.execute(ROLES)
            await raw.execute("SET ROLE splitbook_owner")
            await connection.run_sync(_upgrade, report)
            await connection.commit()
            await raw.execute("GRANT SELECT ON alembic_version TO splitbook_app")
    except DBAPIError as error:
        # The driver's own word for it is two causes down.
        lost = error.orig and error.orig.__cause__
        if isinstance(lost, (*LOST, *ENDED)):
            raise DatabaseUnavailable() from lost
        raise
    finally:
        await engine.dispose()
    return needed_revision()


def count_pending(found: str | None) -> int:
    """How many revisions bring a store from the one that it has to this program's. Errors: alembic's CommandError."""
    return sum(1 for _ in ScriptDirectory(str(MIGRATIONS)).iterate_revisions("head", found or "base"))


def _upgrade(connection: SyncConnection, report: Report) -> None:
    done = count(1)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["on_version_apply"] = lambda **_: report(next(done))
    command.upgrade(config, "head")
