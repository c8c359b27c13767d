"""
Holding a process where it is about to write, so that what is to meet it in the middle of its work always does.

Whoever comes there waits for as long as `held` has a row. It is a table and no lock: the time-outs of locks do not end
it, and no connection needs to live for it.
"""

import time

from tests.app.embedded.processes import ask
from tests.waiting import HANGS_S

_HOLD = """
CREATE TABLE held (since timestamptz DEFAULT now());
GRANT SELECT ON held TO PUBLIC;
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    WHILE EXISTS (SELECT FROM public.held) AND ({when}) LOOP PERFORM pg_sleep(0.01); END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER hold BEFORE {writes} FOR EACH STATEMENT EXECUTE FUNCTION hold();
INSERT INTO held DEFAULT VALUES;
SELECT 1
"""
_HELD = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


def hold(dsn: str, *, writes: str, when: str = "true") -> None:
    """Hold all who are to write so, such as `INSERT ON entry`, when this is true by then."""
    ask(dsn, _HOLD.format(writes=writes, when=when))


def wait_until_held(dsn: str) -> None:
    give_up_at = time.monotonic() + HANGS_S
    while ask(dsn, _HELD) == "0":
        assert time.monotonic() < give_up_at, "nobody came to where they are held"
        time.sleep(0.01)


def let_go(dsn: str) -> None:
    """Let those who are held go on; nobody is held any more."""
    ask(dsn, "DELETE FROM held")
    ask(dsn, "DROP FUNCTION hold() CASCADE")
    ask(dsn, "DROP TABLE held")
