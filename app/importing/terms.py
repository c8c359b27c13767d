"""Calendars and settlement terms into a store."""

from collections.abc import Sequence
from datetime import datetime

from app.importing.writers import Replayable, StoreWriter
from ledger.actor import Actor
from ledger.calendars.model import CalendarDraft
from ledger.calendars.publishing import publish_calendar
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.model import TermsChange


def make_calendar_writer(database: Database, platform_id: int, *, actor: Actor) -> StoreWriter[CalendarDraft]:
    """Make the writer of one platform's calendars."""

    async def publish(
        conn: Connection, drafts: Sequence[CalendarDraft], now: datetime
    ) -> Sequence[Replayable | Refused]:
        return await publish_calendar(conn, calendars=drafts, actor=actor, now=now)

    return StoreWriter(database, platform_id, publish)


def make_terms_writer(database: Database, platform_id: int, *, actor: Actor) -> StoreWriter[TermsChange]:
    """Make the writer of the terms of one platform's roles and parties."""

    async def change(conn: Connection, changes: Sequence[TermsChange], now: datetime) -> Sequence[Replayable | Refused]:
        return await change_terms(conn, changes=changes, actor=actor, now=now)

    return StoreWriter(database, platform_id, change)
