"""Fee lines and fee items into a store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.importing.batches import Parsed
from app.importing.outcomes import Refusal
from app.importing.writers import Outcome, Replayable, StoreWriter
from ledger.actor import Actor
from ledger.charging.fees.items import parse_items
from ledger.charging.fees.model import FeeItem, FeeLineDraft
from ledger.charging.fees.publishing import publish_fee_items
from ledger.charging.fees.submitting import submit_fee_lines
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.model import Refused


class _Catalogue(NamedTuple):
    """What became of a whole document; `replayed` when nothing of it was new."""

    replayed: bool


def make_fee_line_writer(database: Database, platform_id: int, *, actor: Actor) -> StoreWriter[FeeLineDraft]:
    """Make the writer of one platform's fee lines."""

    async def submit(conn: Connection, lines: Sequence[FeeLineDraft], now: datetime) -> Sequence[Replayable | Refused]:
        return await submit_fee_lines(conn, lines=lines, actor=actor, now=now, source="IMPORT")

    return StoreWriter(database, platform_id, submit)


async def publish_items(database: Database, platform_id: int, document: Mapping[str, Any], *, actor: Actor) -> Outcome:
    """
    Publish the fee items that a document says.

    Errors: as StoreWriter.send.
    """
    try:
        items = parse_items(document)
    except LedgerError as error:
        return Refusal.of(error)

    async def publish(
        conn: Connection, catalogues: Sequence[tuple[FeeItem, ...]], now: datetime
    ) -> Sequence[Replayable | Refused]:
        published = [await publish_fee_items(conn, items=each, actor=actor, now=now) for each in catalogues]
        return [_Catalogue(all(item.replayed for item in each)) for each in published]

    (outcome,) = await StoreWriter(database, platform_id, publish).send([Parsed(1, items, document)])
    return outcome
