"""Claims of a store from before they said their order say what their events do."""

from ledger.db import migrating
from tests.older_stores import open_older_store

# What is checked of a step wants entries, which are not what this is about.
OLD = """
    SET session_replication_role = replica;
    INSERT INTO deposit_movement (
        platform_id, slice_id, sequence, amount_minor, moved_at, kind, reference, reason, actor
    ) SELECT k.platform_id, k.slice_id, k.sequence, 1, '2026-01-05', k.kind, k.reference, 'x', 'x'
    FROM (VALUES
        (1, 7, 10, 'CLAIMED', 'a'), (1, 7, 11, 'CLAIMED', 'b'), (1, 7, 12, 'RELEASED', 'c'),
        (1, 7, 20, 'CLAIM_PAID', 'a'), (1, 8, 30, 'CLAIMED', 'a'), (2, 7, 10, 'CLAIMED', 'a')
    ) AS k (platform_id, slice_id, sequence, kind, reference);
    INSERT INTO log_event (
        platform_id, sequence, kind, subject, occurred_at, posted_at, actor, parties, payload, content_hash
    )
    SELECT k.platform_id, k.sequence, k.kind, k.subject, '2026-01-05', '2026-01-05', 'x', '{}', k.payload, sha256('')
    FROM (VALUES
        (1, 13, 'deposit.claimed', 'deposit/7', '{"order":"O1","entries":[10]}'),
        (1, 14, 'deposit.claimed', 'deposit/7', '{"party":"M2","entries":[11]}'),
        (1, 15, 'deposit.released', 'deposit/7', '{"order":"O9","entries":[12]}'),
        (1, 31, 'deposit.claimed', 'deposit/8', '{"order":"O2","entries":[30]}'),
        (2, 11, 'deposit.claimed', 'deposit/7', '{"order":"O3","entries":[10]}')
    ) AS k (platform_id, sequence, kind, subject, payload);
    SET session_replication_role = origin;
"""


async def test_a_claim_that_is_there_says_the_order_that_its_event_told(fresh_database: str) -> None:
    connection = await open_older_store(fresh_database, revision="0053", rows=OLD)

    await migrating.migrate(fresh_database)

    rows = await connection.fetch(
        "SELECT platform_id, sequence, order_reference FROM deposit_movement ORDER BY platform_id, sequence"
    )
    forced = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relname IN ('deposit_movement', 'log_event') AND relforcerowsecurity"
    )
    await connection.close()
    assert [tuple(row) for row in rows] == [
        *((1, 10, "O1"), (1, 11, ""), (1, 12, ""), (1, 20, "O1"), (1, 30, "O2")),
        (2, 10, "O3"),
    ]
    assert len(forced) == 2
