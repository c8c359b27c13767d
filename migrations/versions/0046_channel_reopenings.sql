-- How often the same difference was set aside before: each of those was taken up again since.
ALTER TABLE channel_dismissal ADD COLUMN round integer NOT NULL DEFAULT 0 CHECK (round >= 0);
ALTER TABLE channel_dismissal ALTER COLUMN round DROP DEFAULT;
ALTER TABLE channel_dismissal DROP CONSTRAINT channel_difference_is_dismissed_once;
-- Serves whether a difference is set aside, too.
ALTER TABLE channel_dismissal ADD CONSTRAINT channel_difference_is_dismissed_once UNIQUE NULLS NOT DISTINCT (
    platform_id, channel_day_id, order_reference, kind, name, record, reason, told_minor, booked_minor,
    told_currency, booked_currency, round
);

-- What was set aside and a person has taken up again, and why. Until it is set aside anew it waits for people.
CREATE TABLE channel_reopening (
    platform_id bigint NOT NULL,
    channel_dismissal_id bigint NOT NULL,
    reopened_at timestamptz NOT NULL,
    reopened_by text NOT NULL,
    words text NOT NULL CHECK (length(words) BETWEEN 1 AND 200),
    PRIMARY KEY (platform_id, channel_dismissal_id),
    CONSTRAINT channel_reopening_is_of_a_dismissal FOREIGN KEY (platform_id, channel_dismissal_id)
    REFERENCES channel_dismissal (platform_id, channel_dismissal_id)
);

-- Who took what up again stays on record, also when it is set aside anew.
CREATE TRIGGER channel_reopening_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_reopening
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: what is set aside is taken up again before it is set aside anew.
CREATE FUNCTION check_channel_dismissals() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER channel_difference_is_set_aside_once AFTER INSERT ON channel_dismissal
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_channel_dismissals();

CALL raise_wall('channel_reopening');
GRANT SELECT, INSERT ON channel_reopening TO splitbook_app;
CALL describe_young_tables();
