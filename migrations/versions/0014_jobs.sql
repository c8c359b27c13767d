-- Durable jobs of the workers.

-- A job is planned once per key, and one of a kind is open at a time: two planners at one instant make one run. `lease`
-- counts who had it; lease_until and run_after are in the database's own time, due_at in that of the work, which may go
-- by a test clock.
CREATE TABLE job (
    platform_id bigint NOT NULL REFERENCES platform,
    job_id bigint GENERATED ALWAYS AS IDENTITY,
    lease bigint NOT NULL DEFAULT 0 CHECK (lease >= 0),
    due_at timestamptz NOT NULL,
    planned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_after timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until timestamptz,
    ended_at timestamptz,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    status text NOT NULL DEFAULT 'READY' CHECK (status IN ('READY', 'DONE', 'DEAD')),
    leased_by text NOT NULL DEFAULT '',
    error text NOT NULL DEFAULT '',
    counts jsonb NOT NULL DEFAULT '{}',
    -- Serves the list of jobs, the newest first.
    PRIMARY KEY (platform_id, job_id),
    CONSTRAINT job_is_planned_once UNIQUE (platform_id, kind, key),
    CONSTRAINT job_that_ended_is_nobodys CHECK ((status = 'READY') = (ended_at IS NULL)),
    CONSTRAINT job_without_a_worker_has_no_lease CHECK (lease_until IS NULL OR (status = 'READY' AND lease > 0))
);

-- Law: of one kind one job is open at a time. Serves the next job to be taken, too: there are few.
CREATE UNIQUE INDEX one_open_job_of_a_kind ON job (platform_id, kind) WHERE status = 'READY';
-- Serves the jobs that were given up.
CREATE INDEX dead_jobs ON job (platform_id, job_id) WHERE status = 'DEAD';
-- Serves forgetting what is long done.
CREATE INDEX done_jobs_by_end ON job (platform_id, ended_at) WHERE status = 'DONE';

-- Law: what a job is never changes, and neither does one that is done. A dead one may be taken up again.
CREATE FUNCTION check_job_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'JOB_ENDED: job % of kind % cannot become that', old.job_id, old.kind
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER job_stays_what_it_is BEFORE UPDATE ON job FOR EACH ROW WHEN (
    old.status = 'DONE' OR (old.status = 'DEAD' AND new.status <> 'READY') OR new.lease < old.lease
    OR (new.platform_id, new.job_id, new.kind, new.key, new.due_at)
    IS DISTINCT FROM (old.platform_id, old.job_id, old.kind, old.key, old.due_at)
) EXECUTE FUNCTION check_job_change();
CREATE TRIGGER only_done_jobs_are_forgotten BEFORE DELETE ON job
FOR EACH ROW WHEN (old.status <> 'DONE') EXECUTE FUNCTION check_job_change();

CALL raise_wall('job');
GRANT SELECT, INSERT, UPDATE, DELETE ON job TO splitbook_app;

CALL describe_young_tables();
