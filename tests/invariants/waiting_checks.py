"""Nothing waits for ever: after a worker's run what still waits does so for a person, a bank, money or a day."""

from tests.invariants.story import Story

# A bank says of a payout of this sheet that it was paid, and nobody has seen to that yet.
_SAID_PAID = """
    SELECT 1 FROM payout_sheet AS o INNER JOIN bank_answer AS a ON a.payout_id = o.payout_id
    WHERE o.sheet_id = {sheet} AND a.status = 'UNMATCHED' AND a.kind = 'PAID'
"""
_PAYABLE = "s.total_minor - s.netted_minor - s.retained_minor - s.held_minor - s.withheld_minor - s.payout_minor"

# The first of each bank account that nothing stands against, where the money is there.
_UNSENT = f"""
    WITH ready AS (
        SELECT DISTINCT ON (p.paying_account_id) p.payout_id, p.book_id, p.currency, p.net_minor + p.fee_minor AS needed
        FROM payout AS p
        INNER JOIN payee_account AS y ON y.payee_account_id = p.payee_account_id AND y.retired_at IS NULL
        INNER JOIN paying_account AS b ON b.paying_account_id = p.paying_account_id AND b.retired_at IS NULL
        INNER JOIN party AS q ON q.party_id = p.party_id AND q.status <> 'BLOCKED'
        WHERE p.status = 'CREATED' AND p.approval IN ('NOT_REQUIRED', 'GRANTED') AND NOT EXISTS (
            SELECT 1 FROM payout_sheet AS x
            WHERE x.payout_id = p.payout_id AND EXISTS ({_SAID_PAID.format(sheet="x.sheet_id")})
        )
        ORDER BY p.paying_account_id, p.due_date, p.payout_id
    ), cash AS (
        SELECT a.book_id, a.currency, sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) - coalesce((
            SELECT sum(p.fee_minor) FROM payout AS p
            WHERE (p.book_id, p.currency) = (a.book_id, a.currency)
                AND p.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
        ), 0) AS there
        FROM account AS a INNER JOIN line AS l ON l.account_id = a.account_id
        WHERE a.code IN ('1010', '2190') GROUP BY a.platform_id, a.book_id, a.currency
    )
    SELECT r.payout_id, r.needed FROM ready AS r
    INNER JOIN cash AS c ON (c.book_id, c.currency) = (r.book_id, r.currency) AND c.there >= r.needed
"""
# What is due and could be moved, tax of it or not, and is in no payout.
_UNPAID = f"""
    SELECT s.party_id, s.book_id, s.currency, array_agg(s.sheet_id) AS sheets, sum({_PAYABLE}) AS payable
    FROM sheet AS s
    INNER JOIN party AS q ON q.party_id = s.party_id AND q.status <> 'BLOCKED'
    INNER JOIN payee_account AS y ON (y.party_id, y.currency) = (s.party_id, s.currency) AND y.retired_at IS NULL
    INNER JOIN paying_account AS b ON (b.book_id, b.currency) = (s.book_id, s.currency) AND b.retired_at IS NULL
    WHERE s.status = 'PAYMENT_PENDING' AND s.due_date <= ($1::timestamptz AT TIME ZONE s.zone)::date
        AND NOT EXISTS ({_SAID_PAID.format(sheet="s.sheet_id")}) AND NOT EXISTS (
            SELECT 1 FROM payout_sheet AS x INNER JOIN payout AS p ON p.payout_id = x.payout_id
            WHERE x.sheet_id = s.sheet_id AND p.status IN ('CREATED', 'SUBMITTED', 'UNKNOWN', 'ACCEPTED')
        )
    GROUP BY s.platform_id, s.party_id, s.book_id, s.currency, b.step_minor, b.fee_minor, y.withholding_rule
    HAVING sum({_PAYABLE}) > 0
        AND sum({_PAYABLE}) >= (b.step_minor + b.fee_minor) * CASE y.withholding_rule WHEN '' THEN 1 ELSE 2 END
"""
# What goes on by itself: periods that are over, silence that confirms, holds and deposits that last until a day.
_LEFT = """
    SELECT 'sheet' AS what, s.sheet_id AS number, s.status FROM sheet AS s
    WHERE s.status IN ('CLOSING', 'CLOSED', 'APPROVED', 'INVOICE_MATCHED')
        OR (s.status = 'OPEN' AND s.period_end <= $1)
        OR (s.status = 'CONFIRM_PENDING' AND s.confirm_by <= $1)
    UNION ALL
    SELECT 'hold', h.hold_id, h.release_rule FROM hold AS h
    WHERE h.release_rule = 'ON_DATE' AND h.lifted_minor < h.amount_minor
        AND h.expected_release_date < ($1::timestamptz AT TIME ZONE h.zone)::date
    UNION ALL
    SELECT 'deposit', d.slice_id, d.status FROM deposit_slice AS d
    WHERE (d.status IN ('HELD', 'DUE') OR (d.status = 'RELEASABLE' AND d.release = 'ON_DATE'))
        AND d.releasable_date < ($1::timestamptz AT TIME ZONE d.zone)::date
"""


async def check_nothing_waits(story: Story) -> None:
    """Right after a whole run of a worker, beside which nobody did anything."""
    assert await story.market.rows(_LEFT, story.now) == []
    assert await story.market.rows(_UNPAID, story.now) == []
    assert await story.market.rows(_UNSENT) == []
