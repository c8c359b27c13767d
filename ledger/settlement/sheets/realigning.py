"""
Open sheets follow the terms as they change: what has changed since the last time is read from the log.

Whoever closes does it first, so that no sheet is closed by boundaries that are not its party's any more.
"""

from datetime import datetime

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.balances import EVERYTHING
from ledger.settlement import following_sql
from ledger.settlement.following import find_stretch, finish_repeatable
from ledger.settlement.sheets.opening import realign_sheets
from ledger.settlement.terms.finding import find_changed

FOLLOWER = "terms"


async def realign_changed(database: Database, *, platform_id: int, actor: Actor, now: datetime) -> int:
    """
    Cut or move open sheets by terms that have changed since the last time; how many parties or roles those are of.

    Sheets are locked before the log, so what is read under the log's lock is let go of first. Killed in between, or
    done by two at once, it is done again, which changes nothing.
    """
    changes = 0
    while True:
        async with database.write(platform_id) as conn:
            stretch = await find_stretch(conn, name=FOLLOWER)
        if stretch is None:
            return changes
        async with database.read(platform_id) as conn:
            changed = await find_changed(conn, after=stretch.after, through=stretch.through)
        after: int | None = 0
        while changed and after is not None:
            async with database.write(platform_id) as conn:
                after = await _realign(conn, changed, actor=actor, now=now, after=after)
        async with database.write(platform_id) as conn:
            await finish_repeatable(conn, name=FOLLOWER, through=stretch.through)
        changes += len(changed)


async def realign_at_once(conn: Connection, *, actor: Actor, now: datetime) -> None:
    """The same in this transaction, which has locked nothing yet; that it was done is not remembered."""
    changed = await find_unfollowed(conn)
    after: int | None = 0
    while changed and after is not None:
        after = await _realign(conn, changed, actor=actor, now=now, after=after)


async def find_unfollowed(conn: Connection) -> set[int | None]:
    """Whose terms have changed since open sheets last followed them; None for those of a role. Two statements."""
    read = await following_sql.find_read(conn, name=FOLLOWER)
    return await find_changed(conn, after=read, through=EVERYTHING)


async def _realign(
    conn: Connection, changed: set[int | None], *, actor: Actor, now: datetime, after: int
) -> int | None:
    """A page of the sheets of these parties, of all where a role has changed; where to go on, or None."""
    # The terms of a role may reach any party.
    party_ids = None if None in changed else [party_id for party_id in changed if party_id is not None]
    return await realign_sheets(conn, actor=actor, now=now, party_ids=party_ids, after=after)
