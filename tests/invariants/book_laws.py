"""What holds of every entry, whatever it is of."""

from tests.invariants.booked import BOOKED

# What only documents move.
_OWNED = """(
    '1130', '1200', '1220', '2000', '2010', '2015', '2016', '2020', '2030', '2041', '2042', '2043', '2050', '2060',
    '2070', '2080', '2190', '2200', '2210'
)"""

BOOK_LAWS: dict[str, str] = {
    "every entry balances in each currency, in positive amounts": """
        SELECT l.sequence, l.currency FROM line AS l GROUP BY l.sequence, l.currency
        HAVING sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) <> 0 OR min(l.amount) <= 0
    """,
    "a closed period takes no entry": """
        SELECT e.sequence FROM entry AS e INNER JOIN book AS b ON b.book_id = e.book_id
        CROSS JOIN LATERAL (
            SELECT (v.payload::jsonb ->> 'through')::date AS through FROM log_event AS v
            WHERE v.kind IN ('period.closed', 'period.reopened') AND v.subject = 'book/' || b.reference
                AND v.sequence < e.sequence
            ORDER BY v.sequence DESC LIMIT 1
        ) AS k
        WHERE e.business_date <= k.through
    """,
    "a key and an event count once": """
        SELECT e.idempotency_key FROM entry AS e GROUP BY e.idempotency_key HAVING count(*) > 1
        UNION ALL
        SELECT o.event_id FROM order_event AS o GROUP BY o.event_id HAVING count(*) > 1
        UNION ALL
        SELECT a.reference FROM bank_answer AS a WHERE a.status = 'APPLIED'
        GROUP BY a.source, a.reference HAVING count(*) > 1
    """,
    "nothing in these accounts is outside a document": f"""
        SELECT b.sequence FROM ({BOOKED}) AS b
        WHERE b.code IN ('1100', '2000', '2070', '2190', '1130') AND b.document !~ '^(order|payout|deposit)/'
    """,
    "each line carries its account's sums, so any past balance is one look-up": """
        SELECT k.account_id, k.version FROM (
            SELECT l.account_id, l.version, l.debit_after, l.credit_after, row_number() OVER w AS place,
                sum(CASE l.side WHEN 'D' THEN l.amount ELSE 0 END) OVER w AS debit,
                sum(CASE l.side WHEN 'C' THEN l.amount ELSE 0 END) OVER w AS credit
            FROM line AS l WINDOW w AS (PARTITION BY l.account_id ORDER BY l.sequence, l.version)
        ) AS k WHERE (k.version, k.debit_after, k.credit_after) <> (k.place, k.debit, k.credit)
    """,
    "the log has no gap": """
        SELECT h.sequence FROM log_head AS h
        CROSS JOIN (
            SELECT count(*) AS size, count(DISTINCT o.sequence) AS numbers, max(o.sequence) AS last FROM log_record AS o
        ) AS r
        WHERE (r.size, r.numbers, r.last) <> (h.sequence, h.sequence, h.sequence)
    """,
    "no account with a floor ever stood below it": """
        SELECT DISTINCT ON (l.account_id, l.sequence) l.account_id, l.sequence FROM account AS a
        INNER JOIN LATERAL (
            SELECT DISTINCT ON (o.sequence) o.account_id, o.sequence,
                CASE a.normal_side WHEN 'D' THEN o.debit_after - o.credit_after ELSE o.credit_after - o.debit_after END
                AS stands
            FROM line AS o WHERE o.account_id = a.account_id ORDER BY o.sequence, o.version DESC
        ) AS l ON l.stands < a.floor_minor
    """,
    "nobody stands under himself": """
        WITH RECURSIVE above AS (
            SELECT p.party_id, p.parent_id FROM party AS p
            UNION
            SELECT a.party_id, p.parent_id FROM above AS a INNER JOIN party AS p ON p.party_id = a.parent_id
        )
        SELECT a.party_id FROM above AS a WHERE a.party_id = a.parent_id
    """,
    "what people post by hand moves nothing that documents own": f"""
        SELECT b.sequence FROM ({BOOKED}) AS b WHERE b.document = '' AND b.code IN {_OWNED}
    """,
    "an entry that is taken back is so once, line by line, as what it was of": """
        SELECT r.sequence FROM entry AS r LEFT JOIN entry AS o ON o.sequence = r.reversal_of
        WHERE r.reversal_of IS NOT NULL AND (
            (o.sequence < r.sequence AND (o.book_id, o.document) = (r.book_id, r.document)) IS NOT TRUE
            OR EXISTS (
                SELECT 1 FROM (SELECT * FROM line AS l WHERE l.sequence = r.sequence) AS m
                FULL JOIN (SELECT * FROM line AS l WHERE l.sequence = o.sequence) AS w ON w.position = m.position
                WHERE ((m.account_id, m.amount) = (w.account_id, w.amount) AND m.side <> w.side) IS NOT TRUE
            )
        )
        UNION ALL
        SELECT max(e.sequence) FROM entry AS e WHERE e.reversal_of IS NOT NULL
        GROUP BY e.reversal_of HAVING count(*) > 1
    """,
}
