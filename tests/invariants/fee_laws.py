"""What fee lines say is worked out as their items say, booked once, and never taken back beyond itself."""

from tests.invariants.booked import SIGNED

# By how much a line moves its party's money, and on which side its tax stands: opposite its own.
_SIGN = "CASE f.direction WHEN 'CREDIT' THEN 1 ELSE -1 END"
# A price includes its tax; lines of a bundle, and of an invoice, which share its tax, are named with a stroke.
_INSIDE = """
    f.amount_minor * (i.content::jsonb #>> '{tax,rate}')::numeric / (1 + (i.content::jsonb #>> '{tax,rate}')::numeric)
"""

FEE_LAWS: dict[str, str] = {
    "a fee by a rate is its base at that rate, rounded as its item says": """
        SELECT f.reference, f.amount_minor, k.exact FROM fee_line AS f
        INNER JOIN fee_item AS i ON (i.code, i.version) = (f.item, f.item_version)
        CROSS JOIN LATERAL (SELECT f.base_minor * f.rate::numeric AS exact) AS k
        WHERE f.rate <> '' AND f.reverses IS NULL AND (
            f.exact::numeric IS DISTINCT FROM k.exact
            OR f.amount_minor IS DISTINCT FROM CASE i.content::jsonb ->> 'rounding'
                WHEN 'HALF_UP' THEN round(k.exact)
                WHEN 'FLOOR' THEN floor(k.exact)
                WHEN 'CEIL' THEN ceil(k.exact)
                WHEN 'HALF_EVEN' THEN CASE k.exact % 1 WHEN 0.5 THEN 2 * round(k.exact / 2) ELSE round(k.exact) END
            END
        )
    """,
    "the tax inside a fee is its item's": f"""
        SELECT f.reference, f.tax_minor FROM fee_line AS f
        INNER JOIN fee_item AS i ON (i.code, i.version) = (f.item, f.item_version)
        CROSS JOIN LATERAL (SELECT coalesce({_INSIDE}, 0) AS exact) AS k
        WHERE f.reverses IS NULL AND CASE
            WHEN f.reference LIKE '%/%' THEN abs(f.tax_minor - k.exact) >= 1.5 ELSE f.tax_minor <> round(k.exact)
        END
    """,
    "a fee line moves what it says on its party's account, the tax inside beside it, once": f"""
        SELECT f.reference FROM fee_line AS f
        LEFT JOIN LATERAL (
            SELECT coalesce(sum({SIGNED}) FILTER (
                WHERE (a.book_id, a.party_id, a.code, a.currency)
                    = (f.book_id, f.party_id, f.account_code, f.currency)
            ), 0) AS moved, coalesce(sum({SIGNED}) FILTER (WHERE a.code IN ('2105', '1240')), 0) AS taxed
            FROM entry AS e INNER JOIN line AS l ON l.sequence = e.sequence
            INNER JOIN account AS a ON a.account_id = l.account_id
            WHERE e.document = 'fee-line/' || f.reference
        ) AS k ON true
        WHERE f.compare_only <> (f.entry IS NULL) OR (k.moved, k.taxed) <> (
            CASE WHEN f.compare_only THEN 0 ELSE {_SIGN} * f.amount_minor END,
            CASE WHEN f.compare_only THEN 0 ELSE -{_SIGN} * f.tax_minor END
        )
    """,
    "of a fee no more is taken back than it was, on its own account and terms, and all its tax with all of it": """
        SELECT f.reference FROM fee_line AS f
        LEFT JOIN LATERAL (
            SELECT sum(r.amount_minor) AS amount, sum(r.tax_minor) AS tax, sum(r.base_minor) AS base,
                bool_or(
                    (r.book_id, r.party_id, r.account_code, r.currency, r.item, r.item_version, r.compare_only)
                    <> (f.book_id, f.party_id, f.account_code, f.currency, f.item, f.item_version, f.compare_only)
                    OR r.direction = f.direction OR r.rate NOT IN ('', f.rate)
                ) AS is_other
            FROM fee_line AS r WHERE r.reverses = f.reference
        ) AS k ON true
        WHERE f.reverses IS NULL AND (
            (f.reversed_minor, f.reversed_tax_minor, f.reversed_base_minor)
                <> (coalesce(k.amount, 0), coalesce(k.tax, 0), coalesce(k.base, 0))
            OR k.amount > f.amount_minor OR k.base > f.base_minor OR k.is_other
            OR (k.amount = f.amount_minor AND k.tax <> f.tax_minor)
            OR (k.base = f.base_minor AND k.amount <> f.amount_minor)
        )
    """,
}
