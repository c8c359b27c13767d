"""
More lines for sheets that have some: what the ledger has posted is repeated by plain statements, which takes minutes
where posting would take an hour. Versions and running figures are those that posting would have written; digests and
the totals of subtrees are not, and no benchmark reads them.
"""

from tests.bench.marketplaces import Marketplace

_HEAD = "SELECT sequence, posted_at, posting_day FROM log_head WHERE platform_id = $1"
# The index by account is made anew afterwards: filled line by line it would be most of the work.
_INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'line_by_account'"
# A round is an entry for each group of merchants, in their order, that debits the platform for all of them.
_ENTRIES = """
INSERT INTO entry (
    platform_id, posted_at, posting_day, sequence, book_id, business_date, requested_date, line_count, idempotency_key,
    fingerprint, content_hash, source, actor, document
)
SELECT e.platform_id, e.posted_at, e.posting_day, n, e.book_id, e.business_date, e.requested_date, e.line_count,
    'planted-' || n, sha256(int8send(n)), sha256(int8send(n)), e.source, e.actor, 'order/planted-' || n
FROM generate_series($2::bigint + 1, $3::bigint) AS n
CROSS JOIN (
    SELECT * FROM entry WHERE platform_id = $1 AND document <> '' ORDER BY sequence DESC LIMIT 1
) AS e
ORDER BY n
"""
_MERCHANTS = """
CREATE TEMPORARY TABLE planted ON COMMIT DROP AS
SELECT a.account_id, (row_number() OVER (ORDER BY a.account_id) - 1) / $3::bigint AS place,
    (row_number() OVER (ORDER BY a.account_id) - 1) % $3::bigint + 2 AS position, l.version, l.credit_after
FROM account AS a
CROSS JOIN LATERAL (
    SELECT o.version, o.credit_after FROM line AS o
    WHERE o.platform_id = a.platform_id AND o.account_id = a.account_id ORDER BY o.sequence DESC LIMIT 1
) AS l
WHERE a.platform_id = $1 AND a.code = '2010' AND a.currency = $2
"""
_CREDITS = """
INSERT INTO line (
    platform_id, sequence, account_id, amount, version, debit_after, credit_after, business_date, posting_day, position,
    side, currency
)
SELECT $1, $2::bigint + r * $3::bigint + p.place + 1, p.account_id, 100, p.version + r + 1, 0,
    p.credit_after + 100 * (r + 1), $6::date, $7::date, p.position, 'C', $5
FROM generate_series(0, $4::bigint - 1) AS r CROSS JOIN (SELECT * FROM planted ORDER BY place, position) AS p
"""
_DEBITS = """
INSERT INTO line (
    platform_id, sequence, account_id, amount, version, debit_after, credit_after, business_date, posting_day, position,
    side, currency
)
SELECT $1, $2::bigint + n, l.account_id, 100 * $4::bigint, l.version + n, l.debit_after + 100 * $4::bigint * n,
    l.credit_after, $6::date, $7::date, 1, 'D', $5
FROM generate_series(1, $3::bigint) AS n
CROSS JOIN (
    SELECT o.* FROM account AS a INNER JOIN line AS o ON o.platform_id = a.platform_id AND o.account_id = a.account_id
    WHERE a.platform_id = $1 AND a.code = '1100' AND a.currency = $5 ORDER BY o.sequence DESC LIMIT 1
) AS l
"""


async def plant_lines(market: Marketplace, *, currency: str, rounds: int, merchants: int, per_entry: int) -> None:
    """
    Give each merchant so many more lines of 1.00 on what he has in that currency; `merchants` is a multiple of
    `per_entry`.
    """
    assert merchants % per_entry == 0
    admin, platform_id = market.admin, market.platform_id
    head = await admin.fetchrow(_HEAD, platform_id)
    assert head is not None
    sequence, groups, day = head["sequence"], merchants // per_entry, head["posting_day"]
    entries = rounds * groups
    index = await admin.fetchval(_INDEX)
    async with admin.transaction():
        await admin.execute("SET LOCAL maintenance_work_mem = '1GB'")
        await admin.execute(_ENTRIES, platform_id, sequence, sequence + entries)
        await admin.execute(_MERCHANTS, platform_id, currency, per_entry)
        await admin.execute(_DEBITS, platform_id, sequence, entries, per_entry, currency, day, day)
        await admin.execute("DROP INDEX line_by_account")
        await admin.execute(_CREDITS, platform_id, sequence, groups, rounds, currency, day, day)
        await admin.execute(index)
        await admin.execute("UPDATE log_head SET sequence = $2 WHERE platform_id = $1", platform_id, sequence + entries)
