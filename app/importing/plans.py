"""A fee plan into a store: one JSON document, not JSON Lines."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.importing.batches import Parsed
from app.importing.outcomes import Refusal
from app.importing.writers import Outcome, Replayable, StoreWriter
from ledger.actor import Actor
from ledger.charging.plan import parse_plan
from ledger.charging.proposing import propose_plan
from ledger.charging.rates import FeePlan
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.model import Refused


async def publish_document(
    database: Database, platform_id: int, document: Mapping[str, Any], *, actor: Actor
) -> Outcome:
    """
    Publish the fee plan that a document says; refused where somebody has to agree to it first.

    Errors: as StoreWriter.send.
    """
    try:
        plan = parse_plan(document)
    except LedgerError as error:
        return Refusal.of(error)

    async def publish(conn: Connection, plans: Sequence[FeePlan], now: datetime) -> Sequence[Replayable | Refused]:
        try:
            return [await propose_plan(conn, plan=each, actor=actor, now=now, may_wait=False) for each in plans]
        except LedgerError as error:
            if error.retryable:
                raise
            return [Refused(error)]

    (outcome,) = await StoreWriter(database, platform_id, publish).send([Parsed(1, plan, document)])
    return outcome
