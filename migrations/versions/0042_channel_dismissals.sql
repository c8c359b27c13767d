-- Differences of channels' days that a person has set aside, each as it read then, and why. It holds for as long as the
-- difference reads the same: one that has changed is open again, by itself. Amounts are minor units.
CREATE TABLE channel_dismissal (
    platform_id bigint NOT NULL,
    channel_dismissal_id bigint GENERATED ALWAYS AS IDENTITY,
    channel_day_id bigint NOT NULL,
    told_minor bigint CHECK (told_minor >= 0),
    booked_minor bigint CHECK (booked_minor >= 0),
    dismissed_at timestamptz NOT NULL,
    dismissed_by text NOT NULL,
    -- Why nobody need look at it any more.
    words text NOT NULL CHECK (length(words) BETWEEN 1 AND 200),
    told_currency text NOT NULL,
    booked_currency text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('CAPTURE', 'REFUND')),
    reason text NOT NULL CHECK (
        reason IN (
            'BOOK_MISSING', 'CHANNEL_MISSING', 'TOLD_TWICE', 'ENTITY_DIFF', 'CURRENCY_DIFF', 'AMOUNT_DIFF', 'FEE_DIFF'
        )
    ),
    order_reference text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    record text COLLATE "C" NOT NULL,
    PRIMARY KEY (platform_id, channel_dismissal_id),
    CONSTRAINT channel_dismissal_is_of_a_day FOREIGN KEY (platform_id, channel_day_id)
    REFERENCES channel_day (platform_id, channel_day_id),
    -- Serves whether a difference is set aside.
    CONSTRAINT channel_difference_is_dismissed_once UNIQUE NULLS NOT DISTINCT (
        platform_id, channel_day_id, order_reference, kind, name, record, reason, told_minor, booked_minor,
        told_currency, booked_currency
    ),
    CONSTRAINT channel_dismissal_has_the_sides_of_its_reason CHECK (
        (told_minor IS NULL) = (reason = 'CHANNEL_MISSING') AND (record = '') = (reason = 'CHANNEL_MISSING')
        AND (booked_minor IS NULL) = (reason = 'BOOK_MISSING')
    )
);

-- Who set what aside stays on record, also when it is open again.
CREATE TRIGGER channel_dismissal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_dismissal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whether a difference is set aside as it reads, kept beside it: days of which all was set aside, year after year, are
-- passed by without reading them.
ALTER TABLE channel_difference ADD COLUMN is_dismissed boolean NOT NULL DEFAULT FALSE;
-- Serves which days wait for people.
CREATE INDEX channel_difference_open ON channel_difference (platform_id, channel_day_id) WHERE NOT is_dismissed;
GRANT UPDATE (is_dismissed) ON channel_difference TO splitbook_app;

CALL raise_wall('channel_dismissal');
GRANT SELECT, INSERT ON channel_dismissal TO splitbook_app;
CALL describe_young_tables();
