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

CALL raise_wall('channel_reopening');
GRANT SELECT, INSERT ON channel_reopening TO splitbook_app;
CALL describe_young_tables();
