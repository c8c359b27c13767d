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
-- Name: check_entries(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_entries() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    fresh_range record;
    broken record;
BEGIN
    FOR fresh_range IN
        SELECT platform_id, min(sequence) AS first, max(sequence) AS last, count(*) AS size FROM fresh GROUP BY platform_id
    LOOP
        IF fresh_range.size <> (
            SELECT count(*) FROM fresh AS e
            CROSS JOIN LATERAL (
                SELECT o.kind FROM log_record AS o
                WHERE o.platform_id = e.platform_id AND o.sequence = e.sequence LIMIT 1
            ) AS r
            WHERE e.platform_id = fresh_range.platform_id AND r.kind = 'ENTRY'
        ) THEN
            RAISE EXCEPTION 'ENTRY_WITHOUT_RECORD: entries % to % are not the log''s', fresh_range.first, fresh_range.last
                USING ERRCODE = 'check_violation';
        END IF;
        IF fresh_range.size <> (
            SELECT count(*) FROM line AS l
            WHERE l.platform_id = fresh_range.platform_id AND l.position = 1
                AND l.sequence BETWEEN fresh_range.first AND fresh_range.last
        ) THEN
            RAISE EXCEPTION 'ENTRY_EMPTY: an entry between % and % has no lines', fresh_range.first, fresh_range.last
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
-- Name: check_lines(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    broken record;
BEGIN
    SELECT l.sequence, l.currency INTO broken FROM fresh AS l
    GROUP BY l.platform_id, l.sequence, l.currency
    HAVING sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'UNBALANCED: entry % does not balance in %', broken.sequence, broken.currency
            USING ERRCODE = 'check_violation';
    END IF;

    WITH stepped AS (
        SELECT l.*,
            CASE l.side WHEN 'D' THEN l.amount ELSE 0 END AS debit,
            CASE l.side WHEN 'C' THEN l.amount ELSE 0 END AS credit,
            lag(l.version) OVER of_account AS version_before,
            lag(l.debit_after) OVER of_account AS debit_before,
            lag(l.credit_after) OVER of_account AS credit_before,
            lead(l.sequence) OVER of_account AS next_sequence
        FROM fresh AS l
        WINDOW of_account AS (PARTITION BY l.platform_id, l.account_id ORDER BY l.sequence, l.version)
    ), judged AS MATERIALIZED (
        SELECT s.platform_id, s.sequence, s.position, s.business_date, s.posting_day, a.book_id,
            CASE
                WHEN a.account_id IS NULL THEN 'ACCOUNT_MISSING'
                WHEN a.is_summary THEN 'ACCOUNT_IS_SUMMARY'
                WHEN a.currency <> s.currency THEN 'CURRENCY_MISMATCH'
                WHEN s.version <> coalesce(s.version_before, p.version, 0) + 1 THEN 'VERSION_GAP'
                WHEN s.debit_after <> coalesce(s.debit_before, p.debit_after, 0) + s.debit
                    OR s.credit_after <> coalesce(s.credit_before, p.credit_after, 0) + s.credit
                    THEN 'RUNNING_BALANCE_WRONG'
                WHEN s.next_sequence IS DISTINCT FROM s.sequence
                    AND CASE a.normal_side
                        WHEN 'D' THEN s.debit_after - s.credit_after ELSE s.credit_after - s.debit_after
                    END < a.floor_minor THEN 'BALANCE_FLOOR'
            END AS law
        FROM stepped AS s
        LEFT JOIN LATERAL (
            SELECT o.account_id, o.is_summary, o.currency, o.book_id, o.normal_side, o.floor_minor FROM account AS o
            WHERE o.platform_id = s.platform_id AND o.account_id = s.account_id LIMIT 1
        ) AS a ON true
        LEFT JOIN LATERAL (
            SELECT o.version, o.debit_after, o.credit_after FROM line AS o
            WHERE s.version_before IS NULL
                AND o.platform_id = s.platform_id AND o.account_id = s.account_id AND o.sequence < s.sequence
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS p ON true
    ), gathered AS (
        SELECT j.platform_id, j.sequence, count(*) AS size, max(j.position) AS position,
            min(j.book_id) AS low_book, max(j.book_id) AS high_book,
            min(j.business_date) AS low_date, max(j.business_date) AS high_date,
            min(j.posting_day) AS low_day, max(j.posting_day) AS high_day
        FROM judged AS j GROUP BY j.platform_id, j.sequence
    )
    SELECT
        CASE
            WHEN e.line_count IS DISTINCT FROM g.size OR g.position <> g.size THEN 'ENTRY_INCOMPLETE'
            WHEN g.low_book <> e.book_id OR g.high_book <> e.book_id THEN 'ACCOUNT_OF_ANOTHER_BOOK'
            ELSE 'LINE_DATES_DIFFER'
        END AS law, g.sequence, g.position
    INTO broken
    FROM gathered AS g
    LEFT JOIN LATERAL (
        SELECT o.line_count, o.book_id, o.business_date, o.posting_day FROM entry AS o
        WHERE o.platform_id = g.platform_id AND o.sequence = g.sequence LIMIT 1
    ) AS e ON true
    WHERE e.line_count IS DISTINCT FROM g.size OR g.position <> g.size
        OR g.low_book <> e.book_id OR g.high_book <> e.book_id
        OR g.low_date <> e.business_date OR g.high_date <> e.business_date
        OR g.low_day <> e.posting_day OR g.high_day <> e.posting_day
    UNION ALL
    SELECT j.law, j.sequence, j.position FROM judged AS j WHERE j.law IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: line % of entry %', broken.law, broken.position, broken.sequence
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_lines() OWNER TO splitbook_owner;

--
-- Name: check_log_events(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_log_events() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh AS f
        LEFT JOIN log_record AS r ON r.platform_id = f.platform_id AND r.sequence = f.sequence
        WHERE r.kind IS DISTINCT FROM f.kind
    ) THEN
        RAISE EXCEPTION 'EVENT_WITHOUT_RECORD: an event is not in the log under its kind' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_log_events() OWNER TO splitbook_owner;

--
-- Name: check_log_records(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.check_log_records() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    fresh_range record;
    head bigint;
    before bigint;
BEGIN
    FOR fresh_range IN
        SELECT platform_id, min(sequence) AS first, max(sequence) AS last, count(*) AS size,
            count(*) FILTER (WHERE kind = 'ENTRY') AS entries
        FROM fresh GROUP BY platform_id
    LOOP
        SELECT h.sequence INTO head FROM log_head AS h WHERE h.platform_id = fresh_range.platform_id FOR UPDATE;
        SELECT r.sequence INTO before FROM log_record AS r
        WHERE r.platform_id = fresh_range.platform_id AND r.sequence < fresh_range.first
        ORDER BY r.sequence DESC LIMIT 1;
        IF fresh_range.first <> coalesce(before, 0) + 1
            OR fresh_range.last - fresh_range.first + 1 <> fresh_range.size
            OR head IS DISTINCT FROM fresh_range.last
        THEN
            RAISE EXCEPTION 'SEQUENCE_GAP: records % to % do not follow % up to the head %',
                fresh_range.first, fresh_range.last, coalesce(before, 0), head USING ERRCODE = 'check_violation';
        END IF;
        IF fresh_range.entries <> (
            SELECT count(*) FROM entry AS e
            WHERE e.platform_id = fresh_range.platform_id AND e.sequence BETWEEN fresh_range.first AND fresh_range.last
        ) OR fresh_range.size - fresh_range.entries <> (
            SELECT count(*) FROM log_event AS v
            WHERE v.platform_id = fresh_range.platform_id AND v.sequence BETWEEN fresh_range.first AND fresh_range.last
        ) THEN
            RAISE EXCEPTION 'RECORD_EMPTY: a record between % and % has no entry or event', fresh_range.first,
                fresh_range.last USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;


ALTER FUNCTION public.check_log_records() OWNER TO splitbook_owner;

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
    young text;
BEGIN
    IF current_setting('server_version_num')::int < 180000 THEN
        RETURN;
    END IF;
    FOR young IN
        SELECT c.relname FROM pg_class AS c
        INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'platform_id'
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
            AND NOT EXISTS (
                SELECT 1 FROM pg_stats AS s WHERE s.schemaname = current_schema() AND s.tablename = c.relname
            )
        ORDER BY c.relname
    LOOP
        EXECUTE 'SELECT pg_restore_attribute_stats('
            '''schemaname'', current_schema()::text, ''relname'', $1::text, ''attname'', ''platform_id'','
            ' ''inherited'', false, ''null_frac'', 0::real, ''avg_width'', 8, ''n_distinct'', 1::real)' USING young;
    END LOOP;
END;
$_$;


ALTER PROCEDURE public.describe_young_tables() OWNER TO splitbook_owner;

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
-- Name: refuse_reopening(); Type: FUNCTION; Schema: public; Owner: splitbook_owner
--

CREATE FUNCTION public.refuse_reopening() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'PERIOD_CLOSED: book % is closed through %', old.reference, old.closed_through
        USING ERRCODE = 'check_violation';
END;
$$;


ALTER FUNCTION public.refuse_reopening() OWNER TO splitbook_owner;

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

ALTER TABLE ONLY public.account_late FORCE ROW LEVEL SECURITY;


ALTER TABLE public.account_late OWNER TO splitbook_owner;

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

ALTER TABLE ONLY public.api_key FORCE ROW LEVEL SECURITY;


ALTER TABLE public.api_key OWNER TO splitbook_owner;

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

ALTER TABLE ONLY public.book FORCE ROW LEVEL SECURITY;


ALTER TABLE public.book OWNER TO splitbook_owner;

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

ALTER TABLE ONLY public.chart_account FORCE ROW LEVEL SECURITY;


ALTER TABLE public.chart_account OWNER TO splitbook_owner;

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

ALTER TABLE ONLY public.entry FORCE ROW LEVEL SECURITY;


ALTER TABLE public.entry OWNER TO splitbook_owner;

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

ALTER TABLE ONLY public.fee_plan FORCE ROW LEVEL SECURITY;


ALTER TABLE public.fee_plan OWNER TO splitbook_owner;

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
    CONSTRAINT log_event_content_hash_check CHECK ((length(content_hash) = 32))
);

ALTER TABLE ONLY public.log_event FORCE ROW LEVEL SECURITY;


ALTER TABLE public.log_event OWNER TO splitbook_owner;

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

ALTER TABLE ONLY public.log_head FORCE ROW LEVEL SECURITY;


ALTER TABLE public.log_head OWNER TO splitbook_owner;

--
-- Name: log_record; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.log_record (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    CONSTRAINT log_record_sequence_check CHECK ((sequence > 0))
);

ALTER TABLE ONLY public.log_record FORCE ROW LEVEL SECURITY;


ALTER TABLE public.log_record OWNER TO splitbook_owner;

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
    CONSTRAINT order_funds_are_not_overdrawn CHECK ((held_minor >= 0)),
    CONSTRAINT order_head_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT order_head_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT order_head_sequence_check CHECK ((sequence > 0)),
    CONSTRAINT order_head_status_check CHECK ((status = ANY (ARRAY['FROZEN'::text, 'PARTIALLY_REFUNDED'::text, 'REFUNDED'::text, 'SPLIT_DONE'::text, 'SPLIT_PARTIAL'::text, 'FINISHED'::text, 'CLAWED_BACK_PARTIAL'::text, 'CLAWED_BACK_FULL'::text]))),
    CONSTRAINT split_order_holds_nothing CHECK (((NOT is_split) OR (held_minor = 0))),
    CONSTRAINT unfrozen_order_has_nothing_frozen CHECK (((NOT is_unfrozen) OR (frozen_minor = 0)))
)
WITH (fillfactor='80');

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
    CONSTRAINT refunds_are_within_the_line CHECK ((((refunded_goods_minor >= 0) AND (refunded_goods_minor <= goods_minor)) AND ((refunded_delivery_minor >= 0) AND (refunded_delivery_minor <= delivery_minor)) AND ((refunded_platform_discount_minor >= 0) AND (refunded_platform_discount_minor <= platform_discount_minor)) AND ((refunded_merchant_discount_minor >= 0) AND (refunded_merchant_discount_minor <= merchant_discount_minor)) AND ((((refunded_goods_minor - refunded_platform_discount_minor) - refunded_merchant_discount_minor) >= 0) AND (((refunded_goods_minor - refunded_platform_discount_minor) - refunded_merchant_discount_minor) <= ((goods_minor - platform_discount_minor) - merchant_discount_minor)))))
)
WITH (fillfactor='80');

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

ALTER TABLE ONLY public.party FORCE ROW LEVEL SECURITY;


ALTER TABLE public.party OWNER TO splitbook_owner;

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
-- Name: platform; Type: TABLE; Schema: public; Owner: splitbook_owner
--

CREATE TABLE public.platform (
    platform_id bigint NOT NULL,
    reference text NOT NULL,
    time_zone text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT platform_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200)))
);

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

ALTER TABLE ONLY public.posting_day FORCE ROW LEVEL SECURITY;


ALTER TABLE public.posting_day OWNER TO splitbook_owner;

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
    CONSTRAINT released_item_holds_nothing CHECK (((status = 'OPEN'::text) OR (amount_minor = 0))),
    CONSTRAINT suspense_is_not_overdrawn CHECK ((amount_minor >= 0)),
    CONSTRAINT suspense_item_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT suspense_item_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'OWNER'::text, 'SPLITTER'::text])))
)
WITH (fillfactor='80');

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
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: api_key api_key_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (platform_id, key_id);


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
-- Name: entry key_posts_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.entry
    ADD CONSTRAINT key_posts_once UNIQUE (platform_id, idempotency_key);


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
-- Name: log_head log_head_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_head
    ADD CONSTRAINT log_head_pkey PRIMARY KEY (platform_id);


--
-- Name: log_record log_record_pkey; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_record
    ADD CONSTRAINT log_record_pkey PRIMARY KEY (platform_id, sequence);


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
-- Name: order_refund refund_is_unique_in_its_order; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_refund
    ADD CONSTRAINT refund_is_unique_in_its_order PRIMARY KEY (platform_id, order_reference, refund_reference);


--
-- Name: suspense_item share_is_suspended_once; Type: CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.suspense_item
    ADD CONSTRAINT share_is_suspended_once UNIQUE (platform_id, order_reference, line_reference, rank);


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
-- Name: account_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX account_by_party ON public.account USING btree (platform_id, party_id, code, book_id, currency) WHERE (party_id IS NOT NULL);


--
-- Name: actor_has_one_live_key; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX actor_has_one_live_key ON public.api_key USING btree (platform_id, actor) WHERE (revoked_at IS NULL);


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
-- Name: order_head_by_sequence; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX order_head_by_sequence ON public.order_head USING btree (platform_id, sequence) WHERE (sequence > 0);


--
-- Name: party_by_parent; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX party_by_parent ON public.party USING btree (platform_id, parent_id, party_id) WHERE (parent_id IS NOT NULL);


--
-- Name: party_move_by_origin; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX party_move_by_origin ON public.party_move USING btree (platform_id, from_parent_id, posting_day, sequence);


--
-- Name: party_move_by_party; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX party_move_by_party ON public.party_move USING btree (platform_id, party_id, posting_day, sequence);


--
-- Name: platform_has_one_root; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE UNIQUE INDEX platform_has_one_root ON public.party USING btree (platform_id) WHERE (parent_id IS NULL);


--
-- Name: suspense_item_by_deadline; Type: INDEX; Schema: public; Owner: splitbook_owner
--

CREATE INDEX suspense_item_by_deadline ON public.suspense_item USING btree (platform_id, deadline, item) WHERE ((status = 'OPEN'::text) AND (amount_minor > 0));


--
-- Name: account account_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER account_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.account FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: book book_closes_forward; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER book_closes_forward BEFORE UPDATE ON public.book FOR EACH ROW WHEN ((new.closed_through < old.closed_through)) EXECUTE FUNCTION public.refuse_reopening();


--
-- Name: entry entry_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER entry_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: entry entry_is_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER entry_is_whole AFTER INSERT ON public.entry REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_entries();


--
-- Name: fee_plan fee_plan_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER fee_plan_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.fee_plan FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


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
-- Name: log_event log_event_has_a_record; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER log_event_has_a_record AFTER INSERT ON public.log_event REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_log_events();


--
-- Name: log_event log_event_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER log_event_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.log_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: log_record log_record_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER log_record_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.log_record FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: log_record log_record_sequence_is_gap_free; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER log_record_sequence_is_gap_free AFTER INSERT ON public.log_record REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_log_records();


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
-- Name: order_share shares_are_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER shares_are_whole AFTER INSERT ON public.order_share REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_order_shares();


--
-- Name: order_share shares_stay_whole; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER shares_stay_whole AFTER UPDATE ON public.order_share REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.check_order_shares();


--
-- Name: subtree_moved subtree_moved_is_append_only; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER subtree_moved_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.subtree_moved FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: suspense_item suspense_item_stays; Type: TRIGGER; Schema: public; Owner: splitbook_owner
--

CREATE TRIGGER suspense_item_stays BEFORE DELETE OR TRUNCATE ON public.suspense_item FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


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
-- Name: api_key api_key_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: book book_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.book
    ADD CONSTRAINT book_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: chart_account chart_account_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.chart_account
    ADD CONSTRAINT chart_account_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: fee_plan fee_plan_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.fee_plan
    ADD CONSTRAINT fee_plan_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


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
-- Name: log_head log_head_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.log_head
    ADD CONSTRAINT log_head_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


--
-- Name: order_head order_belongs_to_a_book; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_head
    ADD CONSTRAINT order_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES public.book(platform_id, book_id);


--
-- Name: order_head order_head_platform_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.order_head
    ADD CONSTRAINT order_head_platform_id_fkey FOREIGN KEY (platform_id) REFERENCES public.platform(platform_id);


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
-- Name: suspense_item suspense_is_of_a_share; Type: FK CONSTRAINT; Schema: public; Owner: splitbook_owner
--

ALTER TABLE ONLY public.suspense_item
    ADD CONSTRAINT suspense_is_of_a_share FOREIGN KEY (platform_id, order_reference, line_reference, rank) REFERENCES public.order_share(platform_id, order_reference, line_reference, rank);


--
-- Name: account; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.account ENABLE ROW LEVEL SECURITY;

--
-- Name: account_late; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.account_late ENABLE ROW LEVEL SECURITY;

--
-- Name: api_key; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.api_key ENABLE ROW LEVEL SECURITY;

--
-- Name: book; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.book ENABLE ROW LEVEL SECURITY;

--
-- Name: chart_account; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.chart_account ENABLE ROW LEVEL SECURITY;

--
-- Name: entry; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.entry ENABLE ROW LEVEL SECURITY;

--
-- Name: fee_plan; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.fee_plan ENABLE ROW LEVEL SECURITY;

--
-- Name: line; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.line ENABLE ROW LEVEL SECURITY;

--
-- Name: log_event; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.log_event ENABLE ROW LEVEL SECURITY;

--
-- Name: log_head; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.log_head ENABLE ROW LEVEL SECURITY;

--
-- Name: log_record; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.log_record ENABLE ROW LEVEL SECURITY;

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
-- Name: party_move; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.party_move ENABLE ROW LEVEL SECURITY;

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
-- Name: api_key platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.api_key USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: book platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.book USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: chart_account platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.chart_account USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: entry platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.entry USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: fee_plan platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.fee_plan USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: line platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.line USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: log_event platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.log_event USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: log_head platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.log_head USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: log_record platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.log_record USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


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
-- Name: party_move platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.party_move USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


--
-- Name: platform platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.platform USING (((platform_id = public.current_platform()) OR (public.current_platform() IS NULL))) WITH CHECK (((platform_id = public.current_platform()) OR (public.current_platform() IS NULL)));


--
-- Name: posting_day platform_wall; Type: POLICY; Schema: public; Owner: splitbook_owner
--

CREATE POLICY platform_wall ON public.posting_day USING ((platform_id = ( SELECT public.current_platform() AS current_platform))) WITH CHECK ((platform_id = ( SELECT public.current_platform() AS current_platform)));


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
-- Name: posting_day; Type: ROW SECURITY; Schema: public; Owner: splitbook_owner
--

ALTER TABLE public.posting_day ENABLE ROW LEVEL SECURITY;

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
-- Name: TABLE book; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.book TO splitbook_app;


--
-- Name: TABLE chart_account; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.chart_account TO splitbook_app;


--
-- Name: TABLE entry; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.entry TO splitbook_app;


--
-- Name: TABLE fee_plan; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.fee_plan TO splitbook_app;


--
-- Name: TABLE line; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.line TO splitbook_app;


--
-- Name: TABLE log_event; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.log_event TO splitbook_app;


--
-- Name: TABLE log_head; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.log_head TO splitbook_app;


--
-- Name: TABLE log_record; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.log_record TO splitbook_app;


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
-- Name: TABLE party_move; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.party_move TO splitbook_app;


--
-- Name: SEQUENCE party_party_id_seq; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT USAGE ON SEQUENCE public.party_party_id_seq TO splitbook_app;


--
-- Name: TABLE platform; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT ON TABLE public.platform TO splitbook_app;


--
-- Name: TABLE posting_day; Type: ACL; Schema: public; Owner: splitbook_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE public.posting_day TO splitbook_app;


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
-- PostgreSQL database dump complete
--

\unrestrict splitbook

