--
-- PostgreSQL database dump
--

\restrict splitbook


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: check_adjustments(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_adjustments() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken text;
BEGIN
    SELECT a.reference INTO broken FROM fresh AS a
    WHERE a.status = 'POSTED' AND NOT (
        is_posted(
            a.platform_id, a.sequence, a.debit_code, CASE WHEN a.kind <> 'COMPENSATION' THEN a.party_id END, 'D',
            a.amount_minor
        )
        AND is_posted(
            a.platform_id, a.sequence, a.credit_code,
            CASE a.kind WHEN 'PENALTY' THEN NULL WHEN 'COMPENSATION' THEN a.party_id ELSE a.counterparty_id END, 'C',
            a.amount_minor
        )
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ADJUSTMENT_NOT_POSTED: the entry of % is not what it says', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_adjustments() OWNER TO splitbook_owner;

--
-- Name: check_agreement_end(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_agreement_end() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM deposit_slice AS s
        WHERE s.platform_id = new.platform_id AND s.agreement_id = new.agreement_id AND s.slice_id > 0
            AND s.due_minor > 0
    ) THEN
        RAISE EXCEPTION 'BILLED_AFTER_END: agreement % has ended, and something is billed under it', new.agreement_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_agreement_end() OWNER TO splitbook_owner;

--
-- Name: check_approval_change(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_approval_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    empty_seats bigint;
BEGIN
    IF (
        new.platform_id, new.approval_id, new.kind, new.subject, new.digest, new.content, new.maker, new.requested_at,
        new.resubmission_of, new.description
    ) IS DISTINCT FROM (
        old.platform_id, old.approval_id, old.kind, old.subject, old.digest, old.content, old.maker, old.requested_at,
        old.resubmission_of, old.description
    ) OR (new.book_id, new.party_id, new.amount_minor, new.currency, new.flow_version)
    IS DISTINCT FROM (old.book_id, old.party_id, old.amount_minor, old.currency, old.flow_version)
    THEN
        RAISE EXCEPTION 'APPROVAL_STALE: approval % keeps what was asked', old.approval_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF old.status <> 'PENDING' OR new.step < old.step THEN
        RAISE EXCEPTION 'APPROVAL_CLOSED: approval % is % at step %', old.approval_id, old.status, old.step
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*) INTO empty_seats FROM approval_seat AS s
    LEFT JOIN approval_decision AS d ON d.platform_id = s.platform_id AND d.approval_id = s.approval_id
        AND d.step = s.step AND d.seat = s.seat AND d.verdict = 'APPROVE'
    WHERE s.platform_id = new.platform_id AND s.approval_id = new.approval_id AND d.actor IS NULL
        AND (new.status = 'GRANTED' OR s.step < new.step);
    IF empty_seats > 0 OR (new.status = 'GRANTED' AND NOT EXISTS (
        SELECT 1 FROM approval_seat AS s WHERE s.platform_id = new.platform_id AND s.approval_id = new.approval_id
    )) THEN
        RAISE EXCEPTION 'APPROVAL_INCOMPLETE: approval % lacks the word of %', new.approval_id, empty_seats
            USING ERRCODE = 'check_violation';
    END IF;
    IF (new.status = 'REJECTED') <> EXISTS (
        SELECT 1 FROM approval_decision AS d
        WHERE d.platform_id = new.platform_id AND d.approval_id = new.approval_id AND d.verdict = 'REJECT'
    ) THEN
        RAISE EXCEPTION 'APPROVAL_INCOMPLETE: approval % is % against its decisions', new.approval_id, new.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_approval_change() OWNER TO splitbook_owner;

--
-- Name: check_approval_decision(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_approval_decision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    of_approval record;
    of_seat record;
    named text[];
BEGIN
    SELECT a.status, a.step, a.kind INTO of_approval FROM approval AS a
    WHERE a.platform_id = new.platform_id AND a.approval_id = new.approval_id FOR UPDATE;
    IF of_approval.status IS DISTINCT FROM 'PENDING' OR of_approval.step <> new.step THEN
        RAISE EXCEPTION 'APPROVAL_CLOSED: step % of approval % does not wait', new.step, new.approval_id
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT s.approvers, s.substitutes, s.escalates_to INTO of_seat FROM approval_seat AS s
    WHERE s.platform_id = new.platform_id AND s.approval_id = new.approval_id
        AND s.step = new.step AND s.seat = new.seat;
    named := CASE new.capacity
        WHEN 'SUBSTITUTE' THEN of_seat.substitutes WHEN 'ESCALATION' THEN of_seat.escalates_to ELSE of_seat.approvers
    END;
    IF NOT (coalesce(new.on_behalf_of, new.actor) = ANY(named)
        OR (new.on_behalf_of IS NULL AND 'role:operator' = ANY(named)))
    THEN
        RAISE EXCEPTION 'NOT_AN_APPROVER: % has no seat % of approval %', new.actor, new.seat, new.approval_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF new.delegation_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM approval_delegation AS d
        WHERE d.platform_id = new.platform_id AND d.delegation_id = new.delegation_id
            AND d.from_actor = new.on_behalf_of AND d.to_actor = new.actor
            AND d.starts_at <= new.decided_at AND d.ends_at > new.decided_at
            AND (d.ended_at IS NULL OR d.ended_at > new.decided_at)
            AND coalesce(d.kind, of_approval.kind) = of_approval.kind
    ) THEN
        RAISE EXCEPTION 'NOT_AN_APPROVER: delegation % does not reach', new.delegation_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM approval_decision AS d
        WHERE d.platform_id = new.platform_id AND d.approval_id = new.approval_id
            AND (d.actor = new.on_behalf_of OR d.on_behalf_of IN (new.actor, new.on_behalf_of))
    ) THEN
        RAISE EXCEPTION 'ALREADY_DECIDED: approval % has the word of %', new.approval_id, new.actor
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_approval_decision() OWNER TO splitbook_owner;

--
-- Name: check_approval_request(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_approval_request() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF new.status <> 'PENDING' OR new.step <> 1 THEN
        RAISE EXCEPTION 'APPROVAL_INCOMPLETE: a request waits at its first step' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_approval_request() OWNER TO splitbook_owner;

--
-- Name: check_calendar_versions(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_calendar_versions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT n.name, n.version INTO broken FROM fresh AS n
    WHERE n.version > 1 AND NOT EXISTS (
        SELECT 1 FROM calendar AS c
        WHERE c.platform_id = n.platform_id AND c.name = n.name AND c.version = n.version - 1
    ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'CALENDAR_VERSION: % has no version before %', broken.name, broken.version
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_calendar_versions() OWNER TO splitbook_owner;

--
-- Name: check_channel_day(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_channel_day() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_channel_day(new.platform_id, new.channel_day_id);
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_channel_day() OWNER TO splitbook_owner;

--
-- Name: check_channel_dismissals(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_channel_dismissals() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.order_reference, f.channel_day_id INTO broken
    FROM fresh AS f
    INNER JOIN channel_dismissal AS d ON d.platform_id = f.platform_id AND d.channel_day_id = f.channel_day_id
        AND d.order_reference = f.order_reference AND d.kind = f.kind AND d.name = f.name AND d.record = f.record
        AND d.reason = f.reason AND d.told_minor IS NOT DISTINCT FROM f.told_minor
        AND d.booked_minor IS NOT DISTINCT FROM f.booked_minor AND d.told_currency = f.told_currency
        AND d.booked_currency = f.booked_currency
    WHERE d.channel_dismissal_id <> f.channel_dismissal_id AND NOT EXISTS (
        SELECT 1 FROM channel_reopening AS r
        WHERE r.platform_id = d.platform_id AND r.channel_dismissal_id = d.channel_dismissal_id
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'CHANNEL_DIFFERENCE_DISMISSED: a difference of order % of day % is set aside already',
            broken.order_reference, broken.channel_day_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_channel_dismissals() OWNER TO splitbook_owner;

--
-- Name: check_channel_records(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_channel_records() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_channel_day(k.platform_id, k.channel_day_id)
    FROM (SELECT DISTINCT r.platform_id, r.channel_day_id FROM fresh AS r) AS k;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_channel_records() OWNER TO splitbook_owner;

--
-- Name: check_claim_payment(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_claim_payment() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM deposit_movement AS c
        WHERE c.platform_id = new.platform_id AND c.slice_id = new.slice_id AND c.kind = 'CLAIMED'
            AND c.counterparty_id IS NULL AND c.reference = new.reference AND c.amount_minor = new.amount_minor
    ) THEN
        RAISE EXCEPTION 'CLAIM_NOT_OWED: slice % owes buyers no % under %', new.slice_id, new.amount_minor,
            new.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_claim_payment() OWNER TO splitbook_owner;

--
-- Name: check_claimed_orders(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_claimed_orders() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.reference, m.order_reference INTO broken
    FROM fresh AS m
    WHERE m.kind = 'CLAIMED' AND m.order_reference <> '' AND NOT knows_order(m.platform_id, m.order_reference, '')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NAMED_ORDER_MISSING: claim % of slice % names order %, which is not known',
            broken.reference, broken.slice_id, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_claimed_orders() OWNER TO splitbook_owner;

--
-- Name: check_closed_sheet(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_closed_sheet() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_hashjoin TO 'on'
    SET enable_nestloop TO 'off'
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT n.sheet_id INTO broken
    FROM fresh AS n
    INNER JOIN stale AS o ON o.platform_id = n.platform_id AND o.sheet_id = n.sheet_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE NOT l.is_closing) AS size,
            coalesce(sum(l.amount_minor) FILTER (WHERE NOT l.is_closing), 0) AS total,
            coalesce(sum(l.amount_minor), 0) AS remainder
        FROM sheet_line AS l
        WHERE l.platform_id = n.platform_id AND l.sheet_id = n.sheet_id AND l.sheet_id > 0
    ) AS s
    WHERE o.status IN ('OPEN', 'CLOSING') AND n.status NOT IN ('OPEN', 'CLOSING')
        AND (s.size <> n.line_count OR s.total <> n.total_minor OR s.remainder <> 0)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_UNEVEN: the lines of sheet % are not its total', broken.sheet_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_closed_sheet() OWNER TO splitbook_owner;

--
-- Name: check_collected(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_collected() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF new.reference !~ '^receipt/[1-9][0-9]{0,17}$' THEN
        RAISE EXCEPTION 'COLLECTED_WITHOUT_MATCH: % of sheet % names %', new.kind, new.sheet_id, new.reference
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM refuse_uneven_match(new.platform_id, substr(new.reference, 9)::bigint, new.sheet_id);
    RETURN NULL;
END;
$_$;


ALTER FUNCTION public.check_collected() OWNER TO splitbook_owner;

--
-- Name: check_debt_is_confirmed(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_debt_is_confirmed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM sheet_history AS h
        WHERE h.platform_id = new.platform_id AND h.sheet_id = new.sheet_id AND h.sheet_id > 0
            AND h.status = 'CONFIRMED'
    ) THEN
        RAISE EXCEPTION 'DEBT_NOT_CONFIRMED: nobody confirmed sheet %, of which all was netted', new.sheet_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_debt_is_confirmed() OWNER TO splitbook_owner;

--
-- Name: check_deposit_claims(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_deposit_claims() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.reference INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id FROM deposit_slice AS o
        WHERE o.platform_id = m.platform_id AND o.slice_id = m.slice_id LIMIT 1
    ) AS s
    WHERE m.kind = 'CLAIMED' AND m.counterparty_id = s.party_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_CLAIM_OF_ITSELF: claim % of slice % goes to whose deposit it is',
            broken.reference, broken.slice_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_deposit_claims() OWNER TO splitbook_owner;

--
-- Name: check_deposit_movements(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_deposit_movements() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.kind, m.sequence INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id, o.book_id, o.currency FROM deposit_slice AS o
        WHERE o.platform_id = m.platform_id AND o.slice_id = m.slice_id LIMIT 1
    ) AS s
    WHERE (m.kind <> 'CLAIM_PAID' AND NOT is_posted(
        m.platform_id, m.sequence, CASE WHEN m.kind IN ('PAID', 'OFFSET') THEN '1220' ELSE '2060' END, s.party_id,
        CASE WHEN m.kind IN ('BILLED', 'RECEIVED', 'RETAINED', 'PAID', 'OFFSET') THEN 'C' ELSE 'D' END, m.amount_minor
    )) OR (m.kind = 'BILLED' AND NOT is_posted(m.platform_id, m.sequence, '1220', s.party_id, 'D', m.amount_minor))
        OR (m.kind = 'LAPSED' AND NOT is_posted(m.platform_id, m.sequence, '1220', s.party_id, 'C', m.amount_minor))
        OR (
            m.kind IN ('RETAINED', 'OFFSET')
            AND NOT is_posted(m.platform_id, m.sequence, '2015', s.party_id, 'D', m.amount_minor)
        )
        OR (
            m.kind = 'CLAIMED' AND m.counterparty_id IS NULL
            AND NOT is_posted(m.platform_id, m.sequence, '2070', NULL, 'C', m.amount_minor)
        )
        OR (
            m.kind = 'CLAIM_PAID' AND NOT (
                is_posted(m.platform_id, m.sequence, '2070', NULL, 'D', m.amount_minor)
                AND is_posted(m.platform_id, m.sequence, '1010', NULL, 'C', m.amount_minor)
                AND is_posted_within(m.platform_id, m.sequence, s.book_id, s.currency)
            )
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_NOT_POSTED: entry % is not what slice % says (%)',
            broken.sequence, broken.slice_id, broken.kind USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_deposit_movements() OWNER TO splitbook_owner;

--
-- Name: check_dispute_answers(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_dispute_answers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT d.sheet_id, n.reference INTO broken
    FROM fresh AS d
    CROSS JOIN LATERAL unnest(d.adjustments) AS n (reference)
    CROSS JOIN LATERAL (
        SELECT o.party_id, o.book_id, o.currency FROM sheet AS o
        WHERE o.platform_id = d.platform_id AND o.sheet_id = d.sheet_id LIMIT 1
    ) AS s
    WHERE NOT EXISTS (
        SELECT 1 FROM adjustment AS a
        WHERE a.platform_id = d.platform_id AND a.reference = n.reference AND a.status <> 'REJECTED'
            AND a.book_id = s.book_id AND a.currency = s.currency
            AND (a.party_id = s.party_id OR a.counterparty_id = s.party_id)
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ANSWER_ELSEWHERE: adjustment % does not answer the dispute of sheet %',
            broken.reference, broken.sheet_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_dispute_answers() OWNER TO splitbook_owner;

--
-- Name: check_dispute_lines(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_dispute_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.dispute_reference INTO broken
    FROM (SELECT DISTINCT n.platform_id, n.dispute_reference FROM fresh AS n) AS f
    LEFT JOIN LATERAL (
        SELECT o.amount_minor, o.status, o.liability FROM order_dispute AS o
        WHERE o.platform_id = f.platform_id AND o.dispute_reference = f.dispute_reference LIMIT 1
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT sum(l.amount_minor) AS amount, sum(l.reserved_minor) AS reserved
        FROM order_dispute_line AS l
        WHERE l.platform_id = f.platform_id AND l.dispute_reference = f.dispute_reference
    ) AS s ON true
    WHERE d.amount_minor IS DISTINCT FROM s.amount OR s.reserved IS DISTINCT FROM CASE
        WHEN d.status IN ('NOTIFIED', 'DEFENDED') OR d.liability = 'PLATFORM' THEN d.amount_minor ELSE 0
    END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTE_UNEVEN: the lines of dispute % do not add up to it',
            broken.dispute_reference USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.order_reference, f.line_reference INTO broken
    FROM (SELECT DISTINCT n.platform_id, n.order_reference, n.line_reference FROM fresh AS n) AS f
    LEFT JOIN LATERAL (
        SELECT o.disputed_minor FROM order_line AS o
        WHERE o.platform_id = f.platform_id AND o.order_reference = f.order_reference
            AND o.line_reference = f.line_reference
        LIMIT 1
    ) AS l ON true
    LEFT JOIN LATERAL (
        SELECT sum(d.reserved_minor) AS reserved FROM order_dispute_line AS d
        WHERE d.platform_id = f.platform_id AND d.order_reference = f.order_reference
            AND d.line_reference = f.line_reference
    ) AS s ON true
    WHERE l.disputed_minor IS DISTINCT FROM s.reserved
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTE_UNRESERVED: line % of order % does not reserve what its disputes say',
            broken.line_reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_dispute_lines() OWNER TO splitbook_owner;

--
-- Name: check_early_release(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_early_release() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM deposit_slice AS s
        WHERE s.platform_id = new.platform_id AND s.slice_id = new.slice_id AND s.release = 'ON_DATE'
            AND (new.moved_at AT TIME ZONE s.zone)::date < s.releasable_date
    ) AND NOT EXISTS (
        SELECT 1 FROM approval AS a
        WHERE a.platform_id = new.platform_id AND a.kind = 'DEPOSIT' AND a.status = 'GRANTED'
            AND a.subject = format('deposit/%s/RELEASED/%s', new.slice_id, new.reference)
    ) THEN
        RAISE EXCEPTION 'APPROVAL_MISSING: slice % goes back on its day', new.slice_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_early_release() OWNER TO splitbook_owner;

--
-- Name: check_entries(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_entries() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_hashjoin TO 'on'
    SET enable_nestloop TO 'off'
    AS $$
DECLARE
    brought record;
    broken record;
BEGIN
    FOR brought IN
        SELECT f.platform_id, min(f.sequence) AS first, max(f.sequence) AS last, count(*) AS size
        FROM fresh AS f GROUP BY f.platform_id
    LOOP
        IF brought.size <> (
            SELECT count(*) FROM line AS l
            WHERE l.platform_id = brought.platform_id AND l.position = 1
                AND l.sequence BETWEEN brought.first AND brought.last
        ) THEN
            RAISE EXCEPTION 'ENTRY_EMPTY: an entry between % and % has no lines', brought.first, brought.last
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    SELECT e.sequence, e.business_date, b.closed_through INTO broken
    FROM fresh AS e LEFT JOIN book AS b ON b.platform_id = e.platform_id AND b.book_id = e.book_id
    WHERE b.book_id IS NULL OR e.business_date <= b.closed_through
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'PERIOD_CLOSED: entry % is dated %, its book is closed through %',
            broken.sequence, broken.business_date, broken.closed_through USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_entries() OWNER TO splitbook_owner;

--
-- Name: check_fee_lines(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_fee_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.reference INTO broken
    FROM (
        SELECT fresh.platform_id, coalesce(fresh.reverses, fresh.reference) AS reference FROM fresh
        WHERE fresh.reverses IS NOT NULL OR fresh.reversed_minor > 0
    ) AS f
    LEFT JOIN LATERAL (
        SELECT o.* FROM fee_line AS o
        WHERE o.platform_id = f.platform_id AND o.reference = f.reference LIMIT 1
    ) AS original ON true
    LEFT JOIN LATERAL (
        SELECT i.is_reversible FROM fee_item AS i
        WHERE i.platform_id = f.platform_id AND i.code = original.item AND i.version = original.item_version LIMIT 1
    ) AS item ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(b.amount_minor), 0) AS amount, coalesce(sum(b.tax_minor), 0) AS tax,
            bool_and(
                (b.book_id, b.party_id, b.currency, b.item, b.item_version, b.account_code, b.compare_only)
                IS NOT DISTINCT FROM (
                    original.book_id, original.party_id, original.currency, original.item, original.item_version,
                    original.account_code, original.compare_only
                ) AND b.direction <> original.direction
            ) AS alike
        FROM fee_line AS b WHERE b.platform_id = f.platform_id AND b.reverses = f.reference
    ) AS back ON true
    WHERE NOT coalesce(
        item.is_reversible AND back.alike AND original.reverses IS NULL
        AND back.amount = original.reversed_minor AND back.tax = original.reversed_tax_minor, false
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'FEE_LINE_REVERSED_WRONGLY: what was taken back of fee line % is not what its reversals say',
            broken.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_fee_lines() OWNER TO splitbook_owner;

--
-- Name: check_fee_lines_of_orders(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_fee_lines_of_orders() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.reference, f.order_reference INTO broken
    FROM fresh AS f
    WHERE f.order_reference <> '' AND NOT f.compare_only AND f.reverses IS NULL AND is_computed_here(f.item)
        AND EXISTS (
            SELECT 1 FROM order_head AS o
            WHERE o.platform_id = f.platform_id AND o.reference = f.order_reference
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'FEE_COMPUTED_HERE: fee line % books what is computed here of order %',
            broken.reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_fee_lines_of_orders() OWNER TO splitbook_owner;

--
-- Name: check_hold_movements(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_hold_movements() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.hold_id, h.account_code,
        CASE
            WHEN NOT is_posted(
                m.platform_id, m.sequence, '2050', h.party_id, CASE m.kind WHEN 'PLACED' THEN 'C' ELSE 'D' END,
                m.amount_minor
            ) OR NOT is_posted(
                m.platform_id, m.sequence, h.account_code, h.party_id, CASE m.kind WHEN 'PLACED' THEN 'D' ELSE 'C' END,
                m.amount_minor
            ) THEN 'HOLD_NOT_POSTED'
            ELSE 'HOLD_EXCEEDS_PAYABLE'
        END AS law
    INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id, o.account_code FROM hold AS o
        WHERE o.platform_id = m.platform_id AND o.hold_id = m.hold_id LIMIT 1
    ) AS h
    WHERE NOT is_posted(
        m.platform_id, m.sequence, '2050', h.party_id, CASE m.kind WHEN 'PLACED' THEN 'C' ELSE 'D' END, m.amount_minor
    ) OR NOT is_posted(
        m.platform_id, m.sequence, h.account_code, h.party_id, CASE m.kind WHEN 'PLACED' THEN 'D' ELSE 'C' END,
        m.amount_minor
    ) OR (
        m.kind = 'PLACED' AND h.account_code <> '2015'
        AND NOT is_left_covered(m.platform_id, m.sequence, h.account_code, h.party_id)
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: hold % on %', broken.law, broken.hold_id, broken.account_code
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_hold_movements() OWNER TO splitbook_owner;

--
-- Name: check_hold_sums(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_hold_sums() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT h.hold_id INTO broken
    FROM (SELECT DISTINCT f.platform_id, f.hold_id FROM fresh AS f) AS k
    CROSS JOIN LATERAL (
        SELECT o.hold_id, o.amount_minor, o.lifted_minor FROM hold AS o
        WHERE o.platform_id = k.platform_id AND o.hold_id = k.hold_id LIMIT 1
    ) AS h
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PLACED'), 0) AS placed,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'LIFTED'), 0) AS lifted
        FROM hold_movement AS m WHERE m.platform_id = k.platform_id AND m.hold_id = k.hold_id
    ) AS s ON true
    WHERE h.amount_minor <> s.placed OR h.lifted_minor <> s.lifted
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'HOLD_UNEVEN: hold % is not the sum of its movements', broken USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_hold_sums() OWNER TO splitbook_owner;

--
-- Name: check_job_change(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_job_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'JOB_ENDED: job % of kind % cannot become that', old.job_id, old.kind
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.check_job_change() OWNER TO splitbook_owner;

--
-- Name: check_lapse(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_lapse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM deposit_slice AS s
        CROSS JOIN LATERAL (
            SELECT o.ended_at FROM deposit_agreement AS o
            WHERE o.platform_id = s.platform_id AND o.agreement_id = s.agreement_id LIMIT 1
        ) AS a
        WHERE s.platform_id = new.platform_id AND s.slice_id = new.slice_id AND a.ended_at IS NULL
            AND (new.moved_at AT TIME ZONE s.zone)::date < s.releasable_date
    ) THEN
        RAISE EXCEPTION 'LAPSED_EARLY: the bill of slice % ends on its day', new.slice_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_lapse() OWNER TO splitbook_owner;

--
-- Name: check_lines(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_lines() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_hashjoin TO 'on'
    SET enable_nestloop TO 'off'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    platform bigint;
    another bigint;
    accounts bigint[];
    first_entry bigint;
    last_entry bigint;
    judged record;
    broken record;
BEGIN
    SELECT min(f.platform_id), max(f.platform_id), array_agg(f.account_id), min(f.sequence), max(f.sequence)
    INTO platform, another, accounts, first_entry, last_entry
    FROM fresh AS f;
    IF platform IS NULL THEN
        RETURN NULL;
    END IF;
    IF platform <> another THEN
        RAISE EXCEPTION 'LINES_OF_TWO_PLATFORMS: % and %; a statement brings those of one', platform, another
            USING ERRCODE = 'check_violation';
    END IF;
    WITH stepped AS (
        SELECT l.sequence, l.position, l.currency, e.line_count,
            CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END AS amount,
            CASE
                WHEN a.account_id IS NULL THEN 'ACCOUNT_MISSING'
                WHEN a.is_summary THEN 'ACCOUNT_IS_SUMMARY'
                WHEN a.currency <> l.currency THEN 'CURRENCY_MISMATCH'
                WHEN a.book_id <> e.book_id THEN 'ACCOUNT_OF_ANOTHER_BOOK'
                WHEN l.business_date <> e.business_date OR l.posting_day <> e.posting_day THEN 'LINE_DATES_DIFFER'
                WHEN l.version <> coalesce(p.version, 0) + 1 THEN 'VERSION_GAP'
                WHEN l.debit_after <> coalesce(p.debit_after, 0) + CASE l.side WHEN 'D' THEN l.amount ELSE 0 END
                    OR l.credit_after <> coalesce(p.credit_after, 0) + CASE l.side WHEN 'C' THEN l.amount ELSE 0 END
                    THEN 'RUNNING_BALANCE_WRONG'
                WHEN coalesce(
                    CASE a.normal_side
                        WHEN 'D' THEN l.debit_after - l.credit_after ELSE l.credit_after - l.debit_after
                    END < a.floor_minor, false
                ) AND NOT EXISTS (
                    SELECT 1 FROM line AS o
                    WHERE o.platform_id = platform AND o.account_id = l.account_id
                        AND o.sequence = l.sequence AND o.version > l.version
                ) THEN 'BALANCE_FLOOR'
            END AS law
        FROM fresh AS l
        LEFT JOIN (
            SELECT o.account_id, o.is_summary, o.currency, o.book_id, o.normal_side, o.floor_minor FROM account AS o
            WHERE o.platform_id = platform AND o.account_id = ANY (accounts)
        ) AS a ON a.account_id = l.account_id
        LEFT JOIN (
            SELECT o.sequence, o.line_count, o.book_id, o.business_date, o.posting_day FROM entry AS o
            WHERE o.platform_id = platform AND o.sequence BETWEEN first_entry AND last_entry
        ) AS e ON e.sequence = l.sequence
        LEFT JOIN LATERAL (
            SELECT o.version, o.debit_after, o.credit_after FROM line AS o
            WHERE o.platform_id = platform AND o.account_id = l.account_id
                AND (o.sequence, o.version) < (l.sequence, l.version)
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS p ON true
    ), gathered AS (
        SELECT s.sequence, sum(s.amount) AS open_minor, count(*) AS size, max(s.position) AS position,
            min(s.line_count) AS line_count, min(s.currency) <> max(s.currency) AS is_mixed,
            min(s.law || ': line ' || s.position) AS law
        FROM stepped AS s GROUP BY s.sequence
    )
    SELECT bool_or(g.is_mixed) AS is_mixed,
        min(
            CASE
                WHEN g.open_minor <> 0 AND NOT g.is_mixed THEN 'UNBALANCED: the sum'
                WHEN g.line_count IS DISTINCT FROM g.size OR g.position <> g.size THEN 'ENTRY_INCOMPLETE: the last line'
                ELSE g.law
            END || ' of entry ' || g.sequence
        ) AS law
    INTO judged
    FROM gathered AS g;
    IF judged.law IS NOT NULL THEN
        RAISE EXCEPTION '%', judged.law USING ERRCODE = 'check_violation';
    END IF;
    IF judged.is_mixed THEN
        SELECT l.sequence, l.currency INTO broken FROM fresh AS l
        GROUP BY l.sequence, l.currency
        HAVING sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) <> 0
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'UNBALANCED: entry % does not balance in %', broken.sequence, broken.currency
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_lines() OWNER TO splitbook_owner;

--
-- Name: check_match_sums(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_match_sums() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_receipt(m.platform_id, m.receipt_id),
        refuse_uneven_match(m.platform_id, m.receipt_id, m.sheet_id)
    FROM fresh AS m;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_match_sums() OWNER TO splitbook_owner;

--
-- Name: check_named_orders(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_named_orders() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.reference, f.order_reference, f.line_reference INTO broken
    FROM fresh AS f
    WHERE f.order_reference <> '' AND NOT knows_order(f.platform_id, f.order_reference, f.line_reference)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NAMED_ORDER_MISSING: % % names order % and line "%", which is not known',
            tg_table_name, broken.reference, broken.order_reference, broken.line_reference
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_named_orders() OWNER TO splitbook_owner;

--
-- Name: check_nothing_disputed_is_paid(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_nothing_disputed_is_paid() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    disputed bigint;
BEGIN
    SELECT r.sheet_id INTO disputed
    FROM fresh AS f
    CROSS JOIN LATERAL (
        SELECT o.sheet_id FROM disputed_rest AS o
        WHERE o.platform_id = f.platform_id AND o.sheet_id = f.sheet_id AND o.held_minor < o.amount_minor
            AND NOT o.is_decided
        LIMIT 1
    ) AS r
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTED_REST_PAID: of sheet % something is to be held before it is paid', disputed
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_nothing_disputed_is_paid() OWNER TO splitbook_owner;

--
-- Name: check_order_lines(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_order_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_shares(array_agg(f.platform_id), array_agg(f.order_reference), array_agg(f.line_reference))
    FROM fresh AS f WHERE f.is_split OR tg_op = 'UPDATE';
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_order_lines() OWNER TO splitbook_owner;

--
-- Name: check_order_shares(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_order_shares() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_shares(array_agg(f.platform_id), array_agg(f.order_reference), array_agg(f.line_reference))
    FROM (SELECT DISTINCT s.platform_id, s.order_reference, s.line_reference FROM fresh AS s) AS f;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_order_shares() OWNER TO splitbook_owner;

--
-- Name: check_orders_are_charged_here(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_orders_are_charged_here() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT b.reference, f.reference AS order_reference INTO broken
    FROM fresh AS f
    CROSS JOIN LATERAL (
        SELECT o.reference, o.item, o.item_version FROM fee_line AS o
        WHERE o.platform_id = f.platform_id AND o.order_reference = f.reference AND o.order_reference <> ''
            AND NOT o.compare_only AND o.reverses IS NULL AND o.reversed_minor < o.amount_minor
            AND is_computed_here(o.item)
        OFFSET 0
    ) AS b
    CROSS JOIN LATERAL (
        SELECT i.is_reversible FROM fee_item AS i
        WHERE i.platform_id = f.platform_id AND i.code = b.item AND i.version = b.item_version LIMIT 1
    ) AS t
    WHERE t.is_reversible
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ORDER_CHARGED_ELSEWHERE: fee line % books what would be computed here of order %',
            broken.reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_orders_are_charged_here() OWNER TO splitbook_owner;

--
-- Name: check_payout_sheets(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_payout_sheets() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT k.payout_id INTO broken
    FROM (SELECT DISTINCT f.platform_id, f.payout_id FROM fresh AS f) AS k
    LEFT JOIN LATERAL (
        SELECT p.net_minor + p.fee_minor AS net, p.withheld_minor, p.status FROM payout AS p
        WHERE p.platform_id = k.platform_id AND p.payout_id = k.payout_id LIMIT 1
    ) AS p ON true
    LEFT JOIN LATERAL (
        SELECT sum(s.taken_minor) AS net, sum(s.withheld_minor) AS withheld,
            bool_and(s.stands = ANY(CASE p.status
                WHEN 'PAID' THEN ARRAY['PAID'] WHEN 'RETURNED' THEN ARRAY['RETURNED', 'REPLACED']
                WHEN 'FAILED' THEN ARRAY['RELEASED'] WHEN 'CANCELLED' THEN ARRAY['RELEASED'] ELSE ARRAY['CLAIMED']
            END)) AS fits
        FROM payout_sheet AS s WHERE s.platform_id = k.platform_id AND s.payout_id = k.payout_id
    ) AS h ON true
    WHERE p.net IS DISTINCT FROM h.net OR p.withheld_minor IS DISTINCT FROM h.withheld OR NOT coalesce(h.fits, false)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'PAYOUT_UNEVEN: payout % is not what its sheets say', broken.payout_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_payout_sheets() OWNER TO splitbook_owner;

--
-- Name: check_rate_override(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_rate_override() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM approval AS a
        WHERE a.platform_id = new.platform_id AND a.approval_id = new.approval_id AND a.kind = 'RATE_OVERRIDE'
            AND a.status = 'GRANTED' AND a.party_id = new.party_id AND a.content = new.content
    ) THEN
        RAISE EXCEPTION 'APPROVAL_MISSING: nobody agreed to these rates of party %', new.party_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_rate_override() OWNER TO splitbook_owner;

--
-- Name: check_receipt_matches(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_receipt_matches() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT j.match_id, j.law INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency FROM receipt AS o
        WHERE o.platform_id = m.platform_id AND o.receipt_id = m.receipt_id LIMIT 1
    ) AS r
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency, o.total_minor,
            -o.total_minor - o.netted_minor - o.collected_minor - o.written_off_minor AS owed
        FROM sheet AS o WHERE o.platform_id = m.platform_id AND o.sheet_id = m.sheet_id LIMIT 1
    ) AS s
    LEFT JOIN LATERAL (
        SELECT o.tolerance_minor FROM receipt_tolerance AS o
        WHERE o.platform_id = m.platform_id AND o.book_id = r.book_id AND o.currency = r.currency
        ORDER BY o.tolerance_id DESC LIMIT 1
    ) AS t ON true
    CROSS JOIN LATERAL (
        SELECT m.match_id,
            CASE
                WHEN s.total_minor >= 0 OR (s.book_id, s.currency) IS DISTINCT FROM (r.book_id, r.currency)
                    THEN 'RECEIPT_MATCH_FOREIGN'
                WHEN NOT is_receipt_moved(
                    m.platform_id, m.sequence, m.receipt_id, m.sheet_id, '2210', '1200', m.amount_minor
                ) THEN 'RECEIPT_MATCH_NOT_POSTED'
                WHEN m.rest_minor = 0 THEN NULL
                WHEN m.rest_minor > coalesce(t.tolerance_minor, 0) OR s.owed <> 0 THEN 'RECEIPT_REST_TOO_LARGE'
                WHEN NOT is_receipt_moved(
                    m.platform_id, m.rest_sequence, m.receipt_id, m.sheet_id, '5070', '1200', m.rest_minor
                ) THEN 'RECEIPT_REST_NOT_POSTED'
            END AS law
    ) AS j
    WHERE j.law IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: match %', broken.law, broken.match_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_receipt_matches() OWNER TO splitbook_owner;

--
-- Name: check_receipt_returns(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_receipt_returns() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT r.return_id INTO broken FROM fresh AS r
    WHERE NOT is_receipt_moved(r.platform_id, r.sequence, r.receipt_id, NULL, '2210', '1010', r.amount_minor)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'RECEIPT_RETURN_NOT_POSTED: the entry of return % is not what it says', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_receipt_returns() OWNER TO splitbook_owner;

--
-- Name: check_receipt_sum(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_receipt_sum() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_receipt(new.platform_id, new.receipt_id);
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_receipt_sum() OWNER TO splitbook_owner;

--
-- Name: check_receipt_unmatches(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_receipt_unmatches() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT u.match_id INTO broken FROM fresh AS u
    CROSS JOIN LATERAL (
        SELECT o.receipt_id, o.sheet_id, o.amount_minor, o.rest_minor FROM receipt_match AS o
        WHERE o.platform_id = u.platform_id AND o.match_id = u.match_id LIMIT 1
    ) AS m
    WHERE NOT is_receipt_moved(u.platform_id, u.sequence, m.receipt_id, m.sheet_id, '1200', '2210', m.amount_minor)
        OR CASE
            WHEN m.rest_minor = 0 THEN u.rest_sequence IS NOT NULL
            ELSE u.rest_sequence IS NULL OR NOT is_receipt_moved(
                u.platform_id, u.rest_sequence, m.receipt_id, m.sheet_id, '1200', '5070', m.rest_minor
            )
        END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'RECEIPT_UNMATCH_NOT_POSTED: match %', broken USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_receipt_unmatches() OWNER TO splitbook_owner;

--
-- Name: check_receipts(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_receipts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT r.receipt_id INTO broken FROM fresh AS r
    WHERE NOT is_receipt_moved(r.platform_id, r.sequence, r.receipt_id, NULL, '1010', '2210', r.amount_minor)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'RECEIPT_NOT_POSTED: the entry of receipt % is not what it says', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_receipts() OWNER TO splitbook_owner;

--
-- Name: check_reopening(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_reopening() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM approval AS a
        INNER JOIN approval_decision AS d ON d.platform_id = a.platform_id AND d.approval_id = a.approval_id
        WHERE a.platform_id = new.platform_id AND a.approval_id = new.approval_id AND a.kind = 'PERIOD_REOPENING'
            AND a.book_id = new.book_id AND a.status = 'GRANTED' AND a.maker = new.maker
            AND d.actor = new.approver AND d.verdict = 'APPROVE'
    ) THEN
        RAISE EXCEPTION 'APPROVAL_MISSING: nobody agreed to open book % again', new.book_id
            USING ERRCODE = 'check_violation';
    END IF;
    new.transaction_id := pg_current_xact_id();
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_reopening() OWNER TO splitbook_owner;

--
-- Name: check_rest_is_held(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_rest_is_held() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM hold AS h
        WHERE h.platform_id = new.platform_id AND h.sheet_id = new.sheet_id
            AND h.reference = format(
                'dispute/%s/%s/sheet/%s/%s', new.sequence, new.place, new.sheet_id, new.held_minor
            )
            AND h.amount_minor = new.held_minor - old.held_minor AND h.dispute_reference = new.dispute_reference
    ) THEN
        RAISE EXCEPTION 'REST_NOT_HELD: no hold of sheet % is of what record % disputed', new.sheet_id, new.sequence
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_rest_is_held() OWNER TO splitbook_owner;

--
-- Name: check_rest_is_settled(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_rest_is_settled() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF is_rest_unsettled(new.platform_id, new.sequence, new.place, new.sheet_id, new.dispute_reference) THEN
        RAISE EXCEPTION 'REST_NOT_SETTLED: dispute % is open, or what it took is not agreed', new.dispute_reference
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_rest_is_settled() OWNER TO splitbook_owner;

--
-- Name: check_return_sums(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_return_sums() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_receipt(r.platform_id, r.receipt_id) FROM fresh AS r;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_return_sums() OWNER TO splitbook_owner;

--
-- Name: check_sequence(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_sequence() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    brought record;
    head bigint;
    log record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ISOLATION_WRONG: the log is written under READ COMMITTED' USING ERRCODE = 'check_violation';
    END IF;
    FOR brought IN SELECT f.platform_id, min(f.sequence) AS first FROM fresh AS f GROUP BY f.platform_id LOOP
        SELECT h.sequence INTO head FROM log_head AS h WHERE h.platform_id = brought.platform_id FOR UPDATE;
        -- An old number is taken. Seen before everything from there on is read, while others wait for the log.
        IF EXISTS (
            SELECT FROM entry AS e
            INNER JOIN log_event AS v ON v.platform_id = e.platform_id AND v.sequence = e.sequence
            WHERE e.platform_id = brought.platform_id AND e.sequence = brought.first
        ) THEN
            RAISE EXCEPTION 'SEQUENCE_TAKEN: % is the number of an entry and of an event', brought.first
                USING ERRCODE = 'check_violation';
        END IF;
        SELECT count(*) AS size, count(DISTINCT r.sequence) AS numbers, min(r.sequence) AS first, max(r.sequence) AS last
        INTO log
        FROM (
            SELECT e.sequence FROM entry AS e
            WHERE e.platform_id = brought.platform_id AND e.sequence >= brought.first - 1
            UNION ALL
            SELECT v.sequence FROM log_event AS v
            WHERE v.platform_id = brought.platform_id AND v.sequence >= brought.first - 1
        ) AS r;
        IF log.size <> log.numbers THEN
            RAISE EXCEPTION 'SEQUENCE_TAKEN: a number from % on is that of an entry and of an event', brought.first
                USING ERRCODE = 'check_violation';
        END IF;
        IF log.first <> greatest(brought.first - 1, 1) OR log.last IS DISTINCT FROM head
            OR log.last - log.first + 1 <> log.size
        THEN
            RAISE EXCEPTION 'SEQUENCE_GAP: the log from % on does not follow the number before it up to the head %',
                brought.first, head USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_sequence() OWNER TO splitbook_owner;

--
-- Name: check_sheet_figures(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_sheet_figures() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_movements(new.platform_id, new.sheet_id);
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_sheet_figures() OWNER TO splitbook_owner;

--
-- Name: check_sheet_history(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_sheet_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.sheet_id INTO broken
    FROM (SELECT DISTINCT h.platform_id, h.sheet_id FROM fresh AS h) AS f
    LEFT JOIN LATERAL (
        SELECT s.sheet_id FROM sheet AS s
        WHERE s.platform_id = f.platform_id AND s.sheet_id = f.sheet_id LIMIT 1
    ) AS s ON true
    WHERE s.sheet_id IS NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_MISSING: a step is of sheet %, which is not there', broken.sheet_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_sheet_history() OWNER TO splitbook_owner;

--
-- Name: check_sheet_is_agreed(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_sheet_is_agreed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    needed text := CASE WHEN new.status = 'WRITTEN_OFF' THEN 'WRITE_OFF' WHEN old.status = 'APPROVAL' THEN 'SHEET'
        ELSE 'INVOICE_OVERRIDE' END;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM approval AS a
        WHERE a.platform_id = new.platform_id AND a.kind = needed AND a.subject = 'sheet/' || new.sheet_id
            AND a.status <> 'PENDING' AND a.status = 'GRANTED' AND (needed <> 'SHEET' OR a.digest = old.digest)
    ) THEN
        RAISE EXCEPTION 'SHEET_NOT_AGREED: nobody agreed to the step of sheet % from % to %', new.sheet_id, old.status,
            new.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.check_sheet_is_agreed() OWNER TO splitbook_owner;

--
-- Name: check_sheet_lines(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_sheet_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.sheet_id, f.account_id INTO broken
    FROM (SELECT DISTINCT s.platform_id, s.sheet_id, s.account_id FROM fresh AS s) AS f
    LEFT JOIN LATERAL (
        SELECT s.status FROM sheet AS s
        INNER JOIN sheet_account AS a ON a.platform_id = s.platform_id AND a.sheet_id = s.sheet_id
        WHERE s.platform_id = f.platform_id AND s.sheet_id = f.sheet_id AND a.account_id = f.account_id LIMIT 1
    ) AS s ON true
    WHERE coalesce(s.status NOT IN ('OPEN', 'CLOSING'), TRUE)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_CLOSED: sheet % takes no lines of account %', broken.sheet_id, broken.account_id
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.sequence, f.position, f.sheet_id INTO broken
    FROM fresh AS f
    LEFT JOIN LATERAL (
        SELECT o.account_id, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS amount_minor FROM line AS o
        WHERE o.platform_id = f.platform_id AND o.sequence = f.sequence AND o.position = f.position LIMIT 1
    ) AS l ON true
    WHERE l.account_id IS DISTINCT FROM f.account_id OR l.amount_minor IS DISTINCT FROM f.amount_minor
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_LINE_WRONG: line % of entry % is not what sheet % says', broken.position,
            broken.sequence, broken.sheet_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_sheet_lines() OWNER TO splitbook_owner;

--
-- Name: check_sheet_movements(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_sheet_movements() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_movements(f.platform_id, f.sheet_id)
    FROM (SELECT DISTINCT m.platform_id, m.sheet_id FROM fresh AS m) AS f;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_sheet_movements() OWNER TO splitbook_owner;

--
-- Name: check_sheet_period(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_sheet_period() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    reaching bigint;
BEGIN
    SELECT CASE WHEN o.period_end > new.period_start THEN o.sheet_id END INTO reaching
    FROM sheet AS o
    WHERE o.platform_id = new.platform_id AND o.party_id = new.party_id AND o.book_id = new.book_id
        AND o.role = new.role AND o.mode = new.mode AND o.currency = new.currency
        AND o.period_start < new.period_end AND o.sheet_id <> new.sheet_id
    ORDER BY o.period_start DESC LIMIT 1;
    IF reaching IS NOT NULL THEN
        RAISE EXCEPTION 'SHEET_PERIODS_OVERLAP: sheets % and % are of one key and time', reaching, new.sheet_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_sheet_period() OWNER TO splitbook_owner;

--
-- Name: check_slice_beginnings(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_slice_beginnings() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT s.agreement_id, a.ended_at INTO broken
    FROM fresh AS s
    CROSS JOIN LATERAL (
        SELECT o.ended_at FROM deposit_agreement AS o
        WHERE o.platform_id = s.platform_id AND o.agreement_id = s.agreement_id LIMIT 1
    ) AS a
    LEFT JOIN LATERAL (
        SELECT o.closed_at FROM sheet AS o
        WHERE o.platform_id = s.platform_id AND o.sheet_id = s.sheet_id LIMIT 1
    ) AS h ON true
    WHERE a.ended_at IS NOT NULL AND (h.closed_at < a.ended_at) IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_AGREEMENT_ENDED: nothing begins under agreement % after %',
            broken.agreement_id, broken.ended_at USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM fresh AS s WHERE s.sheet_id IS NULL AND is_closed(s.platform_id, s.party_id)) THEN
        RAISE EXCEPTION 'PARTY_NOT_ACTIVE: a closed party takes no new deposit_slice' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_slice_beginnings() OWNER TO splitbook_owner;

--
-- Name: check_slice_sums(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_slice_sums() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT d.slice_id INTO broken
    FROM (SELECT DISTINCT f.platform_id, f.slice_id FROM fresh AS f) AS k
    CROSS JOIN LATERAL (
        SELECT o.slice_id, o.principal_minor, o.due_minor, o.claimed_minor, o.released_minor, o.forfeited_minor,
            o.lapsed_minor
        FROM deposit_slice AS o WHERE o.platform_id = k.platform_id AND o.slice_id = k.slice_id LIMIT 1
    ) AS d
    LEFT JOIN LATERAL (
        SELECT
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind IN ('BILLED', 'RECEIVED', 'RETAINED')), 0) AS principal,
            coalesce(sum(CASE m.kind WHEN 'BILLED' THEN m.amount_minor ELSE -m.amount_minor END)
            FILTER (WHERE m.kind IN ('BILLED', 'PAID', 'OFFSET', 'LAPSED')), 0) AS due,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'CLAIMED'), 0) AS claimed,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'RELEASED'), 0) AS released,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'FORFEITED'), 0) AS forfeited,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'LAPSED'), 0) AS lapsed
        FROM deposit_movement AS m WHERE m.platform_id = k.platform_id AND m.slice_id = k.slice_id
    ) AS s ON true
    WHERE (d.principal_minor, d.due_minor, d.claimed_minor, d.released_minor, d.forfeited_minor, d.lapsed_minor)
        IS DISTINCT FROM (s.principal, s.due, s.claimed, s.released, s.forfeited, s.lapsed)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SLICE_UNEVEN: slice % is not the sum of its movements', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_slice_sums() OWNER TO splitbook_owner;

--
-- Name: check_suspense_counted(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_suspense_counted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (
        SELECT sum(d.waiting_minor) FROM order_dispute_line AS d
        WHERE d.platform_id = new.platform_id AND d.order_reference = new.order_reference
            AND d.line_reference = new.line_reference
    ) > coalesce((
        SELECT i.amount_minor FROM suspense_item AS i
        WHERE i.platform_id = new.platform_id AND i.order_reference = new.order_reference
            AND i.line_reference = new.line_reference AND i.rank = 0 AND i.status = 'OPEN'
    ), 0) THEN
        RAISE EXCEPTION 'SUSPENSE_COUNTED_TWICE: disputes of line % of order % count on more than is in suspense',
            new.line_reference, new.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_suspense_counted() OWNER TO splitbook_owner;

--
-- Name: check_suspense_receiver(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_suspense_receiver() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    standing text;
BEGIN
    SELECT p.status INTO standing FROM party AS p
    WHERE p.platform_id = new.platform_id AND p.party_id = CASE
        WHEN new.status = 'OWNER' OR new.rank = 0 THEN new.owner_id
        ELSE (
            SELECT l.merchant_id FROM order_line AS l
            WHERE l.platform_id = new.platform_id AND l.order_reference = new.order_reference
                AND l.line_reference = new.line_reference
        )
    END;
    IF standing = 'BLOCKED' OR (standing = 'CLOSED' AND new.status = 'SPLITTER' AND new.rank > 0) THEN
        RAISE EXCEPTION 'PARTY_NOT_ACTIVE: suspense item % is released to a party that is %', new.item, standing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_suspense_receiver() OWNER TO splitbook_owner;

--
-- Name: check_suspense_release(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_suspense_release() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM suspense_item AS i
        WHERE i.platform_id = new.platform_id AND i.item = new.item AND i.times = new.opening
            AND i.status = new.released_to
    ) THEN
        RAISE EXCEPTION 'RELEASE_ASTRAY: suspense item % is not released to % by its opening %', new.item,
            new.released_to, new.opening USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_suspense_release() OWNER TO splitbook_owner;

--
-- Name: check_terms_versions(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_terms_versions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT n.role, n.version INTO broken FROM fresh AS n
    WHERE n.version > 1 AND NOT EXISTS (
        SELECT 1 FROM settlement_terms AS t
        WHERE t.platform_id = n.platform_id AND t.party_id IS NOT DISTINCT FROM n.party_id AND t.role = n.role
            AND t.version = n.version - 1 AND t.valid_from <= n.valid_from
    ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'TERMS_VERSION: version % of % does not follow another', broken.version, broken.role
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_terms_versions() OWNER TO splitbook_owner;

--
-- Name: check_unmatch_sums(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_unmatch_sums() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM refuse_uneven_receipt(m.platform_id, m.receipt_id),
        refuse_uneven_match(m.platform_id, m.receipt_id, m.sheet_id)
    FROM fresh AS u
    CROSS JOIN LATERAL (
        SELECT o.platform_id, o.receipt_id, o.sheet_id FROM receipt_match AS o
        WHERE o.platform_id = u.platform_id AND o.match_id = u.match_id LIMIT 1
    ) AS m;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_unmatch_sums() OWNER TO splitbook_owner;

--
-- Name: current_platform(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.current_platform() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.platform', true), '')::bigint $$;


ALTER FUNCTION public.current_platform() OWNER TO splitbook_owner;

--
-- Name: describe_young_tables(); Type: PROCEDURE; Schema: public; Owner: splitbook_owner
--

CREATE PROCEDURE public.describe_young_tables()
    LANGUAGE plpgsql
    AS $_$
DECLARE
    described text;
BEGIN
    FOR described IN
        SELECT c.relname FROM pg_class AS c
        INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'platform_id'
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
            AND a.attstattarget IS DISTINCT FROM 0
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN platform_id SET STATISTICS 0', described);
        IF current_setting('server_version_num')::int >= 180000 THEN
            EXECUTE 'SELECT pg_clear_attribute_stats(current_schema()::text, $1::text, ''platform_id'', false)'
                USING described;
            EXECUTE 'SELECT pg_restore_attribute_stats('
                '''schemaname'', current_schema()::text, ''relname'', $1::text, ''attname'', ''platform_id'','
                ' ''inherited'', false, ''null_frac'', 0::real, ''avg_width'', 8, ''n_distinct'', 1::real)'
                USING described;
        END IF;
    END LOOP;
END;
$_$;


ALTER PROCEDURE public.describe_young_tables() OWNER TO splitbook_owner;

--
-- Name: earns(bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.earns(platform bigint, owed_party bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT 1 FROM party AS p
        WHERE p.platform_id = platform AND p.party_id = owed_party
            AND p.kind IN ('MERCHANT', 'SUPPLIER', 'AGENT', 'DISTRIBUTOR')
    )
$$;


ALTER FUNCTION public.earns(platform bigint, owed_party bigint) OWNER TO splitbook_owner;

--
-- Name: find_holder_reference(bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.find_holder_reference(platform bigint, holder bigint) RETURNS text
    LANGUAGE sql STABLE
    AS $$ SELECT p.reference FROM party AS p WHERE p.platform_id = platform AND p.party_id = holder $$;


ALTER FUNCTION public.find_holder_reference(platform bigint, holder bigint) OWNER TO splitbook_owner;

--
-- Name: find_holders(bigint, bigint[]); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.find_holders(platform bigint, party_ids bigint[]) RETURNS TABLE(party_id bigint, reference text, path bigint[])
    LANGUAGE sql STABLE
    AS $$
    WITH RECURSIVE climb AS (
        SELECT p.party_id AS start, p.reference, p.parent_id, ARRAY[p.party_id] AS path
        FROM unnest(party_ids) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT o.party_id, o.reference, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = k.party_id LIMIT 1
        ) AS p
        UNION ALL
        SELECT c.start, c.reference, p.parent_id, c.path || p.party_id
        FROM climb AS c
        CROSS JOIN LATERAL (
            SELECT o.party_id, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = c.parent_id LIMIT 1
        ) AS p
    )
    SELECT c.start, c.reference, c.path FROM climb AS c WHERE c.parent_id IS NULL
$$;


ALTER FUNCTION public.find_holders(platform bigint, party_ids bigint[]) OWNER TO splitbook_owner;

--
-- Name: find_members_on(bigint, bigint[], date); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.find_members_on(platform bigint, party_ids bigint[], day date) RETURNS TABLE(party_id bigint, member_id bigint)
    LANGUAGE sql STABLE
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_material TO 'off'
    AS $$
    WITH RECURSIVE walk AS (
        SELECT k.party_id AS start, k.party_id AS member FROM unnest(party_ids) AS k (party_id)
        UNION ALL
        SELECT w.start, c.member
        FROM walk AS w
        CROSS JOIN LATERAL (
            SELECT p.party_id AS member FROM party AS p
            WHERE p.platform_id = platform AND p.parent_id = w.member
                AND NOT EXISTS (
                    SELECT 1 FROM party_move AS m
                    WHERE m.platform_id = platform AND m.party_id = p.party_id AND m.posting_day > day
                )
            UNION ALL
            SELECT m.party_id FROM party_move AS m
            WHERE m.platform_id = platform AND m.from_parent_id = w.member AND m.posting_day > day
                AND NOT EXISTS (
                    SELECT 1 FROM party_move AS e
                    WHERE e.platform_id = platform AND e.party_id = m.party_id AND e.posting_day > day
                        AND e.sequence < m.sequence
                )
        ) AS c
    )
    SELECT w.start, w.member FROM walk AS w
$$;


ALTER FUNCTION public.find_members_on(platform bigint, party_ids bigint[], day date) OWNER TO splitbook_owner;

--
-- Name: find_posting_day(bigint, bigint, timestamp with time zone); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.find_posting_day(platform bigint, book bigint, at timestamp with time zone) RETURNS date
    LANGUAGE sql STABLE
    AS $$
    SELECT greatest((at AT TIME ZONE b.time_zone)::date, b.closed_through + 1) FROM book AS b
    WHERE b.platform_id = platform AND b.book_id = book
$$;


ALTER FUNCTION public.find_posting_day(platform bigint, book bigint, at timestamp with time zone) OWNER TO splitbook_owner;

--
-- Name: find_time_zone(bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.find_time_zone(platform bigint, party bigint) RETURNS text
    LANGUAGE sql STABLE
    AS $$ SELECT z.time_zone FROM find_time_zones(platform, ARRAY[party]) AS z $$;


ALTER FUNCTION public.find_time_zone(platform bigint, party bigint) OWNER TO splitbook_owner;

--
-- Name: find_time_zones(bigint, bigint[]); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.find_time_zones(platform bigint, party_ids bigint[]) RETURNS TABLE(party_id bigint, time_zone text)
    LANGUAGE sql STABLE
    AS $$
    WITH RECURSIVE climb AS (
        SELECT k.party_id AS start, p.time_zone, p.parent_id
        FROM unnest(party_ids) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT o.time_zone, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = k.party_id LIMIT 1
        ) AS p
        UNION ALL
        SELECT c.start, p.time_zone, p.parent_id
        FROM climb AS c
        CROSS JOIN LATERAL (
            SELECT o.time_zone, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = c.parent_id LIMIT 1
        ) AS p
        WHERE c.time_zone IS NULL
    )
    SELECT c.start, coalesce(c.time_zone, 'UTC') FROM climb AS c WHERE c.time_zone IS NOT NULL OR c.parent_id IS NULL
$$;


ALTER FUNCTION public.find_time_zones(platform bigint, party_ids bigint[]) OWNER TO splitbook_owner;

--
-- Name: find_unfinished_day(bigint, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.find_unfinished_day(platform bigint, zone text) RETURNS date
    LANGUAGE sql
    AS $$
    SELECT least(greatest((n.at AT TIME ZONE p.time_zone)::date, h.posting_day), (n.at AT TIME ZONE zone)::date)
    FROM log_head AS h
    INNER JOIN platform AS p ON p.platform_id = h.platform_id
    CROSS JOIN LATERAL (SELECT greatest(clock_timestamp(), h.posted_at) AS at) AS n
    WHERE h.platform_id = platform
$$;


ALTER FUNCTION public.find_unfinished_day(platform bigint, zone text) OWNER TO splitbook_owner;

--
-- Name: is_agreed_claim(bigint, bigint, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_agreed_claim(platform bigint, claimed_slice bigint, claim_reference text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM approval AS a
        WHERE a.platform_id = platform AND a.kind = 'DEPOSIT' AND a.status = 'GRANTED'
            AND a.subject = format('deposit/%s/CLAIMED/%s', claimed_slice, claim_reference)
    )
$$;


ALTER FUNCTION public.is_agreed_claim(platform bigint, claimed_slice bigint, claim_reference text) OWNER TO splitbook_owner;

--
-- Name: is_agreed_late_payment(bigint, bigint, bigint, bigint, bigint, bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_agreed_late_payment(platform bigint, agreed bigint, replaced bigint, paying bigint, payee bigint, net bigint, submission bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $_$
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
$_$;


ALTER FUNCTION public.is_agreed_late_payment(platform bigint, agreed bigint, replaced bigint, paying bigint, payee bigint, net bigint, submission bigint) OWNER TO splitbook_owner;

--
-- Name: is_carried(bigint, bigint, text, text, bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_carried(platform bigint, book bigint, wanted text, status text, under_way bigint, payable bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT status = 'PAYMENT_PENDING' AND under_way = 0 AND payable > 0 AND payable < coalesce((
        SELECT a.step_minor + a.fee_minor FROM paying_account AS a
        WHERE a.platform_id = platform AND a.book_id = book AND a.currency = wanted AND a.retired_at IS NULL
    ), 1)
$$;


ALTER FUNCTION public.is_carried(platform bigint, book bigint, wanted text, status text, under_way bigint, payable bigint) OWNER TO splitbook_owner;

--
-- Name: is_closed(bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_closed(platform bigint, concerned_party bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT 1 FROM party AS p
        WHERE p.platform_id = platform AND p.party_id = concerned_party AND p.status = 'CLOSED'
    )
$$;


ALTER FUNCTION public.is_closed(platform bigint, concerned_party bigint) OWNER TO splitbook_owner;

--
-- Name: is_computed_here(text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_computed_here(item text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT item IN (
        'GOODS', 'COMMISSION', 'COUPON_MERCHANT', 'DELIVERY_INCOME', 'CHANNEL_FEE', 'DISTRIBUTION_FEE_1',
        'DISTRIBUTION_FEE_2', 'DISTRIBUTION_FEE_3', 'AGENT_FEE', 'DISTRIBUTION_1', 'DISTRIBUTION_2', 'DISTRIBUTION_3',
        'AGENT_COMMISSION'
    )
$$;


ALTER FUNCTION public.is_computed_here(item text) OWNER TO splitbook_owner;

--
-- Name: is_left_covered(bigint, bigint, text, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_left_covered(platform bigint, entry_sequence bigint, held_code text, held_party bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(bool_and(l.credit_after >= l.debit_after), false) FROM line AS l
    CROSS JOIN LATERAL (
        SELECT o.code, o.party_id FROM account AS o
        WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id LIMIT 1
    ) AS a
    WHERE l.platform_id = platform AND l.sequence = entry_sequence AND a.code = held_code AND a.party_id = held_party
$$;


ALTER FUNCTION public.is_left_covered(platform bigint, entry_sequence bigint, held_code text, held_party bigint) OWNER TO splitbook_owner;

--
-- Name: is_loss_unsettled(bigint, text, text, bigint, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_loss_unsettled(platform bigint, order_of text, line_of text, party bigint, dispute text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM entry AS e
        INNER JOIN line AS l ON l.platform_id = platform AND l.sequence = e.sequence
        INNER JOIN account AS a
            ON a.platform_id = platform AND a.account_id = l.account_id AND a.party_id = party AND a.code = '2010'
        LEFT JOIN sheet_line AS c
            ON c.platform_id = platform AND c.sequence = l.sequence AND c."position" = l."position"
        LEFT JOIN sheet AS s ON s.platform_id = platform AND s.sheet_id = c.sheet_id
        CROSS JOIN LATERAL (
            SELECT o.payload::json ->> 'dispute' AS dispute_reference FROM log_event AS o
            WHERE o.platform_id = platform AND o.sequence > e.sequence ORDER BY o.sequence LIMIT 1
        ) AS told
        WHERE e.platform_id = platform AND e.document = 'order/' || order_of AND e.document_line = line_of
            AND e.template = 'CHARGEBACK_LOST' AND told.dispute_reference = dispute
            AND (
                s.sheet_id IS NULL OR (
                    s.status IN (
                        'OPEN', 'CLOSING', 'CLOSED', 'CONFIRM_PENDING', 'DISPUTED', 'ADJUSTED', 'CONFIRMED', 'APPROVAL',
                        'APPROVED'
                    )
                    AND NOT (
                        s.total_minor < 0
                        AND s.total_minor + s.netted_minor + s.collected_minor + s.written_off_minor = 0
                    )
                )
            )
    )
$$;


ALTER FUNCTION public.is_loss_unsettled(platform bigint, order_of text, line_of text, party bigint, dispute text) OWNER TO splitbook_owner;

--
-- Name: is_posted(bigint, bigint, text, bigint, text, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_posted(platform bigint, entry_sequence bigint, moved_code text, moved_party bigint, moved_side text, moved bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT 1 FROM line AS l
        CROSS JOIN LATERAL (
            SELECT o.code, o.party_id FROM account AS o
            WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id LIMIT 1
        ) AS a
        WHERE l.platform_id = platform AND l.sequence = entry_sequence AND l.side = moved_side AND l.amount = moved
            AND a.code = moved_code AND a.party_id IS NOT DISTINCT FROM moved_party
    )
$$;


ALTER FUNCTION public.is_posted(platform bigint, entry_sequence bigint, moved_code text, moved_party bigint, moved_side text, moved bigint) OWNER TO splitbook_owner;

--
-- Name: is_posted_within(bigint, bigint, bigint, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_posted_within(platform bigint, entry_sequence bigint, moved_book bigint, moved_currency text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(bool_and(a.book_id = moved_book AND a.currency = moved_currency), FALSE) FROM line AS l
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency FROM account AS o
        WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id LIMIT 1
    ) AS a
    WHERE l.platform_id = platform AND l.sequence = entry_sequence
$$;


ALTER FUNCTION public.is_posted_within(platform bigint, entry_sequence bigint, moved_book bigint, moved_currency text) OWNER TO splitbook_owner;

--
-- Name: is_receipt_moved(bigint, bigint, bigint, bigint, text, text, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_receipt_moved(platform bigint, entry_sequence bigint, receipt_number bigint, sheet_number bigint, debited text, credited text, moved bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT count(*) = 2 FROM receipt AS r
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.line_count, o.document, o.document_line FROM entry AS o
        WHERE o.platform_id = platform AND o.sequence = entry_sequence LIMIT 1
    ) AS e
    CROSS JOIN LATERAL (
        SELECT o.side, o.amount, o.account_id FROM line AS o
        WHERE o.platform_id = platform AND o.sequence = entry_sequence LIMIT 3
    ) AS l
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency, o.code, o.party_id FROM account AS o
        WHERE o.platform_id = platform AND o.account_id = l.account_id LIMIT 1
    ) AS a
    LEFT JOIN LATERAL (
        SELECT o.party_id FROM sheet AS o WHERE o.platform_id = platform AND o.sheet_id = sheet_number LIMIT 1
    ) AS s ON true
    WHERE r.platform_id = platform AND r.receipt_id = receipt_number
        AND e.book_id = r.book_id AND e.line_count = 2 AND e.document = 'receipt/' || r.receipt_id
        AND e.document_line = coalesce(sheet_number::text, '')
        AND l.amount = moved AND a.book_id = r.book_id AND a.currency = r.currency
        AND a.code = CASE l.side WHEN 'D' THEN debited ELSE credited END
        AND a.party_id IS NOT DISTINCT FROM CASE a.code WHEN '1200' THEN s.party_id END
$$;


ALTER FUNCTION public.is_receipt_moved(platform bigint, entry_sequence bigint, receipt_number bigint, sheet_number bigint, debited text, credited text, moved bigint) OWNER TO splitbook_owner;

--
-- Name: is_rest_unsettled(bigint, bigint, integer, bigint, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_rest_unsettled(platform bigint, record bigint, place_of integer, sheet_of bigint, dispute text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM order_dispute AS d
        WHERE d.platform_id = platform AND d.dispute_reference = dispute AND (
            d.open_minor > 0 OR (
                d.liability = 'SPLIT' AND is_loss_unsettled(
                    platform, d.order_reference,
                    (
                        SELECT n.said ->> 'line' FROM log_event AS v
                        CROSS JOIN LATERAL jsonb_array_elements(
                            coalesce(v.payload::jsonb -> 'disputes', jsonb_build_array(v.payload::jsonb))
                        ) WITH ORDINALITY AS g (said, place)
                        CROSS JOIN LATERAL jsonb_array_elements(g.said -> 'lines') WITH ORDINALITY AS n (said, place)
                        WHERE v.platform_id = platform AND v.sequence = record
                        ORDER BY g.place, n.place OFFSET place_of - 1 LIMIT 1
                    ),
                    (SELECT s.party_id FROM sheet AS s WHERE s.platform_id = platform AND s.sheet_id = sheet_of),
                    dispute
                )
            )
        )
    )
$$;


ALTER FUNCTION public.is_rest_unsettled(platform bigint, record bigint, place_of integer, sheet_of bigint, dispute text) OWNER TO splitbook_owner;

--
-- Name: is_said_paid(bigint, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_said_paid(platform bigint, payout_key text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT 1 FROM bank_answer AS a
        WHERE a.platform_id = platform AND a.channel_key = payout_key AND a.status = 'UNMATCHED' AND a.kind = 'PAID'
    ) OR EXISTS (
        SELECT 1 FROM bank_answer AS a
        WHERE a.platform_id = platform AND a.channel_key = payout_key AND a.kind = 'ACCEPTED'
            AND a.reason IN ('ACSC', 'ACCC') AND (a.status <> 'DISMISSED' OR a.refusal = 'ANSWER_REPEATED')
    )
$$;


ALTER FUNCTION public.is_said_paid(platform bigint, payout_key text) OWNER TO splitbook_owner;

--
-- Name: is_sheet_way(text, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.is_sheet_way(before text, after text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE
        WHEN before IN ('OPEN', 'CLOSING') THEN after IN (
            'CLOSING', 'CLOSED', 'CONFIRM_PENDING', 'CONFIRMED', 'APPROVAL', 'APPROVED', 'INVOICE_PENDING',
            'PAYMENT_PENDING', 'COMPLETED', 'RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING', 'COLLECTED'
        )
        WHEN before IN ('CLOSED', 'CONFIRM_PENDING', 'CONFIRMED', 'APPROVAL', 'APPROVED') THEN after IN (
            'CONFIRMED', 'APPROVAL', 'APPROVED', 'INVOICE_PENDING', 'PAYMENT_PENDING', 'COMPLETED', 'RECEIVABLE',
            'CARRIED_FORWARD', 'COLLECTING', 'COLLECTED'
        ) OR (before = 'CLOSED' AND after = 'CONFIRM_PENDING') OR (before = 'CONFIRM_PENDING' AND after = 'DISPUTED')
        WHEN before = 'DISPUTED' THEN after IN ('ADJUSTED', 'CONFIRM_PENDING')
        WHEN before = 'ADJUSTED' THEN after = 'CONFIRM_PENDING'
        WHEN before IN ('INVOICE_PENDING', 'INVOICE_MATCHED') THEN after IN ('PAYMENT_PENDING', 'COMPLETED')
        WHEN before IN ('PAYMENT_PENDING', 'PAYING', 'PAY_FAILED', 'PAID', 'COMPLETED') THEN after IN (
            'PAYMENT_PENDING', 'PAYING', 'PAY_FAILED', 'PAID', 'COMPLETED'
        )
        WHEN before IN ('RECEIVABLE', 'CARRIED_FORWARD') THEN after IN (
            'CARRIED_FORWARD', 'COLLECTING', 'COLLECTED', 'WRITTEN_OFF'
        )
        WHEN before = 'COLLECTING' THEN after IN ('COLLECTED', 'WRITTEN_OFF')
        WHEN before IN ('COLLECTED', 'WRITTEN_OFF') THEN after = 'COLLECTING'
        ELSE false
    END;
$$;


ALTER FUNCTION public.is_sheet_way(before text, after text) OWNER TO splitbook_owner;

--
-- Name: keep_party_events(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.keep_party_events() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO party_event (platform_id, party_id, first_sequence, sequences)
    SELECT f.platform_id, p.party_id, min(f.sequence), array_agg(DISTINCT f.sequence ORDER BY f.sequence)
    FROM fresh AS f
    CROSS JOIN LATERAL unnest(f.parties) AS p (party_id)
    GROUP BY f.platform_id, p.party_id;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.keep_party_events() OWNER TO splitbook_owner;

--
-- Name: knows_order(bigint, text, text); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.knows_order(platform bigint, named text, named_line text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT 1 FROM order_head AS h
        WHERE named_line = '' AND h.platform_id = platform AND h.reference = named
    ) OR EXISTS (
        SELECT 1 FROM order_line AS l
        WHERE named_line <> '' AND l.platform_id = platform AND l.order_reference = named
            AND l.line_reference = named_line
    ) OR EXISTS (
        SELECT 1 FROM fee_line AS f
        WHERE f.platform_id = platform AND f.order_reference = named AND f.order_reference <> ''
            AND named_line IN ('', f.line_reference)
    )
$$;


ALTER FUNCTION public.knows_order(platform bigint, named text, named_line text) OWNER TO splitbook_owner;

--
-- Name: raise_wall(text[]); Type: PROCEDURE; Schema: public; Owner: splitbook_owner
--

CREATE PROCEDURE public.raise_wall(VARIADIC tables text[])
    LANGUAGE plpgsql
    AS $$
DECLARE
    walled text;
BEGIN
    FOREACH walled IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format(
            'CREATE POLICY platform_wall ON %I USING (platform_id = (SELECT current_platform()))'
            ' WITH CHECK (platform_id = (SELECT current_platform()))', walled
        );
    END LOOP;
END;
$$;


ALTER PROCEDURE public.raise_wall(VARIADIC tables text[]) OWNER TO splitbook_owner;

--
-- Name: refuse_business_of_closed_party(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_business_of_closed_party() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'PARTY_NOT_ACTIVE: a closed party takes no new %', tg_table_name USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_business_of_closed_party() OWNER TO splitbook_owner;

--
-- Name: refuse_change(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'APPEND_ONLY: % of % is refused; post a reversal instead', lower(tg_op), tg_table_name
        USING ERRCODE = 'restrict_violation';
END;
$$;


ALTER FUNCTION public.refuse_change() OWNER TO splitbook_owner;

--
-- Name: refuse_dispute_undone(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_dispute_undone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'DISPUTE_UNDONE: dispute % was % already', old.dispute_reference, old.status
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_dispute_undone() OWNER TO splitbook_owner;

--
-- Name: refuse_early_closing(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_early_closing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    unfinished date := find_unfinished_day(new.platform_id, new.time_zone);
BEGIN
    IF new.closed_through >= unfinished AND (tg_op = 'INSERT' OR new.closed_through > old.closed_through) THEN
        RAISE EXCEPTION 'PERIOD_NOT_OVER: book % is to be closed through %, and % is not over', new.reference,
            new.closed_through, unfinished USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.refuse_early_closing() OWNER TO splitbook_owner;

--
-- Name: refuse_fee_line_change(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_fee_line_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'FEE_LINE_IS_FINAL: fee line % keeps what it was posted with', old.reference
    USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_fee_line_change() OWNER TO splitbook_owner;

--
-- Name: refuse_fixed_sheet(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_fixed_sheet() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'SHEET_IS_FIXED: sheet % begins open and keeps what it was closed with',
        new.sheet_id
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_fixed_sheet() OWNER TO splitbook_owner;

--
-- Name: refuse_loop(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_loop() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM 1 FROM log_head AS h WHERE h.platform_id = new.platform_id FOR UPDATE;
    IF EXISTS (
        WITH RECURSIVE climb AS (
            SELECT new.parent_id AS party_id, 1 AS depth
            UNION ALL
            SELECT p.parent_id, c.depth + 1 FROM climb AS c
            INNER JOIN party AS p ON p.platform_id = new.platform_id AND p.party_id = c.party_id
            WHERE c.party_id <> new.party_id AND c.depth < 100000
        )
        SELECT 1 FROM climb AS c WHERE c.party_id = new.party_id
    ) THEN
        RAISE EXCEPTION 'PARTY_LOOP: % would stand under itself', new.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.refuse_loop() OWNER TO splitbook_owner;

--
-- Name: refuse_new_identity(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_new_identity() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'PARTY_IDENTITY: reference and kind of % are fixed', old.reference USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_new_identity() OWNER TO splitbook_owner;

--
-- Name: refuse_new_proposal(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_new_proposal() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'DOCUMENT_FIXED: % keeps what it was made with', tg_table_name USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_new_proposal() OWNER TO splitbook_owner;

--
-- Name: refuse_other_account(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_other_account() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'BANK_ACCOUNT_FIXED: account % is registered anew when it changes', old.reference
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_other_account() OWNER TO splitbook_owner;

--
-- Name: refuse_other_answer(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_other_answer() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'ANSWER_FIXED: answer % of % keeps what was said', old.reference, old.source
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_other_answer() OWNER TO splitbook_owner;

--
-- Name: refuse_other_rest(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_other_rest() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'REST_CHANGED: what was disputed of sheet % by record % stays as it was found', old.sheet_id,
        old.sequence USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_other_rest() OWNER TO splitbook_owner;

--
-- Name: refuse_outdated_payout(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_outdated_payout() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    retired text;
BEGIN
    IF EXISTS (
        SELECT 1 FROM payee_account AS a
        WHERE a.platform_id = new.platform_id AND a.payee_account_id = new.payee_account_id AND a.retired_at IS NOT NULL
    ) THEN
        retired := format('PAYEE_ACCOUNT_RETIRED: payout %s goes to an account that was replaced', new.payout_id);
    ELSIF EXISTS (
        SELECT 1 FROM paying_account AS a
        WHERE a.platform_id = new.platform_id AND a.paying_account_id = new.paying_account_id
            AND a.retired_at IS NOT NULL
    ) THEN
        retired := format('PAYING_ACCOUNT_RETIRED: payout %s leaves an account that was replaced', new.payout_id);
    END IF;
    IF retired IS NOT NULL AND NOT is_agreed_late_payment(
        new.platform_id, new.approval_id, new.replaces, new.paying_account_id, new.payee_account_id, new.net_minor,
        new.submission_id
    ) THEN
        RAISE EXCEPTION '%', retired USING ERRCODE = 'check_violation';
    END IF;
    IF new.tax_month <> date_trunc('month', find_posting_day(new.platform_id, new.book_id, new.submitted_at))::date THEN
        RAISE EXCEPTION 'TAX_MONTH_PASSED: the tax of payout % was counted in the month of %', new.payout_id,
            new.tax_month USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.refuse_outdated_payout() OWNER TO splitbook_owner;

--
-- Name: refuse_party_that_earns_nothing(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_party_that_earns_nothing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'PARTY_EARNS_NOTHING: a % is of a party that earns', tg_table_name
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_party_that_earns_nothing() OWNER TO splitbook_owner;

--
-- Name: refuse_payout_said_paid(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_payout_said_paid() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    said bigint;
BEGIN
    IF is_said_paid(new.platform_id, new.channel_key) THEN
        said := new.payout_id;
    ELSIF new.status = 'SUBMITTED' THEN
        SELECT o.payout_id INTO said
        FROM payout_sheet AS s
        INNER JOIN payout_sheet AS o ON o.platform_id = s.platform_id AND o.sheet_id = s.sheet_id AND o.sheet_id > 0
        INNER JOIN payout AS p ON p.platform_id = o.platform_id AND p.payout_id = o.payout_id
        INNER JOIN bank_answer AS a ON a.platform_id = p.platform_id AND a.channel_key = p.channel_key
        WHERE s.platform_id = new.platform_id AND s.payout_id = new.payout_id AND a.status = 'UNMATCHED'
            AND (a.kind = 'PAID' OR (a.kind = 'ACCEPTED' AND a.reason IN ('ACSC', 'ACCC')))
        LIMIT 1;
    END IF;
    IF said IS NOT NULL THEN
        RAISE EXCEPTION 'BANK_SAYS_PAID: payout % cannot be %, a bank says that payout % was paid', new.payout_id,
            new.status, said USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.refuse_payout_said_paid() OWNER TO splitbook_owner;

--
-- Name: refuse_reading_again(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_reading_again() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'FOLLOWER_GOES_FORWARD: % has read the log up to %', old.name, old.sequence
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_reading_again() OWNER TO splitbook_owner;

--
-- Name: refuse_reopened_submission(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_reopened_submission() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'SUBMISSION_ANSWERED: submission % has its outcome', old.submission_id
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_reopened_submission() OWNER TO splitbook_owner;

--
-- Name: refuse_reopening(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_reopening() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM book_reopening AS r
        WHERE r.platform_id = new.platform_id AND r.book_id = new.book_id
            AND r.closed_through = old.closed_through AND r.through = new.closed_through
            AND r.transaction_id = pg_current_xact_id()
    ) THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'PERIOD_CLOSED: book % is closed through %', old.reference, old.closed_through
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_reopening() OWNER TO splitbook_owner;

--
-- Name: refuse_sheet_way(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_sheet_way() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'SHEET_WAY: sheet % does not go from % to %', new.sheet_id, old.status, new.status
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_sheet_way() OWNER TO splitbook_owner;

--
-- Name: refuse_stray_payout(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_stray_payout() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (
        new.book_id, new.party_id, new.paying_account_id, new.payee_account_id, new.gross_minor, new.withheld_minor,
        new.fee_minor, new.net_minor, new.currency, new.takes_from, new.replaces, new.tax_rule, new.tax_month,
        new.taxed_minor, new.due_date, new.digest, new.created_by
    ) IS DISTINCT FROM (
        old.book_id, old.party_id, old.paying_account_id, old.payee_account_id, old.gross_minor, old.withheld_minor,
        old.fee_minor, old.net_minor, old.currency, old.takes_from, old.replaces, old.tax_rule, old.tax_month,
        old.taxed_minor, old.due_date, old.digest, old.created_by
    ) THEN
        RAISE EXCEPTION 'PAYOUT_FIXED: payout % keeps what it was created with', old.payout_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF new.status <> old.status AND old.status || ' ' || new.status NOT IN (
        'CREATED SUBMITTED', 'CREATED FAILED', 'CREATED CANCELLED', 'SUBMITTED ACCEPTED', 'SUBMITTED UNKNOWN',
        'SUBMITTED FAILED', 'UNKNOWN ACCEPTED', 'UNKNOWN FAILED', 'ACCEPTED PAID', 'ACCEPTED FAILED', 'PAID RETURNED'
    ) THEN
        RAISE EXCEPTION 'PAYOUT_STATE: payout % cannot go from % to %', old.payout_id, old.status, new.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;


ALTER FUNCTION public.refuse_stray_payout() OWNER TO splitbook_owner;

--
-- Name: refuse_thawing(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_thawing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'FROZEN_ON_THE_ORDER: line % of order % keeps what it was paid with',
        old.line_reference, old.order_reference USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_thawing() OWNER TO splitbook_owner;

--
-- Name: refuse_uneven_channel_day(bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_uneven_channel_day(platform bigint, day_number bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (
        SELECT ARRAY[d.captures, d.captured_minor, d.fee_minor, d.refunds, d.refunded_minor, d.fee_returned_minor]
        FROM channel_day AS d WHERE d.platform_id = platform AND d.channel_day_id = day_number
    )::numeric[] IS DISTINCT FROM (
        SELECT ARRAY[
            count(*) FILTER (WHERE r.kind = 'CAPTURE'),
            coalesce(sum(r.amount_minor) FILTER (WHERE r.kind = 'CAPTURE'), 0),
            coalesce(sum(r.fee_minor) FILTER (WHERE r.kind = 'CAPTURE'), 0),
            count(*) FILTER (WHERE r.kind = 'REFUND'),
            coalesce(sum(r.amount_minor) FILTER (WHERE r.kind = 'REFUND'), 0),
            coalesce(sum(r.fee_minor) FILTER (WHERE r.kind = 'REFUND'), 0)
        ]
        FROM channel_record AS r WHERE r.platform_id = platform AND r.channel_day_id = day_number
    )::numeric[] THEN
        RAISE EXCEPTION 'CHANNEL_DAY_UNEVEN: day % is not the sum of its records', day_number
            USING ERRCODE = 'check_violation';
    END IF;
END;
$$;


ALTER FUNCTION public.refuse_uneven_channel_day(platform bigint, day_number bigint) OWNER TO splitbook_owner;

--
-- Name: refuse_uneven_match(bigint, bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_uneven_match(platform bigint, receipt_number bigint, sheet_number bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (
        SELECT ARRAY[coalesce(sum(m.amount_minor), 0), coalesce(sum(m.rest_minor), 0)] FROM receipt_match AS m
        WHERE m.platform_id = platform AND m.receipt_id = receipt_number AND m.receipt_id > 0
            AND m.sheet_id = sheet_number AND NOT EXISTS (
                SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = platform AND u.match_id = m.match_id
            )
    ) IS DISTINCT FROM (
        SELECT ARRAY[
            coalesce(sum(v.amount_minor) FILTER (WHERE v.kind = 'COLLECTED'), 0),
            coalesce(sum(v.amount_minor) FILTER (WHERE v.kind = 'WRITTEN_OFF'), 0)
        ]
        FROM sheet_movement AS v
        WHERE v.platform_id = platform AND v.sheet_id = sheet_number AND v.reference <> ''
            AND v.reference = 'receipt/' || receipt_number
    ) THEN
        RAISE EXCEPTION 'RECEIPT_MATCH_NOT_ON_SHEET: sheet % and the matches of receipt % do not agree',
            sheet_number, receipt_number USING ERRCODE = 'check_violation';
    END IF;
END;
$$;


ALTER FUNCTION public.refuse_uneven_match(platform bigint, receipt_number bigint, sheet_number bigint) OWNER TO splitbook_owner;

--
-- Name: refuse_uneven_movements(bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_uneven_movements(platform bigint, sheet_number bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    figures bigint[];
    sums numeric[];
BEGIN
    SELECT ARRAY[s.netted_minor, s.retained_minor, s.held_minor, s.withheld_minor, s.payout_minor, s.paid_minor,
        s.collected_minor, s.written_off_minor] INTO figures
    FROM sheet AS s WHERE s.platform_id = platform AND s.sheet_id = sheet_number;
    SELECT ARRAY(
        SELECT coalesce(sum(m.amount_minor), 0)
        FROM unnest(
            ARRAY['NETTED', 'RETAINED', 'HELD', 'WITHHELD', 'PAYOUT', 'PAID', 'COLLECTED', 'WRITTEN_OFF']
        ) WITH ORDINALITY AS k (kind, place)
        LEFT JOIN LATERAL (
            SELECT o.amount_minor FROM sheet_movement AS o
            WHERE o.platform_id = platform AND o.sheet_id = sheet_number AND o.sheet_id > 0 AND o.kind = k.kind
        ) AS m ON true
        GROUP BY k.place ORDER BY k.place
    ) INTO sums;
    IF figures::numeric[] IS DISTINCT FROM sums THEN
        RAISE EXCEPTION 'MOVEMENTS_UNEVEN: the figures of sheet % are not the sums of its movements', sheet_number
            USING ERRCODE = 'check_violation';
    END IF;
END;
$$;


ALTER FUNCTION public.refuse_uneven_movements(platform bigint, sheet_number bigint) OWNER TO splitbook_owner;

--
-- Name: refuse_uneven_receipt(bigint, bigint); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_uneven_receipt(platform bigint, receipt_number bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    figures bigint[];
    matched numeric;
    returned numeric;
BEGIN
    SELECT ARRAY[r.matched_minor, r.returned_minor] INTO figures
    FROM receipt AS r WHERE r.platform_id = platform AND r.receipt_id = receipt_number;
    SELECT coalesce(sum(m.amount_minor), 0) INTO matched
    FROM receipt_match AS m
    WHERE m.platform_id = platform AND m.receipt_id = receipt_number AND m.receipt_id > 0 AND NOT EXISTS (
        SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = platform AND u.match_id = m.match_id
    );
    SELECT coalesce(sum(b.amount_minor), 0) INTO returned
    FROM receipt_return AS b
    WHERE b.platform_id = platform AND b.receipt_id = receipt_number AND b.receipt_id > 0;
    IF figures::numeric[] IS DISTINCT FROM ARRAY[matched, returned] THEN
        RAISE EXCEPTION 'RECEIPT_UNEVEN: receipt % is not the sum of its matches and returns', receipt_number
            USING ERRCODE = 'check_violation';
    END IF;
END;
$$;


ALTER FUNCTION public.refuse_uneven_receipt(platform bigint, receipt_number bigint) OWNER TO splitbook_owner;

--
-- Name: refuse_uneven_shares(bigint[], text[], text[]); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_uneven_shares(platform bigint[], orders text[], lines text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT k.order_reference, k.line_reference INTO broken
    FROM unnest(platform, orders, lines) AS k (platform_id, order_reference, line_reference)
    LEFT JOIN LATERAL (
        SELECT o.is_split, o.levels_born_by,
            o.goods_minor - o.refunded_goods_minor
            - o.merchant_discount_minor + o.refunded_merchant_discount_minor AS base
        FROM order_line AS o
        WHERE o.platform_id = k.platform_id AND o.order_reference = k.order_reference
            AND o.line_reference = k.line_reference
        LIMIT 1
    ) AS l ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS receivers,
            sum(s.amount_minor - s.returned_minor)
            FILTER (WHERE l.levels_born_by = 'MERCHANT' OR s.rank NOT BETWEEN 2 AND 4) AS held
        FROM order_share AS s
        WHERE s.platform_id = k.platform_id AND s.order_reference = k.order_reference
            AND s.line_reference = k.line_reference
    ) AS h ON true
    WHERE l.is_split IS NULL OR l.is_split <> (h.receivers > 0) OR (l.is_split AND l.base IS DISTINCT FROM h.held)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHARES_UNEVEN: the shares of line % of order % are not what is left of its goods',
            broken.line_reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
END;
$$;


ALTER FUNCTION public.refuse_uneven_shares(platform bigint[], orders text[], lines text[]) OWNER TO splitbook_owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: account; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.account (
    platform_id bigint NOT NULL,
    account_id bigint NOT NULL,
    book_id bigint NOT NULL,
    code text NOT NULL,
    party_id bigint,
    currency text NOT NULL,
    class text NOT NULL,
    normal_side text NOT NULL,
    is_summary boolean NOT NULL,
    floor_minor bigint,
    book_reference text NOT NULL,
    party_reference text,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT account_check CHECK (((party_id IS NULL) = (party_reference IS NULL))),
    CONSTRAINT account_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
);
ALTER TABLE ONLY public.account ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.account FORCE ROW LEVEL SECURITY;


ALTER TABLE public.account OWNER TO splitbook_owner;

--
-- Name: account_account_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.account ALTER COLUMN account_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: account_late; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.account_late (
    platform_id bigint NOT NULL,
    account_id bigint NOT NULL,
    business_date date NOT NULL,
    posting_day date NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.account_late ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.account_late FORCE ROW LEVEL SECURITY;


ALTER TABLE public.account_late OWNER TO splitbook_owner;

--
-- Name: adjustment; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.adjustment (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    counterparty_id bigint,
    book_id bigint NOT NULL,
    approval_id bigint,
    sequence bigint,
    amount_minor bigint NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    currency text NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL,
    debit_code text NOT NULL,
    credit_code text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    rejection text DEFAULT ''::text NOT NULL,
    proposed_by text NOT NULL,
    decided_by text DEFAULT ''::text NOT NULL,
    attachment_sha256 bytea,
    fingerprint bytea NOT NULL,
    CONSTRAINT adjusted_line_names_its_order CHECK (((line_reference = ''::text) OR (order_reference <> ''::text))),
    CONSTRAINT adjustment_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT adjustment_attachment_sha256_check CHECK ((length(attachment_sha256) = 32)),
    CONSTRAINT adjustment_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT adjustment_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT adjustment_kind_check CHECK ((kind = ANY (ARRAY['PENALTY'::text, 'COMPENSATION'::text, 'CORRECTION'::text, 'TRANSFER'::text]))),
    CONSTRAINT adjustment_moves_what_its_kind_says CHECK ((
CASE kind
    WHEN 'PENALTY'::text THEN ((credit_code = '4040'::text) AND (counterparty_id IS NULL))
    WHEN 'COMPENSATION'::text THEN ((debit_code = '5060'::text) AND (counterparty_id IS NULL))
    WHEN 'CORRECTION'::text THEN ((debit_code = credit_code) AND (counterparty_id <> party_id))
    ELSE ((counterparty_id IS NOT NULL) AND ((debit_code <> credit_code) OR (counterparty_id <> party_id)))
END AND ((kind = 'COMPENSATION'::text) OR (debit_code = ANY (ARRAY['2010'::text, '2020'::text, '2030'::text, '2041'::text, '2042'::text, '2043'::text]))) AND ((kind = 'PENALTY'::text) OR (credit_code = ANY (ARRAY['2010'::text, '2020'::text, '2030'::text, '2041'::text, '2042'::text, '2043'::text]))))),
    CONSTRAINT adjustment_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 1000))),
    CONSTRAINT adjustment_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT adjustment_status_check CHECK ((status = ANY (ARRAY['PROPOSED'::text, 'POSTED'::text, 'REJECTED'::text]))),
    CONSTRAINT decided_adjustment_has_its_time CHECK (((status = 'PROPOSED'::text) = (decided_at IS NULL))),
    CONSTRAINT posted_adjustment_has_its_entry CHECK (((status = 'POSTED'::text) = (sequence IS NOT NULL)))
);
ALTER TABLE ONLY public.adjustment ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.adjustment FORCE ROW LEVEL SECURITY;


ALTER TABLE public.adjustment OWNER TO splitbook_owner;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


ALTER TABLE public.alembic_version OWNER TO splitbook_owner;

--
-- Name: api_key; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.api_key (
    platform_id bigint NOT NULL,
    key_id text NOT NULL,
    secret_hash bytea NOT NULL,
    role text NOT NULL,
    actor text NOT NULL,
    party_id bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_key_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 100))),
    CONSTRAINT api_key_check CHECK ((expires_at > created_at)),
    CONSTRAINT api_key_key_id_check CHECK ((key_id ~ '^[0-9a-f]{16}$'::text)),
    CONSTRAINT api_key_role_check CHECK ((role = ANY (ARRAY['OPERATOR'::text, 'AUDITOR'::text, 'PARTNER'::text, 'PARTY'::text]))),
    CONSTRAINT api_key_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT key_scope_fits_its_role CHECK (((role = 'PARTNER'::text) OR ((role = 'PARTY'::text) AND (party_id IS NOT NULL)) OR ((role = ANY (ARRAY['OPERATOR'::text, 'AUDITOR'::text])) AND (party_id IS NULL))))
);
ALTER TABLE ONLY public.api_key ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.api_key FORCE ROW LEVEL SECURITY;


ALTER TABLE public.api_key OWNER TO splitbook_owner;

--
-- Name: approval; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.approval (
    platform_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    book_id bigint,
    party_id bigint,
    amount_minor bigint,
    resubmission_of bigint,
    requested_at timestamp with time zone NOT NULL,
    step_opened_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    escalated_at timestamp with time zone,
    closed_at timestamp with time zone,
    flow_version integer,
    step smallint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    currency text,
    description text NOT NULL,
    content text NOT NULL,
    maker text NOT NULL,
    status text NOT NULL,
    digest bytea NOT NULL,
    awaited text[] NOT NULL,
    CONSTRAINT approval_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT approval_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT approval_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT approval_maker_check CHECK ((maker <> ''::text)),
    CONSTRAINT approval_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'GRANTED'::text, 'REJECTED'::text, 'WITHDRAWN'::text, 'STALE'::text]))),
    CONSTRAINT approval_step_check CHECK ((step > 0)),
    CONSTRAINT approval_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 600))),
    CONSTRAINT closed_approval_says_when CHECK (((status = 'PENDING'::text) = (closed_at IS NULL))),
    CONSTRAINT digest_is_of_the_content CHECK (((content = ''::text) OR (digest = sha256(convert_to(content, 'UTF8'::name)))))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.approval ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.approval FORCE ROW LEVEL SECURITY;


ALTER TABLE public.approval OWNER TO splitbook_owner;

--
-- Name: approval_approval_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.approval ALTER COLUMN approval_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.approval_approval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: approval_decision; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.approval_decision (
    platform_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    delegation_id bigint,
    decided_at timestamp with time zone NOT NULL,
    step smallint NOT NULL,
    seat smallint NOT NULL,
    verdict text NOT NULL,
    capacity text NOT NULL,
    actor text NOT NULL,
    on_behalf_of text,
    maker text NOT NULL,
    comment text NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT approval_decision_capacity_check CHECK ((capacity = ANY (ARRAY['APPROVER'::text, 'DELEGATE'::text, 'SUBSTITUTE'::text, 'ESCALATION'::text]))),
    CONSTRAINT approval_decision_verdict_check CHECK ((verdict = ANY (ARRAY['APPROVE'::text, 'REJECT'::text]))),
    CONSTRAINT decision_is_a_persons CHECK (((actor <> ''::text) AND (actor <> 'system'::text) AND (actor !~~ 'cli:%'::text))),
    CONSTRAINT delegate_says_for_whom CHECK ((((capacity = 'DELEGATE'::text) = (delegation_id IS NOT NULL)) AND ((capacity = 'DELEGATE'::text) = (on_behalf_of IS NOT NULL)))),
    CONSTRAINT maker_is_not_checker CHECK (((actor <> maker) AND (on_behalf_of IS DISTINCT FROM maker)))
);
ALTER TABLE ONLY public.approval_decision ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.approval_decision FORCE ROW LEVEL SECURITY;


ALTER TABLE public.approval_decision OWNER TO splitbook_owner;

--
-- Name: approval_delegation; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.approval_delegation (
    platform_id bigint NOT NULL,
    delegation_id bigint NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    kind text,
    from_actor text NOT NULL,
    to_actor text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT approval_delegation_from_actor_check CHECK ((from_actor <> ''::text)),
    CONSTRAINT approval_delegation_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT approval_delegation_to_actor_check CHECK ((to_actor <> ''::text)),
    CONSTRAINT delegation_has_a_time CHECK ((ends_at > starts_at)),
    CONSTRAINT delegation_is_to_another CHECK ((from_actor <> to_actor))
);
ALTER TABLE ONLY public.approval_delegation ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.approval_delegation FORCE ROW LEVEL SECURITY;


ALTER TABLE public.approval_delegation OWNER TO splitbook_owner;

--
-- Name: approval_delegation_delegation_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.approval_delegation ALTER COLUMN delegation_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.approval_delegation_delegation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: approval_flow; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.approval_flow (
    platform_id bigint NOT NULL,
    flow_version integer NOT NULL,
    from_amount_minor bigint NOT NULL,
    book_id bigint,
    party_id bigint,
    defined_at timestamp with time zone NOT NULL,
    is_retired boolean NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    currency text,
    steps text NOT NULL,
    defined_by text NOT NULL,
    CONSTRAINT approval_flow_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT approval_flow_flow_version_check CHECK ((flow_version > 0)),
    CONSTRAINT approval_flow_from_amount_minor_check CHECK ((from_amount_minor >= 0)),
    CONSTRAINT approval_flow_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT approval_flow_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT flow_amount_has_a_currency CHECK (((from_amount_minor = 0) OR (currency IS NOT NULL)))
);
ALTER TABLE ONLY public.approval_flow ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.approval_flow FORCE ROW LEVEL SECURITY;


ALTER TABLE public.approval_flow OWNER TO splitbook_owner;

--
-- Name: approval_seat; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.approval_seat (
    platform_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    due_hours integer,
    step smallint NOT NULL,
    seat smallint NOT NULL,
    approvers text[] NOT NULL,
    substitutes text[] NOT NULL,
    escalates_to text[] NOT NULL,
    CONSTRAINT approval_seat_approvers_check CHECK ((cardinality(approvers) > 0)),
    CONSTRAINT approval_seat_due_hours_check CHECK ((due_hours > 0)),
    CONSTRAINT approval_seat_escalates_to_check CHECK ((cardinality(escalates_to) > 0)),
    CONSTRAINT approval_seat_seat_check CHECK ((seat > 0)),
    CONSTRAINT approval_seat_step_check CHECK ((step > 0))
);
ALTER TABLE ONLY public.approval_seat ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.approval_seat FORCE ROW LEVEL SECURITY;


ALTER TABLE public.approval_seat OWNER TO splitbook_owner;

--
-- Name: bank_answer; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.bank_answer (
    platform_id bigint NOT NULL,
    bank_answer_id bigint NOT NULL,
    payout_id bigint,
    amount_minor bigint,
    fee_minor bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    applied_at timestamp with time zone,
    tries integer NOT NULL,
    source text NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL,
    channel_key text NOT NULL,
    currency text NOT NULL,
    bank_reference text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    refusal text NOT NULL,
    refusal_text text NOT NULL,
    actor text NOT NULL,
    fingerprint bytea NOT NULL,
    refusal_facts jsonb,
    CONSTRAINT applied_answer_has_a_payout CHECK (((status <> 'APPLIED'::text) OR (payout_id IS NOT NULL))),
    CONSTRAINT applied_answer_has_its_instant CHECK (((status = 'UNMATCHED'::text) = (applied_at IS NULL))),
    CONSTRAINT bank_answer_amount_minor_check CHECK ((amount_minor >= 0)),
    CONSTRAINT bank_answer_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT bank_answer_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT bank_answer_kind_check CHECK ((kind = ANY (ARRAY['ACCEPTED'::text, 'REFUSED'::text, 'PAID'::text, 'RETURNED'::text]))),
    CONSTRAINT bank_answer_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT bank_answer_source_check CHECK (((length(source) >= 1) AND (length(source) <= 200))),
    CONSTRAINT bank_answer_status_check CHECK ((status = ANY (ARRAY['APPLIED'::text, 'UNMATCHED'::text, 'DISMISSED'::text]))),
    CONSTRAINT bank_answer_tries_check CHECK ((tries > 0)),
    CONSTRAINT facts_are_of_a_refusal CHECK (((refusal_facts IS NULL) OR (refusal <> ''::text))),
    CONSTRAINT unmatched_answer_says_why CHECK (((status = 'APPLIED'::text) = (refusal = ''::text)))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.bank_answer ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.bank_answer FORCE ROW LEVEL SECURITY;


ALTER TABLE public.bank_answer OWNER TO splitbook_owner;

--
-- Name: bank_answer_bank_answer_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.bank_answer ALTER COLUMN bank_answer_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bank_answer_bank_answer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: bank_file; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.bank_file (
    platform_id bigint NOT NULL,
    bank_file_id bigint NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    message_id text NOT NULL,
    name text NOT NULL,
    content_digest bytea NOT NULL,
    refusal text NOT NULL,
    answers integer NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT bank_file_answers_check CHECK ((answers >= 0)),
    CONSTRAINT bank_file_content_digest_check CHECK ((length(content_digest) = 32)),
    CONSTRAINT bank_file_direction_check CHECK ((direction = ANY (ARRAY['OUT'::text, 'IN'::text])))
);
ALTER TABLE ONLY public.bank_file ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.bank_file FORCE ROW LEVEL SECURITY;


ALTER TABLE public.bank_file OWNER TO splitbook_owner;

--
-- Name: bank_file_bank_file_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.bank_file ALTER COLUMN bank_file_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bank_file_bank_file_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: book; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.book (
    platform_id bigint NOT NULL,
    book_id bigint NOT NULL,
    reference text NOT NULL,
    time_zone text NOT NULL,
    closed_through date DEFAULT '-infinity'::date NOT NULL
);
ALTER TABLE ONLY public.book ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.book FORCE ROW LEVEL SECURITY;


ALTER TABLE public.book OWNER TO splitbook_owner;

--
-- Name: book_reopening; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.book_reopening (
    platform_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    book_id bigint NOT NULL,
    reopened_at timestamp with time zone NOT NULL,
    closed_through date NOT NULL,
    through date NOT NULL,
    transaction_id xid8 NOT NULL,
    maker text NOT NULL,
    approver text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT reopening_goes_back CHECK ((through < closed_through)),
    CONSTRAINT reopening_takes_two_persons CHECK ((maker <> approver))
);
ALTER TABLE ONLY public.book_reopening ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.book_reopening FORCE ROW LEVEL SECURITY;


ALTER TABLE public.book_reopening OWNER TO splitbook_owner;

--
-- Name: calendar; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.calendar (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    version integer NOT NULL,
    published_at timestamp with time zone NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    name text NOT NULL,
    content text NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT calendar_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT calendar_knows_some_days CHECK ((first_day <= last_day)),
    CONSTRAINT calendar_name_check CHECK ((((length(name) >= 1) AND (length(name) <= 200)) AND (name <> 'MON-FRI'::text))),
    CONSTRAINT calendar_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY public.calendar ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.calendar FORCE ROW LEVEL SECURITY;


ALTER TABLE public.calendar OWNER TO splitbook_owner;

--
-- Name: channel_day; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.channel_day (
    platform_id bigint NOT NULL,
    channel_day_id bigint NOT NULL,
    book_id bigint NOT NULL,
    captured_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    fee_returned_minor bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    captures integer NOT NULL,
    refunds integer NOT NULL,
    day date NOT NULL,
    channel text NOT NULL,
    currency text NOT NULL,
    file text NOT NULL,
    recorded_by text NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT channel_day_captured_minor_check CHECK ((captured_minor >= 0)),
    CONSTRAINT channel_day_captures_check CHECK ((captures >= 0)),
    CONSTRAINT channel_day_channel_check CHECK (((length(channel) >= 1) AND (length(channel) <= 200))),
    CONSTRAINT channel_day_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT channel_day_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT channel_day_fee_returned_minor_check CHECK ((fee_returned_minor >= 0)),
    CONSTRAINT channel_day_file_check CHECK (((length(file) >= 1) AND (length(file) <= 200))),
    CONSTRAINT channel_day_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT channel_day_refunded_minor_check CHECK ((refunded_minor >= 0)),
    CONSTRAINT channel_day_refunds_check CHECK ((refunds >= 0))
);
ALTER TABLE ONLY public.channel_day ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.channel_day FORCE ROW LEVEL SECURITY;


ALTER TABLE public.channel_day OWNER TO splitbook_owner;

--
-- Name: channel_day_channel_day_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_day ALTER COLUMN channel_day_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.channel_day_channel_day_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: channel_difference; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.channel_difference (
    platform_id bigint NOT NULL,
    channel_day_id bigint NOT NULL,
    told_minor bigint,
    booked_minor bigint,
    told_currency text NOT NULL,
    booked_currency text NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    order_reference text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    record text NOT NULL COLLATE pg_catalog."C",
    is_dismissed boolean DEFAULT false NOT NULL,
    CONSTRAINT channel_difference_booked_minor_check CHECK ((booked_minor >= 0)),
    CONSTRAINT channel_difference_has_the_sides_of_its_reason CHECK ((((told_minor IS NULL) = (reason = 'CHANNEL_MISSING'::text)) AND ((record = ''::text) = (reason = 'CHANNEL_MISSING'::text)) AND ((booked_minor IS NULL) = (reason = 'BOOK_MISSING'::text)))),
    CONSTRAINT channel_difference_kind_check CHECK ((kind = ANY (ARRAY['CAPTURE'::text, 'REFUND'::text]))),
    CONSTRAINT channel_difference_reason_check CHECK ((reason = ANY (ARRAY['BOOK_MISSING'::text, 'CHANNEL_MISSING'::text, 'TOLD_TWICE'::text, 'ENTITY_DIFF'::text, 'CURRENCY_DIFF'::text, 'AMOUNT_DIFF'::text, 'FEE_DIFF'::text]))),
    CONSTRAINT channel_difference_told_minor_check CHECK ((told_minor >= 0))
);
ALTER TABLE ONLY public.channel_difference ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.channel_difference FORCE ROW LEVEL SECURITY;


ALTER TABLE public.channel_difference OWNER TO splitbook_owner;

--
-- Name: channel_dismissal; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.channel_dismissal (
    platform_id bigint NOT NULL,
    channel_dismissal_id bigint NOT NULL,
    channel_day_id bigint NOT NULL,
    told_minor bigint,
    booked_minor bigint,
    dismissed_at timestamp with time zone NOT NULL,
    dismissed_by text NOT NULL,
    words text NOT NULL,
    told_currency text NOT NULL,
    booked_currency text NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    order_reference text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    record text NOT NULL COLLATE pg_catalog."C",
    round integer NOT NULL,
    CONSTRAINT channel_dismissal_booked_minor_check CHECK ((booked_minor >= 0)),
    CONSTRAINT channel_dismissal_has_the_sides_of_its_reason CHECK ((((told_minor IS NULL) = (reason = 'CHANNEL_MISSING'::text)) AND ((record = ''::text) = (reason = 'CHANNEL_MISSING'::text)) AND ((booked_minor IS NULL) = (reason = 'BOOK_MISSING'::text)))),
    CONSTRAINT channel_dismissal_kind_check CHECK ((kind = ANY (ARRAY['CAPTURE'::text, 'REFUND'::text]))),
    CONSTRAINT channel_dismissal_reason_check CHECK ((reason = ANY (ARRAY['BOOK_MISSING'::text, 'CHANNEL_MISSING'::text, 'TOLD_TWICE'::text, 'ENTITY_DIFF'::text, 'CURRENCY_DIFF'::text, 'AMOUNT_DIFF'::text, 'FEE_DIFF'::text]))),
    CONSTRAINT channel_dismissal_round_check CHECK ((round >= 0)),
    CONSTRAINT channel_dismissal_told_minor_check CHECK ((told_minor >= 0)),
    CONSTRAINT channel_dismissal_words_check CHECK (((length(words) >= 1) AND (length(words) <= 200)))
);
ALTER TABLE ONLY public.channel_dismissal ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.channel_dismissal FORCE ROW LEVEL SECURITY;


ALTER TABLE public.channel_dismissal OWNER TO splitbook_owner;

--
-- Name: channel_dismissal_channel_dismissal_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_dismissal ALTER COLUMN channel_dismissal_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.channel_dismissal_channel_dismissal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: channel_record; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.channel_record (
    platform_id bigint NOT NULL,
    channel_record_id bigint NOT NULL,
    channel_day_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    order_reference text NOT NULL,
    name text NOT NULL,
    CONSTRAINT channel_record_amount_minor_check CHECK (((amount_minor >= 1) AND (amount_minor <= '1000000000000000'::bigint))),
    CONSTRAINT channel_record_fee_minor_check CHECK (((fee_minor >= 0) AND (fee_minor <= '1000000000000000'::bigint))),
    CONSTRAINT channel_record_kind_check CHECK ((kind = ANY (ARRAY['CAPTURE'::text, 'REFUND'::text]))),
    CONSTRAINT channel_record_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT channel_record_order_reference_check CHECK (((length(order_reference) >= 1) AND (length(order_reference) <= 200))),
    CONSTRAINT channel_record_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200)))
);
ALTER TABLE ONLY public.channel_record ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.channel_record FORCE ROW LEVEL SECURITY;


ALTER TABLE public.channel_record OWNER TO splitbook_owner;

--
-- Name: channel_record_channel_record_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_record ALTER COLUMN channel_record_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.channel_record_channel_record_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: channel_reopening; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.channel_reopening (
    platform_id bigint NOT NULL,
    channel_dismissal_id bigint NOT NULL,
    reopened_at timestamp with time zone NOT NULL,
    reopened_by text NOT NULL,
    words text NOT NULL,
    CONSTRAINT channel_reopening_words_check CHECK (((length(words) >= 1) AND (length(words) <= 200)))
);
ALTER TABLE ONLY public.channel_reopening ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.channel_reopening FORCE ROW LEVEL SECURITY;


ALTER TABLE public.channel_reopening OWNER TO splitbook_owner;

--
-- Name: charging_source; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.charging_source (
    platform_id bigint NOT NULL,
    interval_seconds integer NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    pulled_lines bigint DEFAULT 0 NOT NULL,
    next_pull_at timestamp with time zone NOT NULL,
    pulled_at timestamp with time zone,
    is_active boolean DEFAULT true NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    credential_variable text NOT NULL,
    cursor text DEFAULT ''::text NOT NULL,
    last_error text DEFAULT ''::text NOT NULL,
    last_code text DEFAULT ''::text NOT NULL,
    last_facts jsonb,
    CONSTRAINT charging_source_failures_check CHECK ((failures >= 0)),
    CONSTRAINT charging_source_interval_seconds_check CHECK ((interval_seconds > 0)),
    CONSTRAINT charging_source_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT charging_source_url_check CHECK ((url ~ '^https?://'::text)),
    CONSTRAINT facts_are_of_an_error CHECK ((((last_facts IS NULL) = (last_code = ''::text)) AND ((last_code = ''::text) OR (last_error <> ''::text))))
)
WITH (fillfactor='50');
ALTER TABLE ONLY public.charging_source ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.charging_source FORCE ROW LEVEL SECURITY;


ALTER TABLE public.charging_source OWNER TO splitbook_owner;

--
-- Name: chart_account; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.chart_account (
    platform_id bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    class text NOT NULL,
    normal_side text NOT NULL,
    is_summary boolean NOT NULL,
    kept_per text NOT NULL,
    floor_minor bigint,
    owned_by_document boolean NOT NULL,
    CONSTRAINT chart_account_class_check CHECK ((class = ANY (ARRAY['ASSET'::text, 'LIABILITY'::text, 'EQUITY'::text, 'INCOME'::text, 'EXPENSE'::text]))),
    CONSTRAINT chart_account_kept_per_check CHECK ((kept_per = ANY (ARRAY['PLATFORM'::text, 'PARTY'::text]))),
    CONSTRAINT chart_account_normal_side_check CHECK ((normal_side = ANY (ARRAY['D'::text, 'C'::text])))
);
ALTER TABLE ONLY public.chart_account ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.chart_account FORCE ROW LEVEL SECURITY;


ALTER TABLE public.chart_account OWNER TO splitbook_owner;

--
-- Name: deposit_agreement; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.deposit_agreement (
    platform_id bigint NOT NULL,
    agreement_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    base_minor bigint,
    target_minor bigint,
    cap_minor bigint,
    agreed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    months smallint NOT NULL,
    currency text NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL,
    role text NOT NULL,
    basis text NOT NULL,
    rate text NOT NULL,
    shortfall text NOT NULL,
    release text NOT NULL,
    legal_ground text NOT NULL,
    agreed_by text NOT NULL,
    fingerprint bytea NOT NULL,
    ended_by text,
    end_reason text,
    CONSTRAINT agreement_says_how_much CHECK (
CASE basis
    WHEN 'PERIOD_NET'::text THEN ((rate <> ''::text) AND (target_minor IS NULL) AND (base_minor IS NULL) AND (shortfall = 'WAIT'::text))
    ELSE ((target_minor IS NOT NULL) AND (cap_minor IS NULL) AND ((rate <> ''::text) = (base_minor IS NOT NULL)))
END),
    CONSTRAINT deposit_agreement_base_minor_check CHECK ((base_minor > 0)),
    CONSTRAINT deposit_agreement_basis_check CHECK ((basis = ANY (ARRAY['PERIOD_NET'::text, 'TARGET'::text]))),
    CONSTRAINT deposit_agreement_cap_minor_check CHECK ((cap_minor > 0)),
    CONSTRAINT deposit_agreement_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT deposit_agreement_end_reason_check CHECK (((length(end_reason) >= 1) AND (length(end_reason) <= 1000))),
    CONSTRAINT deposit_agreement_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT deposit_agreement_kind_check CHECK ((kind = ANY (ARRAY['SEC'::text, 'WAR'::text]))),
    CONSTRAINT deposit_agreement_legal_ground_check CHECK (((length(legal_ground) >= 1) AND (length(legal_ground) <= 1000))),
    CONSTRAINT deposit_agreement_months_check CHECK (((months >= 1) AND (months <= 600))),
    CONSTRAINT deposit_agreement_rate_check CHECK (((rate = ''::text) OR (rate ~ '^(1|0\.[0-9]{0,9}[1-9])$'::text))),
    CONSTRAINT deposit_agreement_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT deposit_agreement_release_check CHECK ((release = ANY (ARRAY['ON_DATE'::text, 'BY_HAND'::text]))),
    CONSTRAINT deposit_agreement_role_check CHECK ((role = ANY (ARRAY['MERCHANT'::text, 'AGENT'::text, 'DISTRIBUTOR'::text, 'SUPPLIER'::text]))),
    CONSTRAINT deposit_agreement_shortfall_check CHECK ((shortfall = ANY (ARRAY['WAIT'::text, 'BILL'::text]))),
    CONSTRAINT deposit_agreement_target_minor_check CHECK ((target_minor > 0)),
    CONSTRAINT end_says_by_whom_and_why CHECK ((num_nulls(ended_at, ended_by, end_reason) = ANY (ARRAY[0, 3])))
);
ALTER TABLE ONLY public.deposit_agreement ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.deposit_agreement FORCE ROW LEVEL SECURITY;


ALTER TABLE public.deposit_agreement OWNER TO splitbook_owner;

--
-- Name: deposit_agreement_agreement_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.deposit_agreement ALTER COLUMN agreement_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.deposit_agreement_agreement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: deposit_movement; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.deposit_movement (
    platform_id bigint NOT NULL,
    slice_id bigint NOT NULL,
    sequence bigint NOT NULL,
    sheet_id bigint,
    counterparty_id bigint,
    amount_minor bigint NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    order_reference text DEFAULT ''::text NOT NULL,
    CONSTRAINT buyers_are_no_party CHECK (((kind <> 'CLAIM_PAID'::text) OR ((counterparty_id IS NULL) AND (sheet_id IS NULL)))),
    CONSTRAINT deposit_movement_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT deposit_movement_kind_check CHECK ((kind = ANY (ARRAY['BILLED'::text, 'RECEIVED'::text, 'RETAINED'::text, 'PAID'::text, 'OFFSET'::text, 'CLAIMED'::text, 'CLAIM_PAID'::text, 'RELEASED'::text, 'FORFEITED'::text, 'LAPSED'::text]))),
    CONSTRAINT deposit_movement_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 300))),
    CONSTRAINT only_claims_name_an_order CHECK (((order_reference = ''::text) OR (kind = ANY (ARRAY['CLAIMED'::text, 'CLAIM_PAID'::text])))),
    CONSTRAINT retained_money_has_its_sheet CHECK (((kind <> ALL (ARRAY['RETAINED'::text, 'OFFSET'::text])) OR (sheet_id IS NOT NULL)))
);
ALTER TABLE ONLY public.deposit_movement ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.deposit_movement FORCE ROW LEVEL SECURITY;


ALTER TABLE public.deposit_movement OWNER TO splitbook_owner;

--
-- Name: deposit_slice; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.deposit_slice (
    platform_id bigint NOT NULL,
    slice_id bigint NOT NULL,
    agreement_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    sheet_id bigint,
    principal_minor bigint NOT NULL,
    due_minor bigint NOT NULL,
    claimed_minor bigint NOT NULL,
    released_minor bigint NOT NULL,
    forfeited_minor bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    start_date date NOT NULL,
    end_date date NOT NULL,
    releasable_date date NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    release text NOT NULL,
    status text NOT NULL,
    lapsed_minor bigint DEFAULT 0 NOT NULL,
    zone text NOT NULL,
    CONSTRAINT deposit_slice_claimed_minor_check CHECK ((claimed_minor >= 0)),
    CONSTRAINT deposit_slice_due_minor_check CHECK ((due_minor >= 0)),
    CONSTRAINT deposit_slice_forfeited_minor_check CHECK ((forfeited_minor >= 0)),
    CONSTRAINT deposit_slice_kind_check CHECK ((kind = ANY (ARRAY['SEC'::text, 'WAR'::text]))),
    CONSTRAINT deposit_slice_principal_minor_check CHECK ((principal_minor > 0)),
    CONSTRAINT deposit_slice_release_check CHECK ((release = ANY (ARRAY['ON_DATE'::text, 'BY_HAND'::text]))),
    CONSTRAINT deposit_slice_released_minor_check CHECK ((released_minor >= 0)),
    CONSTRAINT slice_gives_at_most_what_it_holds CHECK ((((((principal_minor - claimed_minor) - released_minor) - forfeited_minor) - lapsed_minor) >= due_minor)),
    CONSTRAINT slice_is_releasable_the_day_after_its_end CHECK (((releasable_date = (end_date + 1)) AND (end_date >= start_date))),
    CONSTRAINT slice_lapses_by_what_was_due CHECK ((lapsed_minor >= 0)),
    CONSTRAINT slice_stands_where_its_money_stands CHECK (
CASE
    WHEN (principal_minor = (((claimed_minor + released_minor) + forfeited_minor) + lapsed_minor)) THEN (status =
    CASE
        WHEN (forfeited_minor > 0) THEN 'FORFEITED'::text
        WHEN (released_minor > 0) THEN 'RELEASED'::text
        WHEN (claimed_minor > 0) THEN 'CLAIMED'::text
        ELSE 'LAPSED'::text
    END)
    WHEN (due_minor > 0) THEN (status = 'DUE'::text)
    ELSE (status = ANY (ARRAY['HELD'::text, 'RELEASABLE'::text]))
END)
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.deposit_slice ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.deposit_slice FORCE ROW LEVEL SECURITY;


ALTER TABLE public.deposit_slice OWNER TO splitbook_owner;

--
-- Name: deposit_slice_slice_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.deposit_slice ALTER COLUMN slice_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.deposit_slice_slice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: disputed_rest; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.disputed_rest (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    place integer NOT NULL,
    sheet_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    held_minor bigint DEFAULT 0 NOT NULL,
    is_decided boolean DEFAULT false NOT NULL,
    dispute_reference text NOT NULL,
    CONSTRAINT disputed_rest_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT disputed_rest_dispute_reference_check CHECK ((dispute_reference <> ''::text)),
    CONSTRAINT disputed_rest_place_check CHECK ((place > 0)),
    CONSTRAINT rest_is_held_at_most_as_a_whole CHECK (((held_minor >= 0) AND (held_minor <= amount_minor)))
);
ALTER TABLE ONLY public.disputed_rest ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.disputed_rest FORCE ROW LEVEL SECURITY;


ALTER TABLE public.disputed_rest OWNER TO splitbook_owner;

--
-- Name: entry; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.entry (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    book_id bigint NOT NULL,
    reversal_of bigint,
    posted_at timestamp with time zone NOT NULL,
    business_date date NOT NULL,
    requested_date date NOT NULL,
    posting_day date NOT NULL,
    line_count smallint NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    content_hash bytea NOT NULL,
    source text NOT NULL,
    actor text NOT NULL,
    template text DEFAULT ''::text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    document text DEFAULT ''::text NOT NULL,
    document_line text DEFAULT ''::text NOT NULL,
    cause text DEFAULT ''::text NOT NULL,
    metadata text DEFAULT ''::text NOT NULL,
    CONSTRAINT entry_content_hash_check CHECK ((length(content_hash) = 32)),
    CONSTRAINT entry_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT entry_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 600))),
    CONSTRAINT entry_line_count_check CHECK (((line_count >= 2) AND (line_count <= 1000))),
    CONSTRAINT entry_source_check CHECK ((source = ANY (ARRAY['API'::text, 'IMPORT'::text, 'RULE'::text, 'MANUAL'::text, 'REVERSAL'::text])))
);
ALTER TABLE ONLY public.entry ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.entry FORCE ROW LEVEL SECURITY;


ALTER TABLE public.entry OWNER TO splitbook_owner;

--
-- Name: fee_item; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.fee_item (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    version integer NOT NULL,
    is_reversible boolean NOT NULL,
    code text NOT NULL,
    content text NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT fee_item_code_check CHECK (((length(code) >= 1) AND (length(code) <= 200))),
    CONSTRAINT fee_item_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT fee_item_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY public.fee_item ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.fee_item FORCE ROW LEVEL SECURITY;


ALTER TABLE public.fee_item OWNER TO splitbook_owner;

--
-- Name: fee_line; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.fee_line (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    entry bigint,
    book_id bigint NOT NULL,
    party_id bigint NOT NULL,
    base_minor bigint,
    amount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    reversed_minor bigint NOT NULL,
    reversed_base_minor bigint NOT NULL,
    reversed_tax_minor bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    item_version integer NOT NULL,
    compare_only boolean NOT NULL,
    reference text NOT NULL,
    item text NOT NULL,
    direction text NOT NULL,
    currency text NOT NULL,
    account_code text NOT NULL,
    rate text NOT NULL,
    exact text NOT NULL,
    source text NOT NULL,
    reverses text,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    spu text NOT NULL,
    sku text NOT NULL,
    sku_kind text NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT fee_line_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT fee_line_base_minor_check CHECK ((base_minor > 0)),
    CONSTRAINT fee_line_check CHECK (((tax_minor >= 0) AND (tax_minor <= amount_minor))),
    CONSTRAINT fee_line_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT fee_line_direction_check CHECK ((direction = ANY (ARRAY['CREDIT'::text, 'CHARGE'::text]))),
    CONSTRAINT fee_line_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT fee_line_is_booked_or_compared CHECK ((compare_only = (entry IS NULL))),
    CONSTRAINT fee_line_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT fee_line_reversed_at_most_once CHECK ((((reversed_minor >= 0) AND (reversed_minor <= amount_minor)) AND ((reversed_tax_minor >= 0) AND (reversed_tax_minor <= tax_minor)) AND (((reversed_minor - reversed_tax_minor) >= 0) AND ((reversed_minor - reversed_tax_minor) <= (amount_minor - tax_minor))) AND ((reversed_base_minor >= 0) AND (reversed_base_minor <= COALESCE(base_minor, (0)::bigint))))),
    CONSTRAINT fee_line_sequence_check CHECK ((sequence > 0)),
    CONSTRAINT fee_line_source_check CHECK ((source = ANY (ARRAY['SUBMITTED'::text, 'PASSED_THROUGH'::text, 'PULLED'::text]))),
    CONSTRAINT reversal_is_not_reversed CHECK (((reverses IS NULL) OR (reversed_minor = 0)))
)
WITH (fillfactor='90');
ALTER TABLE ONLY public.fee_line ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.fee_line FORCE ROW LEVEL SECURITY;


ALTER TABLE public.fee_line OWNER TO splitbook_owner;

--
-- Name: fee_plan; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.fee_plan (
    platform_id bigint NOT NULL,
    version integer NOT NULL,
    plan text NOT NULL,
    valid_from date NOT NULL,
    content text NOT NULL,
    fingerprint bytea NOT NULL,
    sequence bigint NOT NULL,
    CONSTRAINT fee_plan_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT fee_plan_plan_check CHECK (((length(plan) >= 1) AND (length(plan) <= 200))),
    CONSTRAINT fee_plan_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY public.fee_plan ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.fee_plan FORCE ROW LEVEL SECURITY;


ALTER TABLE public.fee_plan OWNER TO splitbook_owner;

--
-- Name: hold; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.hold (
    platform_id bigint NOT NULL,
    hold_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    sheet_id bigint,
    amount_minor bigint NOT NULL,
    lifted_minor bigint NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    expected_release_date date NOT NULL,
    currency text NOT NULL,
    account_code text NOT NULL,
    reference text NOT NULL,
    reason text NOT NULL,
    legal_ground text NOT NULL,
    release_condition text NOT NULL,
    release_rule text NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    dispute_reference text NOT NULL,
    placed_by text NOT NULL,
    fingerprint bytea NOT NULL,
    zone text NOT NULL,
    CONSTRAINT dispute_hold_names_its_dispute CHECK (((release_rule = 'BY_DISPUTE'::text) = (dispute_reference <> ''::text))),
    CONSTRAINT held_line_names_its_order CHECK (((line_reference = ''::text) OR (order_reference <> ''::text))),
    CONSTRAINT hold_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT hold_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT hold_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT hold_is_on_accrued_money_or_on_a_sheet CHECK (((account_code = ANY (ARRAY['2010'::text, '2015'::text, '2020'::text, '2030'::text, '2041'::text, '2042'::text, '2043'::text])) AND ((account_code = '2015'::text) = (sheet_id IS NOT NULL)))),
    CONSTRAINT hold_legal_ground_check CHECK (((length(legal_ground) >= 1) AND (length(legal_ground) <= 1000))),
    CONSTRAINT hold_lifts_at_most_what_it_holds CHECK (((lifted_minor >= 0) AND (lifted_minor <= amount_minor))),
    CONSTRAINT hold_reason_check CHECK ((reason = ANY (ARRAY['DISPUTE'::text, 'RISK_REVIEW'::text, 'LEGAL_ORDER'::text, 'RETURNS_RESERVE'::text, 'IDENTITY_CHECK'::text, 'CONTRACT_BREACH'::text, 'OTHER'::text]))),
    CONSTRAINT hold_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT hold_release_condition_check CHECK (((length(release_condition) >= 1) AND (length(release_condition) <= 1000))),
    CONSTRAINT hold_release_rule_check CHECK ((release_rule = ANY (ARRAY['ON_DATE'::text, 'BY_DISPUTE'::text, 'BY_HAND'::text])))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.hold ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.hold FORCE ROW LEVEL SECURITY;


ALTER TABLE public.hold OWNER TO splitbook_owner;

--
-- Name: hold_hold_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.hold ALTER COLUMN hold_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.hold_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: hold_movement; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.hold_movement (
    platform_id bigint NOT NULL,
    hold_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    CONSTRAINT hold_movement_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT hold_movement_kind_check CHECK ((kind = ANY (ARRAY['PLACED'::text, 'LIFTED'::text]))),
    CONSTRAINT hold_movement_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT hold_movement_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 300)))
);
ALTER TABLE ONLY public.hold_movement ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.hold_movement FORCE ROW LEVEL SECURITY;


ALTER TABLE public.hold_movement OWNER TO splitbook_owner;

--
-- Name: internal_split_task; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.internal_split_task (
    platform_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    frozen_until timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    order_reference text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT internal_split_task_amount_minor_check CHECK ((amount_minor >= 0)),
    CONSTRAINT internal_split_task_reason_check CHECK ((reason <> ''::text))
);
ALTER TABLE ONLY public.internal_split_task ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.internal_split_task FORCE ROW LEVEL SECURITY;


ALTER TABLE public.internal_split_task OWNER TO splitbook_owner;

--
-- Name: job; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.job (
    platform_id bigint NOT NULL,
    job_id bigint NOT NULL,
    lease bigint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    planned_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    run_after timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lease_until timestamp with time zone,
    ended_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    status text DEFAULT 'READY'::text NOT NULL,
    leased_by text DEFAULT ''::text NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT job_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT job_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT job_kind_check CHECK (((length(kind) >= 1) AND (length(kind) <= 100))),
    CONSTRAINT job_lease_check CHECK ((lease >= 0)),
    CONSTRAINT job_status_check CHECK ((status = ANY (ARRAY['READY'::text, 'DONE'::text, 'DEAD'::text]))),
    CONSTRAINT job_that_ended_is_nobodys CHECK (((status = 'READY'::text) = (ended_at IS NULL))),
    CONSTRAINT job_without_a_worker_has_no_lease CHECK (((lease_until IS NULL) OR ((status = 'READY'::text) AND (lease > 0))))
);
ALTER TABLE ONLY public.job ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.job FORCE ROW LEVEL SECURITY;


ALTER TABLE public.job OWNER TO splitbook_owner;

--
-- Name: job_job_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.job ALTER COLUMN job_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: line; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.line (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    version bigint NOT NULL,
    debit_after bigint NOT NULL,
    credit_after bigint NOT NULL,
    business_date date NOT NULL,
    posting_day date NOT NULL,
    "position" smallint NOT NULL,
    side text NOT NULL,
    currency text NOT NULL,
    CONSTRAINT line_amount_check CHECK (((amount >= 1) AND (amount <= '1000000000000000'::bigint))),
    CONSTRAINT line_credit_after_check CHECK (((credit_after >= 0) AND (credit_after <= '9000000000000000000'::bigint))),
    CONSTRAINT line_debit_after_check CHECK (((debit_after >= 0) AND (debit_after <= '9000000000000000000'::bigint))),
    CONSTRAINT line_position_check CHECK (("position" > 0)),
    CONSTRAINT line_side_check CHECK ((side = ANY (ARRAY['D'::text, 'C'::text]))),
    CONSTRAINT line_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY public.line ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.line FORCE ROW LEVEL SECURITY;


ALTER TABLE public.line OWNER TO splitbook_owner;

--
-- Name: log_event; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.log_event (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    parties bigint[] NOT NULL,
    payload text NOT NULL,
    content_hash bytea NOT NULL,
    CONSTRAINT event_is_not_called_an_entry CHECK ((kind <> 'ENTRY'::text)),
    CONSTRAINT log_event_content_hash_check CHECK ((length(content_hash) = 32))
);
ALTER TABLE ONLY public.log_event ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.log_event FORCE ROW LEVEL SECURITY;


ALTER TABLE public.log_event OWNER TO splitbook_owner;

--
-- Name: log_follower; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.log_follower (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    name text NOT NULL,
    CONSTRAINT log_follower_name_check CHECK ((name <> ''::text)),
    CONSTRAINT log_follower_sequence_check CHECK ((sequence >= 0))
);
ALTER TABLE ONLY public.log_follower ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.log_follower FORCE ROW LEVEL SECURITY;


ALTER TABLE public.log_follower OWNER TO splitbook_owner;

--
-- Name: log_head; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.log_head (
    platform_id bigint NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL,
    posted_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    posting_day date DEFAULT '-infinity'::date NOT NULL,
    tree_version bigint DEFAULT 0 NOT NULL,
    volume numeric DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');
ALTER TABLE ONLY public.log_head ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.log_head FORCE ROW LEVEL SECURITY;


ALTER TABLE public.log_head OWNER TO splitbook_owner;

--
-- Name: log_record; Type: VIEW; Schema: public; Owner: splitbook_owner
--

CREATE VIEW public.log_record WITH (security_invoker='true') AS
 SELECT e.platform_id,
    e.sequence,
    'ENTRY'::text AS kind,
    e.document AS subject,
    e.posted_at AS occurred_at,
    e.posted_at,
    e.actor,
    NULL::bigint[] AS parties,
    ''::text AS payload
   FROM public.entry e
UNION ALL
 SELECT v.platform_id,
    v.sequence,
    v.kind,
    v.subject,
    v.occurred_at,
    v.posted_at,
    v.actor,
    v.parties,
    v.payload
   FROM public.log_event v;


ALTER VIEW public.log_record OWNER TO splitbook_owner;

--
-- Name: order_dispute; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_dispute (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    open_minor bigint NOT NULL,
    dispute_reference text NOT NULL,
    order_reference text NOT NULL,
    status text NOT NULL,
    liability text NOT NULL,
    defended_at timestamp with time zone,
    CONSTRAINT dispute_has_open_what_is_undecided CHECK ((open_minor =
CASE
    WHEN (status = ANY (ARRAY['NOTIFIED'::text, 'DEFENDED'::text])) THEN amount_minor
    ELSE (0)::bigint
END)),
    CONSTRAINT dispute_is_defended_at_a_time CHECK ((((status <> 'NOTIFIED'::text) OR (defended_at IS NULL)) AND ((status <> 'DEFENDED'::text) OR (defended_at IS NOT NULL)))),
    CONSTRAINT lost_dispute_has_a_bearer CHECK (((status = 'LOST'::text) = (liability <> ''::text))),
    CONSTRAINT order_dispute_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT order_dispute_dispute_reference_check CHECK (((length(dispute_reference) >= 1) AND (length(dispute_reference) <= 200))),
    CONSTRAINT order_dispute_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT order_dispute_liability_check CHECK ((liability = ANY (ARRAY[''::text, 'PLATFORM'::text, 'SPLIT'::text]))),
    CONSTRAINT order_dispute_status_check CHECK ((status = ANY (ARRAY['NOTIFIED'::text, 'DEFENDED'::text, 'WON'::text, 'LOST'::text])))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.order_dispute ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_dispute FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_dispute OWNER TO splitbook_owner;

--
-- Name: order_dispute_line; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_dispute_line (
    platform_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    reserved_minor bigint NOT NULL,
    dispute_reference text NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    waiting_minor bigint DEFAULT 0 NOT NULL,
    CONSTRAINT dispute_counts_on_suspense_while_open CHECK (((waiting_minor >= 0) AND ((waiting_minor = 0) OR (reserved_minor > 0)))),
    CONSTRAINT dispute_reserves_all_or_nothing CHECK (((reserved_minor = 0) OR (reserved_minor = amount_minor))),
    CONSTRAINT order_dispute_line_amount_minor_check CHECK ((amount_minor > 0))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.order_dispute_line ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_dispute_line FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_dispute_line OWNER TO splitbook_owner;

--
-- Name: order_event; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_event (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    event_id text NOT NULL,
    order_reference text NOT NULL,
    kind text NOT NULL,
    channel text,
    channel_transaction text,
    fingerprint bytea NOT NULL,
    CONSTRAINT order_event_event_id_check CHECK (((length(event_id) >= 1) AND (length(event_id) <= 200))),
    CONSTRAINT order_event_fingerprint_check CHECK ((length(fingerprint) = 32))
);
ALTER TABLE ONLY public.order_event ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_event FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_event OWNER TO splitbook_owner;

--
-- Name: order_head; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_head (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    book_id bigint NOT NULL,
    held_minor bigint NOT NULL,
    frozen_minor bigint NOT NULL,
    paid_at timestamp with time zone NOT NULL,
    is_split boolean NOT NULL,
    is_unfrozen boolean NOT NULL,
    reference text NOT NULL,
    currency text NOT NULL,
    channel text NOT NULL,
    channel_transaction text NOT NULL,
    status text NOT NULL,
    settling_book_id bigint,
    settled_minor bigint DEFAULT 0 NOT NULL,
    CONSTRAINT order_funds_are_not_overdrawn CHECK ((held_minor >= 0)),
    CONSTRAINT order_head_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT order_head_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT order_head_sequence_check CHECK ((sequence > 0)),
    CONSTRAINT order_head_status_check CHECK ((status = ANY (ARRAY['FROZEN'::text, 'PARTIALLY_REFUNDED'::text, 'REFUNDED'::text, 'SPLIT_DONE'::text, 'SPLIT_PARTIAL'::text, 'FINISHED'::text, 'CLAWED_BACK_PARTIAL'::text, 'CLAWED_BACK_FULL'::text]))),
    CONSTRAINT order_is_settled_by_another CHECK ((settling_book_id <> book_id)),
    CONSTRAINT order_is_settled_forward CHECK ((settled_minor >= 0)),
    CONSTRAINT split_order_holds_nothing CHECK (((NOT is_split) OR (held_minor = 0))),
    CONSTRAINT unfrozen_order_has_nothing_frozen CHECK (((NOT is_unfrozen) OR (frozen_minor = 0)))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.order_head ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_head FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_head OWNER TO splitbook_owner;

--
-- Name: order_line; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_line (
    platform_id bigint NOT NULL,
    merchant_id bigint NOT NULL,
    agent_id bigint,
    goods_minor bigint NOT NULL,
    delivery_minor bigint NOT NULL,
    platform_discount_minor bigint NOT NULL,
    merchant_discount_minor bigint NOT NULL,
    refunded_goods_minor bigint NOT NULL,
    refunded_delivery_minor bigint NOT NULL,
    refunded_platform_discount_minor bigint NOT NULL,
    refunded_merchant_discount_minor bigint NOT NULL,
    fee_charged_minor bigint NOT NULL,
    fee_returned_minor bigint NOT NULL,
    fee_recovered_minor bigint NOT NULL,
    fee_passed_back_minor bigint NOT NULL,
    quantity bigint NOT NULL,
    plan_version integer NOT NULL,
    is_split boolean NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    sku text NOT NULL,
    category text NOT NULL,
    levels_born_by text NOT NULL,
    chain bigint[] NOT NULL,
    rates text NOT NULL,
    disputed_minor bigint DEFAULT 0 NOT NULL,
    CONSTRAINT channel_fee_returns_at_most_once CHECK (((fee_charged_minor >= 0) AND ((fee_returned_minor >= 0) AND (fee_returned_minor <= fee_charged_minor)))),
    CONSTRAINT discounts_are_within_goods CHECK (((platform_discount_minor + merchant_discount_minor) <= goods_minor)),
    CONSTRAINT order_line_delivery_minor_check CHECK ((delivery_minor >= 0)),
    CONSTRAINT order_line_goods_minor_check CHECK ((goods_minor > 0)),
    CONSTRAINT order_line_levels_born_by_check CHECK ((levels_born_by = ANY (ARRAY['MERCHANT'::text, 'PLATFORM'::text]))),
    CONSTRAINT order_line_line_reference_check CHECK (((length(line_reference) >= 1) AND (length(line_reference) <= 200))),
    CONSTRAINT order_line_merchant_discount_minor_check CHECK ((merchant_discount_minor >= 0)),
    CONSTRAINT order_line_platform_discount_minor_check CHECK ((platform_discount_minor >= 0)),
    CONSTRAINT order_line_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT recovered_fee_is_passed_back_at_most_once CHECK (((fee_recovered_minor >= 0) AND ((fee_passed_back_minor >= 0) AND (fee_passed_back_minor <= fee_recovered_minor)))),
    CONSTRAINT refunds_are_within_the_line CHECK ((((refunded_goods_minor >= 0) AND (refunded_goods_minor <= goods_minor)) AND ((refunded_delivery_minor >= 0) AND (refunded_delivery_minor <= delivery_minor)) AND ((refunded_platform_discount_minor >= 0) AND (refunded_platform_discount_minor <= platform_discount_minor)) AND ((refunded_merchant_discount_minor >= 0) AND (refunded_merchant_discount_minor <= merchant_discount_minor)) AND ((((refunded_goods_minor - refunded_platform_discount_minor) - refunded_merchant_discount_minor) >= 0) AND (((refunded_goods_minor - refunded_platform_discount_minor) - refunded_merchant_discount_minor) <= ((goods_minor - platform_discount_minor) - merchant_discount_minor))))),
    CONSTRAINT what_is_disputed_is_left CHECK (((disputed_minor >= 0) AND (disputed_minor <= (((((((goods_minor - refunded_goods_minor) - platform_discount_minor) + refunded_platform_discount_minor) - merchant_discount_minor) + refunded_merchant_discount_minor) + delivery_minor) - refunded_delivery_minor))))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.order_line ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_line FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_line OWNER TO splitbook_owner;

--
-- Name: order_refund; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_refund (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    payable_minor bigint NOT NULL,
    owed_minor bigint NOT NULL,
    order_reference text NOT NULL,
    refund_reference text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT order_refund_payable_minor_check CHECK ((payable_minor >= 0)),
    CONSTRAINT order_refund_refund_reference_check CHECK (((length(refund_reference) >= 1) AND (length(refund_reference) <= 200))),
    CONSTRAINT order_refund_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'PAID'::text, 'REJECTED'::text]))),
    CONSTRAINT refund_owes_what_it_has_not_paid CHECK (((owed_minor >= 0) AND (owed_minor =
CASE status
    WHEN 'OPEN'::text THEN payable_minor
    ELSE (0)::bigint
END)))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.order_refund ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_refund FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_refund OWNER TO splitbook_owner;

--
-- Name: order_refund_line; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_refund_line (
    platform_id bigint NOT NULL,
    entry bigint,
    goods_minor bigint NOT NULL,
    delivery_minor bigint NOT NULL,
    cash_minor bigint NOT NULL,
    platform_discount_minor bigint NOT NULL,
    merchant_discount_minor bigint NOT NULL,
    claw_back_merchant_minor bigint,
    claw_back_commission_minor bigint,
    claw_back_tax_minor bigint,
    claw_back_agent_minor bigint,
    order_reference text NOT NULL,
    refund_reference text NOT NULL,
    line_reference text NOT NULL,
    claw_back_levels_minor bigint[],
    suspended_ranks smallint[] NOT NULL,
    CONSTRAINT order_refund_line_cash_minor_check CHECK ((cash_minor >= 0)),
    CONSTRAINT order_refund_line_delivery_minor_check CHECK ((delivery_minor >= 0)),
    CONSTRAINT order_refund_line_goods_minor_check CHECK ((goods_minor >= 0)),
    CONSTRAINT order_refund_line_merchant_discount_minor_check CHECK ((merchant_discount_minor >= 0)),
    CONSTRAINT order_refund_line_platform_discount_minor_check CHECK ((platform_discount_minor >= 0)),
    CONSTRAINT refunded_goods_have_payers CHECK ((goods_minor = ((cash_minor + platform_discount_minor) + merchant_discount_minor)))
);
ALTER TABLE ONLY public.order_refund_line ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_refund_line FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_refund_line OWNER TO splitbook_owner;

--
-- Name: order_share; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.order_share (
    platform_id bigint NOT NULL,
    party_id bigint,
    amount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    returned_minor bigint NOT NULL,
    returned_tax_minor bigint NOT NULL,
    rank smallint NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    account_code text NOT NULL,
    stands text NOT NULL,
    CONSTRAINT nobody_gives_back_more_than_he_got CHECK ((((returned_minor >= 0) AND (returned_minor <= amount_minor)) AND ((returned_tax_minor >= 0) AND (returned_tax_minor <= tax_minor)) AND (((returned_minor - returned_tax_minor) >= 0) AND ((returned_minor - returned_tax_minor) <= (amount_minor - tax_minor))))),
    CONSTRAINT order_share_amount_minor_check CHECK ((amount_minor >= 0)),
    CONSTRAINT order_share_check CHECK (((tax_minor >= 0) AND (tax_minor <= amount_minor))),
    CONSTRAINT order_share_rank_check CHECK (((rank >= 0) AND (rank <= 5))),
    CONSTRAINT order_share_stands_check CHECK ((stands = ANY (ARRAY['PARTY'::text, 'SUSPENSE'::text, 'SPLITTER'::text]))),
    CONSTRAINT share_is_of_its_rank CHECK (((account_code = (ARRAY['2010'::text, '4000'::text, '2041'::text, '2042'::text, '2043'::text, '2020'::text])[(rank + 1)]) AND ((party_id IS NULL) = (rank = 1)) AND ((rank = 1) OR (tax_minor = 0))))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.order_share ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.order_share FORCE ROW LEVEL SECURITY;


ALTER TABLE public.order_share OWNER TO splitbook_owner;

--
-- Name: party; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.party (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL,
    parent_id bigint,
    parent_kind text,
    name text NOT NULL,
    currency text,
    time_zone text,
    settlement jsonb,
    metadata jsonb,
    status text DEFAULT 'ACTIVE'::text NOT NULL,
    status_reason text DEFAULT ''::text NOT NULL,
    fingerprint bytea NOT NULL,
    registered_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT party_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT party_has_its_parent CHECK (((parent_id IS NULL) = (parent_kind IS NULL))),
    CONSTRAINT party_parent_kind_is_allowed CHECK ((((kind = 'OPERATOR'::text) AND (parent_id IS NULL) AND (parent_kind IS NULL)) OR ((kind = 'LEGAL_ENTITY'::text) AND (parent_kind = 'OPERATOR'::text)) OR ((kind = ANY (ARRAY['AGENT'::text, 'MERCHANT'::text, 'SUPPLIER'::text])) AND (parent_kind = ANY (ARRAY['OPERATOR'::text, 'AGENT'::text]))) OR ((kind = 'DISTRIBUTOR'::text) AND (parent_kind = ANY (ARRAY['OPERATOR'::text, 'DISTRIBUTOR'::text]))))),
    CONSTRAINT party_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT party_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'BLOCKED'::text, 'CLOSED'::text])))
);
ALTER TABLE ONLY public.party ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.party FORCE ROW LEVEL SECURITY;


ALTER TABLE public.party OWNER TO splitbook_owner;

--
-- Name: party_event; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.party_event (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    first_sequence bigint NOT NULL,
    sequences bigint[] NOT NULL,
    CONSTRAINT first_sequence_is_of_the_first CHECK ((sequences[1] = first_sequence))
);
ALTER TABLE ONLY public.party_event ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.party_event FORCE ROW LEVEL SECURITY;


ALTER TABLE public.party_event OWNER TO splitbook_owner;

--
-- Name: party_move; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.party_move (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    party_id bigint NOT NULL,
    from_parent_id bigint NOT NULL,
    to_parent_id bigint NOT NULL,
    posting_day date NOT NULL
);
ALTER TABLE ONLY public.party_move ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.party_move FORCE ROW LEVEL SECURITY;


ALTER TABLE public.party_move OWNER TO splitbook_owner;

--
-- Name: party_party_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.party ALTER COLUMN party_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.party_party_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: payee_account; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.payee_account (
    platform_id bigint NOT NULL,
    payee_account_id bigint NOT NULL,
    party_id bigint NOT NULL,
    reference text NOT NULL,
    currency text NOT NULL,
    holder text NOT NULL,
    scheme text NOT NULL,
    identifier text NOT NULL,
    masked text NOT NULL,
    bank_code text NOT NULL,
    withholding_rule text NOT NULL,
    fingerprint bytea NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT payee_account_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT payee_account_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT payee_account_holder_check CHECK (((length(holder) >= 1) AND (length(holder) <= 140))),
    CONSTRAINT payee_account_identifier_check CHECK (((length(identifier) >= 1) AND (length(identifier) <= 34))),
    CONSTRAINT payee_account_masked_check CHECK (((length(masked) >= 1) AND (length(masked) <= 34))),
    CONSTRAINT payee_account_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT payee_account_scheme_check CHECK ((scheme = ANY (ARRAY['IBAN'::text, 'OTHER'::text])))
);
ALTER TABLE ONLY public.payee_account ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.payee_account FORCE ROW LEVEL SECURITY;


ALTER TABLE public.payee_account OWNER TO splitbook_owner;

--
-- Name: payee_account_payee_account_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.payee_account ALTER COLUMN payee_account_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.payee_account_payee_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: paying_account; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.paying_account (
    platform_id bigint NOT NULL,
    paying_account_id bigint NOT NULL,
    book_id bigint NOT NULL,
    reference text NOT NULL,
    currency text NOT NULL,
    holder text NOT NULL,
    scheme text NOT NULL,
    identifier text NOT NULL,
    masked text NOT NULL,
    bank_code text NOT NULL,
    channel text NOT NULL,
    calendar text NOT NULL,
    cut_off time without time zone NOT NULL,
    step_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT paying_account_calendar_check CHECK (((length(calendar) >= 1) AND (length(calendar) <= 100))),
    CONSTRAINT paying_account_channel_check CHECK (((length(channel) >= 1) AND (length(channel) <= 50))),
    CONSTRAINT paying_account_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT paying_account_fee_minor_check CHECK (((fee_minor >= 0) AND (fee_minor <= 1000000000))),
    CONSTRAINT paying_account_holder_check CHECK (((length(holder) >= 1) AND (length(holder) <= 140))),
    CONSTRAINT paying_account_identifier_check CHECK (((length(identifier) >= 1) AND (length(identifier) <= 34))),
    CONSTRAINT paying_account_masked_check CHECK (((length(masked) >= 1) AND (length(masked) <= 34))),
    CONSTRAINT paying_account_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT paying_account_scheme_check CHECK ((scheme = ANY (ARRAY['IBAN'::text, 'OTHER'::text]))),
    CONSTRAINT paying_account_step_minor_check CHECK (((step_minor >= 1) AND (step_minor <= 1000000)))
);
ALTER TABLE ONLY public.paying_account ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.paying_account FORCE ROW LEVEL SECURITY;


ALTER TABLE public.paying_account OWNER TO splitbook_owner;

--
-- Name: paying_account_paying_account_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.paying_account ALTER COLUMN paying_account_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.paying_account_paying_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: payout; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.payout (
    platform_id bigint NOT NULL,
    payout_id bigint NOT NULL,
    book_id bigint NOT NULL,
    party_id bigint NOT NULL,
    paying_account_id bigint NOT NULL,
    payee_account_id bigint NOT NULL,
    submission_id bigint,
    approval_id bigint,
    replaces bigint,
    gross_minor bigint NOT NULL,
    withheld_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    transit_minor bigint NOT NULL,
    bank_fee_minor bigint NOT NULL,
    taxed_minor bigint NOT NULL,
    tax_month date,
    due_date date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    submitted_at timestamp with time zone,
    ended_at timestamp with time zone,
    currency text NOT NULL,
    takes_from text NOT NULL,
    status text NOT NULL,
    approval text NOT NULL,
    channel_key text GENERATED ALWAYS AS (((('SB'::text || platform_id) || '-P'::text) || payout_id)) STORED,
    tax_rule text NOT NULL,
    bank_reference text NOT NULL,
    reason text NOT NULL,
    created_by text NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT payout_adds_up CHECK ((gross_minor = ((net_minor + withheld_minor) + fee_minor))),
    CONSTRAINT payout_approval_check CHECK ((approval = ANY (ARRAY['NOT_REQUIRED'::text, 'PENDING'::text, 'GRANTED'::text, 'REJECTED'::text]))),
    CONSTRAINT payout_bank_fee_minor_check CHECK ((bank_fee_minor >= 0)),
    CONSTRAINT payout_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT payout_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT payout_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT payout_is_sent_once_approved CHECK (((approval = ANY (ARRAY['NOT_REQUIRED'::text, 'GRANTED'::text])) OR (status = ANY (ARRAY['CREATED'::text, 'FAILED'::text, 'CANCELLED'::text])))),
    CONSTRAINT payout_is_submitted_with_others CHECK ((((submission_id IS NULL) = (submitted_at IS NULL)) AND ((submission_id IS NOT NULL) OR (status = ANY (ARRAY['CREATED'::text, 'FAILED'::text, 'CANCELLED'::text]))) AND ((submission_id IS NULL) OR (status <> ALL (ARRAY['CREATED'::text, 'CANCELLED'::text]))))),
    CONSTRAINT payout_moves_money CHECK (((net_minor >= 1) AND (net_minor <= '1000000000000000'::bigint))),
    CONSTRAINT payout_status_check CHECK ((status = ANY (ARRAY['CREATED'::text, 'SUBMITTED'::text, 'UNKNOWN'::text, 'ACCEPTED'::text, 'PAID'::text, 'RETURNED'::text, 'FAILED'::text, 'CANCELLED'::text]))),
    CONSTRAINT payout_takes_from_check CHECK ((takes_from = ANY (ARRAY['2015'::text, '2016'::text]))),
    CONSTRAINT payout_taxed_minor_check CHECK ((taxed_minor >= 0)),
    CONSTRAINT payout_withheld_minor_check CHECK ((withheld_minor >= 0)),
    CONSTRAINT transit_follows_the_status CHECK ((transit_minor =
CASE
    WHEN (status = ANY (ARRAY['SUBMITTED'::text, 'UNKNOWN'::text, 'ACCEPTED'::text])) THEN net_minor
    ELSE (0)::bigint
END))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.payout ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.payout FORCE ROW LEVEL SECURITY;


ALTER TABLE public.payout OWNER TO splitbook_owner;

--
-- Name: payout_payout_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.payout ALTER COLUMN payout_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.payout_payout_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: payout_sheet; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.payout_sheet (
    platform_id bigint NOT NULL,
    payout_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    taken_minor bigint NOT NULL,
    withheld_minor bigint NOT NULL,
    stands text NOT NULL,
    CONSTRAINT payout_pays_something_of_each_sheet CHECK (((taken_minor + withheld_minor) > 0)),
    CONSTRAINT payout_sheet_stands_check CHECK ((stands = ANY (ARRAY['CLAIMED'::text, 'PAID'::text, 'RETURNED'::text, 'REPLACED'::text, 'RELEASED'::text]))),
    CONSTRAINT payout_sheet_taken_minor_check CHECK ((taken_minor >= 0)),
    CONSTRAINT payout_sheet_withheld_minor_check CHECK ((withheld_minor >= 0))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.payout_sheet ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.payout_sheet FORCE ROW LEVEL SECURITY;


ALTER TABLE public.payout_sheet OWNER TO splitbook_owner;

--
-- Name: payout_submission; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.payout_submission (
    platform_id bigint NOT NULL,
    submission_id bigint NOT NULL,
    paying_account_id bigint NOT NULL,
    channel text NOT NULL,
    message_id text GENERATED ALWAYS AS (((('SB'::text || platform_id) || '-'::text) || submission_id)) STORED,
    execution_date date NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    answered_at timestamp with time zone,
    CONSTRAINT submission_is_answered_after_the_call CHECK (((answered_at IS NULL) OR (claimed_at IS NOT NULL)))
);
ALTER TABLE ONLY public.payout_submission ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.payout_submission FORCE ROW LEVEL SECURITY;


ALTER TABLE public.payout_submission OWNER TO splitbook_owner;

--
-- Name: payout_submission_submission_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.payout_submission ALTER COLUMN submission_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.payout_submission_submission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: platform; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.platform (
    platform_id bigint NOT NULL,
    reference text NOT NULL,
    time_zone text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT platform_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200)))
);
ALTER TABLE ONLY public.platform ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.platform FORCE ROW LEVEL SECURITY;


ALTER TABLE public.platform OWNER TO splitbook_owner;

--
-- Name: platform_platform_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.platform ALTER COLUMN platform_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.platform_platform_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: posting_day; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.posting_day (
    platform_id bigint NOT NULL,
    day date NOT NULL,
    last_sequence bigint NOT NULL
)
WITH (fillfactor='50');
ALTER TABLE ONLY public.posting_day ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.posting_day FORCE ROW LEVEL SECURITY;


ALTER TABLE public.posting_day OWNER TO splitbook_owner;

--
-- Name: rate_override; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.rate_override (
    platform_id bigint NOT NULL,
    override_version integer NOT NULL,
    party_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    sequence bigint NOT NULL,
    valid_from date NOT NULL,
    valid_through date NOT NULL,
    content text NOT NULL,
    CONSTRAINT override_has_a_time CHECK ((valid_from <= valid_through)),
    CONSTRAINT rate_override_override_version_check CHECK ((override_version > 0))
);
ALTER TABLE ONLY public.rate_override ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.rate_override FORCE ROW LEVEL SECURITY;


ALTER TABLE public.rate_override OWNER TO splitbook_owner;

--
-- Name: receipt; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.receipt (
    platform_id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    book_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL,
    matched_minor bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    value_date date NOT NULL,
    currency text NOT NULL,
    reference text NOT NULL,
    bank_account text NOT NULL,
    payer text NOT NULL,
    recorded_by text NOT NULL,
    fingerprint bytea NOT NULL,
    returned_minor bigint DEFAULT 0 NOT NULL,
    deadline timestamp with time zone NOT NULL,
    reason text NOT NULL,
    owner text NOT NULL,
    CONSTRAINT receipt_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT receipt_bank_account_check CHECK (((length(bank_account) >= 1) AND (length(bank_account) <= 200))),
    CONSTRAINT receipt_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT receipt_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT receipt_has_a_deadline CHECK ((deadline > recorded_at)),
    CONSTRAINT receipt_has_an_owner CHECK (((length(owner) >= 1) AND (length(owner) <= 200))),
    CONSTRAINT receipt_is_matched_at_most_as_a_whole CHECK (((matched_minor >= 0) AND (returned_minor >= 0) AND ((matched_minor + returned_minor) <= amount_minor))),
    CONSTRAINT receipt_payer_check CHECK ((length(payer) <= 200)),
    CONSTRAINT receipt_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT receipt_says_why_it_waits CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.receipt ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.receipt FORCE ROW LEVEL SECURITY;


ALTER TABLE public.receipt OWNER TO splitbook_owner;

--
-- Name: receipt_match; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.receipt_match (
    platform_id bigint NOT NULL,
    match_id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL,
    matched_at timestamp with time zone NOT NULL,
    reference text NOT NULL,
    matched_by text NOT NULL,
    rest_minor bigint DEFAULT 0 NOT NULL,
    rest_sequence bigint,
    clears_rest boolean DEFAULT false NOT NULL,
    CONSTRAINT receipt_match_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT receipt_match_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT receipt_match_rest_minor_check CHECK ((rest_minor >= 0)),
    CONSTRAINT rest_of_a_match_has_an_entry CHECK (((rest_minor = 0) = (rest_sequence IS NULL))),
    CONSTRAINT rest_of_a_match_was_asked_for CHECK ((clears_rest OR (rest_minor = 0)))
);
ALTER TABLE ONLY public.receipt_match ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.receipt_match FORCE ROW LEVEL SECURITY;


ALTER TABLE public.receipt_match OWNER TO splitbook_owner;

--
-- Name: receipt_match_match_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt_match ALTER COLUMN match_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.receipt_match_match_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: receipt_receipt_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt ALTER COLUMN receipt_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.receipt_receipt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: receipt_return; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.receipt_return (
    platform_id bigint NOT NULL,
    return_id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL,
    returned_at timestamp with time zone NOT NULL,
    reference text NOT NULL,
    reason text NOT NULL,
    returned_by text NOT NULL,
    CONSTRAINT receipt_return_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT receipt_return_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200))),
    CONSTRAINT receipt_return_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200)))
);
ALTER TABLE ONLY public.receipt_return ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.receipt_return FORCE ROW LEVEL SECURITY;


ALTER TABLE public.receipt_return OWNER TO splitbook_owner;

--
-- Name: receipt_return_return_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt_return ALTER COLUMN return_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.receipt_return_return_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: receipt_tolerance; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.receipt_tolerance (
    platform_id bigint NOT NULL,
    tolerance_id bigint NOT NULL,
    book_id bigint NOT NULL,
    tolerance_minor bigint NOT NULL,
    set_at timestamp with time zone NOT NULL,
    currency text NOT NULL,
    set_by text NOT NULL,
    CONSTRAINT receipt_tolerance_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT receipt_tolerance_set_by_check CHECK ((set_by <> ''::text)),
    CONSTRAINT receipt_tolerance_tolerance_minor_check CHECK (((tolerance_minor >= 0) AND (tolerance_minor <= '1000000000000000'::bigint)))
);
ALTER TABLE ONLY public.receipt_tolerance ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.receipt_tolerance FORCE ROW LEVEL SECURITY;


ALTER TABLE public.receipt_tolerance OWNER TO splitbook_owner;

--
-- Name: receipt_tolerance_tolerance_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt_tolerance ALTER COLUMN tolerance_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.receipt_tolerance_tolerance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: receipt_unmatch; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.receipt_unmatch (
    platform_id bigint NOT NULL,
    match_id bigint NOT NULL,
    sequence bigint NOT NULL,
    unmatched_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    unmatched_by text NOT NULL,
    rest_sequence bigint,
    CONSTRAINT receipt_unmatch_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
);
ALTER TABLE ONLY public.receipt_unmatch ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.receipt_unmatch FORCE ROW LEVEL SECURITY;


ALTER TABLE public.receipt_unmatch OWNER TO splitbook_owner;

--
-- Name: settlement_terms; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.settlement_terms (
    platform_id bigint NOT NULL,
    party_id bigint,
    sequence bigint NOT NULL,
    carry_limit_minor bigint,
    version integer NOT NULL,
    valid_from date NOT NULL,
    due_days smallint,
    confirmation_days smallint,
    carry_cycles smallint,
    netting boolean,
    role text NOT NULL,
    effect text NOT NULL,
    cycle text,
    calendar text,
    anchor text,
    confirmation text,
    mode text,
    CONSTRAINT deemed_confirmation_has_its_days CHECK (((NOT (confirmation IS DISTINCT FROM 'DEEMED'::text)) = (confirmation_days IS NOT NULL))),
    CONSTRAINT settlement_terms_anchor_check CHECK ((anchor = ANY (ARRAY['COUNT_AFTER'::text, 'ROLL'::text]))),
    CONSTRAINT settlement_terms_carry_cycles_check CHECK (((carry_cycles >= 0) AND (carry_cycles <= 1000))),
    CONSTRAINT settlement_terms_carry_limit_minor_check CHECK ((carry_limit_minor >= 0)),
    CONSTRAINT settlement_terms_confirmation_check CHECK ((confirmation = ANY (ARRAY['REQUIRED'::text, 'DEEMED'::text, 'NONE'::text]))),
    CONSTRAINT settlement_terms_confirmation_days_check CHECK (((confirmation_days >= 1) AND (confirmation_days <= 365))),
    CONSTRAINT settlement_terms_cycle_check CHECK ((cycle = ANY (ARRAY['T_PLUS'::text, 'DAILY'::text, 'WEEKLY'::text, 'DECADE'::text, 'SEMI_MONTHLY'::text, 'MONTHLY'::text, 'ON_DEMAND'::text]))),
    CONSTRAINT settlement_terms_due_days_check CHECK (((due_days >= 0) AND (due_days <= 365))),
    CONSTRAINT settlement_terms_effect_check CHECK ((effect = ANY (ARRAY['NOW'::text, 'NEXT_PERIOD'::text]))),
    CONSTRAINT settlement_terms_mode_check CHECK ((mode = ANY (ARRAY['AGENCY'::text, 'PURCHASE'::text]))),
    CONSTRAINT settlement_terms_role_check CHECK ((role = ANY (ARRAY['MERCHANT'::text, 'AGENT'::text, 'SUPPLIER'::text, 'DISTRIBUTOR'::text]))),
    CONSTRAINT settlement_terms_version_check CHECK ((version > 0)),
    CONSTRAINT trade_day_terms_say_after_how_many_days CHECK (((cycle IS DISTINCT FROM 'T_PLUS'::text) OR (due_days IS NOT NULL)))
);
ALTER TABLE ONLY public.settlement_terms ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.settlement_terms FORCE ROW LEVEL SECURITY;


ALTER TABLE public.settlement_terms OWNER TO splitbook_owner;

--
-- Name: sheet; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.sheet (
    platform_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    through_sequence bigint,
    closing_sequence bigint,
    line_count bigint DEFAULT 0 NOT NULL,
    total_minor bigint DEFAULT 0 NOT NULL,
    netted_minor bigint DEFAULT 0 NOT NULL,
    retained_minor bigint DEFAULT 0 NOT NULL,
    held_minor bigint DEFAULT 0 NOT NULL,
    withheld_minor bigint DEFAULT 0 NOT NULL,
    payout_minor bigint DEFAULT 0 NOT NULL,
    paid_minor bigint DEFAULT 0 NOT NULL,
    collected_minor bigint DEFAULT 0 NOT NULL,
    written_off_minor bigint DEFAULT 0 NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    confirm_by timestamp with time zone,
    overdue_at timestamp with time zone,
    due_date date NOT NULL,
    deemed_days smallint,
    carried_cycles smallint DEFAULT 0 NOT NULL,
    calendar_version integer NOT NULL,
    role text NOT NULL,
    mode text NOT NULL,
    currency text NOT NULL,
    zone text NOT NULL,
    calendar text NOT NULL,
    confirmation text NOT NULL,
    status text NOT NULL,
    digest bytea,
    CONSTRAINT finished_sheet_owes_nothing CHECK (
CASE
    WHEN (status = ANY (ARRAY['PAID'::text, 'COMPLETED'::text])) THEN ((total_minor >= 0) AND (held_minor = 0) AND (paid_minor = payout_minor) AND ((((netted_minor + retained_minor) + withheld_minor) + payout_minor) = total_minor))
    WHEN (status = ANY (ARRAY['COLLECTED'::text, 'WRITTEN_OFF'::text])) THEN ((total_minor < 0) AND (((netted_minor + collected_minor) + written_off_minor) = (- total_minor)))
    WHEN (status = ANY (ARRAY['RECEIVABLE'::text, 'CARRIED_FORWARD'::text, 'COLLECTING'::text])) THEN (total_minor < 0)
    WHEN (status = ANY (ARRAY['PAYMENT_PENDING'::text, 'PAYING'::text, 'PAY_FAILED'::text, 'INVOICE_PENDING'::text, 'INVOICE_MATCHED'::text])) THEN (total_minor > 0)
    ELSE true
END),
    CONSTRAINT nobody_takes_more_than_the_sheet_has CHECK (
CASE
    WHEN (total_minor >= 0) THEN ((((((netted_minor + retained_minor) + held_minor) + withheld_minor) + payout_minor) <= total_minor) AND (paid_minor <= payout_minor) AND ((collected_minor + written_off_minor) = 0))
    ELSE ((((netted_minor + collected_minor) + written_off_minor) <= (- total_minor)) AND (((((retained_minor + held_minor) + withheld_minor) + payout_minor) + paid_minor) = 0))
END),
    CONSTRAINT only_what_is_deemed_has_days CHECK (((confirmation = 'DEEMED'::text) = (deemed_days IS NOT NULL))),
    CONSTRAINT open_sheet_has_no_figures CHECK ((((status = 'OPEN'::text) = (through_sequence IS NULL)) AND ((status <> 'OPEN'::text) OR ((closed_at IS NULL) AND (closing_sequence IS NULL) AND (total_minor = 0))))),
    CONSTRAINT sheet_carried_cycles_check CHECK ((carried_cycles >= 0)),
    CONSTRAINT sheet_check CHECK ((period_start < period_end)),
    CONSTRAINT sheet_collected_minor_check CHECK ((collected_minor >= 0)),
    CONSTRAINT sheet_confirmation_check CHECK ((confirmation = ANY (ARRAY['REQUIRED'::text, 'DEEMED'::text, 'NONE'::text]))),
    CONSTRAINT sheet_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT sheet_deemed_days_check CHECK ((deemed_days > 0)),
    CONSTRAINT sheet_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT sheet_held_minor_check CHECK ((held_minor >= 0)),
    CONSTRAINT sheet_line_count_check CHECK ((line_count >= 0)),
    CONSTRAINT sheet_mode_check CHECK ((mode = ANY (ARRAY['AGENCY'::text, 'PURCHASE'::text]))),
    CONSTRAINT sheet_netted_minor_check CHECK ((netted_minor >= 0)),
    CONSTRAINT sheet_paid_minor_check CHECK ((paid_minor >= 0)),
    CONSTRAINT sheet_payout_minor_check CHECK ((payout_minor >= 0)),
    CONSTRAINT sheet_retained_minor_check CHECK ((retained_minor >= 0)),
    CONSTRAINT sheet_role_check CHECK ((role = ANY (ARRAY['MERCHANT'::text, 'SUPPLIER'::text, 'AGENT'::text, 'DISTRIBUTOR'::text]))),
    CONSTRAINT sheet_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'CLOSING'::text, 'CLOSED'::text, 'CONFIRM_PENDING'::text, 'DISPUTED'::text, 'ADJUSTED'::text, 'CONFIRMED'::text, 'APPROVAL'::text, 'APPROVED'::text, 'INVOICE_PENDING'::text, 'INVOICE_MATCHED'::text, 'PAYMENT_PENDING'::text, 'PAYING'::text, 'PAID'::text, 'PAY_FAILED'::text, 'COMPLETED'::text, 'RECEIVABLE'::text, 'CARRIED_FORWARD'::text, 'COLLECTING'::text, 'COLLECTED'::text, 'WRITTEN_OFF'::text]))),
    CONSTRAINT sheet_withheld_minor_check CHECK ((withheld_minor >= 0)),
    CONSTRAINT sheet_written_off_minor_check CHECK ((written_off_minor >= 0))
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.sheet ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.sheet FORCE ROW LEVEL SECURITY;


ALTER TABLE public.sheet OWNER TO splitbook_owner;

--
-- Name: sheet_account; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.sheet_account (
    platform_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    account_id bigint NOT NULL,
    from_sequence bigint NOT NULL,
    open_from_sequence bigint NOT NULL,
    claimed_through bigint NOT NULL,
    debit_minor bigint NOT NULL,
    credit_minor bigint NOT NULL,
    line_count bigint NOT NULL,
    code text NOT NULL,
    CONSTRAINT sheet_account_credit_minor_check CHECK ((credit_minor >= 0)),
    CONSTRAINT sheet_account_debit_minor_check CHECK ((debit_minor >= 0)),
    CONSTRAINT sheet_account_line_count_check CHECK ((line_count >= 0))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.sheet_account ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.sheet_account FORCE ROW LEVEL SECURITY;


ALTER TABLE public.sheet_account OWNER TO splitbook_owner;

--
-- Name: sheet_dispute; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.sheet_dispute (
    platform_id bigint NOT NULL,
    dispute_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    actor text NOT NULL,
    reason text NOT NULL,
    evidence bytea,
    line_sequences bigint[] NOT NULL,
    line_positions smallint[] NOT NULL,
    answered_by text,
    answer text,
    adjustments text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT answer_is_whole CHECK ((((answered_at IS NULL) = (answer IS NULL)) AND ((answered_at IS NULL) = (answered_by IS NULL)))),
    CONSTRAINT sheet_dispute_answer_check CHECK ((answer <> ''::text)),
    CONSTRAINT sheet_dispute_check CHECK ((cardinality(line_sequences) = cardinality(line_positions))),
    CONSTRAINT sheet_dispute_evidence_check CHECK ((length(evidence) = 32)),
    CONSTRAINT sheet_dispute_reason_check CHECK ((reason <> ''::text))
);
ALTER TABLE ONLY public.sheet_dispute ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.sheet_dispute FORCE ROW LEVEL SECURITY;


ALTER TABLE public.sheet_dispute OWNER TO splitbook_owner;

--
-- Name: sheet_dispute_dispute_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_dispute ALTER COLUMN dispute_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sheet_dispute_dispute_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: sheet_history; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.sheet_history (
    platform_id bigint NOT NULL,
    step_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    due_date_before date,
    due_date_after date,
    status text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL
);
ALTER TABLE ONLY public.sheet_history ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.sheet_history FORCE ROW LEVEL SECURITY;


ALTER TABLE public.sheet_history OWNER TO splitbook_owner;

--
-- Name: sheet_history_step_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_history ALTER COLUMN step_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sheet_history_step_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: sheet_line; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.sheet_line (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    sheet_id bigint NOT NULL,
    account_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    original_period_start timestamp with time zone,
    "position" smallint NOT NULL,
    is_closing boolean NOT NULL,
    CONSTRAINT sheet_line_amount_minor_check CHECK ((amount_minor <> 0))
);
ALTER TABLE ONLY public.sheet_line ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.sheet_line FORCE ROW LEVEL SECURITY;


ALTER TABLE public.sheet_line OWNER TO splitbook_owner;

--
-- Name: sheet_movement; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.sheet_movement (
    platform_id bigint NOT NULL,
    movement_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    actor text NOT NULL,
    CONSTRAINT sheet_movement_amount_minor_check CHECK ((amount_minor <> 0)),
    CONSTRAINT sheet_movement_kind_check CHECK ((kind = ANY (ARRAY['NETTED'::text, 'RETAINED'::text, 'HELD'::text, 'WITHHELD'::text, 'PAYOUT'::text, 'PAID'::text, 'COLLECTED'::text, 'WRITTEN_OFF'::text]))),
    CONSTRAINT sheet_movement_reference_check CHECK ((reference <> ''::text))
);
ALTER TABLE ONLY public.sheet_movement ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.sheet_movement FORCE ROW LEVEL SECURITY;


ALTER TABLE public.sheet_movement OWNER TO splitbook_owner;

--
-- Name: sheet_movement_movement_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_movement ALTER COLUMN movement_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sheet_movement_movement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: sheet_opening; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.sheet_opening (
    platform_id bigint NOT NULL,
    through_account_id bigint NOT NULL
)
WITH (fillfactor='50');
ALTER TABLE ONLY public.sheet_opening ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.sheet_opening FORCE ROW LEVEL SECURITY;


ALTER TABLE public.sheet_opening OWNER TO splitbook_owner;

--
-- Name: sheet_sheet_id_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet ALTER COLUMN sheet_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sheet_sheet_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: source_refusal; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.source_refusal (
    platform_id bigint NOT NULL,
    refusal bigint NOT NULL,
    refused_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    source text NOT NULL,
    document text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    digest bytea NOT NULL,
    facts jsonb,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone NOT NULL,
    CONSTRAINT source_refusal_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT source_refusal_tries_check CHECK ((tries >= 0))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.source_refusal ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.source_refusal FORCE ROW LEVEL SECURITY;


ALTER TABLE public.source_refusal OWNER TO splitbook_owner;

--
-- Name: source_refusal_refusal_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.source_refusal ALTER COLUMN refusal ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.source_refusal_refusal_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: subtree_day; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.subtree_day (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    posting_day date NOT NULL,
    code text NOT NULL,
    currency text NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    CONSTRAINT subtree_day_credit_check CHECK (((credit >= 0) AND (credit <= '9000000000000000000'::bigint))),
    CONSTRAINT subtree_day_debit_check CHECK (((debit >= 0) AND (debit <= '9000000000000000000'::bigint)))
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.subtree_day ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.subtree_day FORCE ROW LEVEL SECURITY;


ALTER TABLE public.subtree_day OWNER TO splitbook_owner;

--
-- Name: subtree_late; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.subtree_late (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    business_date date NOT NULL,
    posting_day date NOT NULL,
    code text NOT NULL,
    currency text NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.subtree_late ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.subtree_late FORCE ROW LEVEL SECURITY;


ALTER TABLE public.subtree_late OWNER TO splitbook_owner;

--
-- Name: subtree_moved; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.subtree_moved (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    posting_day date NOT NULL
);
ALTER TABLE ONLY public.subtree_moved ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.subtree_moved FORCE ROW LEVEL SECURITY;


ALTER TABLE public.subtree_moved OWNER TO splitbook_owner;

--
-- Name: suspense_item; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.suspense_item (
    platform_id bigint NOT NULL,
    item bigint NOT NULL,
    owner_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    deadline timestamp with time zone NOT NULL,
    rank smallint NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    outside_minor bigint DEFAULT 0 NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    given_minor bigint DEFAULT 0 NOT NULL,
    CONSTRAINT merchant_was_given_no_debt CHECK ((given_minor >= 0)),
    CONSTRAINT released_item_holds_nothing CHECK (((status = 'OPEN'::text) OR (amount_minor = 0))),
    CONSTRAINT released_part_is_in_one_place CHECK (((given_minor = 0) OR ((status <> 'SPLITTER'::text) AND (rank > 0)))),
    CONSTRAINT released_share_is_whole_again CHECK (((status <> 'OWNER'::text) OR (outside_minor = 0))),
    CONSTRAINT suspense_is_not_overdrawn CHECK ((amount_minor >= 0)),
    CONSTRAINT suspense_item_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT suspense_item_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'OWNER'::text, 'SPLITTER'::text]))),
    CONSTRAINT suspense_item_times_check CHECK ((times > 0)),
    CONSTRAINT suspense_leaves_no_debt CHECK ((outside_minor >= 0))
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.suspense_item ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.suspense_item FORCE ROW LEVEL SECURITY;


ALTER TABLE public.suspense_item OWNER TO splitbook_owner;

--
-- Name: suspense_item_item_seq; Type: SEQUENCE; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.suspense_item ALTER COLUMN item ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.suspense_item_item_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: suspense_release; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.suspense_release (
    platform_id bigint NOT NULL,
    item bigint NOT NULL,
    amount_minor bigint NOT NULL,
    sequence bigint NOT NULL,
    opening integer NOT NULL,
    released_to text NOT NULL,
    CONSTRAINT suspense_release_amount_minor_check CHECK ((amount_minor >= 0)),
    CONSTRAINT suspense_release_opening_check CHECK ((opening > 0)),
    CONSTRAINT suspense_release_released_to_check CHECK ((released_to = ANY (ARRAY['OWNER'::text, 'SPLITTER'::text])))
);
ALTER TABLE ONLY public.suspense_release ALTER COLUMN platform_id SET STATISTICS 0;

ALTER TABLE ONLY public.suspense_release FORCE ROW LEVEL SECURITY;


ALTER TABLE public.suspense_release OWNER TO splitbook_owner;

--
-- Name: account account_is_opened_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_is_opened_once UNIQUE NULLS NOT DISTINCT (platform_id, book_id, code, party_id, currency);


--
-- Name: account_late account_late_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.account_late
    ADD CONSTRAINT account_late_pkey PRIMARY KEY (platform_id, account_id, posting_day, business_date);


--
-- Name: account account_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (platform_id, account_id);


--
-- Name: adjustment adjustment_is_proposed_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_is_proposed_once PRIMARY KEY (platform_id, reference);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: bank_answer answer_counts_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.bank_answer
    ADD CONSTRAINT answer_counts_once UNIQUE (platform_id, source, reference, fingerprint);


--
-- Name: api_key api_key_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (platform_id, key_id);


--
-- Name: approval_delegation approval_delegation_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_delegation
    ADD CONSTRAINT approval_delegation_pkey PRIMARY KEY (platform_id, delegation_id);


--
-- Name: approval_flow approval_flow_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_flow
    ADD CONSTRAINT approval_flow_pkey PRIMARY KEY (platform_id, flow_version);


--
-- Name: approval approval_is_one_makers_and_of_one_content; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_is_one_makers_and_of_one_content UNIQUE (platform_id, approval_id, maker, digest);


--
-- Name: approval approval_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (platform_id, approval_id);


--
-- Name: approval_seat approval_seat_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_seat
    ADD CONSTRAINT approval_seat_pkey PRIMARY KEY (platform_id, approval_id, step, seat);


--
-- Name: bank_answer bank_answer_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.bank_answer
    ADD CONSTRAINT bank_answer_pkey PRIMARY KEY (platform_id, bank_answer_id);


--
-- Name: bank_file bank_file_is_recorded_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.bank_file
    ADD CONSTRAINT bank_file_is_recorded_once UNIQUE (platform_id, direction, content_digest);


--
-- Name: bank_file bank_file_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.bank_file
    ADD CONSTRAINT bank_file_pkey PRIMARY KEY (platform_id, bank_file_id);


--
-- Name: book book_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.book
    ADD CONSTRAINT book_pkey PRIMARY KEY (platform_id, book_id);


--
-- Name: book book_platform_id_reference_key; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.book
    ADD CONSTRAINT book_platform_id_reference_key UNIQUE (platform_id, reference);


--
-- Name: book_reopening book_reopening_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.book_reopening
    ADD CONSTRAINT book_reopening_pkey PRIMARY KEY (platform_id, approval_id);


--
-- Name: calendar calendar_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.calendar
    ADD CONSTRAINT calendar_pkey PRIMARY KEY (platform_id, name, version);


--
-- Name: channel_day channel_day_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_day
    ADD CONSTRAINT channel_day_pkey PRIMARY KEY (platform_id, channel_day_id);


--
-- Name: channel_dismissal channel_difference_is_dismissed_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_dismissal
    ADD CONSTRAINT channel_difference_is_dismissed_once UNIQUE NULLS NOT DISTINCT (platform_id, channel_day_id, order_reference, kind, name, record, reason, told_minor, booked_minor, told_currency, booked_currency, round);


--
-- Name: channel_difference channel_difference_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_difference
    ADD CONSTRAINT channel_difference_pkey PRIMARY KEY (platform_id, channel_day_id, order_reference, kind, name, record, reason);


--
-- Name: channel_dismissal channel_dismissal_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_dismissal
    ADD CONSTRAINT channel_dismissal_pkey PRIMARY KEY (platform_id, channel_dismissal_id);


--
-- Name: payout channel_key_is_unique; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT channel_key_is_unique UNIQUE (platform_id, channel_key);


--
-- Name: channel_record channel_record_is_told_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_record
    ADD CONSTRAINT channel_record_is_told_once UNIQUE (platform_id, channel_day_id, reference);


--
-- Name: channel_record channel_record_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_record
    ADD CONSTRAINT channel_record_pkey PRIMARY KEY (platform_id, channel_record_id);


--
-- Name: channel_reopening channel_reopening_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_reopening
    ADD CONSTRAINT channel_reopening_pkey PRIMARY KEY (platform_id, channel_dismissal_id);


--
-- Name: channel_day channel_tells_a_day_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_day
    ADD CONSTRAINT channel_tells_a_day_once UNIQUE (platform_id, channel, book_id, currency, day);


--
-- Name: charging_source charging_source_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.charging_source
    ADD CONSTRAINT charging_source_pkey PRIMARY KEY (platform_id, name);


--
-- Name: chart_account chart_account_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.chart_account
    ADD CONSTRAINT chart_account_pkey PRIMARY KEY (platform_id, code);


--
-- Name: chart_account chart_account_platform_id_code_class_normal_side_is_summary_key; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.chart_account
    ADD CONSTRAINT chart_account_platform_id_code_class_normal_side_is_summary_key UNIQUE (platform_id, code, class, normal_side, is_summary);


--
-- Name: deposit_agreement deposit_agreement_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_agreement
    ADD CONSTRAINT deposit_agreement_pkey PRIMARY KEY (platform_id, agreement_id);


--
-- Name: deposit_agreement deposit_is_agreed_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_agreement
    ADD CONSTRAINT deposit_is_agreed_once UNIQUE (platform_id, reference);


--
-- Name: deposit_movement deposit_movement_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_movement
    ADD CONSTRAINT deposit_movement_pkey PRIMARY KEY (platform_id, slice_id, sequence);


--
-- Name: deposit_slice deposit_slice_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_slice
    ADD CONSTRAINT deposit_slice_pkey PRIMARY KEY (platform_id, slice_id);


--
-- Name: order_dispute dispute_is_unique; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_dispute
    ADD CONSTRAINT dispute_is_unique PRIMARY KEY (platform_id, dispute_reference);


--
-- Name: disputed_rest disputed_rest_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.disputed_rest
    ADD CONSTRAINT disputed_rest_pkey PRIMARY KEY (platform_id, sequence, place, sheet_id);


--
-- Name: entry entry_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (platform_id, sequence);


--
-- Name: order_event event_counts_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_event
    ADD CONSTRAINT event_counts_once PRIMARY KEY (platform_id, event_id);


--
-- Name: fee_item fee_item_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_item
    ADD CONSTRAINT fee_item_pkey PRIMARY KEY (platform_id, code, version);


--
-- Name: fee_line fee_line_counts_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_line
    ADD CONSTRAINT fee_line_counts_once PRIMARY KEY (platform_id, reference);


--
-- Name: fee_plan fee_plan_is_published_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_plan
    ADD CONSTRAINT fee_plan_is_published_once UNIQUE (platform_id, plan, valid_from);


--
-- Name: fee_plan fee_plan_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_plan
    ADD CONSTRAINT fee_plan_pkey PRIMARY KEY (platform_id, version);


--
-- Name: hold hold_is_placed_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold
    ADD CONSTRAINT hold_is_placed_once UNIQUE (platform_id, reference);


--
-- Name: hold_movement hold_movement_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold_movement
    ADD CONSTRAINT hold_movement_pkey PRIMARY KEY (platform_id, hold_id, sequence);


--
-- Name: hold_movement hold_moves_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold_movement
    ADD CONSTRAINT hold_moves_once UNIQUE (platform_id, hold_id, reference);


--
-- Name: hold hold_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (platform_id, hold_id);


--
-- Name: internal_split_task internal_split_task_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.internal_split_task
    ADD CONSTRAINT internal_split_task_pkey PRIMARY KEY (platform_id, order_reference);


--
-- Name: job job_is_planned_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_is_planned_once UNIQUE (platform_id, kind, key);


--
-- Name: job job_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (platform_id, job_id);


--
-- Name: entry key_posts_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.entry
    ADD CONSTRAINT key_posts_once UNIQUE (platform_id, idempotency_key);


--
-- Name: sheet_line line_is_claimed_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_line
    ADD CONSTRAINT line_is_claimed_once PRIMARY KEY (platform_id, sequence, "position");


--
-- Name: order_line line_is_unique_in_its_order; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT line_is_unique_in_its_order PRIMARY KEY (platform_id, order_reference, line_reference);


--
-- Name: line line_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.line
    ADD CONSTRAINT line_pkey PRIMARY KEY (platform_id, sequence, "position");


--
-- Name: log_event log_event_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_event
    ADD CONSTRAINT log_event_pkey PRIMARY KEY (platform_id, sequence);


--
-- Name: log_follower log_follower_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_follower
    ADD CONSTRAINT log_follower_pkey PRIMARY KEY (platform_id, name);


--
-- Name: log_head log_head_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_head
    ADD CONSTRAINT log_head_pkey PRIMARY KEY (platform_id);


--
-- Name: receipt_match match_has_an_entry_of_its_own; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_match
    ADD CONSTRAINT match_has_an_entry_of_its_own UNIQUE (platform_id, sequence);


--
-- Name: receipt_unmatch match_is_undone_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_unmatch
    ADD CONSTRAINT match_is_undone_once PRIMARY KEY (platform_id, match_id);


--
-- Name: suspense_release opening_is_released_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.suspense_release
    ADD CONSTRAINT opening_is_released_once PRIMARY KEY (platform_id, item, opening);


--
-- Name: order_dispute_line order_dispute_line_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_dispute_line
    ADD CONSTRAINT order_dispute_line_pkey PRIMARY KEY (platform_id, dispute_reference, line_reference);


--
-- Name: order_head order_reference_is_unique; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_head
    ADD CONSTRAINT order_reference_is_unique PRIMARY KEY (platform_id, reference);


--
-- Name: order_refund_line order_refund_line_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_refund_line
    ADD CONSTRAINT order_refund_line_pkey PRIMARY KEY (platform_id, order_reference, refund_reference, line_reference);


--
-- Name: order_share order_share_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_share
    ADD CONSTRAINT order_share_pkey PRIMARY KEY (platform_id, order_reference, line_reference, rank);


--
-- Name: rate_override override_was_approved_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.rate_override
    ADD CONSTRAINT override_was_approved_once UNIQUE (platform_id, approval_id);


--
-- Name: party_event party_event_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party_event
    ADD CONSTRAINT party_event_pkey PRIMARY KEY (platform_id, party_id, first_sequence);


--
-- Name: party_move party_move_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party_move
    ADD CONSTRAINT party_move_pkey PRIMARY KEY (platform_id, sequence);


--
-- Name: party party_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party
    ADD CONSTRAINT party_pkey PRIMARY KEY (platform_id, party_id);


--
-- Name: party party_platform_id_party_id_kind_key; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party
    ADD CONSTRAINT party_platform_id_party_id_kind_key UNIQUE (platform_id, party_id, kind);


--
-- Name: party party_platform_id_party_id_reference_key; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party
    ADD CONSTRAINT party_platform_id_party_id_reference_key UNIQUE (platform_id, party_id, reference);


--
-- Name: party party_reference_is_unique; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party
    ADD CONSTRAINT party_reference_is_unique UNIQUE (platform_id, reference);


--
-- Name: payee_account payee_account_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payee_account
    ADD CONSTRAINT payee_account_pkey PRIMARY KEY (platform_id, payee_account_id);


--
-- Name: payee_account payee_account_reference_is_unique; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payee_account
    ADD CONSTRAINT payee_account_reference_is_unique UNIQUE (platform_id, party_id, reference);


--
-- Name: paying_account paying_account_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.paying_account
    ADD CONSTRAINT paying_account_pkey PRIMARY KEY (platform_id, paying_account_id);


--
-- Name: paying_account paying_account_reference_is_unique; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.paying_account
    ADD CONSTRAINT paying_account_reference_is_unique UNIQUE (platform_id, book_id, currency, reference);


--
-- Name: payout payout_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_pkey PRIMARY KEY (platform_id, payout_id);


--
-- Name: payout_sheet payout_sheet_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout_sheet
    ADD CONSTRAINT payout_sheet_pkey PRIMARY KEY (platform_id, payout_id, sheet_id);


--
-- Name: payout_submission payout_submission_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout_submission
    ADD CONSTRAINT payout_submission_pkey PRIMARY KEY (platform_id, submission_id);


--
-- Name: approval_decision person_decides_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT person_decides_once PRIMARY KEY (platform_id, approval_id, actor);


--
-- Name: platform platform_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.platform
    ADD CONSTRAINT platform_pkey PRIMARY KEY (platform_id);


--
-- Name: platform platform_reference_key; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.platform
    ADD CONSTRAINT platform_reference_key UNIQUE (reference);


--
-- Name: posting_day posting_day_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.posting_day
    ADD CONSTRAINT posting_day_pkey PRIMARY KEY (platform_id, day);


--
-- Name: rate_override rate_override_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.rate_override
    ADD CONSTRAINT rate_override_pkey PRIMARY KEY (platform_id, override_version);


--
-- Name: receipt receipt_has_an_entry_of_its_own; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT receipt_has_an_entry_of_its_own UNIQUE (platform_id, sequence);


--
-- Name: receipt_match receipt_is_matched_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_match
    ADD CONSTRAINT receipt_is_matched_once UNIQUE (platform_id, reference);


--
-- Name: receipt receipt_is_recorded_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT receipt_is_recorded_once UNIQUE (platform_id, reference);


--
-- Name: receipt_return receipt_is_returned_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_return
    ADD CONSTRAINT receipt_is_returned_once UNIQUE (platform_id, reference);


--
-- Name: receipt_match receipt_match_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_match
    ADD CONSTRAINT receipt_match_pkey PRIMARY KEY (platform_id, match_id);


--
-- Name: receipt receipt_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT receipt_pkey PRIMARY KEY (platform_id, receipt_id);


--
-- Name: receipt_return receipt_return_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_return
    ADD CONSTRAINT receipt_return_pkey PRIMARY KEY (platform_id, return_id);


--
-- Name: receipt_tolerance receipt_tolerance_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_tolerance
    ADD CONSTRAINT receipt_tolerance_pkey PRIMARY KEY (platform_id, book_id, currency, tolerance_id);


--
-- Name: order_refund refund_is_unique_in_its_order; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_refund
    ADD CONSTRAINT refund_is_unique_in_its_order PRIMARY KEY (platform_id, order_reference, refund_reference);


--
-- Name: source_refusal refusal_is_kept_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.source_refusal
    ADD CONSTRAINT refusal_is_kept_once UNIQUE (platform_id, source, digest);


--
-- Name: receipt_match rest_has_an_entry_of_its_own; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_match
    ADD CONSTRAINT rest_has_an_entry_of_its_own UNIQUE (platform_id, rest_sequence);


--
-- Name: receipt_unmatch rest_is_taken_back_by_an_entry_of_its_own; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_unmatch
    ADD CONSTRAINT rest_is_taken_back_by_an_entry_of_its_own UNIQUE (platform_id, rest_sequence);


--
-- Name: receipt_return return_has_an_entry_of_its_own; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_return
    ADD CONSTRAINT return_has_an_entry_of_its_own UNIQUE (platform_id, sequence);


--
-- Name: approval_decision seat_is_filled_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT seat_is_filled_once UNIQUE (platform_id, approval_id, step, seat);


--
-- Name: suspense_item share_is_suspended_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.suspense_item
    ADD CONSTRAINT share_is_suspended_once UNIQUE (platform_id, order_reference, line_reference, rank);


--
-- Name: sheet_account sheet_account_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_account
    ADD CONSTRAINT sheet_account_pkey PRIMARY KEY (platform_id, sheet_id, account_id);


--
-- Name: sheet_dispute sheet_dispute_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_dispute
    ADD CONSTRAINT sheet_dispute_pkey PRIMARY KEY (platform_id, dispute_id);


--
-- Name: sheet_history sheet_history_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_history
    ADD CONSTRAINT sheet_history_pkey PRIMARY KEY (platform_id, step_id);


--
-- Name: sheet sheet_is_opened_once_a_period; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet
    ADD CONSTRAINT sheet_is_opened_once_a_period UNIQUE (platform_id, party_id, book_id, role, mode, currency, period_start);


--
-- Name: sheet_movement sheet_movement_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_movement
    ADD CONSTRAINT sheet_movement_pkey PRIMARY KEY (platform_id, movement_id);


--
-- Name: sheet_opening sheet_opening_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_opening
    ADD CONSTRAINT sheet_opening_pkey PRIMARY KEY (platform_id);


--
-- Name: sheet sheet_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet
    ADD CONSTRAINT sheet_pkey PRIMARY KEY (platform_id, sheet_id);


--
-- Name: deposit_movement slice_moves_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_movement
    ADD CONSTRAINT slice_moves_once UNIQUE NULLS NOT DISTINCT (platform_id, slice_id, kind, reference, sheet_id);


--
-- Name: source_refusal source_refusal_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.source_refusal
    ADD CONSTRAINT source_refusal_pkey PRIMARY KEY (platform_id, refusal);


--
-- Name: subtree_day subtree_day_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.subtree_day
    ADD CONSTRAINT subtree_day_pkey PRIMARY KEY (platform_id, party_id, code, book_id, currency, posting_day);


--
-- Name: subtree_late subtree_late_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.subtree_late
    ADD CONSTRAINT subtree_late_pkey PRIMARY KEY (platform_id, party_id, code, book_id, currency, posting_day, business_date);


--
-- Name: subtree_moved subtree_moved_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.subtree_moved
    ADD CONSTRAINT subtree_moved_pkey PRIMARY KEY (platform_id, party_id, posting_day);


--
-- Name: suspense_item suspense_item_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.suspense_item
    ADD CONSTRAINT suspense_item_pkey PRIMARY KEY (platform_id, item);


--
-- Name: settlement_terms terms_version_is_unique; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.settlement_terms
    ADD CONSTRAINT terms_version_is_unique UNIQUE NULLS NOT DISTINCT (platform_id, party_id, role, version);


--
-- Name: receipt_unmatch unmatch_has_an_entry_of_its_own; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_unmatch
    ADD CONSTRAINT unmatch_has_an_entry_of_its_own UNIQUE (platform_id, sequence);


--
-- Name: account_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX account_by_party ON public.account USING btree (platform_id, party_id, code, book_id, currency) WHERE (party_id IS NOT NULL);


--
-- Name: actor_has_one_live_key; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX actor_has_one_live_key ON public.api_key USING btree (platform_id, actor) WHERE (revoked_at IS NULL);


--
-- Name: adjustment_by_counterparty; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX adjustment_by_counterparty ON public.adjustment USING btree (platform_id, counterparty_id, proposed_at, reference) WHERE (counterparty_id IS NOT NULL);


--
-- Name: adjustment_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX adjustment_by_order ON public.adjustment USING btree (platform_id, order_reference, sequence) WHERE (order_reference <> ''::text);


--
-- Name: adjustment_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX adjustment_by_party ON public.adjustment USING btree (platform_id, party_id, proposed_at, reference) WHERE (party_id > 0);


--
-- Name: adjustment_waiting; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX adjustment_waiting ON public.adjustment USING btree (platform_id, proposed_at, reference) WHERE (status = 'PROPOSED'::text);


--
-- Name: approval_by_awaited; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX approval_by_awaited ON public.approval USING gin (awaited) WHERE (status = 'PENDING'::text);


--
-- Name: approval_by_due; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX approval_by_due ON public.approval USING btree (platform_id, due_at) WHERE ((status = 'PENDING'::text) AND (escalated_at IS NULL));


--
-- Name: approval_by_subject; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX approval_by_subject ON public.approval USING btree (platform_id, kind, subject, approval_id) WHERE (status <> 'PENDING'::text);


--
-- Name: approval_delegation_by_receiver; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX approval_delegation_by_receiver ON public.approval_delegation USING btree (platform_id, to_actor, ends_at, delegation_id);


--
-- Name: approval_waiting; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX approval_waiting ON public.approval USING btree (platform_id, approval_id) WHERE (status = 'PENDING'::text);


--
-- Name: bank_answer_by_key; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX bank_answer_by_key ON public.bank_answer USING btree (platform_id, channel_key, bank_answer_id) WHERE (status = 'UNMATCHED'::text);


--
-- Name: bank_answer_settled; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX bank_answer_settled ON public.bank_answer USING btree (platform_id, channel_key) WHERE ((kind = 'ACCEPTED'::text) AND (reason = ANY (ARRAY['ACSC'::text, 'ACCC'::text])));


--
-- Name: bank_answer_unmatched; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX bank_answer_unmatched ON public.bank_answer USING btree (platform_id, recorded_at, bank_answer_id) WHERE (status = 'UNMATCHED'::text);


--
-- Name: book_pays_from_one_account; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX book_pays_from_one_account ON public.paying_account USING btree (platform_id, book_id, currency) WHERE (retired_at IS NULL);


--
-- Name: channel_day_by_day; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX channel_day_by_day ON public.channel_day USING btree (platform_id, day, channel_day_id) WHERE (channel_day_id > 0);


--
-- Name: channel_difference_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX channel_difference_by_order ON public.channel_difference USING btree (platform_id, order_reference);


--
-- Name: channel_difference_open; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX channel_difference_open ON public.channel_difference USING btree (platform_id, channel_day_id) WHERE (NOT is_dismissed);


--
-- Name: channel_record_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX channel_record_by_order ON public.channel_record USING btree (platform_id, order_reference, kind, name, channel_record_id);


--
-- Name: dead_jobs; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX dead_jobs ON public.job USING btree (platform_id, job_id) WHERE (status = 'DEAD'::text);


--
-- Name: deposit_agreement_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX deposit_agreement_by_party ON public.deposit_agreement USING btree (platform_id, party_id, agreement_id) WHERE (agreement_id > 0);


--
-- Name: deposit_movement_by_cash; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX deposit_movement_by_cash ON public.deposit_movement USING btree (platform_id, reference, sequence) WHERE (kind = ANY (ARRAY['BILLED'::text, 'RECEIVED'::text, 'PAID'::text]));


--
-- Name: deposit_movement_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX deposit_movement_by_order ON public.deposit_movement USING btree (platform_id, order_reference, sequence) WHERE (order_reference <> ''::text);


--
-- Name: deposit_movement_of_buyers; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX deposit_movement_of_buyers ON public.deposit_movement USING btree (platform_id, slice_id, reference) WHERE ((kind = 'CLAIMED'::text) AND (counterparty_id IS NULL));


--
-- Name: deposit_slice_by_agreement; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX deposit_slice_by_agreement ON public.deposit_slice USING btree (platform_id, agreement_id, slice_id) WHERE (slice_id > 0);


--
-- Name: deposit_slice_by_date; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX deposit_slice_by_date ON public.deposit_slice USING btree (platform_id, releasable_date, slice_id) WHERE (status = ANY (ARRAY['DUE'::text, 'HELD'::text, 'RELEASABLE'::text]));


--
-- Name: deposit_slice_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX deposit_slice_by_party ON public.deposit_slice USING btree (platform_id, party_id, slice_id) WHERE (status = ANY (ARRAY['DUE'::text, 'HELD'::text, 'RELEASABLE'::text]));


--
-- Name: disputed_rest_of_dispute; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX disputed_rest_of_dispute ON public.disputed_rest USING btree (platform_id, dispute_reference) WHERE ((held_minor < amount_minor) AND (NOT is_decided));


--
-- Name: disputed_rest_of_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX disputed_rest_of_sheet ON public.disputed_rest USING btree (platform_id, sheet_id, sequence, place) WHERE ((held_minor < amount_minor) AND (NOT is_decided));


--
-- Name: done_jobs_by_end; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX done_jobs_by_end ON public.job USING btree (platform_id, ended_at) WHERE (status = 'DONE'::text);


--
-- Name: entry_by_business_date; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX entry_by_business_date ON public.entry USING brin (business_date);


--
-- Name: entry_by_document; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX entry_by_document ON public.entry USING btree (platform_id, document, document_line, sequence) WHERE (document <> ''::text);


--
-- Name: entry_is_reversed_once; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX entry_is_reversed_once ON public.entry USING btree (platform_id, reversal_of) WHERE (reversal_of IS NOT NULL);


--
-- Name: entry_moved; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX entry_moved ON public.entry USING btree (platform_id, sequence) WHERE (requested_date <> business_date);


--
-- Name: fee_line_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX fee_line_by_order ON public.fee_line USING btree (platform_id, order_reference, sequence) WHERE (order_reference <> ''::text);


--
-- Name: fee_line_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX fee_line_by_party ON public.fee_line USING btree (platform_id, party_id, sequence) WHERE (party_id > 0);


--
-- Name: fee_line_by_reversed; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX fee_line_by_reversed ON public.fee_line USING btree (platform_id, reverses) WHERE (reverses IS NOT NULL);


--
-- Name: fee_line_by_sequence; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX fee_line_by_sequence ON public.fee_line USING btree (platform_id, sequence) WHERE (sequence > 0);


--
-- Name: fee_line_compared_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX fee_line_compared_by_order ON public.fee_line USING btree (platform_id, order_reference COLLATE "C", currency) WHERE (compare_only AND (order_reference <> ''::text));


--
-- Name: fee_line_compared_by_time; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX fee_line_compared_by_time ON public.fee_line USING btree (platform_id, occurred_at, order_reference COLLATE "C", sequence) WHERE (compare_only AND (order_reference <> ''::text));


--
-- Name: hold_by_date; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX hold_by_date ON public.hold USING btree (platform_id, expected_release_date, hold_id) WHERE (lifted_minor < amount_minor);


--
-- Name: hold_by_dispute; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX hold_by_dispute ON public.hold USING btree (platform_id, dispute_reference, hold_id) WHERE (dispute_reference <> ''::text);


--
-- Name: hold_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX hold_by_order ON public.hold USING btree (platform_id, order_reference, hold_id) WHERE (order_reference <> ''::text);


--
-- Name: hold_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX hold_by_party ON public.hold USING btree (platform_id, party_id, hold_id) WHERE (lifted_minor < amount_minor);


--
-- Name: hold_by_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX hold_by_sheet ON public.hold USING btree (platform_id, sheet_id, hold_id) WHERE (sheet_id IS NOT NULL);


--
-- Name: internal_split_task_open; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX internal_split_task_open ON public.internal_split_task USING btree (platform_id, opened_at, order_reference) WHERE (done_at IS NULL);


--
-- Name: line_by_account; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX line_by_account ON public.line USING btree (platform_id, account_id, sequence, version);


--
-- Name: line_late; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX line_late ON public.line USING btree (platform_id, account_id, sequence) WHERE (business_date <> posting_day);


--
-- Name: log_event_by_subject; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX log_event_by_subject ON public.log_event USING btree (platform_id, subject, sequence);


--
-- Name: one_open_job_of_a_kind; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX one_open_job_of_a_kind ON public.job USING btree (platform_id, kind) WHERE (status = 'READY'::text);


--
-- Name: order_dispute_by_order; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX order_dispute_by_order ON public.order_dispute USING btree (platform_id, order_reference, dispute_reference);


--
-- Name: order_dispute_line_by_line; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX order_dispute_line_by_line ON public.order_dispute_line USING btree (platform_id, order_reference, line_reference);


--
-- Name: order_event_by_time; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX order_event_by_time ON public.order_event USING btree (platform_id, occurred_at, order_reference) WHERE (kind = ANY (ARRAY['order.paid'::text, 'refund.paid'::text]));


--
-- Name: order_head_by_payment; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX order_head_by_payment ON public.order_head USING btree (platform_id, paid_at, reference COLLATE "C") WHERE (sequence > 0);


--
-- Name: order_head_by_sequence; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX order_head_by_sequence ON public.order_head USING btree (platform_id, sequence) WHERE (sequence > 0);


--
-- Name: party_by_parent; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX party_by_parent ON public.party USING btree (platform_id, parent_id, party_id) WHERE (parent_id IS NOT NULL);


--
-- Name: party_closed; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX party_closed ON public.party USING btree (platform_id, party_id) WHERE (status = 'CLOSED'::text);


--
-- Name: party_has_one_payee_account; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX party_has_one_payee_account ON public.payee_account USING btree (platform_id, party_id, currency) WHERE (retired_at IS NULL);


--
-- Name: party_move_by_origin; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX party_move_by_origin ON public.party_move USING btree (platform_id, from_parent_id, posting_day, sequence);


--
-- Name: party_move_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX party_move_by_party ON public.party_move USING btree (platform_id, party_id, posting_day, sequence);


--
-- Name: payout_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX payout_by_party ON public.payout USING btree (platform_id, party_id, payout_id) WHERE (payout_id > 0);


--
-- Name: payout_by_submission; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX payout_by_submission ON public.payout USING btree (platform_id, submission_id, payout_id) WHERE (submission_id IS NOT NULL);


--
-- Name: payout_claims_a_sheet_once; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX payout_claims_a_sheet_once ON public.sheet_movement USING btree (platform_id, sheet_id, reference) WHERE ((kind = 'PAYOUT'::text) AND (amount_minor > 0));


--
-- Name: payout_gives_a_sheet_back_once; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX payout_gives_a_sheet_back_once ON public.sheet_movement USING btree (platform_id, sheet_id, reference) WHERE ((kind = 'PAYOUT'::text) AND (amount_minor < 0));


--
-- Name: payout_in_transit; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX payout_in_transit ON public.payout USING btree (platform_id, submitted_at, payout_id) WHERE (status = ANY (ARRAY['SUBMITTED'::text, 'UNKNOWN'::text, 'ACCEPTED'::text]));


--
-- Name: payout_is_replaced_once; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX payout_is_replaced_once ON public.payout USING btree (platform_id, replaces) WHERE ((replaces IS NOT NULL) AND (status <> ALL (ARRAY['FAILED'::text, 'CANCELLED'::text])));


--
-- Name: payout_not_paid; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX payout_not_paid ON public.payout USING btree (platform_id, payout_id) WHERE (status = ANY (ARRAY['FAILED'::text, 'RETURNED'::text]));


--
-- Name: payout_sheet_by_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX payout_sheet_by_sheet ON public.payout_sheet USING btree (platform_id, sheet_id, payout_id) WHERE (sheet_id > 0);


--
-- Name: payout_submission_open; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX payout_submission_open ON public.payout_submission USING btree (platform_id, submission_id) WHERE (answered_at IS NULL);


--
-- Name: payout_waiting; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX payout_waiting ON public.payout USING btree (platform_id, due_date, payout_id) WHERE (status = 'CREATED'::text);


--
-- Name: platform_has_one_root; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX platform_has_one_root ON public.party USING btree (platform_id) WHERE (parent_id IS NULL);


--
-- Name: receipt_by_book; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX receipt_by_book ON public.receipt USING btree (platform_id, book_id, receipt_id) WHERE (receipt_id > 0);


--
-- Name: receipt_by_deadline; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX receipt_by_deadline ON public.receipt USING btree (platform_id, deadline, receipt_id) WHERE ((matched_minor + returned_minor) < amount_minor);


--
-- Name: receipt_match_by_receipt; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX receipt_match_by_receipt ON public.receipt_match USING btree (platform_id, receipt_id, match_id) WHERE (receipt_id > 0);


--
-- Name: receipt_match_by_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX receipt_match_by_sheet ON public.receipt_match USING btree (platform_id, sheet_id, match_id) WHERE (sheet_id > 0);


--
-- Name: receipt_return_by_receipt; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX receipt_return_by_receipt ON public.receipt_return USING btree (platform_id, receipt_id, return_id) WHERE (receipt_id > 0);


--
-- Name: receipt_unidentified; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX receipt_unidentified ON public.receipt USING btree (platform_id, receipt_id) WHERE ((matched_minor + returned_minor) < amount_minor);


--
-- Name: settlement_terms_by_sequence; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX settlement_terms_by_sequence ON public.settlement_terms USING btree (platform_id, sequence);


--
-- Name: sheet_account_by_account; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_account_by_account ON public.sheet_account USING btree (platform_id, account_id, open_from_sequence) WHERE (account_id > 0);


--
-- Name: sheet_by_calendar; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_by_calendar ON public.sheet USING btree (platform_id, calendar, sheet_id) WHERE (status <> ALL (ARRAY['PAID'::text, 'COMPLETED'::text, 'COLLECTED'::text, 'WRITTEN_OFF'::text]));


--
-- Name: sheet_by_status; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_by_status ON public.sheet USING btree (platform_id, status, sheet_id) WHERE (sheet_id > 0);


--
-- Name: sheet_dispute_by_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_dispute_by_sheet ON public.sheet_dispute USING btree (platform_id, sheet_id, dispute_id) WHERE (sheet_id > 0);


--
-- Name: sheet_has_one_open_dispute; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX sheet_has_one_open_dispute ON public.sheet_dispute USING btree (platform_id, sheet_id) WHERE (answered_at IS NULL);


--
-- Name: sheet_history_by_dating; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_history_by_dating ON public.sheet_history USING btree (platform_id, step_id) WHERE (due_date_before IS NOT NULL);


--
-- Name: sheet_history_by_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_history_by_sheet ON public.sheet_history USING btree (platform_id, sheet_id, step_id) WHERE (sheet_id > 0);


--
-- Name: sheet_in_closing; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_in_closing ON public.sheet USING btree (platform_id, status, sheet_id) WHERE (status = ANY (ARRAY['CLOSING'::text, 'CLOSED'::text]));


--
-- Name: sheet_is_claimed_once; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX sheet_is_claimed_once ON public.payout_sheet USING btree (platform_id, sheet_id) WHERE (stands = 'CLAIMED'::text);


--
-- Name: sheet_is_retained_from_once; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX sheet_is_retained_from_once ON public.deposit_slice USING btree (platform_id, agreement_id, sheet_id) WHERE (sheet_id IS NOT NULL);


--
-- Name: sheet_line_by_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_line_by_sheet ON public.sheet_line USING btree (platform_id, sheet_id, sequence, "position") WHERE (sheet_id > 0);


--
-- Name: sheet_movement_by_reference; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_movement_by_reference ON public.sheet_movement USING btree (platform_id, reference, movement_id) WHERE (reference <> ''::text);


--
-- Name: sheet_movement_by_sheet; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_movement_by_sheet ON public.sheet_movement USING btree (platform_id, sheet_id, movement_id) WHERE (sheet_id > 0);


--
-- Name: sheet_owed; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_owed ON public.sheet USING btree (platform_id, party_id, book_id, currency, period_start, sheet_id) WHERE ((total_minor < 0) AND (status <> ALL (ARRAY['COLLECTED'::text, 'WRITTEN_OFF'::text])));


--
-- Name: sheet_to_close; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_to_close ON public.sheet USING btree (platform_id, period_end, sheet_id) WHERE (status = 'OPEN'::text);


--
-- Name: sheet_to_deem; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_to_deem ON public.sheet USING btree (platform_id, confirm_by, sheet_id) WHERE ((status = 'CONFIRM_PENDING'::text) AND (confirm_by IS NOT NULL));


--
-- Name: sheet_unclosed; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_unclosed ON public.sheet USING btree (platform_id, party_id, book_id, currency, period_end, sheet_id) WHERE (status = ANY (ARRAY['OPEN'::text, 'CLOSING'::text]));


--
-- Name: sheet_unpaid; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX sheet_unpaid ON public.sheet USING btree (platform_id, due_date, sheet_id) WHERE ((total_minor > 0) AND (status <> ALL (ARRAY['PAID'::text, 'COMPLETED'::text])));


--
-- Name: source_refusal_due; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX source_refusal_due ON public.source_refusal USING btree (platform_id, source, next_try_at, refusal) WHERE (resolved_at IS NULL);


--
-- Name: source_refusal_open; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX source_refusal_open ON public.source_refusal USING btree (platform_id, source, refusal) WHERE (resolved_at IS NULL);


--
-- Name: subject_waits_once; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX subject_waits_once ON public.approval USING btree (platform_id, kind, subject) WHERE (status = 'PENDING'::text);


--
-- Name: suspense_item_by_deadline; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX suspense_item_by_deadline ON public.suspense_item USING btree (platform_id, deadline, item) WHERE ((status = 'OPEN'::text) AND (amount_minor > 0));


--
-- Name: account account_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER account_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.account FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: adjustment adjusted_order_is_known; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER adjusted_order_is_known AFTER INSERT ON public.adjustment REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_named_orders();


--
-- Name: adjustment adjustment_is_of_parties_that_earn; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER adjustment_is_of_parties_that_earn BEFORE INSERT ON public.adjustment FOR EACH ROW WHEN (((NOT public.earns(new.platform_id, new.party_id)) OR ((new.counterparty_id IS NOT NULL) AND (NOT public.earns(new.platform_id, new.counterparty_id))))) EXECUTE FUNCTION public.refuse_party_that_earns_nothing();


--
-- Name: adjustment adjustment_is_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER adjustment_is_posted AFTER INSERT ON public.adjustment REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_adjustments();


--
-- Name: adjustment adjustment_keeps_what_was_proposed; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER adjustment_keeps_what_was_proposed BEFORE UPDATE ON public.adjustment FOR EACH ROW WHEN (((old.status = 'POSTED'::text) OR ((((((((((((((((new.reference IS DISTINCT FROM old.reference) OR (new.party_id IS DISTINCT FROM old.party_id)) OR (new.counterparty_id IS DISTINCT FROM old.counterparty_id)) OR (new.book_id IS DISTINCT FROM old.book_id)) OR (new.amount_minor IS DISTINCT FROM old.amount_minor)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.kind IS DISTINCT FROM old.kind)) OR (new.debit_code IS DISTINCT FROM old.debit_code)) OR (new.credit_code IS DISTINCT FROM old.credit_code)) OR (new.reason IS DISTINCT FROM old.reason)) OR (new.order_reference IS DISTINCT FROM old.order_reference)) OR (new.line_reference IS DISTINCT FROM old.line_reference)) OR (new.attachment_sha256 IS DISTINCT FROM old.attachment_sha256)) OR (new.fingerprint IS DISTINCT FROM old.fingerprint)) OR (new.proposed_by IS DISTINCT FROM old.proposed_by)) OR (new.proposed_at IS DISTINCT FROM old.proposed_at)))) EXECUTE FUNCTION public.refuse_new_proposal();


--
-- Name: adjustment adjustment_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER adjustment_stays BEFORE DELETE OR TRUNCATE ON public.adjustment FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: adjustment adjustment_stays_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER adjustment_stays_posted AFTER UPDATE ON public.adjustment REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_adjustments();


--
-- Name: deposit_agreement agreement_ends_once; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER agreement_ends_once BEFORE UPDATE ON public.deposit_agreement FOR EACH ROW WHEN ((old.ended_at IS NOT NULL)) EXECUTE FUNCTION public.refuse_new_proposal();


--
-- Name: deposit_agreement agreement_is_of_a_party_that_earns; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER agreement_is_of_a_party_that_earns BEFORE INSERT ON public.deposit_agreement FOR EACH ROW WHEN ((NOT public.earns(new.platform_id, new.party_id))) EXECUTE FUNCTION public.refuse_party_that_earns_nothing();


--
-- Name: bank_answer answer_keeps_what_was_said; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER answer_keeps_what_was_said BEFORE UPDATE ON public.bank_answer FOR EACH ROW WHEN (((((((((((new.source IS DISTINCT FROM old.source) OR (new.reference IS DISTINCT FROM old.reference)) OR (new.kind IS DISTINCT FROM old.kind)) OR (new.channel_key IS DISTINCT FROM old.channel_key)) OR (new.amount_minor IS DISTINCT FROM old.amount_minor)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.fee_minor IS DISTINCT FROM old.fee_minor)) OR (new.occurred_at IS DISTINCT FROM old.occurred_at)) OR (new.fingerprint IS DISTINCT FROM old.fingerprint)) OR (old.status = 'APPLIED'::text))) EXECUTE FUNCTION public.refuse_other_answer();


--
-- Name: approval approval_begins_pending; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER approval_begins_pending BEFORE INSERT ON public.approval FOR EACH ROW EXECUTE FUNCTION public.check_approval_request();


--
-- Name: approval approval_changes_lawfully; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER approval_changes_lawfully BEFORE UPDATE ON public.approval FOR EACH ROW EXECUTE FUNCTION public.check_approval_change();


--
-- Name: approval_decision approval_decision_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER approval_decision_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.approval_decision FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: approval_flow approval_flow_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER approval_flow_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.approval_flow FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: approval_seat approval_seat_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER approval_seat_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.approval_seat FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: approval approval_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER approval_stays BEFORE DELETE OR TRUNCATE ON public.approval FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: bank_answer bank_answer_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER bank_answer_stays BEFORE DELETE OR TRUNCATE ON public.bank_answer FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: bank_file bank_file_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER bank_file_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.bank_file FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: deposit_movement bill_lapses_on_its_day; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER bill_lapses_on_its_day BEFORE INSERT ON public.deposit_movement FOR EACH ROW WHEN ((new.kind = 'LAPSED'::text)) EXECUTE FUNCTION public.check_lapse();


--
-- Name: book book_closes_days_that_are_over; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER book_closes_days_that_are_over BEFORE INSERT OR UPDATE ON public.book FOR EACH ROW EXECUTE FUNCTION public.refuse_early_closing();


--
-- Name: book book_closes_forward; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER book_closes_forward BEFORE UPDATE ON public.book FOR EACH ROW WHEN ((new.closed_through < old.closed_through)) EXECUTE FUNCTION public.refuse_reopening();


--
-- Name: book_reopening book_reopening_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER book_reopening_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.book_reopening FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: calendar calendar_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER calendar_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.calendar FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: calendar calendar_versions_have_no_gap; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER calendar_versions_have_no_gap AFTER INSERT ON public.calendar REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_calendar_versions();


--
-- Name: channel_day channel_day_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER channel_day_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.channel_day FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: channel_day channel_day_is_the_sum_of_its_records; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE CONSTRAINT TRIGGER channel_day_is_the_sum_of_its_records AFTER INSERT ON public.channel_day DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.check_channel_day();


--
-- Name: channel_dismissal channel_difference_is_set_aside_once; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER channel_difference_is_set_aside_once AFTER INSERT ON public.channel_dismissal REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_channel_dismissals();


--
-- Name: channel_dismissal channel_dismissal_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER channel_dismissal_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.channel_dismissal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: channel_record channel_record_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER channel_record_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.channel_record FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: channel_record channel_records_add_up; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER channel_records_add_up AFTER INSERT ON public.channel_record REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_channel_records();


--
-- Name: channel_reopening channel_reopening_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER channel_reopening_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.channel_reopening FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: charging_source charging_source_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER charging_source_stays BEFORE DELETE OR TRUNCATE ON public.charging_source FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: deposit_movement claim_is_for_a_party_that_earns; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER claim_is_for_a_party_that_earns BEFORE INSERT ON public.deposit_movement FOR EACH ROW WHEN (((new.counterparty_id IS NOT NULL) AND (NOT public.earns(new.platform_id, new.counterparty_id)))) EXECUTE FUNCTION public.refuse_party_that_earns_nothing();


--
-- Name: deposit_movement claimed_order_is_known; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER claimed_order_is_known AFTER INSERT ON public.deposit_movement REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_claimed_orders();


--
-- Name: deposit_agreement closed_party_agrees_to_nothing; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER closed_party_agrees_to_nothing BEFORE INSERT ON public.deposit_agreement FOR EACH ROW WHEN (public.is_closed(new.platform_id, new.party_id)) EXECUTE FUNCTION public.refuse_business_of_closed_party();


--
-- Name: deposit_movement closed_party_does_no_service; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER closed_party_does_no_service BEFORE INSERT ON public.deposit_movement FOR EACH ROW WHEN (((new.counterparty_id IS NOT NULL) AND public.is_closed(new.platform_id, new.counterparty_id) AND (NOT public.is_agreed_claim(new.platform_id, new.slice_id, new.reference)))) EXECUTE FUNCTION public.refuse_business_of_closed_party();


--
-- Name: adjustment closed_party_gets_what_is_of_an_order; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER closed_party_gets_what_is_of_an_order BEFORE INSERT ON public.adjustment FOR EACH ROW WHEN (((new.order_reference = ''::text) AND (((new.kind = 'COMPENSATION'::text) AND public.is_closed(new.platform_id, new.party_id)) OR ((new.counterparty_id <> new.party_id) AND public.is_closed(new.platform_id, new.counterparty_id))))) EXECUTE FUNCTION public.refuse_business_of_closed_party();


--
-- Name: sheet_movement collected_money_has_its_match; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE CONSTRAINT TRIGGER collected_money_has_its_match AFTER INSERT ON public.sheet_movement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.kind = 'COLLECTED'::text) OR (new.reference ~~ 'receipt/%'::text))) EXECUTE FUNCTION public.check_collected();


--
-- Name: sheet debts_end_once_confirmed; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE CONSTRAINT TRIGGER debts_end_once_confirmed AFTER UPDATE ON public.sheet DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.status = ANY (ARRAY['CLOSED'::text, 'CONFIRM_PENDING'::text])) AND (new.status = 'COLLECTED'::text) AND (new.collected_minor = 0))) EXECUTE FUNCTION public.check_debt_is_confirmed();


--
-- Name: approval_decision decision_is_lawful; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER decision_is_lawful BEFORE INSERT ON public.approval_decision FOR EACH ROW EXECUTE FUNCTION public.check_approval_decision();


--
-- Name: deposit_agreement deposit_agreement_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER deposit_agreement_stays BEFORE DELETE OR TRUNCATE ON public.deposit_agreement FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: deposit_movement deposit_claim_goes_to_another; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER deposit_claim_goes_to_another AFTER INSERT ON public.deposit_movement REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_deposit_claims();


--
-- Name: deposit_movement deposit_movement_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER deposit_movement_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.deposit_movement FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: deposit_movement deposit_movement_is_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER deposit_movement_is_posted AFTER INSERT ON public.deposit_movement REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_deposit_movements();


--
-- Name: deposit_slice deposit_slice_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER deposit_slice_stays BEFORE DELETE OR TRUNCATE ON public.deposit_slice FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: sheet_dispute dispute_begins_unanswered; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER dispute_begins_unanswered AFTER INSERT ON public.sheet_dispute REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_dispute_answers();


--
-- Name: order_dispute_line dispute_counts_on_no_more; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER dispute_counts_on_no_more AFTER UPDATE ON public.order_dispute_line FOR EACH ROW WHEN ((new.waiting_minor > old.waiting_minor)) EXECUTE FUNCTION public.check_suspense_counted();


--
-- Name: order_dispute_line dispute_counts_on_what_is_free; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER dispute_counts_on_what_is_free AFTER INSERT ON public.order_dispute_line FOR EACH ROW WHEN ((new.waiting_minor > 0)) EXECUTE FUNCTION public.check_suspense_counted();


--
-- Name: order_dispute dispute_goes_on; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER dispute_goes_on BEFORE UPDATE ON public.order_dispute FOR EACH ROW WHEN ((((old.status = ANY (ARRAY['WON'::text, 'LOST'::text])) AND ((new.status IS DISTINCT FROM old.status) OR (new.liability IS DISTINCT FROM old.liability))) OR ((old.status = 'DEFENDED'::text) AND (new.status = 'NOTIFIED'::text)) OR ((old.defended_at IS NOT NULL) AND (new.defended_at IS DISTINCT FROM old.defended_at)))) EXECUTE FUNCTION public.refuse_dispute_undone();


--
-- Name: sheet_dispute dispute_is_answered_by_what_was_done; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER dispute_is_answered_by_what_was_done AFTER UPDATE ON public.sheet_dispute REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_dispute_answers();


--
-- Name: order_dispute_line dispute_lines_add_up; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER dispute_lines_add_up AFTER INSERT ON public.order_dispute_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_dispute_lines();


--
-- Name: order_dispute_line dispute_lines_stay_even; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER dispute_lines_stay_even AFTER UPDATE ON public.order_dispute_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_dispute_lines();


--
-- Name: deposit_agreement ended_agreement_asks_for_nothing; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE CONSTRAINT TRIGGER ended_agreement_asks_for_nothing AFTER UPDATE ON public.deposit_agreement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.ended_at IS NOT NULL)) EXECUTE FUNCTION public.check_agreement_end();


--
-- Name: entry entry_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER entry_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: entry entry_is_next_in_the_log; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER entry_is_next_in_the_log AFTER INSERT ON public.entry REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_sequence();


--
-- Name: entry entry_is_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER entry_is_whole AFTER INSERT ON public.entry REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_entries();


--
-- Name: fee_item fee_item_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_item_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.fee_item FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: fee_line fee_line_keeps_what_it_says; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_line_keeps_what_it_says BEFORE UPDATE ON public.fee_line FOR EACH ROW WHEN ((((((to_jsonb(new.*) - 'reversed_minor'::text) - 'reversed_base_minor'::text) - 'reversed_tax_minor'::text) <> (((to_jsonb(old.*) - 'reversed_minor'::text) - 'reversed_base_minor'::text) - 'reversed_tax_minor'::text)) OR (new.reversed_minor < old.reversed_minor))) EXECUTE FUNCTION public.refuse_fee_line_change();


--
-- Name: fee_line fee_line_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_line_stays BEFORE DELETE OR TRUNCATE ON public.fee_line FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: fee_line fee_lines_are_reversed_soundly; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_lines_are_reversed_soundly AFTER INSERT ON public.fee_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_fee_lines();


--
-- Name: fee_line fee_lines_book_what_is_not_computed; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_lines_book_what_is_not_computed AFTER INSERT ON public.fee_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_fee_lines_of_orders();


--
-- Name: fee_line fee_lines_stay_reversed_soundly; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_lines_stay_reversed_soundly AFTER UPDATE ON public.fee_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_fee_lines();


--
-- Name: fee_plan fee_plan_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_plan_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.fee_plan FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: log_follower follower_goes_forward; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER follower_goes_forward BEFORE UPDATE ON public.log_follower FOR EACH ROW WHEN ((new.sequence < old.sequence)) EXECUTE FUNCTION public.refuse_reading_again();


--
-- Name: hold held_order_is_known; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER held_order_is_known AFTER INSERT ON public.hold REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_named_orders();


--
-- Name: hold hold_is_of_a_party_that_earns; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER hold_is_of_a_party_that_earns BEFORE INSERT ON public.hold FOR EACH ROW WHEN ((NOT public.earns(new.platform_id, new.party_id))) EXECUTE FUNCTION public.refuse_party_that_earns_nothing();


--
-- Name: hold hold_is_the_sum_of_its_movements; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER hold_is_the_sum_of_its_movements AFTER INSERT ON public.hold REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_hold_sums();


--
-- Name: hold hold_keeps_its_ground; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER hold_keeps_its_ground BEFORE UPDATE ON public.hold FOR EACH ROW WHEN (((new.lifted_minor < old.lifted_minor) OR (((((((((((((((((((new.reference IS DISTINCT FROM old.reference) OR (new.party_id IS DISTINCT FROM old.party_id)) OR (new.book_id IS DISTINCT FROM old.book_id)) OR (new.sheet_id IS DISTINCT FROM old.sheet_id)) OR (new.account_code IS DISTINCT FROM old.account_code)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.amount_minor IS DISTINCT FROM old.amount_minor)) OR (new.reason IS DISTINCT FROM old.reason)) OR (new.legal_ground IS DISTINCT FROM old.legal_ground)) OR (new.release_condition IS DISTINCT FROM old.release_condition)) OR (new.release_rule IS DISTINCT FROM old.release_rule)) OR (new.expected_release_date IS DISTINCT FROM old.expected_release_date)) OR (new.zone IS DISTINCT FROM old.zone)) OR (new.order_reference IS DISTINCT FROM old.order_reference)) OR (new.line_reference IS DISTINCT FROM old.line_reference)) OR (new.dispute_reference IS DISTINCT FROM old.dispute_reference)) OR (new.placed_by IS DISTINCT FROM old.placed_by)) OR (new.placed_at IS DISTINCT FROM old.placed_at)) OR (new.fingerprint IS DISTINCT FROM old.fingerprint)))) EXECUTE FUNCTION public.refuse_new_proposal();


--
-- Name: hold_movement hold_movement_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER hold_movement_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.hold_movement FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: hold_movement hold_movement_is_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER hold_movement_is_posted AFTER INSERT ON public.hold_movement REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_hold_movements();


--
-- Name: hold hold_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER hold_stays BEFORE DELETE OR TRUNCATE ON public.hold FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: hold hold_stays_the_sum_of_its_movements; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER hold_stays_the_sum_of_its_movements AFTER UPDATE ON public.hold REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_hold_sums();


--
-- Name: internal_split_task internal_split_task_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER internal_split_task_stays BEFORE DELETE OR TRUNCATE ON public.internal_split_task FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: job job_stays_what_it_is; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER job_stays_what_it_is BEFORE UPDATE ON public.job FOR EACH ROW WHEN (((old.status = 'DONE'::text) OR ((old.status = 'DEAD'::text) AND (new.status <> 'READY'::text)) OR (new.lease < old.lease) OR (((((new.platform_id IS DISTINCT FROM old.platform_id) OR (new.job_id IS DISTINCT FROM old.job_id)) OR (new.kind IS DISTINCT FROM old.kind)) OR (new.key IS DISTINCT FROM old.key)) OR (new.due_at IS DISTINCT FROM old.due_at)))) EXECUTE FUNCTION public.check_job_change();


--
-- Name: line line_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER line_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.line FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: line line_is_lawful; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER line_is_lawful AFTER INSERT ON public.line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_lines();


--
-- Name: order_line line_is_shared_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER line_is_shared_whole AFTER INSERT ON public.order_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_order_lines();


--
-- Name: order_line line_keeps_what_was_frozen; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER line_keeps_what_was_frozen BEFORE UPDATE ON public.order_line FOR EACH ROW WHEN (((((((((((((new.merchant_id IS DISTINCT FROM old.merchant_id) OR (new.agent_id IS DISTINCT FROM old.agent_id)) OR (new.chain IS DISTINCT FROM old.chain)) OR (new.plan_version IS DISTINCT FROM old.plan_version)) OR (new.rates IS DISTINCT FROM old.rates)) OR (new.goods_minor IS DISTINCT FROM old.goods_minor)) OR (new.delivery_minor IS DISTINCT FROM old.delivery_minor)) OR (new.platform_discount_minor IS DISTINCT FROM old.platform_discount_minor)) OR (new.merchant_discount_minor IS DISTINCT FROM old.merchant_discount_minor)) OR (new.fee_charged_minor IS DISTINCT FROM old.fee_charged_minor)) OR (new.order_reference IS DISTINCT FROM old.order_reference)) OR (new.line_reference IS DISTINCT FROM old.line_reference))) EXECUTE FUNCTION public.refuse_thawing();


--
-- Name: order_line line_stays_shared_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER line_stays_shared_whole AFTER UPDATE ON public.order_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_order_lines();


--
-- Name: log_event log_event_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER log_event_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.log_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: log_event log_event_is_found_by_party; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER log_event_is_found_by_party AFTER INSERT ON public.log_event REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.keep_party_events();


--
-- Name: log_event log_event_is_next_in_the_log; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER log_event_is_next_in_the_log AFTER INSERT ON public.log_event REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_sequence();


--
-- Name: hold_movement movements_add_up_to_their_hold; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER movements_add_up_to_their_hold AFTER INSERT ON public.hold_movement REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_hold_sums();


--
-- Name: deposit_movement movements_add_up_to_their_slice; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER movements_add_up_to_their_slice AFTER INSERT ON public.deposit_movement REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_slice_sums();


--
-- Name: payout_sheet nothing_disputed_is_paid; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER nothing_disputed_is_paid AFTER INSERT ON public.payout_sheet REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_nothing_disputed_is_paid();


--
-- Name: job only_done_jobs_are_forgotten; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER only_done_jobs_are_forgotten BEFORE DELETE ON public.job FOR EACH ROW WHEN ((old.status <> 'DONE'::text)) EXECUTE FUNCTION public.check_job_change();


--
-- Name: order_dispute_line order_dispute_line_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_dispute_line_stays BEFORE DELETE OR TRUNCATE ON public.order_dispute_line FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_dispute order_dispute_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_dispute_stays BEFORE DELETE OR TRUNCATE ON public.order_dispute FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_event order_event_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_event_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.order_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_head order_head_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_head_stays BEFORE DELETE OR TRUNCATE ON public.order_head FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_line order_line_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_line_stays BEFORE DELETE OR TRUNCATE ON public.order_line FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_refund_line order_refund_line_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_refund_line_stays BEFORE DELETE OR TRUNCATE ON public.order_refund_line FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_refund order_refund_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_refund_stays BEFORE DELETE OR TRUNCATE ON public.order_refund FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_share order_share_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER order_share_stays BEFORE DELETE OR TRUNCATE ON public.order_share FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_head orders_are_charged_here_alone; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER orders_are_charged_here_alone AFTER INSERT ON public.order_head REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_orders_are_charged_here();


--
-- Name: party_event party_event_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER party_event_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.party_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: party party_identity_is_fixed; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER party_identity_is_fixed BEFORE UPDATE ON public.party FOR EACH ROW WHEN (((((new.platform_id IS DISTINCT FROM old.platform_id) OR (new.party_id IS DISTINCT FROM old.party_id)) OR (new.reference IS DISTINCT FROM old.reference)) OR (new.kind IS DISTINCT FROM old.kind))) EXECUTE FUNCTION public.refuse_new_identity();


--
-- Name: party_move party_move_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER party_move_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.party_move FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: party party_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER party_stays BEFORE DELETE OR TRUNCATE ON public.party FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: party party_tree_has_no_loop; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER party_tree_has_no_loop BEFORE UPDATE OF parent_id ON public.party FOR EACH ROW WHEN ((new.parent_id IS DISTINCT FROM old.parent_id)) EXECUTE FUNCTION public.refuse_loop();


--
-- Name: payee_account payee_account_is_fixed; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payee_account_is_fixed BEFORE UPDATE ON public.payee_account FOR EACH ROW WHEN ((((((((new.party_id IS DISTINCT FROM old.party_id) OR (new.reference IS DISTINCT FROM old.reference)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.identifier IS DISTINCT FROM old.identifier)) OR (new.holder IS DISTINCT FROM old.holder)) OR (new.fingerprint IS DISTINCT FROM old.fingerprint)) OR (old.retired_at IS NOT NULL))) EXECUTE FUNCTION public.refuse_other_account();


--
-- Name: payee_account payee_account_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payee_account_stays BEFORE DELETE OR TRUNCATE ON public.payee_account FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: paying_account paying_account_is_fixed; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER paying_account_is_fixed BEFORE UPDATE ON public.paying_account FOR EACH ROW WHEN (((((((new.book_id IS DISTINCT FROM old.book_id) OR (new.reference IS DISTINCT FROM old.reference)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.identifier IS DISTINCT FROM old.identifier)) OR (new.holder IS DISTINCT FROM old.holder)) OR (old.retired_at IS NOT NULL))) EXECUTE FUNCTION public.refuse_other_account();


--
-- Name: paying_account paying_account_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER paying_account_stays BEFORE DELETE OR TRUNCATE ON public.paying_account FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: deposit_movement payment_is_of_a_claim; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payment_is_of_a_claim BEFORE INSERT ON public.deposit_movement FOR EACH ROW WHEN ((new.kind = 'CLAIM_PAID'::text)) EXECUTE FUNCTION public.check_claim_payment();


--
-- Name: payout payout_goes_its_way; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_goes_its_way BEFORE UPDATE ON public.payout FOR EACH ROW EXECUTE FUNCTION public.refuse_stray_payout();


--
-- Name: payout payout_is_sent_as_things_are; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_is_sent_as_things_are AFTER UPDATE OF status ON public.payout FOR EACH ROW WHEN (((old.status = 'CREATED'::text) AND (new.status = 'SUBMITTED'::text))) EXECUTE FUNCTION public.refuse_outdated_payout();


--
-- Name: payout payout_is_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_is_whole AFTER INSERT ON public.payout REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_payout_sheets();


--
-- Name: payout payout_said_paid_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_said_paid_stays AFTER UPDATE OF status ON public.payout FOR EACH ROW WHEN (((new.status <> old.status) AND (new.status = ANY (ARRAY['SUBMITTED'::text, 'FAILED'::text, 'CANCELLED'::text])))) EXECUTE FUNCTION public.refuse_payout_said_paid();


--
-- Name: payout_sheet payout_sheet_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_sheet_stays BEFORE DELETE OR TRUNCATE ON public.payout_sheet FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: payout_sheet payout_sheets_are_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_sheets_are_whole AFTER INSERT ON public.payout_sheet REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_payout_sheets();


--
-- Name: payout_sheet payout_sheets_stay_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_sheets_stay_whole AFTER UPDATE ON public.payout_sheet REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_payout_sheets();


--
-- Name: payout payout_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_stays BEFORE DELETE OR TRUNCATE ON public.payout FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: payout payout_stays_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_stays_whole AFTER UPDATE ON public.payout REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_payout_sheets();


--
-- Name: payout_submission payout_submission_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER payout_submission_stays BEFORE DELETE OR TRUNCATE ON public.payout_submission FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: rate_override rate_override_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER rate_override_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.rate_override FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: rate_override rate_override_is_lawful; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER rate_override_is_lawful BEFORE INSERT ON public.rate_override FOR EACH ROW EXECUTE FUNCTION public.check_rate_override();


--
-- Name: receipt receipt_begins_unmatched; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_begins_unmatched AFTER INSERT ON public.receipt FOR EACH ROW WHEN (((new.matched_minor <> 0) OR (new.returned_minor <> 0))) EXECUTE FUNCTION public.check_receipt_sum();


--
-- Name: receipt receipt_is_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_is_posted AFTER INSERT ON public.receipt REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_receipts();


--
-- Name: receipt receipt_is_the_sum_of_its_matches; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_is_the_sum_of_its_matches AFTER UPDATE ON public.receipt FOR EACH ROW WHEN (((new.matched_minor IS DISTINCT FROM old.matched_minor) OR (new.returned_minor IS DISTINCT FROM old.returned_minor))) EXECUTE FUNCTION public.check_receipt_sum();


--
-- Name: receipt receipt_keeps_what_was_recorded; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_keeps_what_was_recorded BEFORE UPDATE ON public.receipt FOR EACH ROW WHEN (((((((((((((((new.platform_id IS DISTINCT FROM old.platform_id) OR (new.receipt_id IS DISTINCT FROM old.receipt_id)) OR (new.book_id IS DISTINCT FROM old.book_id)) OR (new.sequence IS DISTINCT FROM old.sequence)) OR (new.amount_minor IS DISTINCT FROM old.amount_minor)) OR (new.recorded_at IS DISTINCT FROM old.recorded_at)) OR (new.value_date IS DISTINCT FROM old.value_date)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.reference IS DISTINCT FROM old.reference)) OR (new.bank_account IS DISTINCT FROM old.bank_account)) OR (new.payer IS DISTINCT FROM old.payer)) OR (new.recorded_by IS DISTINCT FROM old.recorded_by)) OR (new.fingerprint IS DISTINCT FROM old.fingerprint)) OR (new.deadline IS DISTINCT FROM old.deadline))) EXECUTE FUNCTION public.refuse_new_proposal();


--
-- Name: receipt_match receipt_match_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_match_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.receipt_match FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: receipt_match receipt_match_is_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_match_is_posted AFTER INSERT ON public.receipt_match REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_receipt_matches();


--
-- Name: receipt_match receipt_matches_add_up; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_matches_add_up AFTER INSERT ON public.receipt_match REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_match_sums();


--
-- Name: receipt_return receipt_return_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_return_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.receipt_return FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: receipt_return receipt_return_is_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_return_is_posted AFTER INSERT ON public.receipt_return REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_receipt_returns();


--
-- Name: receipt_return receipt_returns_add_up; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_returns_add_up AFTER INSERT ON public.receipt_return REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_return_sums();


--
-- Name: receipt receipt_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_stays BEFORE DELETE OR TRUNCATE ON public.receipt FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: receipt_tolerance receipt_tolerance_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_tolerance_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.receipt_tolerance FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: receipt_unmatch receipt_unmatch_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_unmatch_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.receipt_unmatch FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: receipt_unmatch receipt_unmatch_is_posted; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_unmatch_is_posted AFTER INSERT ON public.receipt_unmatch REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_receipt_unmatches();


--
-- Name: receipt_unmatch receipt_unmatches_add_up; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER receipt_unmatches_add_up AFTER INSERT ON public.receipt_unmatch REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_unmatch_sums();


--
-- Name: book_reopening reopening_is_lawful; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER reopening_is_lawful BEFORE INSERT ON public.book_reopening FOR EACH ROW EXECUTE FUNCTION public.check_reopening();


--
-- Name: disputed_rest rest_ends_when_it_is_settled; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER rest_ends_when_it_is_settled BEFORE UPDATE ON public.disputed_rest FOR EACH ROW WHEN ((new.is_decided AND (NOT old.is_decided))) EXECUTE FUNCTION public.check_rest_is_settled();


--
-- Name: disputed_rest rest_is_held_by_a_hold; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER rest_is_held_by_a_hold BEFORE UPDATE ON public.disputed_rest FOR EACH ROW WHEN ((new.held_minor > old.held_minor)) EXECUTE FUNCTION public.check_rest_is_held();


--
-- Name: disputed_rest rest_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER rest_stays BEFORE DELETE OR TRUNCATE ON public.disputed_rest FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: disputed_rest rest_stays_as_it_was_found; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER rest_stays_as_it_was_found BEFORE UPDATE ON public.disputed_rest FOR EACH ROW WHEN ((((((((new.platform_id IS DISTINCT FROM old.platform_id) OR (new.sequence IS DISTINCT FROM old.sequence)) OR (new.place IS DISTINCT FROM old.place)) OR (new.sheet_id IS DISTINCT FROM old.sheet_id)) OR (new.amount_minor IS DISTINCT FROM old.amount_minor)) OR (new.dispute_reference IS DISTINCT FROM old.dispute_reference)) OR (new.held_minor < old.held_minor) OR old.is_decided)) EXECUTE FUNCTION public.refuse_other_rest();


--
-- Name: settlement_terms settlement_terms_are_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER settlement_terms_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.settlement_terms FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: order_share shares_are_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER shares_are_whole AFTER INSERT ON public.order_share REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_order_shares();


--
-- Name: order_share shares_stay_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER shares_stay_whole AFTER UPDATE ON public.order_share REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_order_shares();


--
-- Name: sheet_account sheet_account_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_account_stays BEFORE DELETE OR TRUNCATE ON public.sheet_account FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: sheet sheet_begins_open; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_begins_open BEFORE INSERT ON public.sheet FOR EACH ROW WHEN ((new.status <> 'OPEN'::text)) EXECUTE FUNCTION public.refuse_fixed_sheet();


--
-- Name: sheet_dispute sheet_dispute_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_dispute_stays BEFORE DELETE OR TRUNCATE ON public.sheet_dispute FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: sheet_history sheet_history_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_history_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.sheet_history FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: sheet_history sheet_history_is_of_a_sheet; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_history_is_of_a_sheet AFTER INSERT ON public.sheet_history REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_sheet_history();


--
-- Name: sheet sheet_identity_is_fixed; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_identity_is_fixed BEFORE UPDATE ON public.sheet FOR EACH ROW WHEN (((((((((new.party_id IS DISTINCT FROM old.party_id) OR (new.book_id IS DISTINCT FROM old.book_id)) OR (new.role IS DISTINCT FROM old.role)) OR (new.mode IS DISTINCT FROM old.mode)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.zone IS DISTINCT FROM old.zone)) OR (new.opened_at IS DISTINCT FROM old.opened_at)) OR ((old.status <> 'OPEN'::text) AND ((new.status = 'OPEN'::text) OR ((old.status <> 'CLOSING'::text) AND (new.status = 'CLOSING'::text)) OR ((((((new.period_start IS DISTINCT FROM old.period_start) OR (new.period_end IS DISTINCT FROM old.period_end)) OR (new.through_sequence IS DISTINCT FROM old.through_sequence)) OR (new.closing_sequence IS DISTINCT FROM old.closing_sequence)) OR (new.line_count IS DISTINCT FROM old.line_count)) OR (new.total_minor IS DISTINCT FROM old.total_minor)))))) EXECUTE FUNCTION public.refuse_fixed_sheet();


--
-- Name: sheet sheet_is_alone_in_its_period; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_is_alone_in_its_period AFTER INSERT OR UPDATE OF period_start, period_end ON public.sheet FOR EACH ROW EXECUTE FUNCTION public.check_sheet_period();


--
-- Name: sheet sheet_is_its_lines; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_is_its_lines AFTER UPDATE ON public.sheet REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_closed_sheet();


--
-- Name: sheet sheet_is_its_movements; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_is_its_movements AFTER UPDATE ON public.sheet FOR EACH ROW WHEN (((((((((new.netted_minor IS DISTINCT FROM old.netted_minor) OR (new.retained_minor IS DISTINCT FROM old.retained_minor)) OR (new.held_minor IS DISTINCT FROM old.held_minor)) OR (new.withheld_minor IS DISTINCT FROM old.withheld_minor)) OR (new.payout_minor IS DISTINCT FROM old.payout_minor)) OR (new.paid_minor IS DISTINCT FROM old.paid_minor)) OR (new.collected_minor IS DISTINCT FROM old.collected_minor)) OR (new.written_off_minor IS DISTINCT FROM old.written_off_minor))) EXECUTE FUNCTION public.check_sheet_figures();


--
-- Name: sheet sheet_keeps_its_number; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_keeps_its_number BEFORE UPDATE OF platform_id, sheet_id ON public.sheet FOR EACH ROW EXECUTE FUNCTION public.refuse_fixed_sheet();


--
-- Name: sheet_line sheet_line_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_line_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.sheet_line FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: sheet_line sheet_lines_are_lines; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_lines_are_lines AFTER INSERT ON public.sheet_line REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_sheet_lines();


--
-- Name: sheet_movement sheet_movement_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_movement_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.sheet_movement FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: sheet_movement sheet_movements_are_its_figures; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_movements_are_its_figures AFTER INSERT ON public.sheet_movement REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_sheet_movements();


--
-- Name: sheet sheet_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_stays BEFORE DELETE OR TRUNCATE ON public.sheet FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: sheet sheet_ways_are_those_of_its_life; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_ways_are_those_of_its_life BEFORE UPDATE ON public.sheet FOR EACH ROW WHEN (((old.status IS DISTINCT FROM new.status) AND (NOT public.is_sheet_way(old.status, new.status)))) EXECUTE FUNCTION public.refuse_sheet_way();


--
-- Name: sheet sheet_ways_wait_for_who_must_agree; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER sheet_ways_wait_for_who_must_agree BEFORE UPDATE ON public.sheet FOR EACH ROW WHEN (((old.status IS DISTINCT FROM new.status) AND ((new.status = 'WRITTEN_OFF'::text) OR (old.status = 'INVOICE_PENDING'::text) OR ((old.status = 'APPROVAL'::text) AND (new.status <> ALL (ARRAY['CONFIRMED'::text, 'COLLECTED'::text])))))) EXECUTE FUNCTION public.check_sheet_is_agreed();


--
-- Name: deposit_slice slice_begins_while_its_agreement_stands; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER slice_begins_while_its_agreement_stands AFTER INSERT ON public.deposit_slice REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_slice_beginnings();


--
-- Name: deposit_movement slice_goes_back_on_its_day; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER slice_goes_back_on_its_day BEFORE INSERT ON public.deposit_movement FOR EACH ROW WHEN ((new.kind = 'RELEASED'::text)) EXECUTE FUNCTION public.check_early_release();


--
-- Name: deposit_slice slice_is_the_sum_of_its_movements; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER slice_is_the_sum_of_its_movements AFTER INSERT ON public.deposit_slice REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_slice_sums();


--
-- Name: deposit_slice slice_keeps_its_dates; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER slice_keeps_its_dates BEFORE UPDATE ON public.deposit_slice FOR EACH ROW WHEN (((((((((((((new.agreement_id IS DISTINCT FROM old.agreement_id) OR (new.party_id IS DISTINCT FROM old.party_id)) OR (new.book_id IS DISTINCT FROM old.book_id)) OR (new.sheet_id IS DISTINCT FROM old.sheet_id)) OR (new.currency IS DISTINCT FROM old.currency)) OR (new.kind IS DISTINCT FROM old.kind)) OR (new.start_date IS DISTINCT FROM old.start_date)) OR (new.end_date IS DISTINCT FROM old.end_date)) OR (new.releasable_date IS DISTINCT FROM old.releasable_date)) OR (new.zone IS DISTINCT FROM old.zone)) OR (new.principal_minor IS DISTINCT FROM old.principal_minor)) OR (new.opened_at IS DISTINCT FROM old.opened_at))) EXECUTE FUNCTION public.refuse_new_proposal();


--
-- Name: deposit_slice slice_stays_the_sum_of_its_movements; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER slice_stays_the_sum_of_its_movements AFTER UPDATE ON public.deposit_slice REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_slice_sums();


--
-- Name: source_refusal source_refusal_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER source_refusal_stays BEFORE DELETE OR TRUNCATE ON public.source_refusal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: payout_submission submission_is_answered_once; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER submission_is_answered_once BEFORE UPDATE ON public.payout_submission FOR EACH ROW WHEN (((old.answered_at IS NOT NULL) AND (new.answered_at IS DISTINCT FROM old.answered_at))) EXECUTE FUNCTION public.refuse_reopened_submission();


--
-- Name: subtree_moved subtree_moved_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER subtree_moved_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.subtree_moved FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: suspense_item suspense_goes_to_who_can_be_credited; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER suspense_goes_to_who_can_be_credited AFTER UPDATE OF status ON public.suspense_item FOR EACH ROW WHEN (((old.status = 'OPEN'::text) AND (new.status <> 'OPEN'::text))) EXECUTE FUNCTION public.check_suspense_receiver();


--
-- Name: suspense_item suspense_item_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER suspense_item_stays BEFORE DELETE OR TRUNCATE ON public.suspense_item FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: suspense_release suspense_release_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER suspense_release_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.suspense_release FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: suspense_release suspense_release_is_its_items; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER suspense_release_is_its_items AFTER INSERT ON public.suspense_release FOR EACH ROW EXECUTE FUNCTION public.check_suspense_release();


--
-- Name: settlement_terms terms_versions_go_forward; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER terms_versions_go_forward AFTER INSERT ON public.settlement_terms REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_terms_versions();


--
-- Name: account account_belongs_to_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: account account_belongs_to_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_belongs_to_a_party FOREIGN KEY (platform_id, party_id, party_reference) REFERENCES public.party(platform_id, party_id, reference);


--
-- Name: account account_follows_the_chart; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_follows_the_chart FOREIGN KEY (platform_id, code, class, normal_side, is_summary) REFERENCES public.chart_account(platform_id, code, class, normal_side, is_summary);


--
-- Name: adjustment adjustment_is_against_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_is_against_a_party FOREIGN KEY (platform_id, counterparty_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: adjustment adjustment_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: adjustment adjustment_is_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: adjustment adjustment_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: deposit_agreement agreement_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_agreement
    ADD CONSTRAINT agreement_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: deposit_agreement agreement_is_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_agreement
    ADD CONSTRAINT agreement_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: bank_answer answer_is_of_a_payout; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.bank_answer
    ADD CONSTRAINT answer_is_of_a_payout FOREIGN KEY (platform_id, payout_id) REFERENCES public.payout(platform_id, payout_id);


--
-- Name: api_key api_key_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: approval_delegation approval_delegation_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_delegation
    ADD CONSTRAINT approval_delegation_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: approval_flow approval_flow_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_flow
    ADD CONSTRAINT approval_flow_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: approval approval_follows_a_flow; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_follows_a_flow FOREIGN KEY (platform_id, flow_version) REFERENCES public.approval_flow(platform_id, flow_version);


--
-- Name: approval approval_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: approval approval_resubmits_another; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_resubmits_another FOREIGN KEY (platform_id, resubmission_of) REFERENCES public.approval(platform_id, approval_id);


--
-- Name: book book_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.book
    ADD CONSTRAINT book_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: calendar calendar_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.calendar
    ADD CONSTRAINT calendar_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: channel_day channel_day_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_day
    ADD CONSTRAINT channel_day_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: channel_difference channel_difference_is_of_a_day; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_difference
    ADD CONSTRAINT channel_difference_is_of_a_day FOREIGN KEY (platform_id, channel_day_id) REFERENCES public.channel_day(platform_id, channel_day_id);


--
-- Name: channel_dismissal channel_dismissal_is_of_a_day; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_dismissal
    ADD CONSTRAINT channel_dismissal_is_of_a_day FOREIGN KEY (platform_id, channel_day_id) REFERENCES public.channel_day(platform_id, channel_day_id);


--
-- Name: channel_record channel_record_is_of_a_day; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_record
    ADD CONSTRAINT channel_record_is_of_a_day FOREIGN KEY (platform_id, channel_day_id) REFERENCES public.channel_day(platform_id, channel_day_id);


--
-- Name: channel_reopening channel_reopening_is_of_a_dismissal; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.channel_reopening
    ADD CONSTRAINT channel_reopening_is_of_a_dismissal FOREIGN KEY (platform_id, channel_dismissal_id) REFERENCES public.channel_dismissal(platform_id, channel_dismissal_id);


--
-- Name: charging_source charging_source_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.charging_source
    ADD CONSTRAINT charging_source_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: chart_account chart_account_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.chart_account
    ADD CONSTRAINT chart_account_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: approval_decision decision_by_delegation; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT decision_by_delegation FOREIGN KEY (platform_id, delegation_id) REFERENCES public.approval_delegation(platform_id, delegation_id);


--
-- Name: approval_decision decision_fills_a_seat; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT decision_fills_a_seat FOREIGN KEY (platform_id, approval_id, step, seat) REFERENCES public.approval_seat(platform_id, approval_id, step, seat);


--
-- Name: approval_decision decision_is_on_what_was_seen; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_decision
    ADD CONSTRAINT decision_is_on_what_was_seen FOREIGN KEY (platform_id, approval_id, maker, digest) REFERENCES public.approval(platform_id, approval_id, maker, digest);


--
-- Name: deposit_agreement deposit_agreement_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_agreement
    ADD CONSTRAINT deposit_agreement_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: order_dispute dispute_belongs_to_an_order; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_dispute
    ADD CONSTRAINT dispute_belongs_to_an_order FOREIGN KEY (platform_id, order_reference) REFERENCES public.order_head(platform_id, reference);


--
-- Name: order_dispute_line dispute_line_belongs_to_a_dispute; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_dispute_line
    ADD CONSTRAINT dispute_line_belongs_to_a_dispute FOREIGN KEY (platform_id, dispute_reference) REFERENCES public.order_dispute(platform_id, dispute_reference);


--
-- Name: order_dispute_line dispute_line_names_a_line; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_dispute_line
    ADD CONSTRAINT dispute_line_names_a_line FOREIGN KEY (platform_id, order_reference, line_reference) REFERENCES public.order_line(platform_id, order_reference, line_reference);


--
-- Name: fee_item fee_item_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_item
    ADD CONSTRAINT fee_item_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: fee_line fee_line_belongs_to_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_line
    ADD CONSTRAINT fee_line_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: fee_line fee_line_follows_the_catalogue; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_line
    ADD CONSTRAINT fee_line_follows_the_catalogue FOREIGN KEY (platform_id, item, item_version) REFERENCES public.fee_item(platform_id, code, version);


--
-- Name: fee_line fee_line_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_line
    ADD CONSTRAINT fee_line_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: fee_line fee_line_reverses_a_line; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_line
    ADD CONSTRAINT fee_line_reverses_a_line FOREIGN KEY (platform_id, reverses) REFERENCES public.fee_line(platform_id, reference);


--
-- Name: fee_plan fee_plan_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_plan
    ADD CONSTRAINT fee_plan_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: approval_flow flow_book_exists; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_flow
    ADD CONSTRAINT flow_book_exists FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: approval_flow flow_party_exists; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_flow
    ADD CONSTRAINT flow_party_exists FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: hold hold_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold
    ADD CONSTRAINT hold_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: hold hold_is_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold
    ADD CONSTRAINT hold_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: hold hold_is_of_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold
    ADD CONSTRAINT hold_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: hold hold_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold
    ADD CONSTRAINT hold_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: job job_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: api_key key_party_exists; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT key_party_exists FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: order_line line_belongs_to_an_order; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT line_belongs_to_an_order FOREIGN KEY (platform_id, order_reference) REFERENCES public.order_head(platform_id, reference);


--
-- Name: order_line line_follows_a_plan; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT line_follows_a_plan FOREIGN KEY (platform_id, plan_version) REFERENCES public.fee_plan(platform_id, version);


--
-- Name: log_follower log_follower_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_follower
    ADD CONSTRAINT log_follower_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: log_head log_head_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_head
    ADD CONSTRAINT log_head_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: receipt_match match_is_of_a_receipt; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_match
    ADD CONSTRAINT match_is_of_a_receipt FOREIGN KEY (platform_id, receipt_id) REFERENCES public.receipt(platform_id, receipt_id);


--
-- Name: receipt_match match_is_of_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_match
    ADD CONSTRAINT match_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: hold_movement movement_is_of_a_hold; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.hold_movement
    ADD CONSTRAINT movement_is_of_a_hold FOREIGN KEY (platform_id, hold_id) REFERENCES public.hold(platform_id, hold_id);


--
-- Name: deposit_movement movement_is_of_a_slice; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_movement
    ADD CONSTRAINT movement_is_of_a_slice FOREIGN KEY (platform_id, slice_id) REFERENCES public.deposit_slice(platform_id, slice_id);


--
-- Name: order_head order_belongs_to_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_head
    ADD CONSTRAINT order_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: order_head order_is_settled_by_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_head
    ADD CONSTRAINT order_is_settled_by_a_book FOREIGN KEY (platform_id, settling_book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: rate_override override_follows_an_approval; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.rate_override
    ADD CONSTRAINT override_follows_an_approval FOREIGN KEY (platform_id, approval_id) REFERENCES public.approval(platform_id, approval_id);


--
-- Name: rate_override override_is_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.rate_override
    ADD CONSTRAINT override_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: party party_parent_exists; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party
    ADD CONSTRAINT party_parent_exists FOREIGN KEY (platform_id, parent_id, parent_kind) REFERENCES public.party(platform_id, party_id, kind);


--
-- Name: party party_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.party
    ADD CONSTRAINT party_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: payee_account payee_account_is_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payee_account
    ADD CONSTRAINT payee_account_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: paying_account paying_account_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.paying_account
    ADD CONSTRAINT paying_account_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: payout payout_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: payout payout_is_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: payout payout_is_of_a_submission; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_is_of_a_submission FOREIGN KEY (platform_id, submission_id) REFERENCES public.payout_submission(platform_id, submission_id);


--
-- Name: payout payout_leaves_an_account; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_leaves_an_account FOREIGN KEY (platform_id, paying_account_id) REFERENCES public.paying_account(platform_id, paying_account_id);


--
-- Name: payout payout_reaches_an_account; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_reaches_an_account FOREIGN KEY (platform_id, payee_account_id) REFERENCES public.payee_account(platform_id, payee_account_id);


--
-- Name: payout payout_replaces_another; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout
    ADD CONSTRAINT payout_replaces_another FOREIGN KEY (platform_id, replaces) REFERENCES public.payout(platform_id, payout_id);


--
-- Name: payout_sheet payout_sheet_is_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout_sheet
    ADD CONSTRAINT payout_sheet_is_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: payout_sheet payout_sheet_is_of_a_payout; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout_sheet
    ADD CONSTRAINT payout_sheet_is_of_a_payout FOREIGN KEY (platform_id, payout_id) REFERENCES public.payout(platform_id, payout_id);


--
-- Name: rate_override rate_override_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.rate_override
    ADD CONSTRAINT rate_override_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: receipt receipt_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT receipt_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: receipt receipt_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt
    ADD CONSTRAINT receipt_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: receipt_tolerance receipt_tolerance_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_tolerance
    ADD CONSTRAINT receipt_tolerance_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: order_refund refund_belongs_to_an_order; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_refund
    ADD CONSTRAINT refund_belongs_to_an_order FOREIGN KEY (platform_id, order_reference) REFERENCES public.order_head(platform_id, reference);


--
-- Name: order_refund_line refund_line_belongs_to_a_refund; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_refund_line
    ADD CONSTRAINT refund_line_belongs_to_a_refund FOREIGN KEY (platform_id, order_reference, refund_reference) REFERENCES public.order_refund(platform_id, order_reference, refund_reference);


--
-- Name: order_refund_line refund_line_names_a_line; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_refund_line
    ADD CONSTRAINT refund_line_names_a_line FOREIGN KEY (platform_id, order_reference, line_reference) REFERENCES public.order_line(platform_id, order_reference, line_reference);


--
-- Name: source_refusal refusal_is_of_a_source; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.source_refusal
    ADD CONSTRAINT refusal_is_of_a_source FOREIGN KEY (platform_id, source) REFERENCES public.charging_source(platform_id, name);


--
-- Name: suspense_release release_is_of_an_item; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.suspense_release
    ADD CONSTRAINT release_is_of_an_item FOREIGN KEY (platform_id, item) REFERENCES public.suspense_item(platform_id, item);


--
-- Name: book_reopening reopening_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.book_reopening
    ADD CONSTRAINT reopening_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: book_reopening reopening_was_approved; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.book_reopening
    ADD CONSTRAINT reopening_was_approved FOREIGN KEY (platform_id, approval_id) REFERENCES public.approval(platform_id, approval_id);


--
-- Name: disputed_rest rest_is_of_a_chargeback; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.disputed_rest
    ADD CONSTRAINT rest_is_of_a_chargeback FOREIGN KEY (platform_id, sequence) REFERENCES public.log_event(platform_id, sequence);


--
-- Name: disputed_rest rest_is_of_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.disputed_rest
    ADD CONSTRAINT rest_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: receipt_return return_is_of_a_receipt; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_return
    ADD CONSTRAINT return_is_of_a_receipt FOREIGN KEY (platform_id, receipt_id) REFERENCES public.receipt(platform_id, receipt_id);


--
-- Name: approval_seat seat_is_of_an_approval; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.approval_seat
    ADD CONSTRAINT seat_is_of_an_approval FOREIGN KEY (platform_id, approval_id) REFERENCES public.approval(platform_id, approval_id);


--
-- Name: settlement_terms settlement_terms_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.settlement_terms
    ADD CONSTRAINT settlement_terms_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: sheet_account sheet_account_is_an_account; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_account
    ADD CONSTRAINT sheet_account_is_an_account FOREIGN KEY (platform_id, account_id) REFERENCES public.account(platform_id, account_id);


--
-- Name: sheet_account sheet_account_is_of_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_account
    ADD CONSTRAINT sheet_account_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: sheet sheet_belongs_to_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet
    ADD CONSTRAINT sheet_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: sheet_dispute sheet_dispute_is_of_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_dispute
    ADD CONSTRAINT sheet_dispute_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: sheet sheet_is_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet
    ADD CONSTRAINT sheet_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: sheet_movement sheet_movement_is_of_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_movement
    ADD CONSTRAINT sheet_movement_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: sheet_opening sheet_opening_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.sheet_opening
    ADD CONSTRAINT sheet_opening_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: deposit_slice slice_is_of_a_sheet; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_slice
    ADD CONSTRAINT slice_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES public.sheet(platform_id, sheet_id);


--
-- Name: deposit_slice slice_is_of_an_agreement; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.deposit_slice
    ADD CONSTRAINT slice_is_of_an_agreement FOREIGN KEY (platform_id, agreement_id) REFERENCES public.deposit_agreement(platform_id, agreement_id);


--
-- Name: payout_submission submission_is_of_an_account; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.payout_submission
    ADD CONSTRAINT submission_is_of_an_account FOREIGN KEY (platform_id, paying_account_id) REFERENCES public.paying_account(platform_id, paying_account_id);


--
-- Name: suspense_item suspense_is_of_a_share; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.suspense_item
    ADD CONSTRAINT suspense_is_of_a_share FOREIGN KEY (platform_id, order_reference, line_reference, rank) REFERENCES public.order_share(platform_id, order_reference, line_reference, rank);


--
-- Name: internal_split_task task_is_of_an_order; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.internal_split_task
    ADD CONSTRAINT task_is_of_an_order FOREIGN KEY (platform_id, order_reference) REFERENCES public.order_head(platform_id, reference);


--
-- Name: settlement_terms terms_are_of_a_party; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.settlement_terms
    ADD CONSTRAINT terms_are_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES public.party(platform_id, party_id);


--
-- Name: receipt_tolerance tolerance_is_of_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_tolerance
    ADD CONSTRAINT tolerance_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: receipt_unmatch unmatch_is_of_a_match; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.receipt_unmatch
    ADD CONSTRAINT unmatch_is_of_a_match FOREIGN KEY (platform_id, match_id) REFERENCES public.receipt_match(platform_id, match_id);


--
-- Name: account; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.account ENABLE ROW LEVEL SECURITY;

--
-- Name: account_late; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.account_late ENABLE ROW LEVEL SECURITY;

--
-- Name: adjustment; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.adjustment ENABLE ROW LEVEL SECURITY;

--
-- Name: api_key; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.api_key ENABLE ROW LEVEL SECURITY;

--
-- Name: approval; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.approval ENABLE ROW LEVEL SECURITY;

--
-- Name: approval_decision; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.approval_decision ENABLE ROW LEVEL SECURITY;

--
-- Name: approval_delegation; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.approval_delegation ENABLE ROW LEVEL SECURITY;

--
-- Name: approval_flow; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.approval_flow ENABLE ROW LEVEL SECURITY;

--
-- Name: approval_seat; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.approval_seat ENABLE ROW LEVEL SECURITY;

--
-- Name: bank_answer; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.bank_answer ENABLE ROW LEVEL SECURITY;

--
-- Name: bank_file; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.bank_file ENABLE ROW LEVEL SECURITY;

--
-- Name: book; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.book ENABLE ROW LEVEL SECURITY;

--
-- Name: book_reopening; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.book_reopening ENABLE ROW LEVEL SECURITY;

--
-- Name: calendar; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.calendar ENABLE ROW LEVEL SECURITY;

--
-- Name: channel_day; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_day ENABLE ROW LEVEL SECURITY;

--
-- Name: channel_difference; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_difference ENABLE ROW LEVEL SECURITY;

--
-- Name: channel_dismissal; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_dismissal ENABLE ROW LEVEL SECURITY;

--
-- Name: channel_record; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_record ENABLE ROW LEVEL SECURITY;

--
-- Name: channel_reopening; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.channel_reopening ENABLE ROW LEVEL SECURITY;

--
-- Name: charging_source; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.charging_source ENABLE ROW LEVEL SECURITY;

--
-- Name: chart_account; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.chart_account ENABLE ROW LEVEL SECURITY;

--
-- Name: deposit_agreement; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.deposit_agreement ENABLE ROW LEVEL SECURITY;

--
-- Name: deposit_movement; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.deposit_movement ENABLE ROW LEVEL SECURITY;

--
-- Name: deposit_slice; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.deposit_slice ENABLE ROW LEVEL SECURITY;

--
-- Name: disputed_rest; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.disputed_rest ENABLE ROW LEVEL SECURITY;

--
-- Name: entry; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.entry ENABLE ROW LEVEL SECURITY;

--
-- Name: fee_item; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.fee_item ENABLE ROW LEVEL SECURITY;

--
-- Name: fee_line; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.fee_line ENABLE ROW LEVEL SECURITY;

--
-- Name: fee_plan; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.fee_plan ENABLE ROW LEVEL SECURITY;

--
-- Name: hold; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.hold ENABLE ROW LEVEL SECURITY;

--
-- Name: hold_movement; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.hold_movement ENABLE ROW LEVEL SECURITY;

--
-- Name: internal_split_task; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.internal_split_task ENABLE ROW LEVEL SECURITY;

--
-- Name: job; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.job ENABLE ROW LEVEL SECURITY;

--
-- Name: line; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.line ENABLE ROW LEVEL SECURITY;

--
-- Name: log_event; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.log_event ENABLE ROW LEVEL SECURITY;

--
-- Name: log_follower; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.log_follower ENABLE ROW LEVEL SECURITY;

--
-- Name: log_head; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.log_head ENABLE ROW LEVEL SECURITY;

--
-- Name: order_dispute; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_dispute ENABLE ROW LEVEL SECURITY;

--
-- Name: order_dispute_line; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_dispute_line ENABLE ROW LEVEL SECURITY;

--
-- Name: order_event; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_event ENABLE ROW LEVEL SECURITY;

--
-- Name: order_head; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_head ENABLE ROW LEVEL SECURITY;

--
-- Name: order_line; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_line ENABLE ROW LEVEL SECURITY;

--
-- Name: order_refund; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_refund ENABLE ROW LEVEL SECURITY;

--
-- Name: order_refund_line; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_refund_line ENABLE ROW LEVEL SECURITY;

--
-- Name: order_share; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.order_share ENABLE ROW LEVEL SECURITY;

--
-- Name: party; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.party ENABLE ROW LEVEL SECURITY;

--
-- Name: party_event; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.party_event ENABLE ROW LEVEL SECURITY;

--
-- Name: party_move; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.party_move ENABLE ROW LEVEL SECURITY;

--
-- Name: payee_account; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.payee_account ENABLE ROW LEVEL SECURITY;

--
-- Name: paying_account; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.paying_account ENABLE ROW LEVEL SECURITY;

--
-- Name: payout; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.payout ENABLE ROW LEVEL SECURITY;

--
-- Name: payout_sheet; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.payout_sheet ENABLE ROW LEVEL SECURITY;

--
-- Name: payout_submission; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.payout_submission ENABLE ROW LEVEL SECURITY;

--
-- Name: platform; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.platform ENABLE ROW LEVEL SECURITY;

--
-- Name: account platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.account USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: account_late platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.account_late USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: adjustment platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.adjustment USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: api_key platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.api_key USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: approval platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.approval USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: approval_decision platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.approval_decision USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: approval_delegation platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.approval_delegation USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: approval_flow platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.approval_flow USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: approval_seat platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.approval_seat USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: bank_answer platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.bank_answer USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: bank_file platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.bank_file USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: book platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.book USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: book_reopening platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.book_reopening USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: calendar platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.calendar USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: channel_day platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.channel_day USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: channel_difference platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.channel_difference USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: channel_dismissal platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.channel_dismissal USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: channel_record platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.channel_record USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: channel_reopening platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.channel_reopening USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: charging_source platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.charging_source USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: chart_account platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.chart_account USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: deposit_agreement platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.deposit_agreement USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: deposit_movement platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.deposit_movement USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: deposit_slice platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.deposit_slice USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: disputed_rest platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.disputed_rest USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: entry platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.entry USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: fee_item platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.fee_item USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: fee_line platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.fee_line USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: fee_plan platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.fee_plan USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: hold platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.hold USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: hold_movement platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.hold_movement USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: internal_split_task platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.internal_split_task USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: job platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.job USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: line platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.line USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: log_event platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.log_event USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: log_follower platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.log_follower USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: log_head platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.log_head USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_dispute platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_dispute USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_dispute_line platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_dispute_line USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_event platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_event USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_head platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_head USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_line platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_line USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_refund platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_refund USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_refund_line platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_refund_line USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: order_share platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.order_share USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: party platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.party USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: party_event platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.party_event USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: party_move platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.party_move USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: payee_account platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.payee_account USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: paying_account platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.paying_account USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: payout platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.payout USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: payout_sheet platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.payout_sheet USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: payout_submission platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.payout_submission USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: platform platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.platform USING (((platform_id = public.current_platform()) OR (public.current_platform() IS NULL))) WITH CHECK (((platform_id = public.current_platform()) OR (public.current_platform() IS NULL)));


--
-- Name: posting_day platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.posting_day USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: rate_override platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.rate_override USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: receipt platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.receipt USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: receipt_match platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.receipt_match USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: receipt_return platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.receipt_return USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: receipt_tolerance platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.receipt_tolerance USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: receipt_unmatch platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.receipt_unmatch USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: settlement_terms platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.settlement_terms USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: sheet platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.sheet USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: sheet_account platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.sheet_account USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: sheet_dispute platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.sheet_dispute USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: sheet_history platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.sheet_history USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: sheet_line platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.sheet_line USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: sheet_movement platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.sheet_movement USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: sheet_opening platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.sheet_opening USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: source_refusal platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.source_refusal USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: subtree_day platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.subtree_day USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: subtree_late platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.subtree_late USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: subtree_moved platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.subtree_moved USING ((platform_id = public.current_platform())) WITH CHECK ((platform_id = public.current_platform()));


--
-- Name: suspense_item platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.suspense_item USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: suspense_release platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.suspense_release USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: posting_day; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.posting_day ENABLE ROW LEVEL SECURITY;

--
-- Name: rate_override; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.rate_override ENABLE ROW LEVEL SECURITY;

--
-- Name: receipt; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt ENABLE ROW LEVEL SECURITY;

--
-- Name: receipt_match; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt_match ENABLE ROW LEVEL SECURITY;

--
-- Name: receipt_return; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt_return ENABLE ROW LEVEL SECURITY;

--
-- Name: receipt_tolerance; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt_tolerance ENABLE ROW LEVEL SECURITY;

--
-- Name: receipt_unmatch; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.receipt_unmatch ENABLE ROW LEVEL SECURITY;

--
-- Name: settlement_terms; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.settlement_terms ENABLE ROW LEVEL SECURITY;

--
-- Name: sheet; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet ENABLE ROW LEVEL SECURITY;

--
-- Name: sheet_account; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_account ENABLE ROW LEVEL SECURITY;

--
-- Name: sheet_dispute; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_dispute ENABLE ROW LEVEL SECURITY;

--
-- Name: sheet_history; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_history ENABLE ROW LEVEL SECURITY;

--
-- Name: sheet_line; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_line ENABLE ROW LEVEL SECURITY;

--
-- Name: sheet_movement; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_movement ENABLE ROW LEVEL SECURITY;

--
-- Name: sheet_opening; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.sheet_opening ENABLE ROW LEVEL SECURITY;

--
-- Name: source_refusal; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.source_refusal ENABLE ROW LEVEL SECURITY;

--
-- Name: subtree_day; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.subtree_day ENABLE ROW LEVEL SECURITY;

--
-- Name: subtree_late; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.subtree_late ENABLE ROW LEVEL SECURITY;

--
-- Name: subtree_moved; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.subtree_moved ENABLE ROW LEVEL SECURITY;

--
-- Name: suspense_item; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.suspense_item ENABLE ROW LEVEL SECURITY;

--
-- Name: suspense_release; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.suspense_release ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

GRANT ALL ON SCHEMA public TO splitbook_owner;
GRANT USAGE ON SCHEMA public TO splitbook_app;


--
-- Name: TABLE account; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.account TO splitbook_app;


--
-- Name: TABLE account_late; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.account_late TO splitbook_app;


--
-- Name: TABLE adjustment; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.adjustment TO splitbook_app;


--
-- Name: TABLE alembic_version; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT ON TABLE public.alembic_version TO splitbook_app;


--
-- Name: TABLE api_key; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.api_key TO splitbook_app;


--
-- Name: COLUMN api_key.revoked_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(revoked_at) ON TABLE public.api_key TO splitbook_app;


--
-- Name: TABLE approval; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.approval TO splitbook_app;


--
-- Name: COLUMN approval.step_opened_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(step_opened_at) ON TABLE public.approval TO splitbook_app;


--
-- Name: COLUMN approval.due_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(due_at) ON TABLE public.approval TO splitbook_app;


--
-- Name: COLUMN approval.escalated_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(escalated_at) ON TABLE public.approval TO splitbook_app;


--
-- Name: COLUMN approval.closed_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(closed_at) ON TABLE public.approval TO splitbook_app;


--
-- Name: COLUMN approval.step; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(step) ON TABLE public.approval TO splitbook_app;


--
-- Name: COLUMN approval.status; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(status) ON TABLE public.approval TO splitbook_app;


--
-- Name: COLUMN approval.awaited; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(awaited) ON TABLE public.approval TO splitbook_app;


--
-- Name: TABLE approval_decision; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.approval_decision TO splitbook_app;


--
-- Name: TABLE approval_delegation; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.approval_delegation TO splitbook_app;


--
-- Name: COLUMN approval_delegation.ended_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(ended_at) ON TABLE public.approval_delegation TO splitbook_app;


--
-- Name: TABLE approval_flow; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.approval_flow TO splitbook_app;


--
-- Name: TABLE approval_seat; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.approval_seat TO splitbook_app;


--
-- Name: TABLE bank_answer; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.bank_answer TO splitbook_app;


--
-- Name: TABLE bank_file; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.bank_file TO splitbook_app;


--
-- Name: TABLE book; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.book TO splitbook_app;


--
-- Name: TABLE book_reopening; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.book_reopening TO splitbook_app;


--
-- Name: TABLE calendar; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.calendar TO splitbook_app;


--
-- Name: TABLE channel_day; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.channel_day TO splitbook_app;


--
-- Name: TABLE channel_difference; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,DELETE ON TABLE public.channel_difference TO splitbook_app;


--
-- Name: COLUMN channel_difference.is_dismissed; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(is_dismissed) ON TABLE public.channel_difference TO splitbook_app;


--
-- Name: TABLE channel_dismissal; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.channel_dismissal TO splitbook_app;


--
-- Name: TABLE channel_record; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.channel_record TO splitbook_app;


--
-- Name: TABLE channel_reopening; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.channel_reopening TO splitbook_app;


--
-- Name: TABLE charging_source; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.charging_source TO splitbook_app;


--
-- Name: TABLE chart_account; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.chart_account TO splitbook_app;


--
-- Name: TABLE deposit_agreement; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.deposit_agreement TO splitbook_app;


--
-- Name: COLUMN deposit_agreement.ended_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(ended_at) ON TABLE public.deposit_agreement TO splitbook_app;


--
-- Name: COLUMN deposit_agreement.ended_by; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(ended_by) ON TABLE public.deposit_agreement TO splitbook_app;


--
-- Name: COLUMN deposit_agreement.end_reason; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(end_reason) ON TABLE public.deposit_agreement TO splitbook_app;


--
-- Name: SEQUENCE deposit_agreement_agreement_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.deposit_agreement_agreement_id_seq TO splitbook_app;


--
-- Name: TABLE deposit_movement; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.deposit_movement TO splitbook_app;


--
-- Name: TABLE deposit_slice; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.deposit_slice TO splitbook_app;


--
-- Name: SEQUENCE deposit_slice_slice_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.deposit_slice_slice_id_seq TO splitbook_app;


--
-- Name: TABLE disputed_rest; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.disputed_rest TO splitbook_app;


--
-- Name: COLUMN disputed_rest.held_minor; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(held_minor) ON TABLE public.disputed_rest TO splitbook_app;


--
-- Name: COLUMN disputed_rest.is_decided; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(is_decided) ON TABLE public.disputed_rest TO splitbook_app;


--
-- Name: TABLE entry; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.entry TO splitbook_app;


--
-- Name: TABLE fee_item; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.fee_item TO splitbook_app;


--
-- Name: TABLE fee_line; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.fee_line TO splitbook_app;


--
-- Name: TABLE fee_plan; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.fee_plan TO splitbook_app;


--
-- Name: TABLE hold; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.hold TO splitbook_app;


--
-- Name: SEQUENCE hold_hold_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.hold_hold_id_seq TO splitbook_app;


--
-- Name: TABLE hold_movement; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.hold_movement TO splitbook_app;


--
-- Name: TABLE internal_split_task; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.internal_split_task TO splitbook_app;


--
-- Name: TABLE job; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job TO splitbook_app;


--
-- Name: TABLE line; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.line TO splitbook_app;


--
-- Name: TABLE log_event; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.log_event TO splitbook_app;


--
-- Name: TABLE log_follower; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.log_follower TO splitbook_app;


--
-- Name: TABLE log_head; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.log_head TO splitbook_app;


--
-- Name: TABLE log_record; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT ON TABLE public.log_record TO splitbook_app;


--
-- Name: TABLE order_dispute; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.order_dispute TO splitbook_app;


--
-- Name: TABLE order_dispute_line; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.order_dispute_line TO splitbook_app;


--
-- Name: TABLE order_event; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.order_event TO splitbook_app;


--
-- Name: TABLE order_head; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.order_head TO splitbook_app;


--
-- Name: TABLE order_line; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.order_line TO splitbook_app;


--
-- Name: TABLE order_refund; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.order_refund TO splitbook_app;


--
-- Name: TABLE order_refund_line; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.order_refund_line TO splitbook_app;


--
-- Name: TABLE order_share; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.order_share TO splitbook_app;


--
-- Name: TABLE party; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.party TO splitbook_app;


--
-- Name: TABLE party_event; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.party_event TO splitbook_app;


--
-- Name: TABLE party_move; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.party_move TO splitbook_app;


--
-- Name: SEQUENCE party_party_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.party_party_id_seq TO splitbook_app;


--
-- Name: TABLE payee_account; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.payee_account TO splitbook_app;


--
-- Name: COLUMN payee_account.retired_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(retired_at) ON TABLE public.payee_account TO splitbook_app;


--
-- Name: TABLE paying_account; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.paying_account TO splitbook_app;


--
-- Name: COLUMN paying_account.channel; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(channel) ON TABLE public.paying_account TO splitbook_app;


--
-- Name: COLUMN paying_account.calendar; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(calendar) ON TABLE public.paying_account TO splitbook_app;


--
-- Name: COLUMN paying_account.cut_off; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(cut_off) ON TABLE public.paying_account TO splitbook_app;


--
-- Name: COLUMN paying_account.step_minor; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(step_minor) ON TABLE public.paying_account TO splitbook_app;


--
-- Name: COLUMN paying_account.fee_minor; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(fee_minor) ON TABLE public.paying_account TO splitbook_app;


--
-- Name: COLUMN paying_account.retired_at; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(retired_at) ON TABLE public.paying_account TO splitbook_app;


--
-- Name: TABLE payout; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.payout TO splitbook_app;


--
-- Name: SEQUENCE payout_payout_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.payout_payout_id_seq TO splitbook_app;


--
-- Name: TABLE payout_sheet; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.payout_sheet TO splitbook_app;


--
-- Name: TABLE payout_submission; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.payout_submission TO splitbook_app;


--
-- Name: SEQUENCE payout_submission_submission_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.payout_submission_submission_id_seq TO splitbook_app;


--
-- Name: TABLE platform; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.platform TO splitbook_app;


--
-- Name: TABLE posting_day; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.posting_day TO splitbook_app;


--
-- Name: TABLE rate_override; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.rate_override TO splitbook_app;


--
-- Name: TABLE receipt; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.receipt TO splitbook_app;


--
-- Name: COLUMN receipt.matched_minor; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(matched_minor) ON TABLE public.receipt TO splitbook_app;


--
-- Name: COLUMN receipt.returned_minor; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(returned_minor) ON TABLE public.receipt TO splitbook_app;


--
-- Name: COLUMN receipt.reason; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(reason) ON TABLE public.receipt TO splitbook_app;


--
-- Name: COLUMN receipt.owner; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(owner) ON TABLE public.receipt TO splitbook_app;


--
-- Name: TABLE receipt_match; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.receipt_match TO splitbook_app;


--
-- Name: SEQUENCE receipt_match_match_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.receipt_match_match_id_seq TO splitbook_app;


--
-- Name: SEQUENCE receipt_receipt_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.receipt_receipt_id_seq TO splitbook_app;


--
-- Name: TABLE receipt_return; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.receipt_return TO splitbook_app;


--
-- Name: SEQUENCE receipt_return_return_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.receipt_return_return_id_seq TO splitbook_app;


--
-- Name: TABLE receipt_tolerance; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.receipt_tolerance TO splitbook_app;


--
-- Name: SEQUENCE receipt_tolerance_tolerance_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.receipt_tolerance_tolerance_id_seq TO splitbook_app;


--
-- Name: TABLE receipt_unmatch; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.receipt_unmatch TO splitbook_app;


--
-- Name: TABLE settlement_terms; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.settlement_terms TO splitbook_app;


--
-- Name: TABLE sheet; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.sheet TO splitbook_app;


--
-- Name: TABLE sheet_account; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.sheet_account TO splitbook_app;


--
-- Name: COLUMN sheet_account.claimed_through; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT UPDATE(claimed_through) ON TABLE public.sheet_account TO splitbook_app;


--
-- Name: TABLE sheet_dispute; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.sheet_dispute TO splitbook_app;


--
-- Name: TABLE sheet_history; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.sheet_history TO splitbook_app;


--
-- Name: TABLE sheet_line; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.sheet_line TO splitbook_app;


--
-- Name: TABLE sheet_movement; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.sheet_movement TO splitbook_app;


--
-- Name: TABLE sheet_opening; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.sheet_opening TO splitbook_app;


--
-- Name: TABLE source_refusal; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.source_refusal TO splitbook_app;


--
-- Name: TABLE subtree_day; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.subtree_day TO splitbook_app;


--
-- Name: TABLE subtree_late; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.subtree_late TO splitbook_app;


--
-- Name: TABLE subtree_moved; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.subtree_moved TO splitbook_app;


--
-- Name: TABLE suspense_item; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.suspense_item TO splitbook_app;


--
-- Name: TABLE suspense_release; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.suspense_release TO splitbook_app;


--
-- PostgreSQL database dump complete
--

\unrestrict splitbook

