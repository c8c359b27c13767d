-- Calendars: versioned holidays; settlement terms of roles and parties.

-- ---------------------------------------------------------------------------------------------------------------------
-- Calendars

-- A version never changes: a due date names the version it was counted by.
CREATE TABLE calendar (
    platform_id bigint NOT NULL REFERENCES platform,
    sequence bigint NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    published_at timestamptz NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200 AND name <> 'MON-FRI'),
    content text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    -- Serves the latest version of a name, a given one, and the versions that a process has not read yet.
    PRIMARY KEY (platform_id, name, version),
    CONSTRAINT calendar_knows_some_days CHECK (first_day <= last_day)
);

CREATE TRIGGER calendar_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON calendar
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: versions are counted without gaps, so that the greatest is the one published last.
CREATE FUNCTION check_calendar_versions() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER calendar_versions_have_no_gap AFTER INSERT ON calendar
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_calendar_versions();

-- ---------------------------------------------------------------------------------------------------------------------
-- Terms

-- A version says how a role settles on this platform (no party), or how one party does in a role. What it leaves open
-- (null) comes from the version below: party, registration, role, built-in. A version never changes.
CREATE TABLE settlement_terms (
    platform_id bigint NOT NULL REFERENCES platform,
    party_id bigint,
    sequence bigint NOT NULL,
    carry_limit_minor bigint CHECK (carry_limit_minor >= 0),
    minimum_minor bigint CHECK (minimum_minor >= 0),
    version integer NOT NULL CHECK (version > 0),
    valid_from date NOT NULL,
    due_days smallint CHECK (due_days BETWEEN 0 AND 365),
    confirmation_days smallint CHECK (confirmation_days BETWEEN 1 AND 365),
    carry_cycles smallint CHECK (carry_cycles BETWEEN 0 AND 1000),
    netting boolean,
    role text NOT NULL CHECK (role IN ('MERCHANT', 'AGENT', 'SUPPLIER', 'DISTRIBUTOR')),
    effect text NOT NULL CHECK (effect IN ('NOW', 'NEXT_PERIOD')),
    cycle text CHECK (
        cycle IN ('T_PLUS', 'DAILY', 'WEEKLY', 'DECADE', 'SEMI_MONTHLY', 'MONTHLY', 'ON_DEMAND')
    ),
    calendar text,
    anchor text CHECK (anchor IN ('COUNT_AFTER', 'ROLL')),
    confirmation text CHECK (confirmation IN ('REQUIRED', 'DEEMED', 'NONE')),
    mode text CHECK (mode IN ('AGENCY', 'PURCHASE')),
    -- Serves the history of a role and of a party in it.
    CONSTRAINT terms_version_is_unique UNIQUE NULLS NOT DISTINCT (platform_id, party_id, role, version),
    CONSTRAINT terms_are_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    CONSTRAINT deemed_confirmation_has_its_days CHECK (
        (confirmation IS NOT DISTINCT FROM 'DEEMED') = (confirmation_days IS NOT NULL)
    ),
    CONSTRAINT trade_day_terms_say_after_how_many_days CHECK (
        cycle IS DISTINCT FROM 'T_PLUS' OR due_days IS NOT NULL
    )
);

-- Serves what has changed since a place in the log.
CREATE INDEX settlement_terms_by_sequence ON settlement_terms (platform_id, sequence);

CREATE TRIGGER settlement_terms_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_terms
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: versions are counted without gaps and their first days never go back, so that periods already settled keep the
-- terms they had.
CREATE FUNCTION check_terms_versions() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER terms_versions_go_forward AFTER INSERT ON settlement_terms
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_terms_versions();

CALL raise_wall('calendar', 'settlement_terms');
GRANT SELECT, INSERT ON calendar, settlement_terms TO splitbook_app;

CALL describe_young_tables();
