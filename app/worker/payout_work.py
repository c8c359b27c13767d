"""Work on payouts. What calls a bank is an errand: state is committed before the call, its outcome after it."""

from collections.abc import Mapping
from datetime import datetime

from app.channels.opening import Channels
from app.paying import hearing, sending
from app.worker.work import Errand, Progress, Run
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.settlement.payouts.creating import create_due_payouts


async def create_step(conn: Connection, now: datetime, actor: Actor) -> Progress:
    """Create payouts of what is due, each sheet in its zone, until nothing more can be; what waits keeps its reason."""
    made = await create_due_payouts(conn, through=None, actor=actor, now=now)
    return Progress({"created": len(made.created)}, is_done=not made.created and not made.is_netting)


def make_submit(channels: Channels) -> Run:
    """Make the errand that sends payouts as far as the bank accounts go, and hands over what waits to be."""

    async def submit(errand: Errand) -> Mapping[str, int]:
        sent = await sending.submit(
            errand.database, errand.platform_id, now=errand.now, actor=errand.actor, channels=channels
        )
        return {"sent": len(sent.payout_ids), "handed": sent.handed_over, "unreachable": len(sent.unreachable)}

    return submit


def make_query(channels: Channels) -> Run:
    """Make the errand that asks about payouts whose answer was lost."""

    async def query(errand: Errand) -> Mapping[str, int]:
        known = await hearing.query_unknown(
            errand.database, errand.platform_id, now=errand.now, actor=errand.actor, channels=channels
        )
        return {"known": known}

    return query


def make_read(channels: Channels) -> Run:
    """Make the errand that reads what banks left for us."""

    async def read(errand: Errand) -> Mapping[str, int]:
        found = await hearing.read_files(
            errand.database, errand.platform_id, now=errand.now, actor=errand.actor, channels=channels
        )
        return {
            "read": found.read,
            "refused": found.refused,
            "applied": found.applied,
            "unmatched": found.unmatched,
            "channel_days": found.channel_days,
            "differences": found.differences,
        }

    return read
