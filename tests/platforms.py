"""An operator's platform, for tests to begin with."""

from datetime import datetime

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.platforms import Platform, list_platforms
from ledger.parties.model import PartyDraft
from ledger.parties.platforms import create_operator_platform


async def open_platform(database: Database, *, operator: PartyDraft, actor: Actor, now: datetime) -> Platform:
    """The platform of this operator; created with it where there is none yet."""
    created = await create_operator_platform(database, operator=operator, actor=actor, now=now)
    if created is not None:
        return created
    async with database.read(None) as conn:
        return next(each for each in await list_platforms(conn) if each.reference == operator.reference)
