"""Receipts into a store."""

from collections.abc import Sequence
from datetime import datetime

from app.importing.writers import Replayable, StoreWriter
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.receipts.model import ReceiptDraft
from ledger.settlement.receipts.recording import record_receipts


def make_receipt_writer(database: Database, platform_id: int, *, actor: Actor) -> StoreWriter[ReceiptDraft]:
    """Make the writer of one platform's receipts."""

    async def record(conn: Connection, drafts: Sequence[ReceiptDraft], now: datetime) -> Sequence[Replayable | Refused]:
        return await record_receipts(conn, drafts=drafts, actor=actor, now=now)

    return StoreWriter(database, platform_id, record)
