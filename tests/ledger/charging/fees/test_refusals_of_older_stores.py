"""Refused lines of a store from before they said when they are tried again are due at once."""

from datetime import UTC, datetime

from ledger.db import migrating
from tests.older_stores import open_older_store

OLD = """
    SET session_replication_role = replica;
    INSERT INTO source_refusal (platform_id, source, refused_at, document, code, message, digest)
    SELECT k.platform_id, 'wms', '2026-01-05', '{}', 'X', 'x', sha256('') FROM (VALUES (1), (2)) AS k (platform_id);
    SET session_replication_role = origin;
"""


async def test_a_refused_line_that_is_there_is_due(fresh_database: str) -> None:
    connection = await open_older_store(fresh_database, revision="0054", rows=OLD)

    await migrating.migrate(fresh_database)

    rows = await connection.fetch("SELECT platform_id, tries, next_try_at FROM source_refusal ORDER BY platform_id")
    forced = await connection.fetchval("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'source_refusal'")
    await connection.close()
    came = datetime(2026, 1, 5, tzinfo=UTC)
    assert [tuple(row) for row in rows] == [(1, 0, came), (2, 0, came)]
    assert forced
