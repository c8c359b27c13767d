-- What payment channels say of a day: which payments they captured and which refunds they paid, and what they kept and
-- gave back as fees. It is compared with what is booked here; nothing is posted of it. Amounts are minor units.

-- A day of a channel, of one legal entity and currency, with the totals that its file gave.
CREATE TABLE channel_day (
    platform_id bigint NOT NULL,
    channel_day_id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint NOT NULL,
    captured_minor bigint NOT NULL CHECK (captured_minor >= 0),
    refunded_minor bigint NOT NULL CHECK (refunded_minor >= 0),
    fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
    fee_returned_minor bigint NOT NULL CHECK (fee_returned_minor >= 0),
    recorded_at timestamptz NOT NULL,
    captures integer NOT NULL CHECK (captures >= 0),
    refunds integer NOT NULL CHECK (refunds >= 0),
    -- A day where the legal entity is.
    day date NOT NULL,
    channel text NOT NULL CHECK (length(channel) BETWEEN 1 AND 200),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- What the channel calls the file that said it first.
    file text NOT NULL CHECK (length(file) BETWEEN 1 AND 200),
    recorded_by text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    PRIMARY KEY (platform_id, channel_day_id),
    CONSTRAINT channel_day_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    -- Serves the replay of a day, and whether a later day has been told.
    CONSTRAINT channel_tells_a_day_once UNIQUE (platform_id, channel, book_id, currency, day)
);

-- Serves the list of days, the newest first.
CREATE INDEX channel_day_by_day ON channel_day (platform_id, day, channel_day_id) WHERE channel_day_id > 0;

-- One payment or refund, as the channel said it. `fee_minor` is what it kept of a capture, or gave back with a refund.
CREATE TABLE channel_record (
    platform_id bigint NOT NULL,
    channel_record_id bigint GENERATED ALWAYS AS IDENTITY,
    channel_day_id bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    fee_minor bigint NOT NULL CHECK (fee_minor BETWEEN 0 AND 1000000000000000),
    occurred_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('CAPTURE', 'REFUND')),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    order_reference text NOT NULL CHECK (length(order_reference) BETWEEN 1 AND 200),
    -- The channel's name for the payment of a capture; the refund's reference of a refund.
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    PRIMARY KEY (platform_id, channel_record_id),
    CONSTRAINT channel_record_is_of_a_day FOREIGN KEY (platform_id, channel_day_id)
    REFERENCES channel_day (platform_id, channel_day_id),
    -- Serves the records of a day.
    CONSTRAINT channel_record_is_told_once UNIQUE (platform_id, channel_day_id, reference)
);

-- Serves whether a channel has said anything of a payment or refund, and whether it did so before.
CREATE INDEX channel_record_by_order ON channel_record (platform_id, order_reference, kind, name, channel_record_id);

-- Serves the payments and refunds of a day. They come about in the order of time.
CREATE INDEX order_event_by_time ON order_event USING brin (occurred_at);

-- Law: a day's totals are those of its records.
CREATE FUNCTION refuse_uneven_channel_day(platform bigint, day_number bigint) RETURNS void LANGUAGE plpgsql AS $$
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

-- A day is written before its records, so it is looked at when both are there.
CREATE FUNCTION check_channel_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_channel_day(new.platform_id, new.channel_day_id);
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER channel_day_is_the_sum_of_its_records AFTER INSERT ON channel_day
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_channel_day();

CREATE FUNCTION check_channel_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_channel_day(k.platform_id, k.channel_day_id)
    FROM (SELECT DISTINCT r.platform_id, r.channel_day_id FROM fresh AS r) AS k;
    RETURN NULL;
END;
$$;

CREATE TRIGGER channel_records_add_up AFTER INSERT ON channel_record
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_channel_records();

CREATE TRIGGER channel_day_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_day
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER channel_record_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_record
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CALL raise_wall('channel_day', 'channel_record');

GRANT SELECT, INSERT ON channel_day, channel_record TO splitbook_app;

CALL describe_young_tables();
