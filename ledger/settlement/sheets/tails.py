"""
What comes for a party after it was closed: a late refund, a claim, what a hold gives back. Its sheets have come to an
end by then, and one more is opened for it.
"""

from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.telling import log_events
from ledger.settlement import following_sql
from ledger.settlement.sheets import tails_sql
from ledger.settlement.sheets.opening import insert_plans, tell_opened, to_key
from ledger.settlement.sheets.opening_sql import lock_opening
from ledger.settlement.sheets.planning import Plan, Rules, check_terms

FOLLOWER = "tails"


async def open_tails(conn: Connection, *, actor: Actor, now: datetime) -> int:
    """
    Open a sheet for what was posted for closed parties since the last run and no open sheet will claim; how many. Its
    period is the one that the earliest of it belongs to, or the next after the last sheet of its key.

    Statements: some ten and those of posting. Raises asyncpg.SerializationError where terms have changed meanwhile: it
    is to be done again.
    """
    head = await lock_opening(conn)
    rows = await tails_sql.find_tails(conn, after=await following_sql.find_read(conn, name=FOLLOWER))
    rules = await Rules.load(conn, keys={to_key(row) for row in rows})
    plans = [_plan(row, rules) for row in rows]
    opened = await insert_plans(conn, plans=plans, actor=actor, now=now)
    if opened:
        await log_events(conn, events=tell_opened(opened, now=now), actor=actor)
        await check_terms(conn, since=head)
    # Read through where the log stood before we looked, and waited for the lock: what came since is looked at again.
    await following_sql.keep_furthest(conn, name=FOLLOWER, sequence=head)
    return len(opened)


def _plan(row: tails_sql.Row, rules: Rules) -> Plan:
    key, last = to_key(row), row["last_end"]
    if last is None:
        return rules.plan_first(key, instant=row["earliest"])
    plan = rules.plan_first(key, instant=max(row["earliest"], last))
    return plan if plan.period.start >= last else rules.plan_next(key, after=last)
