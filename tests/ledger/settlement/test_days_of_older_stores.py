"""Holds and deposits of a store from before they kept a zone get that of their party, or of their sheet."""

from ledger.db import migrating
from tests.older_stores import open_older_store

# What is checked of a hold and a slice wants entries, which are not what this is about.
OLD = """
    SET session_replication_role = replica;
    INSERT INTO party (
        platform_id, party_id, reference, kind, parent_id, parent_kind, name, time_zone, status, fingerprint
    ) OVERRIDING SYSTEM VALUE VALUES
        (1, 1, 'OP', 'OPERATOR', NULL, NULL, 'Operator', 'Asia/Shanghai', 'ACTIVE', sha256('')),
        (1, 2, 'A1', 'AGENT', 1, 'OPERATOR', 'Agent', NULL, 'ACTIVE', sha256('')),
        (1, 3, 'M1', 'MERCHANT', 2, 'AGENT', 'Inherits', NULL, 'ACTIVE', sha256('')),
        (1, 4, 'M2', 'MERCHANT', 2, 'AGENT', 'Has its own', 'America/Sao_Paulo', 'ACTIVE', sha256('')),
        (2, 5, 'OP2', 'OPERATOR', NULL, NULL, 'Operator', NULL, 'ACTIVE', sha256(''));
    INSERT INTO hold (
        platform_id, party_id, book_id, amount_minor, lifted_minor, placed_at, expected_release_date, currency,
        account_code, reference, reason, legal_ground, release_condition, release_rule, order_reference, line_reference,
        dispute_reference, placed_by, fingerprint
    ) SELECT k.platform_id, k.party_id, 9, 100, 0, '2026-01-05', '2026-02-01', 'CNY', '2010', 'H1' || k.party_id,
        'OTHER', 'x', 'x', 'ON_DATE', '', '', '', 'x', sha256('')
    FROM (VALUES (1, 3), (1, 4), (2, 5)) AS k (platform_id, party_id);
    INSERT INTO deposit_slice (
        platform_id, agreement_id, party_id, book_id, sheet_id, principal_minor, due_minor, claimed_minor,
        released_minor, forfeited_minor, opened_at, start_date, end_date, releasable_date, currency, kind, release,
        status
    ) SELECT 1, 1, k.party_id, 9, k.sheet_id, 100, 0, 0, 0, 0, '2026-01-05', '2026-01-05', '2026-01-31', '2026-02-01',
        'CNY', 'WAR', 'ON_DATE', 'HELD'
    FROM (VALUES (3, NULL), (4, NULL), (4, 7)) AS k (party_id, sheet_id);
    INSERT INTO sheet (
        platform_id, sheet_id, party_id, book_id, period_start, period_end, opened_at, due_date, calendar_version, role,
        mode, currency, zone, calendar, confirmation, status
    ) OVERRIDING SYSTEM VALUE VALUES (
        1, 7, 4, 9, '2026-01-01', '2026-02-01', '2026-01-01', '2026-02-01', 1, 'MERCHANT',
        'AGENCY', 'CNY', 'Pacific/Auckland', 'MON-FRI', 'NONE', 'OPEN'
    );
    SET session_replication_role = origin;
"""


async def test_what_is_there_gets_the_zone_that_its_party_or_its_sheet_has(fresh_database: str) -> None:
    connection = await open_older_store(fresh_database, revision="0044", rows=OLD)

    await migrating.migrate(fresh_database)

    holds = await connection.fetch("SELECT party_id, zone FROM hold ORDER BY party_id")
    slices = await connection.fetch("SELECT party_id, zone FROM deposit_slice ORDER BY slice_id")
    forced = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relname IN ('party', 'sheet', 'hold', 'deposit_slice')"
        " AND relforcerowsecurity"
    )
    await connection.close()
    assert [tuple(row) for row in holds] == [(3, "Asia/Shanghai"), (4, "America/Sao_Paulo"), (5, "UTC")]
    assert [tuple(row) for row in slices] == [
        (3, "Asia/Shanghai"),
        (4, "America/Sao_Paulo"),
        (4, "Pacific/Auckland"),
    ]
    assert len(forced) == 4
