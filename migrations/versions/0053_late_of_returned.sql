-- As before, in the place of the payout that failed; or of one of the same sheets that was paid since, of which as much
-- came back and is owed.
CREATE OR REPLACE FUNCTION is_agreed_late_payment(
    platform bigint, agreed bigint, replaced bigint, paying bigint, payee bigint, net bigint, submission bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM approval AS a
        INNER JOIN bank_answer AS w
            ON w.platform_id = a.platform_id AND a.subject = 'bank-answer/' || w.bank_answer_id
            AND w.bank_answer_id = substring(a.subject FROM '^bank-answer/([0-9]{1,18})$')::bigint
        INNER JOIN payout AS f ON f.platform_id = w.platform_id AND f.payout_id = w.payout_id
        INNER JOIN payout_submission AS s ON s.platform_id = f.platform_id AND s.submission_id = submission
        WHERE a.platform_id = platform AND a.approval_id = agreed AND a.kind = 'LATE_PAYMENT'
            AND a.status = 'GRANTED' AND w.kind = 'PAID' AND w.status = 'DISMISSED' AND f.status = 'FAILED'
            AND (f.paying_account_id, f.payee_account_id, f.net_minor) = (paying, payee, net)
            AND s.answered_at IS NOT NULL
            AND (
                replaced = CASE f.takes_from WHEN '2016' THEN f.replaces ELSE f.payout_id END
                OR EXISTS (
                    SELECT FROM payout AS r
                    INNER JOIN payout_sheet AS x ON x.platform_id = r.platform_id AND x.payout_id = r.payout_id
                    INNER JOIN payout_sheet AS y
                        ON y.platform_id = r.platform_id AND y.payout_id = f.payout_id AND y.sheet_id = x.sheet_id
                    WHERE r.platform_id = platform AND r.payout_id = replaced AND r.status = 'RETURNED'
                        AND r.net_minor = net
                )
            )
    )
$$;
