"""Calendars and terms in lanes."""

from collections.abc import Sequence
from datetime import datetime

from app.lanes.calls import make_batch_kind
from ledger.actor import Actor
from ledger.calendars.model import CalendarDraft, PublishedCalendar
from ledger.calendars.publishing import publish_calendar
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.model import ChangedTerms, TermsChange


async def _publish(
    conn: Connection, calendars: list[CalendarDraft], actor: Actor, now: datetime
) -> Sequence[PublishedCalendar | Refused]:
    return await publish_calendar(conn, calendars=calendars, actor=actor, now=now)


async def _change(
    conn: Connection, changes: list[TermsChange], actor: Actor, now: datetime
) -> Sequence[ChangedTerms | Refused]:
    return await change_terms(conn, changes=changes, actor=actor, now=now)


PUBLISH_CALENDAR = make_batch_kind("publish_calendar", _publish)
CHANGE_TERMS = make_batch_kind("change_settlement_terms", _change)
