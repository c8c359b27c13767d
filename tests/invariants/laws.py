"""
The invariants of the book as questions to the store: each names what breaks it, so nothing found is the law kept.

They share no code with the program. A statement sees one platform, by the wall. That a replay changes nothing is acted
out by the histories themselves.
"""

from ledger.db.connecting import Database
from tests.invariants.standing_laws import STANDING_LAWS

_SIGNED = "CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END"
_PARTS = "('2010', '2020', '2041', '2042', '2043', '2200', '4000', '2105')"
_BOOKED = f"""
    SELECT e.sequence, e.document, e.document_line, e.template, a.code, coalesce(a.party_id, 0) AS party_id, l.side,
        l.amount, {_SIGNED} AS signed
    FROM entry AS e INNER JOIN line AS l ON l.sequence = e.sequence
    INNER JOIN account AS a ON a.account_id = l.account_id
"""
# The local instant at which a line's business happened: of its event, which stands right after its entries.
_HAPPENED = """
    SELECT l.sequence, l.position, coalesce(v.occurred_at, e.requested_date::timestamp AT TIME ZONE s.zone) AS at
    FROM sheet_line AS c
    INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id
    INNER JOIN line AS l ON l.sequence = c.sequence AND l.position = c.position
    INNER JOIN entry AS e ON e.sequence = l.sequence
    LEFT JOIN LATERAL (
        SELECT o.occurred_at FROM log_event AS o WHERE o.sequence > e.sequence AND e.cause <> ''
        ORDER BY o.sequence LIMIT 1
    ) AS v ON true
    WHERE NOT c.is_closing
"""

LAWS: dict[str, str] = STANDING_LAWS | {
    "every entry balances in each currency, in positive amounts": """
        SELECT l.sequence, l.currency FROM line AS l GROUP BY l.sequence, l.currency
        HAVING sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) <> 0 OR min(l.amount) <= 0
    """,
    "the parts of a split are its base, and none is negative": f"""
        SELECT b.sequence FROM ({_BOOKED}) AS b WHERE b.template = 'SPLIT'
        GROUP BY b.sequence
        HAVING coalesce(sum(b.amount) FILTER (WHERE b.code IN ('2000', '1900', '5090') AND b.side = 'D'), 0)
            <> coalesce(sum(b.amount) FILTER (WHERE b.code IN {_PARTS} AND b.side = 'C'), 0)
            OR coalesce(sum(b.amount) FILTER (WHERE b.code IN {_PARTS} AND b.code <> '2010' AND b.side = 'D'), 0) <> 0
            OR coalesce(sum(b.signed) FILTER (WHERE b.code = '4030'), 0)
            <> coalesce(sum(b.amount) FILTER (WHERE b.code = '2010' AND b.side = 'D'), 0)
    """,
    "a split order has nothing unsplit": f"""
        SELECT o.reference FROM order_head AS o
        INNER JOIN ({_BOOKED}) AS b ON b.document = 'order/' || o.reference AND b.code = '2000'
        WHERE o.is_split GROUP BY o.platform_id, o.reference HAVING sum(b.signed) <> 0
    """,
    "nobody gives back more than he got of a line": f"""
        SELECT b.document, b.document_line, b.code, b.party_id FROM ({_BOOKED}) AS b
        WHERE b.code IN {_PARTS} AND b.document LIKE 'order/%' AND NOT EXISTS (
            SELECT 1 FROM suspense_item AS i
            WHERE 'order/' || i.order_reference = b.document AND i.line_reference = b.document_line
        )
        GROUP BY b.document, b.document_line, b.code, b.party_id
        HAVING NOT coalesce(sum(CASE b.side WHEN 'D' THEN b.amount ELSE -b.amount END) FILTER (
            WHERE b.template IN ('REFUND', 'REFUND_REJECTED', 'CHARGEBACK_LOST')
        ), 0) BETWEEN 0 AND coalesce(sum(b.amount) FILTER (WHERE b.template = 'SPLIT' AND b.side = 'C'), 0)
    """,
    "what everybody gives back is the refund, and to the platform what it paid the levels": f"""
        SELECT b.sequence FROM ({_BOOKED}) AS b
        WHERE b.template IN ('REFUND', 'CHARGEBACK_LOST', 'REFUND_DUE', 'CHARGEBACK_LOST_DUE')
        GROUP BY b.sequence
        HAVING coalesce(sum(b.signed) FILTER (WHERE b.code IN ('2070', '5020', '1130', '1900', '5090')), 0)
            <> -coalesce(sum(b.signed) FILTER (WHERE b.code IN {_PARTS} OR b.code IN ('2000', '2900', '5040')), 0)
            OR coalesce(sum(b.amount) FILTER (
                WHERE b.code IN {_PARTS} AND b.side = 'C' OR b.code IN ('5020', '5090') AND b.side = 'D'
            ), 0) <> 0
    """,
    "everything is given back exactly when all goods were returned": """
        SELECT s.order_reference, s.line_reference FROM order_share AS s
        INNER JOIN order_line AS o ON o.order_reference = s.order_reference AND o.line_reference = s.line_reference
        GROUP BY o.platform_id, s.order_reference, s.line_reference, o.goods_minor, o.refunded_goods_minor,
            o.merchant_discount_minor
        HAVING bool_or(s.returned_minor NOT BETWEEN 0 AND s.amount_minor)
            OR (o.refunded_goods_minor = o.goods_minor AND sum(s.returned_minor) <> sum(s.amount_minor))
            -- What a merchant took off himself nobody paid: it may be what is left when all money has gone back.
            OR (o.refunded_goods_minor < o.goods_minor AND o.merchant_discount_minor = 0
                AND sum(s.amount_minor) > 0 AND sum(s.returned_minor) = sum(s.amount_minor))
    """,
    "a line of a party is on one sheet at most": """
        SELECT c.sequence, c.position FROM sheet_line AS c GROUP BY c.sequence, c.position HAVING count(*) > 1
    """,
    "a sheet is its lines on its party's accounts": f"""
        SELECT s.sheet_id, s.total_minor FROM sheet AS s
        LEFT JOIN LATERAL (
            SELECT sum({_SIGNED}) FILTER (WHERE NOT c.is_closing) AS total, sum({_SIGNED}) AS rest,
                bool_and((a.party_id, a.book_id, a.currency) = (s.party_id, s.book_id, s.currency)) AS is_own
            FROM sheet_line AS c
            INNER JOIN line AS l ON l.sequence = c.sequence AND l.position = c.position
            INNER JOIN account AS a ON a.account_id = l.account_id
            WHERE c.sheet_id = s.sheet_id
        ) AS k ON true
        WHERE s.status NOT IN ('OPEN', 'CLOSING')
            AND (coalesce(k.total, 0) <> s.total_minor OR coalesce(k.rest, 0) <> 0 OR NOT coalesce(k.is_own, true))
    """,
    "a closing moves a sheet's total from the party's open accounts": f"""
        SELECT s.sheet_id FROM sheet AS s
        LEFT JOIN LATERAL (
            SELECT sum(b.signed) AS moved FROM ({_BOOKED}) AS b
            WHERE b.sequence = s.closing_sequence AND b.code IN ('2015', '1200')
        ) AS k ON true
        WHERE s.status <> 'OPEN' AND coalesce(k.moved, 0) <> s.total_minor
    """,
    "paid, withheld, retained, netted, held and left are the total": """
        SELECT s.sheet_id FROM sheet AS s
        LEFT JOIN LATERAL (
            SELECT ARRAY[
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'NETTED'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'RETAINED'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'HELD'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'WITHHELD'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PAYOUT'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PAID'), 0)
            ]::bigint[] AS sums FROM sheet_movement AS m WHERE m.sheet_id = s.sheet_id
        ) AS k ON true
        WHERE s.total_minor > 0 AND (
            k.sums <> ARRAY[
                s.netted_minor, s.retained_minor, s.held_minor, s.withheld_minor, s.payout_minor, s.paid_minor
            ]
            OR s.netted_minor + s.retained_minor + s.held_minor + s.withheld_minor + s.payout_minor > s.total_minor
            OR (s.status IN ('PAID', 'COMPLETED') AND s.total_minor
                <> s.netted_minor + s.retained_minor + s.withheld_minor + s.paid_minor)
        )
    """,
    "what a rate retains of a sheet is of what its party earned, not of what deposits gave back": """
        SELECT d.slice_id FROM deposit_slice AS d
        INNER JOIN deposit_agreement AS g ON g.agreement_id = d.agreement_id AND g.basis = 'PERIOD_NET'
        INNER JOIN sheet AS s ON s.sheet_id = d.sheet_id
        LEFT JOIN LATERAL (
            SELECT sum(c.amount_minor) AS back FROM sheet_line AS c INNER JOIN entry AS e ON e.sequence = c.sequence
            WHERE c.sheet_id = s.sheet_id AND NOT c.is_closing AND e.template = 'DEPOSIT_RELEASED'
        ) AS k ON true
        WHERE d.principal_minor > round(g.rate::numeric * greatest(s.total_minor - coalesce(k.back, 0), 0))
    """,
    "a payout is what it takes of its sheets": """
        SELECT p.payout_id FROM payout AS p LEFT JOIN payout_sheet AS x ON x.payout_id = p.payout_id
        GROUP BY p.platform_id, p.payout_id, p.gross_minor, p.net_minor, p.fee_minor, p.withheld_minor
        HAVING p.gross_minor <> coalesce(sum(x.taken_minor + x.withheld_minor), 0)
            OR p.gross_minor <> p.net_minor + p.fee_minor + p.withheld_minor
    """,
    "what failed or was cancelled has given its sheets back": """
        SELECT p.payout_id, m.sheet_id FROM payout AS p
        INNER JOIN sheet_movement AS m ON m.reference = 'payout/' || p.payout_id
        WHERE p.status IN ('FAILED', 'CANCELLED')
        GROUP BY p.platform_id, p.payout_id, m.sheet_id, m.kind HAVING sum(m.amount_minor) <> 0
    """,
    "money of a sheet stands in one payout": """
        SELECT x.sheet_id FROM payout_sheet AS x
        INNER JOIN payout AS p ON p.payout_id = x.payout_id
        INNER JOIN sheet AS s ON s.sheet_id = x.sheet_id
        WHERE x.stands IN ('CLAIMED', 'PAID', 'RETURNED')
        GROUP BY s.platform_id, x.sheet_id, s.total_minor, s.netted_minor, s.retained_minor, s.held_minor
        HAVING sum(x.taken_minor + x.withheld_minor)
            > s.total_minor - s.netted_minor - s.retained_minor - s.held_minor
    """,
    "what is sent to a party was not claimed beside a debt that it had agreed to, but where it failed to be paid": """
        SELECT m.sheet_id, d.sheet_id AS debt FROM sheet_movement AS m
        INNER JOIN payout AS p ON m.reference = 'payout/' || p.payout_id
        INNER JOIN sheet AS s ON s.sheet_id = m.sheet_id
        INNER JOIN sheet AS d ON d.total_minor < 0 AND (d.party_id, d.book_id, d.role, d.mode, d.currency)
            = (s.party_id, s.book_id, s.role, s.mode, s.currency)
        WHERE m.kind = 'PAYOUT' AND m.amount_minor > 0 AND p.submission_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM sheet_history AS h
            WHERE h.sheet_id = d.sheet_id AND h.at < m.moved_at
                AND h.status IN ('RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING')
        ) AND NOT EXISTS (
            SELECT 1 FROM sheet_history AS h
            WHERE h.sheet_id = s.sheet_id AND h.at <= m.moved_at AND h.status = 'PAY_FAILED' AND NOT EXISTS (
                SELECT 1 FROM sheet_movement AS q
                WHERE q.sheet_id = s.sheet_id AND q.kind = 'PAID' AND q.amount_minor > 0
                    AND q.movement_id < m.movement_id AND NOT EXISTS (
                        SELECT 1 FROM sheet_movement AS b
                        WHERE b.sheet_id = s.sheet_id AND b.kind = 'PAYOUT' AND b.amount_minor < 0
                            AND b.movement_id > q.movement_id AND b.movement_id < m.movement_id
                    )
            )
        ) AND -d.total_minor > (
            SELECT coalesce(sum(n.amount_minor), 0) FROM sheet_movement AS n
            WHERE n.sheet_id = d.sheet_id AND n.movement_id < m.movement_id
        )
    """,
    "nothing is sent between accounts that were replaced, but what had left and two persons agreed to": """
        SELECT p.payout_id FROM payout AS p
        INNER JOIN payee_account AS y ON y.payee_account_id = p.payee_account_id
        INNER JOIN paying_account AS b ON b.paying_account_id = p.paying_account_id
        WHERE p.submitted_at > least(y.retired_at, b.retired_at) AND NOT EXISTS (
            SELECT 1 FROM approval AS a
            INNER JOIN approval_decision AS d ON d.approval_id = a.approval_id AND d.actor <> a.maker
            INNER JOIN bank_answer AS w ON a.subject = 'bank-answer/' || w.bank_answer_id AND w.kind = 'PAID'
            INNER JOIN payout AS f ON f.payout_id = w.payout_id AND f.status = 'FAILED'
            INNER JOIN payout_submission AS s ON s.submission_id = p.submission_id AND s.claimed_at = p.submitted_at
            WHERE a.approval_id = p.approval_id AND a.kind = 'LATE_PAYMENT' AND a.status = 'GRANTED'
                AND (f.payee_account_id, f.paying_account_id, f.net_minor)
                = (p.payee_account_id, p.paying_account_id, p.net_minor)
        )
    """,
    "a closed sheet takes nothing that was posted later": """
        SELECT c.sequence, c.sheet_id FROM sheet_line AS c INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id
        WHERE c.sequence > s.through_sequence AND (NOT c.is_closing OR c.sequence <> s.closing_sequence)
    """,
    "a late fact is on a later sheet and says where it is from": f"""
        SELECT c.sequence, c.position FROM sheet_line AS c INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id
        INNER JOIN ({_HAPPENED}) AS h ON h.sequence = c.sequence AND h.position = c.position
        WHERE h.at >= s.period_end OR (h.at < s.period_start) <> (c.original_period_start IS NOT NULL)
            OR c.original_period_start > h.at
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
    "what takes a line back goes by the line's own rates and rules": """
        WITH fee AS (
            SELECT e.sequence, e.document, e.document_line, e.template, e.book_id, f ->> 'item' AS item,
                f ->> 'code' AS code, f ->> 'party' AS party, f ->> 'rate' AS rate, f ->> 'rule' AS rule
            FROM entry AS e CROSS JOIN LATERAL jsonb_array_elements(e.metadata::jsonb -> 'fees') AS f
            WHERE e.document LIKE 'order/%' AND e.metadata <> ''
        )
        SELECT r.sequence, r.item FROM fee AS r
        WHERE r.template IN ('REFUND', 'REFUND_REJECTED', 'CHARGEBACK_LOST') AND NOT EXISTS (
            SELECT 1 FROM fee AS s
            WHERE (s.document, s.document_line, s.book_id, s.rule) = (r.document, r.document_line, r.book_id, r.rule)
                AND s.sequence < r.sequence AND s.template IN ('SPLIT', 'RELEASE') AND s.item = r.item
                AND (s.rate = r.rate OR r.rate IS NULL OR s.rate IS NULL)
                AND (s.code = '2200' OR r.code = '2200' OR (s.code, s.party) = (r.code, r.party))
        )
        UNION ALL
        -- A split of which all stood in suspense has no fees to compare with: the line itself says its rule.
        SELECT r.sequence, r.item FROM fee AS r
        WHERE r.template = 'RELEASE' AND NOT EXISTS (
            SELECT 1 FROM order_line AS o
            WHERE r.document = 'order/' || o.order_reference AND r.document_line = o.line_reference
                AND r.rule = concat(
                    o.rates::jsonb ->> 'plan', '/', o.rates::jsonb ->> 'validFrom',
                    '/override/' || (o.rates::jsonb ->> 'override')
                )
        )
    """,
    "a key and an event count once": """
        SELECT e.idempotency_key FROM entry AS e GROUP BY e.idempotency_key HAVING count(*) > 1
        UNION ALL
        SELECT o.event_id FROM order_event AS o GROUP BY o.event_id HAVING count(*) > 1
        UNION ALL
        SELECT a.reference FROM bank_answer AS a WHERE a.status = 'APPLIED'
        GROUP BY a.source, a.reference HAVING count(*) > 1
    """,
    "what an order still has in 1100 and 2000 is on its row": f"""
        SELECT o.reference FROM order_head AS o
        LEFT JOIN ({_BOOKED}) AS b ON b.document = 'order/' || o.reference
        GROUP BY o.platform_id, o.reference, o.frozen_minor, o.held_minor
        HAVING -coalesce(sum(b.signed) FILTER (WHERE b.code = '1100'), 0) <> o.frozen_minor
            OR coalesce(sum(b.signed) FILTER (WHERE b.code = '2000'), 0) <> o.held_minor
    """,
    "what an order still owes its buyers is on open refunds": f"""
        SELECT o.reference FROM order_head AS o
        LEFT JOIN ({_BOOKED}) AS b ON b.document = 'order/' || o.reference AND b.code = '2070'
        GROUP BY o.platform_id, o.reference
        HAVING coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(r.owed_minor) FROM order_refund AS r WHERE r.order_reference = o.reference AND r.status = 'OPEN'
        ), 0)
    """,
    "what a slice owes buyers is on claims that are not paid": f"""
        SELECT s.slice_id FROM deposit_slice AS s
        LEFT JOIN ({_BOOKED}) AS b ON b.document = 'deposit/' || s.slice_id AND b.code = '2070'
        GROUP BY s.platform_id, s.slice_id
        HAVING coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(c.amount_minor) FROM deposit_movement AS c
            WHERE c.slice_id = s.slice_id AND c.kind = 'CLAIMED' AND c.counterparty_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM deposit_movement AS p
                WHERE p.slice_id = c.slice_id AND p.kind = 'CLAIM_PAID' AND p.reference = c.reference
            )
        ), 0)
    """,
    "what a payout has in transit is on its row": f"""
        SELECT p.payout_id FROM payout AS p
        LEFT JOIN ({_BOOKED}) AS b ON b.document = 'payout/' || p.payout_id AND b.code = '2190'
        GROUP BY p.platform_id, p.payout_id, p.transit_minor HAVING coalesce(sum(b.signed), 0) <> p.transit_minor
    """,
    "what a payout withholds is owed to the tax authority once it was sent": f"""
        SELECT p.payout_id FROM payout AS p
        LEFT JOIN ({_BOOKED}) AS b ON b.document = 'payout/' || p.payout_id AND b.code = '2110'
        GROUP BY p.platform_id, p.payout_id, p.withheld_minor, p.status
        HAVING coalesce(sum(b.signed), 0)
            <> CASE WHEN p.status IN ('CREATED', 'CANCELLED', 'FAILED') THEN 0 ELSE p.withheld_minor END
    """,
    "a payout leaves the bank account once, with what the bank took": f"""
        SELECT p.payout_id FROM payout AS p
        LEFT JOIN ({_BOOKED}) AS b ON b.document = 'payout/' || p.payout_id AND b.code = '1010'
        GROUP BY p.platform_id, p.payout_id, p.net_minor, p.bank_fee_minor, p.status
        HAVING -coalesce(sum(b.signed), 0)
            <> -p.bank_fee_minor - CASE WHEN p.status = 'PAID' THEN p.net_minor ELSE 0 END
    """,
    "a payout is in steps of its channel": """
        SELECT p.payout_id FROM payout AS p
        INNER JOIN paying_account AS b ON b.paying_account_id = p.paying_account_id
        WHERE p.takes_from = '2015' AND p.net_minor % b.step_minor <> 0
    """,
    "an answer that a person settled is the one that he saw": """
        SELECT a.bank_answer_id FROM bank_answer AS a
        LEFT JOIN bank_answer AS o ON o.bank_answer_id::text = a.reference
            AND o.status = 'DISMISSED' AND o.kind = a.kind AND CASE a.kind
                WHEN 'PAID' THEN o.amount_minor + o.fee_minor = a.amount_minor + a.fee_minor
                WHEN 'RETURNED' THEN o.amount_minor - o.fee_minor = a.amount_minor - a.fee_minor
                ELSE true
            END
        WHERE a.source = 'settled' AND o.bank_answer_id IS NULL
    """,
    "nothing goes on while somebody's word is missing": """
        SELECT p.payout_id AS id FROM payout AS p LEFT JOIN approval AS a ON a.approval_id = p.approval_id
        WHERE p.status NOT IN ('CREATED', 'CANCELLED', 'FAILED')
            AND (p.approval IN ('PENDING', 'REJECTED') OR (p.approval = 'GRANTED' AND a.status <> 'GRANTED'))
        UNION ALL
        SELECT s.sheet_id FROM sheet AS s INNER JOIN approval AS a ON a.subject = 'sheet/' || s.sheet_id
        WHERE a.kind = 'SHEET' AND a.status = 'PENDING' AND s.status <> 'APPROVAL'
        UNION ALL
        SELECT e.sequence FROM entry AS e INNER JOIN approval AS a ON a.subject = e.document
        WHERE a.kind = 'ADJUSTMENT' AND a.status <> 'GRANTED' AND NOT EXISTS (
            SELECT 1 FROM approval AS g WHERE g.subject = a.subject AND g.status = 'GRANTED'
        )
    """,
    "what is granted was agreed to at every seat, by nobody who asked": """
        SELECT a.approval_id FROM approval AS a
        INNER JOIN approval_seat AS s ON s.approval_id = a.approval_id
        WHERE a.status = 'GRANTED' AND NOT EXISTS (
            SELECT 1 FROM approval_decision AS d
            WHERE (d.approval_id, d.step, d.seat, d.digest) = (a.approval_id, s.step, s.seat, a.digest)
                AND d.verdict = 'APPROVE' AND d.actor <> a.maker
        )
    """,
    "what one entity owes another for an order, the other is owed": f"""
        SELECT b.document FROM ({_BOOKED}) AS b WHERE b.code IN ('1900', '2900')
        GROUP BY b.document HAVING sum(b.signed) <> 0
    """,
    "what is in dispute is on open disputes": f"""
        SELECT o.reference FROM order_head AS o
        LEFT JOIN ({_BOOKED}) AS b ON b.document = 'order/' || o.reference AND b.code = '1130'
        GROUP BY o.platform_id, o.reference
        HAVING -coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(d.open_minor) FROM order_dispute AS d WHERE d.order_reference = o.reference
        ), 0)
    """,
    "nothing in these accounts is outside a document": f"""
        SELECT b.sequence FROM ({_BOOKED}) AS b
        WHERE b.code IN ('1100', '2000', '2070', '2190', '1130') AND b.document !~ '^(order|payout|deposit)/'
    """,
    "suspense of an order is its open items, each with reason, owner and dates": f"""
        SELECT b.document FROM ({_BOOKED}) AS b WHERE b.code IN ('2200', '1510', '2510') GROUP BY b.document
        HAVING coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(i.amount_minor) FROM suspense_item AS i
            WHERE 'order/' || i.order_reference = b.document
                AND i.status = 'OPEN' AND i.reason <> '' AND i.owner_id > 0 AND i.opened_at < i.deadline
        ), 0)
    """,
    "what receipts clear of a sheet is what it has collected": """
        SELECT s.sheet_id FROM sheet AS s
        LEFT JOIN (
            SELECT m.sheet_id, sum(m.amount_minor) AS cleared FROM receipt_match AS m
            WHERE NOT EXISTS (SELECT 1 FROM receipt_unmatch AS u WHERE u.match_id = m.match_id)
            GROUP BY m.sheet_id
        ) AS k ON k.sheet_id = s.sheet_id
        WHERE s.collected_minor <> coalesce(k.cleared, 0)
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
    "a chain is short, has no loop, and is what was paid": """
        SELECT o.order_reference, o.line_reference FROM order_line AS o
        WHERE cardinality(o.chain) > 3
            OR (SELECT count(*) <> count(DISTINCT c) FROM unnest(o.chain) AS c WHERE c IS NOT NULL)
            OR EXISTS (
                SELECT 1 FROM order_share AS s
                WHERE (s.order_reference, s.line_reference) = (o.order_reference, o.line_reference)
                    AND s.rank BETWEEN 2 AND 4 AND s.party_id IS DISTINCT FROM o.chain[s.rank - 1]
            )
    """,
    "nobody stands under himself": """
        WITH RECURSIVE above AS (
            SELECT p.party_id, p.parent_id FROM party AS p
            UNION
            SELECT a.party_id, p.parent_id FROM above AS a INNER JOIN party AS p ON p.party_id = a.parent_id
        )
        SELECT a.party_id FROM above AS a WHERE a.party_id = a.parent_id
    """,
}


async def find_broken(database: Database, platform_id: int) -> dict[str, list[str]]:
    """What breaks each law, in words; empty when all are kept."""
    broken = {}
    async with database.read(platform_id) as conn:
        for law, statement in LAWS.items():
            rows = await conn.fetch(statement)
            if rows:
                broken[law] = [str(dict(row)) for row in rows[:5]]
    return broken
