"""What payment channels said of their days, beside what is booked here, difference by difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from ledger.charging.channel_days.comparing import Identity, compare_told, find_untold, identify
from ledger.charging.channel_days.model import Booked, DayKey, Difference, RecordKind, Told
from ledger.charging.channel_days.rows import read_record
from ledger.db.transacting import Connection
from ledger.reporting import sql_channel_days as sql
from ledger.reporting.grouping import read_row
from ledger.reporting.model import Position, Span


class ChannelDayRow(NamedTuple):
    """A day of a channel, of one legal entity and currency, with its totals."""

    channel_day_id: int
    channel: str
    day: date
    book_id: int
    legal_entity: str
    currency: str
    file: str
    recorded_at: datetime
    captures: int
    captured_minor: int
    fee_minor: int
    refunds: int
    refunded_minor: int
    fee_returned_minor: int

    @property
    def position(self) -> Position:
        """Where it stands in the list of days."""
        return (self.day.isoformat(), self.channel_day_id)


@dataclass(frozen=True, slots=True)
class ChannelDayFilter:
    """Which days; None does not matter. Both days are inclusive."""

    channel: str | None = None
    legal_entity: str | None = None
    from_day: date | None = None
    through_day: date | None = None


class ComparedDay(NamedTuple):
    """
    How a day differs from what is booked here. `waiting` counts what is booked on it and may come on the channel's
    next day.
    """

    differences: tuple[Difference, ...]
    waiting: int


async def list_channel_days(conn: Connection, *, span: Span, matching: ChannelDayFilter) -> list[ChannelDayRow]:
    """Days of channels, the newest first; positions are (ISO day, number)."""
    rows = await sql.list_days(
        conn,
        channel=matching.channel,
        legal_entity=matching.legal_entity,
        from_day=matching.from_day,
        through_day=matching.through_day,
        span=span,
    )
    return [read_row(ChannelDayRow, row) for row in rows]


async def compare_channel_days(conn: Connection, *, keys: Sequence[int]) -> list[ComparedDay | None]:
    """
    Days by number beside what is booked here now; None for those that are not there. Four statements, which read what
    was told and booked of these days, and nothing else.
    """
    days = {row["channel_day_id"]: row for row in await sql.find_days(conn, numbers=keys)}
    told: dict[int, list[Told]] = {number: [] for number in days}
    for row in await sql.find_records(conn, numbers=sorted(days)):
        told[row["channel_day_id"]].append(_to_told(row, days[row["channel_day_id"]]))
    orders = {each.record.order for listed in told.values() for each in listed}
    known = [_to_booked(row) for row in await sql.find_booked(conn, orders=sorted(orders))]
    booked = {identify(each): each for each in known}
    here: dict[int, list[Booked]] = {number: [] for number in days}
    said: set[Identity] = set()
    for row in await sql.find_booked_on(conn, numbers=sorted(days)):
        each = _to_booked(row)
        here[row["channel_day_id"]].append(each)
        if row["is_told"]:
            said.add(identify(each))
    compared: dict[int, ComparedDay] = {}
    for number, day in days.items():
        untold, waiting = find_untold(here[number], said, is_final=day["is_final"])
        compared[number] = ComparedDay((*compare_told(told[number], booked), *untold), waiting)
    return [compared.get(number) for number in keys]


async def list_channel_differences(conn: Connection, *, channel_day_id: int, span: Span) -> list[Difference]:
    """
    The differences of one day, by order, kind, name, record and reason, which is their position; none of a day that is
    not there.
    """
    (compared,) = await compare_channel_days(conn, keys=[channel_day_id])
    listed = sorted(compared.differences if compared else (), key=place_difference, reverse=span.backward)
    inside = [
        each
        for each in listed
        if (span.after is None or place_difference(each) > span.after)
        and (span.before is None or place_difference(each) < span.before)
    ]
    return inside[: span.limit]


def place_difference(difference: Difference) -> tuple[str, ...]:
    """Where a difference stands in the list of its day."""
    return (difference.order, difference.kind, difference.name, difference.record, difference.reason)


def _to_told(row: sql.Row, day: sql.Row) -> Told:
    return Told(DayKey(day["channel"], day["book_id"], day["currency"], day["day"]), read_record(row), row["is_again"])


def _to_booked(row: sql.Row) -> Booked:
    return Booked(
        row["channel"],
        row["book_id"],
        row["currency"],
        RecordKind(row["kind"]),
        row["order_reference"],
        row["name"],
        row["amount_minor"],
        row["fee_minor"],
        row["occurred_at"],
    )
