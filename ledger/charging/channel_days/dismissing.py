"""
A person sets differences aside, or takes them up again. It holds for as long as they read the same, and nothing is
posted of it.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.charging.channel_days import dismissal_sql, sql
from ledger.charging.channel_days.errors import ChannelDifferenceMissing
from ledger.charging.channel_days.model import Difference
from ledger.charging.channel_days.rows import read_difference
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


async def dismiss_differences(
    conn: Connection, *, differences: Sequence[Difference], reason: str, actor: Actor, now: datetime
) -> int:
    """
    Set differences aside, each as it reads now: a person has seen to them. How many were not set aside before: one that
    was is a replay, whoever says so and why, and the first word stays on record. Under the log's lock, so that none of
    them changes meanwhile.

    Refusals, raised, so that none is set aside: ChannelDifferenceMissing, also for one that reads otherwise by now, or
    that waits for the channel's next day.
    """
    return await _keep(conn, differences=differences, is_dismissed=True, reason=reason, actor=actor, now=now)


async def reopen_differences(
    conn: Connection, *, differences: Sequence[Difference], reason: str, actor: Actor, now: datetime
) -> int:
    """
    Take differences up again that were set aside as they read now: they wait for people until they are set aside anew.
    How many were set aside before: one that was not is a replay. Under the log's lock.

    Refusals, raised, so that none is taken up: ChannelDifferenceMissing, as of dismiss_differences.
    """
    return await _keep(conn, differences=differences, is_dismissed=False, reason=reason, actor=actor, now=now)


async def _keep(
    conn: Connection, *, differences: Sequence[Difference], is_dismissed: bool, reason: str, actor: Actor, now: datetime
) -> int:
    if not differences:
        return 0
    columns = await _find_as_they_read(conn, differences)
    insert = dismissal_sql.insert_dismissals if is_dismissed else dismissal_sql.insert_reopenings
    rows = await insert(conn, rows=columns, reason=reason, actor=actor.name, now=now)
    if rows:
        await dismissal_sql.set_aside(conn, rows=columns, is_dismissed=is_dismissed)
        kind = "channel_difference.dismissed" if is_dismissed else "channel_difference.reopened"
        await _tell(conn, rows, kind=kind, reason=reason, actor=actor, now=now)
    return len(rows)


async def _find_as_they_read(conn: Connection, differences: Sequence[Difference]) -> sql.Columns:
    """Lock the log, and make columns of differences, each of which is there as it reads."""
    await lock_log(conn)
    columns = transpose([*differences])
    there = {read_difference(row) for row in await sql.find_standing(conn, rows=columns)}
    for place, each in enumerate(differences):
        if each not in there:
            raise ChannelDifferenceMissing(
                field=("differences", str(place)),
                difference=each.reason.value,
                order=each.order,
                name=each.name,
                day=each.channel_day_id,
            )
    return columns


async def _tell(
    conn: Connection, rows: Sequence[sql.Row], *, kind: str, reason: str, actor: Actor, now: datetime
) -> None:
    events = [
        EventDraft(
            kind,
            f"channel-dismissal/{row['channel_dismissal_id']}",
            now,
            (),
            write_json({**_describe(read_difference(row)), "words": reason}),
        )
        for row in rows
    ]
    await log_events(conn, events=events, actor=actor)


def _describe(difference: Difference) -> dict[str, object]:
    """A difference as the log tells it; a side that lacks it is left out."""
    said: dict[str, object] = {
        "channelDay": difference.channel_day_id,
        "reason": difference.reason.value,
        "kind": difference.kind.value,
        "order": difference.order,
        "name": difference.name,
    }
    if difference.told is not None:
        said["record"] = difference.record
        said["told"] = money.format_amount(difference.told, currency=difference.told_currency)
        said["toldCurrency"] = difference.told_currency
    if difference.booked is not None:
        said["booked"] = money.format_amount(difference.booked, currency=difference.booked_currency)
        said["bookedCurrency"] = difference.booked_currency
    return said
