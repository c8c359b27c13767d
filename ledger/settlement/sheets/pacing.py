"""
Leaving the log to others while sheets close.

Whoever closes a hundred thousand sheets takes the log's lock a hundred times, for about 0.12 s each, and uses a
processor for four times as long before each. While others post, closing rests after each time; alone, it goes on.
"""

from datetime import timedelta

from ledger.db.transacting import Connection
from ledger.journal.model import Posted, Recorded
from ledger.journal.posting import Written
from ledger.settlement.sheets import sql

_LONGEST = timedelta(seconds=2)
# So much longer than it had the log: 100,000 sheets still close within two minutes on a small machine.
_RESTS = 4
NONE = timedelta()


async def find_rest(conn: Connection, *, written: Written, since: int) -> timedelta:
    """
    How long to rest once this transaction has committed; nothing where nobody else has posted since the log stood
    there. Call it last: the log has been held since the instant that the entries and events were posted at.
    """
    posted: list[Posted | Recorded] = [each for each in written.outcomes if isinstance(each, Posted)]
    recorded = posted + [each for each in written.events if each is not None]
    if not recorded or min([each.sequence for each in recorded]) <= since + 1:
        return NONE
    held = await sql.read_clock(conn) - recorded[0].posted_at
    return min(max(held, NONE) * _RESTS, _LONGEST)
