"""Work of the generic billing interface that goes through lanes, each a call of one function of the ledger."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.lanes.calls import make_batch_kind, make_single_kind
from ledger.actor import Actor
from ledger.charging.fees.model import FeeItem, FeeLineDraft, ItemPublished, Submitted
from ledger.charging.fees.publishing import publish_fee_items
from ledger.charging.fees.refusals import retry_refused
from ledger.charging.fees.sources import SourceRegistered, register_source
from ledger.charging.fees.submitting import submit_fee_lines
from ledger.charging.internal_splits import InternalSplitDone, complete_internal_split
from ledger.db.transacting import Connection
from ledger.journal.model import Refused


class SourceChange(NamedTuple):
    """A source to be pulled, and how often."""

    name: str
    url: str
    credential_variable: str
    interval: timedelta
    is_active: bool


async def _submit(
    conn: Connection, lines: list[FeeLineDraft], actor: Actor, now: datetime
) -> Sequence[Submitted | Refused]:
    return await submit_fee_lines(conn, lines=lines, actor=actor, now=now)


async def _publish(
    conn: Connection, items: tuple[FeeItem, ...], actor: Actor, now: datetime
) -> Sequence[ItemPublished]:
    return await publish_fee_items(conn, items=items, actor=actor, now=now)


async def _register(conn: Connection, change: SourceChange, actor: Actor, now: datetime) -> SourceRegistered:
    return await register_source(
        conn,
        name=change.name,
        url=change.url,
        credential_variable=change.credential_variable,
        interval=change.interval,
        is_active=change.is_active,
        actor=actor,
        now=now,
    )


async def _retry(conn: Connection, refusals: list[int], actor: Actor, now: datetime) -> Sequence[Submitted | Refused]:
    return (await retry_refused(conn, refusals=refusals, actor=actor, now=now)).outcomes


async def _complete(conn: Connection, order: str, actor: Actor, now: datetime) -> InternalSplitDone:
    return await complete_internal_split(conn, order=order, actor=actor, now=now)


SUBMIT_FEE_LINES = make_batch_kind("submit_fee_lines", _submit)
RETRY_REFUSED_LINES = make_batch_kind("retry_refused_lines", _retry)
PUBLISH_FEE_ITEMS = make_single_kind("publish_fee_items", _publish)
COMPLETE_INTERNAL_SPLIT = make_single_kind("complete_internal_split", _complete)
REGISTER_SOURCE = make_single_kind("register_source", _register)
