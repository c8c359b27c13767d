"""From a JSON object to a draft of a calendar's version, and back to the content that is kept."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

from ledger import fields
from ledger.calendars.errors import Why
from ledger.calendars.model import MONDAY_TO_FRIDAY, Calendar, CalendarDraft
from ledger.compact_json import write_sorted_json
from ledger.errors import InvalidInput

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MAX_SPAN = timedelta(days=366 * 50)


def parse_calendar(document: object) -> CalendarDraft:
    """
    Read `{calendar, firstDay, lastDay, week?, daysOff: [{day, name}], workingDays?: [{day, name}], version?}`.

    `week` are its working weekdays, MON to SUN. Refusals: InvalidInput naming the field.
    """
    required = {"calendar", "firstDay", "lastDay", "daysOff"}
    entries = fields.read_object(document, required=required, optional={"week", "workingDays", "version"})
    first_day = fields.read_day(entries["firstDay"], field=("firstDay",))
    last_day = fields.read_day(entries["lastDay"], field=("lastDay",))
    if last_day < first_day or last_day - first_day > MAX_SPAN:
        raise InvalidInput(field=("lastDay",), reason=Why.LAST_DAY)
    days_off = _read_days(entries["daysOff"], field="daysOff", span=(first_day, last_day))
    made_up = _read_days(entries.get("workingDays") or (), field="workingDays", span=(first_day, last_day))
    both = sorted(days_off.keys() & made_up.keys())
    if both:
        raise InvalidInput(field=("workingDays",), reason=Why.OFF_AND_WORKING, day=both[0])
    return CalendarDraft(
        name=fields.read_text(entries["calendar"], field=("calendar",)),
        first_day=first_day,
        last_day=last_day,
        days_off=days_off,
        make_up_days=made_up,
        week=_read_week(entries.get("week")),
        version=_read_version(entries.get("version")),
    )


def write_content(draft: CalendarDraft) -> str:
    """The canonical text of what a version says; the same content has one text. Its number is not part of it."""
    document = {
        "calendar": draft.name,
        "firstDay": draft.first_day.isoformat(),
        "lastDay": draft.last_day.isoformat(),
        "week": [WEEKDAYS[day - 1] for day in sorted(draft.week)],
        "daysOff": _write_days(draft.days_off),
        "workingDays": _write_days(draft.make_up_days),
    }
    return write_sorted_json(document)


def read_content(content: str, *, version: int) -> Calendar:
    """A version as it was kept."""
    draft = parse_calendar(json.loads(content))
    return Calendar(
        name=draft.name,
        version=version,
        week=draft.week,
        days_off=draft.days_off,
        make_up_days=draft.make_up_days,
        first_day=draft.first_day,
        last_day=draft.last_day,
    )


def _read_days(value: object, *, field: str, span: tuple[date, date]) -> dict[date, str]:
    days: dict[date, str] = {}
    for place, item in enumerate(fields.read_list(value, field=(field,))):
        at = (field, str(place))
        entry = fields.read_object(item, field=at, required={"day", "name"})
        day = fields.read_day(entry["day"], field=(*at, "day"))
        if not span[0] <= day <= span[1]:
            raise InvalidInput(field=(*at, "day"), reason=Why.DAY_OUTSIDE, day=day)
        if day in days:
            raise InvalidInput(field=(*at, "day"), reason=Why.DAY_TWICE, day=day)
        days[day] = fields.read_text(entry["name"], field=(*at, "name"))
    return days


def _read_week(value: object) -> frozenset[int]:
    if value is None:
        return MONDAY_TO_FRIDAY
    names = fields.read_list(value, field=("week",))
    unknown = [name for name in names if name not in WEEKDAYS]
    if unknown or not names or len(set(names)) < len(names):
        raise InvalidInput(field=("week",), reason=Why.WEEK, known=", ".join(WEEKDAYS))
    return frozenset(WEEKDAYS.index(str(name)) + 1 for name in names)


def _read_version(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31):
        return value
    raise InvalidInput(field=("version",), reason=Why.CALENDAR_VERSION_NUMBER)


def _write_days(days: Mapping[date, str]) -> list[dict[str, str]]:
    return [{"day": day.isoformat(), "name": days[day]} for day in sorted(days)]
