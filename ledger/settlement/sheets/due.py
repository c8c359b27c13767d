"""Due dates move with their calendar, and what was not paid by its date is told once."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from ledger.actor import Actor
from ledger.calendars.finding import find_calendar_versions, find_calendars
from ledger.calendars.model import Calendar
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.money import format_amount
from ledger.settlement.sheets import lifecycle_sql
from ledger.settlement.sheets.approving import renew_requests
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import Plan, Rules
from ledger.settlement.sheets.stepping import Step, Steps, write_and_post
from ledger.settlement.sheets.telling import tell
from ledger.settlement.terms.periods import due_date

# What one transaction dates or tells of; whoever asks comes again until there are none.
SHEETS_AT_ONCE = 1_000


async def redate_sheets(
    conn: Connection, *, calendar: str, version: int, actor: Actor, now: datetime, after: int = 0
) -> int | None:
    """
    Date the unfinished sheets of a calendar anew, now that it has this version; the old date stays in the history, each
    change is an event, and one more tells which sheets keep their date. Only the calendar moves a sheet that has
    closed: terms that were dated back since do not. What waits for approval of one that has moved is asked for again.
    Looks at up to 1,000 sheets with numbers `after` this, and returns the last one; None at the end.
    """
    wanted: dict[str, Any] = {"calendar": calendar, "version": version, "after": after, "limit": SHEETS_AT_ONCE}
    opened = await lifecycle_sql.lock_counted_by(conn, **wanted)
    await lock_log(conn)
    numbers = sorted([*opened, *await lifecycle_sql.find_counted_by(conn, **wanted)])[:SHEETS_AT_ONCE]
    if not numbers:
        return None
    known = await find_sheets(conn, sheet_ids=numbers)
    rules = await Rules.load(conn, keys={sheet.key for sheet in known.values()})
    counted_by = (await find_calendars(conn, names=[calendar]))[calendar]
    dated_by = await find_calendar_versions(
        conn, name=calendar, versions={sheet.calendar_version for sheet in known.values()}
    )
    steps = Steps(actor, now)
    for number in numbers:
        sheet = known[number]
        day = _count_again(sheet, rules.plan_again(sheet), dated_by[sheet.calendar_version], counted_by)
        _redate(steps, sheet, day, counted_by)
    steps.events += _tell_kept(known, steps, counted_by)
    await write_and_post(conn, steps=steps)
    await renew_requests(conn, sheet_ids={each.sheet_id for each in steps.history}, actor=actor, now=now)
    return numbers[-1]


async def tell_overdue(conn: Connection, *, actor: Actor, now: datetime) -> int:
    """
    Tell of up to 1,000 sheets whose due day has passed, in the zone they were cut in, and of which something has
    not been paid, claimed by a payout or not: one event for each, until its date moves. How many.
    """
    await lock_log(conn)
    # The latest day that has begun anywhere is at most a day after UTC's.
    until = (now + timedelta(days=1)).date()
    numbers = await lifecycle_sql.find_overdue(conn, now=now, until=until, limit=SHEETS_AT_ONCE)
    if not numbers:
        return 0
    known = await find_sheets(conn, sheet_ids=numbers)
    steps = Steps(actor, now)
    for number in numbers:
        sheet = steps.keep(known[number]._replace(overdue_at=now))
        unpaid = format_amount(sheet.unpaid, currency=sheet.key.currency)
        steps.events.append(tell(sheet, now=now, kind="sheet.overdue", unpaid=unpaid))
    await write_and_post(conn, steps=steps)
    return len(numbers)


def _count_again(sheet: Sheet, plan: Plan, before: Calendar, calendar: Calendar) -> date:
    """The due day by the calendar that the sheet has; pure. Its terms may name another one, or other days, by now."""
    if sheet.status is Status.OPEN or due_date(plan.terms, plan.period, before) == sheet.due_date:
        return due_date(plan.terms, plan.period, calendar)
    last_day = plan.period.last_day
    return calendar.add_working_days(last_day, before.count_working_days(last_day, sheet.due_date))


def _tell_kept(known: Mapping[int, Sheet], steps: Steps, calendar: Calendar) -> list[EventDraft]:
    """What tells of the sheets that are counted by another version now and keep their day, all of them at once."""
    kept = [number for number, sheet in sorted(steps.sheets.items()) if sheet.due_date == known[number].due_date]
    if not kept:
        return []
    said = {"calendar": calendar.name, "version": calendar.version, "sheets": kept}
    return [EventDraft("calendar.adopted", f"calendar/{calendar.name}", steps.now, (), write_json(said))]


def _redate(steps: Steps, sheet: Sheet, day: date, calendar: Calendar) -> None:
    dated = sheet._replace(due_date=day, calendar_version=calendar.version)
    if day == sheet.due_date:
        steps.keep(dated)
        return
    moved = steps.keep(dated._replace(overdue_at=None if day > sheet.due_date else sheet.overdue_at))
    reason = f"{calendar.name} has version {calendar.version}"
    steps.history.append(Step(sheet.sheet_id, sheet.status, steps.now, steps.actor.name, reason, sheet.due_date, day))
    before, after = sheet.due_date.isoformat(), day.isoformat()
    steps.events.append(
        tell(moved, now=steps.now, kind="sheet.due_date_changed", dueDateBefore=before, dueDateAfter=after)
    )
