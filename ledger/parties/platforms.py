"""An operator and its platform, created together."""

from datetime import datetime

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.platforms import Platform, create_platform
from ledger.parties.model import PartyDraft
from ledger.parties.registering import register_parties


async def create_operator_platform(
    database: Database, *, operator: PartyDraft, actor: Actor, now: datetime
) -> Platform | None:
    """
    The platform of this operator, which bears its reference, created with it; None when there is one of that name.

    Of several callers at once one creates it, and the others wait until it is there.
    """
    async with database.write(None) as conn:
        platform = await create_platform(conn, reference=operator.reference, time_zone=operator.time_zone or "UTC")
        if platform is not None:
            await register_parties(conn, drafts=[operator], actor=actor, now=now)
        return platform
