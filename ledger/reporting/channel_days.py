"""What payment channels said of their days, beside what is booked here, difference by difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from ledger.charging.channel_days.errors import ChannelUnheard
from ledger.charging.channel_days.model import Difference
from ledger.charging.channel_days.rows import read_difference
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.reporting import sql_channel_days as sql
from ledger.reporting.grouping import read_row
from ledger.reporting.model import Position, Span
from ledger.reporting.ranges import check_range


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
    """
    Which days; None does not matter. Both days are inclusive. `is_open` are those with differences that nobody set
    aside.
    """

    channel: str | None = None
    legal_entity: str | None = None
    from_day: date | None = None
    through_day: date | None = None
    is_open: bool | None = None

    def check(self) -> None:
        """Refusals: InvalidInput."""
        check_range(self.from_day, self.through_day, field="through_date")


class ComparedDay(NamedTuple):
    """
    How much of a day differs from what is booked here. `waiting` counts what is booked on it and may come on the
    channel's next day; `dismissed` what of the differences a person set aside.
    """

    differences: int
    waiting: int
    dismissed: int = 0


class Dismissal(NamedTuple):
    """Why a difference was set aside, by whom and when."""

    words: str
    actor: str
    dismissed_at: datetime


async def list_channel_days(conn: Connection, *, span: Span, matching: ChannelDayFilter) -> list[ChannelDayRow]:
    """
    Days of channels, the newest first; positions are (ISO day, number).

    Refusals: InvalidInput for days the wrong way round.
    """
    matching.check()
    rows = await sql.list_days(
        conn,
        channel=matching.channel,
        legal_entity=matching.legal_entity,
        from_day=matching.from_day,
        through_day=matching.through_day,
        is_open=matching.is_open,
        span=span,
    )
    return [read_row(ChannelDayRow, row) for row in rows]


async def find_channel_days(conn: Connection, *, keys: Sequence[int]) -> list[ChannelDayRow | None]:
    """Days of channels by number; None for those that are not there. One statement."""
    rows = {row["channel_day_id"]: read_row(ChannelDayRow, row) for row in await sql.find_days(conn, numbers=keys)}
    return [rows.get(number) for number in keys]


async def check_channel(conn: Connection, *, channel: str) -> None:
    """
    Whether a channel of that name has told of any day.

    Refusals: ChannelUnheard.
    """
    if not await list_channel_days(conn, matching=ChannelDayFilter(channel), span=Span(1)):
        raise ChannelUnheard(field=("filter", "channel"), channel=channel)


async def count_channel_differences(conn: Connection, *, keys: Sequence[int]) -> list[ComparedDay | None]:
    """How much differs of days by number; None for those that are not there. One statement."""
    rows = {row["channel_day_id"]: row for row in await sql.count_differences(conn, numbers=keys)}
    found = [rows.get(number) for number in keys]
    return [None if row is None else ComparedDay(row["differences"], row["waiting"], row["dismissed"]) for row in found]


async def list_channel_differences(
    conn: Connection, *, channel_day_id: int, span: Span, is_open: bool | None = None
) -> list[Difference]:
    """
    The differences of one day, by order, kind, name, record and reason, which is their position; none of a day that is
    not there. `is_open` are those that nobody set aside.
    """
    rows = await sql.list_differences(conn, channel_day_id=channel_day_id, is_open=is_open, span=span)
    return [read_difference(row) for row in rows]


async def find_channel_dismissals(conn: Connection, *, keys: Sequence[Difference]) -> list[Dismissal | None]:
    """How differences were set aside, as they read; None for those that are open. One statement."""
    rows = {row["place"]: row for row in await sql.find_dismissals(conn, rows=transpose([*keys]))}
    found = [rows.get(place) for place in range(1, len(keys) + 1)]
    return [None if row is None else Dismissal(row["words"], row["dismissed_by"], row["dismissed_at"]) for row in found]


def place_difference(difference: Difference) -> tuple[str, ...]:
    """Where a difference stands in the list of its day."""
    return (difference.order, difference.kind, difference.name, difference.record, difference.reason)
