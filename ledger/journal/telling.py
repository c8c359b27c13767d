"""Events that no entry belongs to: what happened to a document, or to a rule, without any money moving."""

from collections.abc import Sequence

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.model import EventDraft, Recorded
from ledger.journal.posting import write_entries


async def log_events(conn: Connection, *, events: Sequence[EventDraft], actor: Actor) -> list[Recorded]:
    """Write events that name no entries to the platform's log; the place of each, in order. The log is locked."""
    written = await write_entries(conn, drafts=(), events=events, actor=actor)
    recorded = [each for each in written.events if each is not None]
    if len(recorded) != len(events):
        raise InvariantBroken("an event without entries is always written")
    return recorded
