-- A refused line of a source says how often it was tried again, and when it is the next time. Those that are there are
-- due at once, the oldest first. (The owner sees all platforms while the wall does not hold for him.)
ALTER TABLE source_refusal
ADD COLUMN tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
ADD COLUMN next_try_at timestamptz;
ALTER TABLE source_refusal NO FORCE ROW LEVEL SECURITY;
UPDATE source_refusal SET next_try_at = refused_at;
ALTER TABLE source_refusal FORCE ROW LEVEL SECURITY;
ALTER TABLE source_refusal ALTER COLUMN next_try_at SET NOT NULL;

-- Serves the next attempt.
CREATE INDEX source_refusal_due ON source_refusal (platform_id, source, next_try_at, refusal)
WHERE resolved_at IS NULL;
