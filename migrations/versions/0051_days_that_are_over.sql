-- The day that is not over yet: of where the operator is and of where a legal entity is, the earlier one. The clock is
-- that of the log, which does not go back.
CREATE FUNCTION find_unfinished_day(platform bigint, zone text) RETURNS date LANGUAGE sql VOLATILE AS $$
    SELECT least(greatest((n.at AT TIME ZONE p.time_zone)::date, h.posting_day), (n.at AT TIME ZONE zone)::date)
    FROM log_head AS h
    INNER JOIN platform AS p ON p.platform_id = h.platform_id
    CROSS JOIN LATERAL (SELECT greatest(clock_timestamp(), h.posted_at) AS at) AS n
    WHERE h.platform_id = platform
$$;

-- Law: a book is closed through a day that is over: what happens until its end would else be dated on a later one, and
-- all business until a day that is far away. What was closed before this was a law stays so.
CREATE FUNCTION refuse_early_closing() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER book_closes_days_that_are_over BEFORE INSERT OR UPDATE ON book
FOR EACH ROW EXECUTE FUNCTION refuse_early_closing();
