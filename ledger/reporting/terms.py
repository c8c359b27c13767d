"""How parties settle, and how roles do where a party says nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.calendars.finding import find_calendars
from ledger.db.transacting import Connection
from ledger.settlement.terms.finding import find_terms, find_versions
from ledger.settlement.terms.history import build_history
from ledger.settlement.terms.model import History, PartyTerms, Period, Role
from ledger.settlement.terms.periods import due_date, period_of, terms_of


class TermsRow(NamedTuple):
    """The terms of a party in a role, with the period that an instant is in and the day on which it is to be paid."""

    terms: PartyTerms
    period: Period
    due_date: date | None


async def load_party_terms(conn: Connection, *, keys: Sequence[tuple[int, Role]], now: datetime) -> list[TermsRow]:
    """The terms of each of these parties in that role; a period without an end of its own has no due date."""
    found = await find_terms(conn, parties=keys)
    periods = [period_of(terms.history, now, terms.zone) for terms in found]
    in_force = [terms_of(terms.history, period) for terms, period in zip(found, periods, strict=True)]
    calendars = await find_calendars(conn, names={terms.calendar for terms in in_force})
    return [
        TermsRow(
            terms,
            period,
            None if period.is_open_ended else due_date(standing, period, calendars[standing.calendar]),
        )
        for terms, period, standing in zip(found, periods, in_force, strict=True)
    ]


async def load_role_terms(conn: Connection) -> dict[Role, History]:
    """The terms of every role, for parties that say nothing else."""
    versions = await find_versions(conn, party_ids=())
    return {role: build_history(role=versions.get((None, role), ())) for role in Role}
