"""Order events into a store."""

from collections.abc import Sequence
from datetime import datetime

from app.importing.writers import Replayable, StoreWriter
from ledger.actor import Actor
from ledger.charging.event import OrderEvent
from ledger.charging.recording import record_order_events
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused


def make_event_writer(database: Database, platform_id: int, *, actor: Actor) -> StoreWriter[OrderEvent]:
    """Make the writer of one platform's order events."""

    async def record(conn: Connection, events: Sequence[OrderEvent], now: datetime) -> Sequence[Replayable | Refused]:
        return await record_order_events(conn, events=events, actor=actor, now=now, source="IMPORT")

    return StoreWriter(database, platform_id, record)
