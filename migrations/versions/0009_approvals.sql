-- Approvals: who must agree before something happens, who did, and who stands in for whom. And the one way back of a
-- closed period, which goes through them.
-- A request is written with its seats: one place per person who has to agree, frozen from the flow that was chosen. A
-- decision fills a seat, for good. All of it is written under the log's lock, with its events.

-- ---------------------------------------------------------------------------------------------------------------------
-- Flows

-- What is asked of whom, by kind of subject, book, party and amount. `steps` is JSON text. A definition never changes:
-- of those with the same conditions the last counts, and a retired one ends them.
CREATE TABLE approval_flow (
    platform_id bigint NOT NULL REFERENCES platform,
    flow_version integer NOT NULL CHECK (flow_version > 0),
    from_amount_minor bigint NOT NULL CHECK (from_amount_minor >= 0),
    book_id bigint,
    party_id bigint,
    defined_at timestamptz NOT NULL,
    is_retired boolean NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (kind <> ''),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    steps text NOT NULL,
    defined_by text NOT NULL,
    PRIMARY KEY (platform_id, flow_version),
    CONSTRAINT flow_amount_has_a_currency CHECK (from_amount_minor = 0 OR currency IS NOT NULL),
    CONSTRAINT flow_book_exists FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT flow_party_exists FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id)
);

CREATE TRIGGER approval_flow_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_flow
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------------------------------------------------------------
-- Requests, seats, decisions

-- `digest` is of exactly what will happen; where `content` says it, of that text. `step` is the one that waits now, and
-- `awaited` whom the last event of it named.
CREATE TABLE approval (
    platform_id bigint NOT NULL REFERENCES platform,
    approval_id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint,
    party_id bigint,
    amount_minor bigint,
    resubmission_of bigint,
    requested_at timestamptz NOT NULL,
    step_opened_at timestamptz NOT NULL,
    due_at timestamptz,
    escalated_at timestamptz,
    closed_at timestamptz,
    flow_version integer,
    step smallint NOT NULL CHECK (step > 0),
    kind text NOT NULL CHECK (kind <> ''),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 600),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    description text NOT NULL,
    content text NOT NULL,
    maker text NOT NULL CHECK (maker <> ''),
    status text NOT NULL CHECK (status IN ('PENDING', 'GRANTED', 'REJECTED', 'WITHDRAWN', 'STALE')),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    awaited text[] NOT NULL,
    PRIMARY KEY (platform_id, approval_id),
    CONSTRAINT approval_is_one_makers_and_of_one_content UNIQUE (platform_id, approval_id, maker, digest),
    CONSTRAINT approval_follows_a_flow FOREIGN KEY (platform_id, flow_version)
    REFERENCES approval_flow (platform_id, flow_version),
    CONSTRAINT approval_resubmits_another FOREIGN KEY (platform_id, resubmission_of)
    REFERENCES approval (platform_id, approval_id),
    CONSTRAINT closed_approval_says_when CHECK ((status = 'PENDING') = (closed_at IS NULL)),
    CONSTRAINT digest_is_of_the_content CHECK (content = '' OR digest = sha256(convert_to(content, 'UTF8')))
) WITH (fillfactor = 80);

-- A subject waits for one approval at a time.
CREATE UNIQUE INDEX subject_waits_once ON approval (platform_id, kind, subject) WHERE status = 'PENDING';
-- Serves what was decided about a subject.
CREATE INDEX approval_by_subject ON approval (platform_id, kind, subject, approval_id) WHERE status <> 'PENDING';
-- Serves the inbox.
CREATE INDEX approval_waiting ON approval (platform_id, approval_id) WHERE status = 'PENDING';
-- Serves the search for what has become overdue.
CREATE INDEX approval_by_due ON approval (platform_id, due_at) WHERE status = 'PENDING' AND escalated_at IS NULL;
-- Serves the search for what waits for somebody who has left; a list of names cannot lead with the platform.
CREATE INDEX approval_by_awaited ON approval USING gin (awaited) WHERE status = 'PENDING';

-- One place for one person, frozen when the request was made: any of `approvers` may take it; where none of them is
-- there, any of `substitutes`; where none of these is, or it is overdue, any of `escalates_to`.
CREATE TABLE approval_seat (
    platform_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    due_hours integer CHECK (due_hours > 0),
    step smallint NOT NULL CHECK (step > 0),
    seat smallint NOT NULL CHECK (seat > 0),
    approvers text[] NOT NULL CHECK (cardinality(approvers) > 0),
    substitutes text[] NOT NULL,
    escalates_to text[] NOT NULL CHECK (cardinality(escalates_to) > 0),
    PRIMARY KEY (platform_id, approval_id, step, seat),
    CONSTRAINT seat_is_of_an_approval FOREIGN KEY (platform_id, approval_id)
    REFERENCES approval (platform_id, approval_id)
);

CREATE TRIGGER approval_seat_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_seat
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- From one person to another, from an instant until another; `kind` limits it to one kind of subject.
CREATE TABLE approval_delegation (
    platform_id bigint NOT NULL REFERENCES platform,
    delegation_id bigint GENERATED ALWAYS AS IDENTITY,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    kind text CHECK (kind <> ''),
    from_actor text NOT NULL CHECK (from_actor <> ''),
    to_actor text NOT NULL CHECK (to_actor <> ''),
    reason text NOT NULL,
    PRIMARY KEY (platform_id, delegation_id),
    CONSTRAINT delegation_is_to_another CHECK (from_actor <> to_actor),
    CONSTRAINT delegation_has_a_time CHECK (ends_at > starts_at)
);

-- Serves the delegations to one person.
CREATE INDEX approval_delegation_by_receiver ON approval_delegation (platform_id, to_actor, ends_at, delegation_id);

CREATE TABLE approval_decision (
    platform_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    delegation_id bigint,
    decided_at timestamptz NOT NULL,
    step smallint NOT NULL,
    seat smallint NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('APPROVE', 'REJECT')),
    capacity text NOT NULL CHECK (capacity IN ('APPROVER', 'DELEGATE', 'SUBSTITUTE', 'ESCALATION')),
    actor text NOT NULL,
    on_behalf_of text,
    maker text NOT NULL,
    comment text NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT person_decides_once PRIMARY KEY (platform_id, approval_id, actor),
    CONSTRAINT seat_is_filled_once UNIQUE (platform_id, approval_id, step, seat),
    CONSTRAINT decision_is_on_what_was_seen FOREIGN KEY (platform_id, approval_id, maker, digest)
    REFERENCES approval (platform_id, approval_id, maker, digest),
    CONSTRAINT decision_fills_a_seat FOREIGN KEY (platform_id, approval_id, step, seat)
    REFERENCES approval_seat (platform_id, approval_id, step, seat),
    CONSTRAINT decision_by_delegation FOREIGN KEY (platform_id, delegation_id)
    REFERENCES approval_delegation (platform_id, delegation_id),
    CONSTRAINT maker_is_not_checker CHECK (actor <> maker AND on_behalf_of IS DISTINCT FROM maker),
    CONSTRAINT decision_is_a_persons CHECK (actor <> '' AND actor <> 'system' AND actor NOT LIKE 'cli:%'),
    CONSTRAINT delegate_says_for_whom CHECK (
        (capacity = 'DELEGATE') = (delegation_id IS NOT NULL) AND (capacity = 'DELEGATE') = (on_behalf_of IS NOT NULL)
    )
);

CREATE TRIGGER approval_decision_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_decision
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: a decision is on a step that waits, by somebody whom its seat names or who holds a delegation of one of them at
-- that instant; nobody counts twice, not through another either.
CREATE FUNCTION check_approval_decision() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER decision_is_lawful BEFORE INSERT ON approval_decision
FOR EACH ROW EXECUTE FUNCTION check_approval_decision();

-- Law: a request keeps what was asked and by whom. It is granted once every seat has agreed and nobody refused, it is
-- rejected by a refusal, and what is closed stays so.
CREATE FUNCTION check_approval_change() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER approval_changes_lawfully BEFORE UPDATE ON approval
FOR EACH ROW EXECUTE FUNCTION check_approval_change();
CREATE TRIGGER approval_stays BEFORE DELETE OR TRUNCATE ON approval
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: a request begins at its beginning.
CREATE FUNCTION check_approval_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.status <> 'PENDING' OR new.step <> 1 THEN
        RAISE EXCEPTION 'APPROVAL_INCOMPLETE: a request waits at its first step' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER approval_begins_pending BEFORE INSERT ON approval
FOR EACH ROW EXECUTE FUNCTION check_approval_request();

-- ---------------------------------------------------------------------------------------------------------------------
-- Opening a closed period again

-- Each use of a granted request; `transaction_id` is of the transaction that wrote it, whatever it says itself.
CREATE TABLE book_reopening (
    platform_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    book_id bigint NOT NULL,
    reopened_at timestamptz NOT NULL,
    closed_through date NOT NULL,
    through date NOT NULL,
    transaction_id xid8 NOT NULL,
    maker text NOT NULL,
    approver text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (platform_id, approval_id),
    CONSTRAINT reopening_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT reopening_was_approved FOREIGN KEY (platform_id, approval_id)
    REFERENCES approval (platform_id, approval_id),
    CONSTRAINT reopening_goes_back CHECK (through < closed_through),
    CONSTRAINT reopening_takes_two_persons CHECK (maker <> approver)
);

CREATE TRIGGER book_reopening_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book_reopening
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: behind a reopening stands a granted request of that kind, by its maker and one of those who agreed.
CREATE FUNCTION check_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER reopening_is_lawful BEFORE INSERT ON book_reopening
FOR EACH ROW EXECUTE FUNCTION check_reopening();

-- Law: closing moves forward only, except by a reopening that this transaction has written.
CREATE OR REPLACE FUNCTION refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- ---------------------------------------------------------------------------------------------------------------------
-- Rates of one merchant's own, in the place of the plan's, for payments from one day through another

-- `content` is what was agreed to; of several for a day and a category the last counts.
CREATE TABLE rate_override (
    platform_id bigint NOT NULL REFERENCES platform,
    override_version integer NOT NULL CHECK (override_version > 0),
    party_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    sequence bigint NOT NULL,
    valid_from date NOT NULL,
    valid_through date NOT NULL,
    content text NOT NULL,
    -- Serves the overrides that a process has not seen yet.
    PRIMARY KEY (platform_id, override_version),
    CONSTRAINT override_was_approved_once UNIQUE (platform_id, approval_id),
    CONSTRAINT override_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    CONSTRAINT override_follows_an_approval FOREIGN KEY (platform_id, approval_id)
    REFERENCES approval (platform_id, approval_id),
    CONSTRAINT override_has_a_time CHECK (valid_from <= valid_through)
);

CREATE TRIGGER rate_override_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rate_override
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: rates of a party's own are exactly what a granted request asked for.
CREATE FUNCTION check_rate_override() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER rate_override_is_lawful BEFORE INSERT ON rate_override
FOR EACH ROW EXECUTE FUNCTION check_rate_override();

CALL raise_wall(
    'approval_flow', 'approval', 'approval_seat', 'approval_delegation', 'approval_decision', 'book_reopening',
    'rate_override'
);

GRANT SELECT, INSERT ON approval_flow, approval, approval_seat, approval_delegation, approval_decision, book_reopening,
rate_override TO splitbook_app;
GRANT UPDATE (status, step, step_opened_at, due_at, escalated_at, closed_at, awaited) ON approval TO splitbook_app;
GRANT UPDATE (ended_at) ON approval_delegation TO splitbook_app;

CALL describe_young_tables();
