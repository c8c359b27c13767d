"""
What documents name, and what keeps money from being paid, as text to be part of statements. What says the latter asks
by `$3` whether all of it is told: who sees only a part is told what is left without what is hidden from it elsewhere,
what banks answered and where legal entities pay from.
"""

from ledger.noting import Noted

# The order, and the line of it, that a document names: an order's entry its own, a fee line, adjustment or hold the
# one that it was made for. `g.document` and `g.document_line` are as entries say them. What a slice of a deposit moved
# is of the order that was claimed for, as far as the entries `g.sequences` are claims of one: slices name none.
_NAMED = """LEFT JOIN LATERAL (
        SELECT substr(g.document, 7) AS order_reference, g.document_line AS line_reference
        WHERE g.document LIKE 'order/%'
        UNION ALL
        SELECT f.order_reference, f.line_reference FROM fee_line AS f
        WHERE f.platform_id = $1 AND f.reference = substr(g.document, 10) AND g.document LIKE 'fee-line/%'
        UNION ALL
        SELECT j.order_reference, j.line_reference FROM adjustment AS j
        WHERE j.platform_id = $1 AND j.reference = substr(g.document, 12) AND g.document LIKE 'adjustment/%'
        UNION ALL
        SELECT h.order_reference, h.line_reference FROM hold AS h
        WHERE h.platform_id = $1
            AND h.hold_id = CASE WHEN g.document ~ '^hold/[0-9]{1,18}$' THEN substr(g.document, 6)::bigint END
        {claims}LIMIT 1
    ) AS n ON true"""
_CLAIMS = """UNION ALL
        SELECT min(m.order_reference), '' FROM deposit_movement AS m
        WHERE m.platform_id = $1 AND m.sequence = ANY(g.sequences)
            AND m.slice_id = CASE WHEN g.document ~ '^deposit/[0-9]{1,18}$' THEN substr(g.document, 9)::bigint END
        HAVING min(m.order_reference) = max(m.order_reference)
        """
NAMED = _NAMED.replace("{claims}", "")
NAMED_OR_CLAIMED = _NAMED.replace("{claims}", _CLAIMS)
NAMES = "coalesce(n.order_reference, '') AS order_reference, coalesce(n.line_reference, '') AS line_reference"

# The chargeback that a payout `o` waits for that came back and is paid again whole, or not at all: of any of the sheets
# of which something came back. What the party's fee has eaten of the first of them did not. To be joined
# with OFFSET 0: without, it is looked for at every place of the statement that names what was found.
RETURNED_DISPUTE = """(
        SELECT i.dispute_reference FROM payout_sheet AS v
        CROSS JOIN LATERAL (
            SELECT d.dispute_reference, d.sequence, d.place FROM disputed_rest AS d
            WHERE d.platform_id = $1 AND d.sheet_id = v.sheet_id AND d.held_minor < d.amount_minor
                AND NOT d.is_decided
            ORDER BY d.sequence, d.place LIMIT 1
        ) AS i
        WHERE v.platform_id = $1 AND v.payout_id = o.payout_id AND o.fee_minor < (
            SELECT sum(b.taken_minor) FROM payout_sheet AS b
            WHERE b.platform_id = $1 AND b.payout_id = o.payout_id AND b.sheet_id <= v.sheet_id
        )
        ORDER BY i.sequence, i.place LIMIT 1
    )"""


def _is_said_paid(sheets: str) -> str:
    """Whether a bank has said of any payout of these sheets that it was paid, in an answer that nobody has seen to."""
    return f"""EXISTS (
            SELECT 1 FROM payout_sheet AS v
            INNER JOIN payout AS w ON w.platform_id = $1 AND w.payout_id = v.payout_id
            INNER JOIN bank_answer AS b ON b.platform_id = $1 AND b.channel_key = w.channel_key
            WHERE v.platform_id = $1 AND v.sheet_id = ANY({sheets}) AND v.sheet_id > 0 AND b.status = 'UNMATCHED'
                AND (b.kind = 'PAID' OR (b.kind = 'ACCEPTED' AND b.reason IN ('ACSC', 'ACCC')))
        )"""


def _why_not_paid(row: str, *, sheets: str) -> str:
    """
    What keeps the party of a sheet or payout from being paid at all, null where nothing does, in the order and by the
    names of the reasons of a payout run; `row` is the alias of what has its party, book and currency, `sheets` an array
    of those that it is about. Whether tax and fee would leave something is not asked: only planning knows the tax.
    """
    return f"""CASE
        WHEN $3 AND {_is_said_paid(sheets)} THEN 'BANK_SAYS_PAID'
        WHEN EXISTS (
            SELECT 1 FROM party AS b
            WHERE b.platform_id = $1 AND b.party_id = {row}.party_id AND b.status = 'BLOCKED'
        ) THEN 'PARTY_BLOCKED'
        WHEN NOT EXISTS (
            SELECT 1 FROM payee_account AS b
            WHERE b.platform_id = $1 AND b.party_id = {row}.party_id AND b.currency = {row}.currency
                AND b.retired_at IS NULL
        ) THEN 'NO_PAYEE_ACCOUNT'
        WHEN $3 AND NOT EXISTS (
            SELECT 1 FROM paying_account AS b
            WHERE b.platform_id = $1 AND b.book_id = {row}.book_id AND b.currency = {row}.currency
                AND b.retired_at IS NULL
        ) THEN 'NO_PAYING_ACCOUNT'
    END"""


def _is_claimed(sheets: str) -> str:
    """While a payout under way has something of a sheet, no other takes of it."""
    return f"""CASE WHEN EXISTS (
            SELECT 1 FROM payout_sheet AS v
            WHERE v.platform_id = $1 AND v.sheet_id = ANY({sheets}) AND v.stands = 'CLAIMED'
        ) THEN 'CLAIMED_MEANWHILE' END"""


_SHEET = "ARRAY[s.sheet_id]"
# What a sheet `s` waits for: its next step, or what keeps it from being paid now that it may be. What is too little to
# be paid by itself (`c.is_too_little`) goes with the next payout that is large enough, whenever that is.
SHEET_AWAITS = f"""CASE s.status
        WHEN 'PAYMENT_PENDING' THEN coalesce(
            {_is_claimed(_SHEET)}, {_why_not_paid("s", sheets=_SHEET)},
            CASE WHEN c.is_too_little THEN 'NEXT_PAYOUT' END, s.status
        )
        WHEN 'PAY_FAILED' THEN CASE WHEN $3 AND {_is_said_paid(_SHEET)} THEN 'BANK_SAYS_PAID' ELSE s.status END
        ELSE s.status
    END"""
# The day until when it does: that on which silence confirms it, null where only its party's word does; else when it is
# due, where it does not wait for others.
SHEET_UNTIL = """CASE
        WHEN c.is_too_little THEN NULL WHEN s.status = 'CONFIRM_PENDING' THEN (s.confirm_by AT TIME ZONE s.zone)::date
        ELSE s.due_date
    END"""


def returned_awaits(dispute: str) -> str:
    """What a payout `o` that came back waits for; `dispute` is the chargeback that it does (see RETURNED_DISPUTE)."""
    sheets = "ARRAY(SELECT v.sheet_id FROM payout_sheet AS v WHERE v.platform_id = $1 AND v.payout_id = o.payout_id)"
    return f"""coalesce(
            {_why_not_paid("o", sheets=sheets)}, {_is_claimed(sheets)},
            CASE WHEN {dispute} IS NOT NULL THEN '{Noted.CHARGEBACK_SETTLED.value}' END, 'PAYOUT'
        )"""
