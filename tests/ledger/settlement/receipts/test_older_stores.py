"""Receipts of a store from before there were returns have a reason, an owner and a deadline once it is migrated."""

from datetime import timedelta

from ledger.db import migrating
from tests.older_stores import open_older_store

# What is checked of a receipt wants a book and an entry, which are not what this is about.
OLD = """
    SET session_replication_role = replica;
    INSERT INTO receipt (
        platform_id, book_id, sequence, amount_minor, matched_minor, recorded_at, value_date, currency, reference,
        bank_account, payer, recorded_by, fingerprint
    ) VALUES (1, 2, 3, 700, 100, '2024-07-10', '2024-07-09', 'CNY', 'R1', 'BOC-1', '', 'cashier', sha256(''));
    SET session_replication_role = origin;
"""


async def test_a_receipt_of_an_older_store_waits_since_it_was_recorded(fresh_database: str) -> None:
    connection = await open_older_store(fresh_database, revision="0022", rows=OLD)

    await migrating.migrate(fresh_database)

    row = await connection.fetchrow("SELECT * FROM receipt")
    await connection.close()
    assert row is not None
    assert (row["returned_minor"], row["reason"], row["owner"]) == (0, "Nobody has matched it yet.", "cashier")
    assert row["deadline"] - row["recorded_at"] == timedelta(days=30)
