"""The statements of verifying on holds, deposits and adjustments. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot


def stream_held(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Per party, book and currency: what open holds add up to, where it is not what stands on 2050."""
    return snapshot.stream(
        """
        SELECT coalesce(h.party_id, p.party_id) AS party_id, coalesce(h.book_id, p.book_id) AS book_id,
            coalesce(h.currency, p.currency) AS currency, coalesce(h.held, 0)::bigint AS held,
            coalesce(p.posted, 0)::bigint AS posted
        FROM (
            SELECT o.party_id, o.book_id, o.currency, sum(o.amount_minor - o.lifted_minor) AS held
            FROM hold AS o WHERE o.platform_id = $1 GROUP BY o.party_id, o.book_id, o.currency
        ) AS h
        FULL JOIN (
            SELECT a.party_id, a.book_id, a.currency,
                sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END) AS posted
            FROM account AS a
            INNER JOIN line AS l ON l.platform_id = $1 AND l.account_id = a.account_id
            WHERE a.platform_id = $1 AND a.code = '2050'
            GROUP BY a.party_id, a.book_id, a.currency
        ) AS p ON p.party_id = h.party_id AND p.book_id = h.book_id AND p.currency = h.currency
        WHERE coalesce(h.held, 0) <> coalesce(p.posted, 0)
        ORDER BY coalesce(h.party_id, p.party_id), coalesce(h.book_id, p.book_id), coalesce(h.currency, p.currency)
        """,
        snapshot.conn.platform_id,
    )


def stream_deposited(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Per party, book and currency: what slices add up to, where it is not what deposits left on 2060 and 1220.

    Entries without a document are older than deposits: people could post there before.
    """
    return snapshot.stream(
        """
        SELECT coalesce(s.party_id, p.party_id) AS party_id, coalesce(s.book_id, p.book_id) AS book_id,
            coalesce(s.currency, p.currency) AS currency, coalesce(s.left_minor, 0)::bigint AS left_minor,
            coalesce(s.due_minor, 0)::bigint AS due_minor, coalesce(p.deposited, 0)::bigint AS deposited,
            coalesce(p.billed, 0)::bigint AS billed
        FROM (
            SELECT o.party_id, o.book_id, o.currency, sum(o.due_minor) AS due_minor,
                sum(o.principal_minor - o.claimed_minor - o.released_minor - o.forfeited_minor - o.lapsed_minor)
                    AS left_minor
            FROM deposit_slice AS o WHERE o.platform_id = $1 GROUP BY o.party_id, o.book_id, o.currency
        ) AS s
        FULL JOIN (
            SELECT a.party_id, a.book_id, a.currency,
                sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END) FILTER (WHERE a.code = '2060') AS deposited,
                sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) FILTER (WHERE a.code = '1220') AS billed
            FROM account AS a
            INNER JOIN line AS l ON l.platform_id = $1 AND l.account_id = a.account_id
            INNER JOIN entry AS e ON e.platform_id = $1 AND e.sequence = l.sequence AND e.document <> ''
            WHERE a.platform_id = $1 AND a.code IN ('2060', '1220')
            GROUP BY a.party_id, a.book_id, a.currency
        ) AS p ON p.party_id = s.party_id AND p.book_id = s.book_id AND p.currency = s.currency
        WHERE (coalesce(s.left_minor, 0), coalesce(s.due_minor, 0))
            IS DISTINCT FROM (coalesce(p.deposited, 0), coalesce(p.billed, 0))
        ORDER BY coalesce(s.party_id, p.party_id), coalesce(s.book_id, p.book_id), coalesce(s.currency, p.currency)
        """,
        snapshot.conn.platform_id,
    )


def stream_holds(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Holds whose figures are not what their entries moved on 2050, or not what their movements say."""
    return snapshot.stream(
        """
        SELECT coalesce(h.hold_id, p.hold_id) AS hold_id, h.hold_id IS NOT NULL AS known,
            h.amount_minor AS placed, h.lifted_minor AS lifted,
            coalesce(p.placed, 0)::bigint AS p_placed, coalesce(p.lifted, 0)::bigint AS p_lifted,
            coalesce(m.placed, 0)::bigint AS m_placed, coalesce(m.lifted, 0)::bigint AS m_lifted
        FROM (SELECT * FROM hold AS o WHERE o.platform_id = $1) AS h
        FULL JOIN (
            SELECT substr(e.document, 6)::bigint AS hold_id,
                sum(l.amount) FILTER (WHERE l.side = 'C') AS placed, sum(l.amount) FILTER (WHERE l.side = 'D') AS lifted
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code = '2050'
            WHERE e.platform_id = $1 AND e.document LIKE 'hold/%'
            GROUP BY e.document
        ) AS p ON p.hold_id = h.hold_id
        LEFT JOIN (
            SELECT o.hold_id, sum(o.amount_minor) FILTER (WHERE o.kind = 'PLACED') AS placed,
                sum(o.amount_minor) FILTER (WHERE o.kind = 'LIFTED') AS lifted
            FROM hold_movement AS o WHERE o.platform_id = $1 GROUP BY o.hold_id
        ) AS m ON m.hold_id = h.hold_id
        WHERE (h.amount_minor, h.lifted_minor) IS DISTINCT FROM (coalesce(p.placed, 0), coalesce(p.lifted, 0))
            OR (h.amount_minor, h.lifted_minor) IS DISTINCT FROM (coalesce(m.placed, 0), coalesce(m.lifted, 0))
        ORDER BY coalesce(h.hold_id, p.hold_id)
        """,
        snapshot.conn.platform_id,
    )


def stream_slices(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Slices whose figures are not what their entries moved on 2060 and 1220, or not what their movements say."""
    return snapshot.stream(
        """
        SELECT coalesce(d.slice_id, p.slice_id) AS slice_id, d.slice_id IS NOT NULL AS known,
            d.principal_minor AS principal, d.due_minor AS due, d.claimed_minor AS claimed,
            d.released_minor AS released, d.forfeited_minor AS forfeited, d.lapsed_minor AS lapsed,
            coalesce(p.principal, 0)::bigint AS p_principal, coalesce(p.due, 0)::bigint AS p_due,
            coalesce(p.claimed, 0)::bigint AS p_claimed, coalesce(p.released, 0)::bigint AS p_released,
            coalesce(p.forfeited, 0)::bigint AS p_forfeited, coalesce(p.lapsed, 0)::bigint AS p_lapsed,
            coalesce(m.moved, 0)::bigint AS moved
        FROM (SELECT * FROM deposit_slice AS o WHERE o.platform_id = $1) AS d
        FULL JOIN (
            SELECT substr(e.document, 9)::bigint AS slice_id,
                sum(l.amount) FILTER (WHERE a.code = '2060' AND l.side = 'C') AS principal,
                sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) FILTER (WHERE a.code = '1220') AS due,
                sum(l.amount) FILTER (WHERE a.code = '2060' AND e.template = 'DEPOSIT_CLAIMED') AS claimed,
                sum(l.amount) FILTER (WHERE a.code = '2060' AND e.template = 'DEPOSIT_RELEASED') AS released,
                sum(l.amount) FILTER (WHERE a.code = '2060' AND e.template = 'DEPOSIT_FORFEITED') AS forfeited,
                sum(l.amount) FILTER (WHERE a.code = '2060' AND e.template = 'DEPOSIT_LAPSED') AS lapsed
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
                AND a.code IN ('2060', '1220')
            WHERE e.platform_id = $1 AND e.document LIKE 'deposit/%'
            GROUP BY e.document
        ) AS p ON p.slice_id = d.slice_id
        LEFT JOIN (
            SELECT o.slice_id, sum(
                CASE
                    WHEN o.kind IN ('BILLED', 'RECEIVED', 'RETAINED') THEN o.amount_minor
                    WHEN o.kind IN ('CLAIMED', 'RELEASED', 'FORFEITED', 'LAPSED') THEN -o.amount_minor
                    ELSE 0
                END
            ) AS moved
            FROM deposit_movement AS o WHERE o.platform_id = $1 GROUP BY o.slice_id
        ) AS m ON m.slice_id = d.slice_id
        WHERE (
            d.principal_minor, d.due_minor, d.claimed_minor, d.released_minor, d.forfeited_minor, d.lapsed_minor
        ) IS DISTINCT FROM (
            coalesce(p.principal, 0), coalesce(p.due, 0), coalesce(p.claimed, 0), coalesce(p.released, 0),
            coalesce(p.forfeited, 0), coalesce(p.lapsed, 0)
        )
            OR d.principal_minor - d.claimed_minor - d.released_minor - d.forfeited_minor - d.lapsed_minor
            IS DISTINCT FROM coalesce(m.moved, 0)
        ORDER BY coalesce(d.slice_id, p.slice_id)
        """,
        snapshot.conn.platform_id,
    )


def stream_buyer_claims(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Slices of which what was claimed for buyers, or paid to them, is not what their entries moved on 2070; and claims
    for buyers that were paid otherwise than whole.
    """
    return snapshot.stream(
        """
        SELECT coalesce(m.slice_id, p.slice_id) AS slice_id, coalesce(m.claimed, 0)::bigint AS claimed,
            coalesce(m.paid, 0)::bigint AS paid, coalesce(m.whole, 0)::bigint AS whole,
            coalesce(p.claimed, 0)::bigint AS p_claimed, coalesce(p.paid, 0)::bigint AS p_paid
        FROM (
            SELECT o.slice_id,
                sum(o.amount_minor) FILTER (WHERE o.kind = 'CLAIMED' AND o.counterparty_id IS NULL) AS claimed,
                sum(o.amount_minor) FILTER (WHERE o.kind = 'CLAIM_PAID') AS paid,
                sum(c.amount_minor) FILTER (WHERE o.kind = 'CLAIM_PAID') AS whole
            FROM deposit_movement AS o
            LEFT JOIN deposit_movement AS c ON c.platform_id = $1 AND c.slice_id = o.slice_id
                AND c.reference = o.reference AND c.kind = 'CLAIMED' AND c.counterparty_id IS NULL
            WHERE o.platform_id = $1 AND o.kind IN ('CLAIMED', 'CLAIM_PAID')
            GROUP BY o.slice_id
        ) AS m
        FULL JOIN (
            SELECT substr(e.document, 9)::bigint AS slice_id,
                sum(l.amount) FILTER (WHERE l.side = 'C') AS claimed, sum(l.amount) FILTER (WHERE l.side = 'D') AS paid
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code = '2070'
            WHERE e.platform_id = $1 AND e.document LIKE 'deposit/%'
            GROUP BY e.document
        ) AS p ON p.slice_id = m.slice_id
        WHERE (coalesce(m.claimed, 0), coalesce(m.paid, 0), coalesce(m.whole, 0))
            IS DISTINCT FROM (coalesce(p.claimed, 0), coalesce(p.paid, 0), coalesce(p.paid, 0))
        ORDER BY coalesce(m.slice_id, p.slice_id)
        """,
        snapshot.conn.platform_id,
    )


def stream_adjustments(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Posted adjustments whose entry is not there or moves another amount, and entries of adjustments without one."""
    return snapshot.stream(
        """
        SELECT coalesce(d.reference, p.reference) AS reference, d.status, d.sequence, d.amount_minor,
            d.debit_code, d.credit_code, p.sequence AS p_sequence, p.amount AS p_amount, p.debit AS p_debit,
            p.credit AS p_credit
        FROM (SELECT * FROM adjustment AS o WHERE o.platform_id = $1) AS d
        FULL JOIN (
            SELECT substr(e.document, 12) AS reference, e.sequence,
                (sum(l.amount) FILTER (WHERE l.side = 'D'))::bigint AS amount,
                min(a.code) FILTER (WHERE l.side = 'D') AS debit, min(a.code) FILTER (WHERE l.side = 'C') AS credit
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE e.platform_id = $1 AND e.document LIKE 'adjustment/%'
            GROUP BY e.document, e.sequence
        ) AS p ON p.reference = d.reference
        WHERE CASE d.status
            WHEN 'POSTED' THEN (d.sequence, d.amount_minor, d.debit_code, d.credit_code)
                IS DISTINCT FROM (p.sequence, p.amount, p.debit, p.credit)
            ELSE p.sequence IS NOT NULL
        END
        ORDER BY coalesce(d.reference, p.reference) COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )
