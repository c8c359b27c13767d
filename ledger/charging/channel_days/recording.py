"""
What a channel says of a day is recorded once, whole, told in the log, and compared with what is booked here. Nothing is
posted of it.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.charging.channel_days import sql
from ledger.charging.channel_days.errors import ChannelDayConflict
from ledger.charging.channel_days.keeping import keep_differences_of_days
from ledger.charging.channel_days.model import ChannelFile, RecordedDay, Section
from ledger.charging.errors import PartyOfKindMissing
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events
from ledger.parties.finding import find_parties


async def record_channel_file(conn: Connection, *, file: ChannelFile, actor: Actor, now: datetime) -> list[RecordedDay]:
    """
    Keep what a channel's file says of each legal entity and currency; one outcome per section, in the file's order. A
    day counts once: the same again is a replay, under whatever name. The number of statements does not depend on how
    long the file is.

    Refusals, raised, so that nothing of the file is kept: PartyOfKindMissing (legal entities), ChannelDayConflict.
    """
    await lock_log(conn)
    parties = await find_parties(conn, references={section.legal_entity for section in file.sections})
    for section in file.sections:
        party = parties.get(section.legal_entity)
        if party is None or party.kind != "LEGAL_ENTITY":
            raise PartyOfKindMissing(field=("settlementEntity",), reference=section.legal_entity, kind="LEGAL_ENTITY")
    books = [parties[section.legal_entity].party_id for section in file.sections]
    known = await sql.find_days(
        conn,
        channel=file.channel,
        day=file.day,
        book_ids=books,
        currencies=[section.currency for section in file.sections],
    )
    earlier = {(row["book_id"], row["currency"]): row for row in known}
    outcomes: list[RecordedDay | None] = []
    fresh: list[tuple[int, Section]] = []
    for book_id, section in zip(books, file.sections, strict=True):
        before = earlier.get((book_id, section.currency))
        if before is None:
            fresh.append((book_id, section))
            outcomes.append(None)
        elif before["fingerprint"] == section.fingerprint:
            outcomes.append(RecordedDay(before["channel_day_id"], section.legal_entity, section.currency, True))
        else:
            raise ChannelDayConflict(
                day=file.day.isoformat(),
                entity=section.legal_entity,
                currency=section.currency,
                channel=file.channel,
                file=before["file"],
            )
    written = iter(await _write(conn, file, fresh, actor=actor, now=now))
    return [next(written) if outcome is None else outcome for outcome in outcomes]


async def _write(
    conn: Connection, file: ChannelFile, fresh: Sequence[tuple[int, Section]], *, actor: Actor, now: datetime
) -> list[RecordedDay]:
    if not fresh:
        return []
    rows = [(book_id, section.currency, *section.totals, section.fingerprint) for book_id, section in fresh]
    numbers = await sql.insert_days(
        conn, channel=file.channel, day=file.day, file=file.name, rows=transpose(rows), actor=actor.name, now=now
    )
    records = [
        (number, *record[:1], record.kind.value, *record[2:])
        for number, (_, section) in zip(numbers, fresh, strict=True)
        for record in section.records
    ]
    if records:
        await sql.insert_records(conn, rows=transpose(records))
    days = [
        RecordedDay(number, section.legal_entity, section.currency, False)
        for number, (_, section) in zip(numbers, fresh, strict=True)
    ]
    events = [_tell(file, day, section, now=now) for day, (_, section) in zip(days, fresh, strict=True)]
    await log_events(conn, events=events, actor=actor)
    await keep_differences_of_days(conn, channel_day_ids=numbers)
    return days


def _tell(file: ChannelFile, day: RecordedDay, section: Section, *, now: datetime) -> EventDraft:
    """What the log says of a day; what its records say is in it by their digest."""
    totals = section.totals

    def amount(minor: int) -> str:
        return money.format_amount(minor, currency=section.currency)

    said = {
        "channelDay": day.channel_day_id,
        "channel": file.channel,
        "day": file.day.isoformat(),
        "legalEntity": section.legal_entity,
        "currency": section.currency,
        "file": file.name,
        "captures": totals.captures,
        "captured": amount(totals.captured),
        "fees": amount(totals.fees),
        "refunds": totals.refunds,
        "refunded": amount(totals.refunded),
        "feesReturned": amount(totals.fees_returned),
        "sha256": section.fingerprint.hex(),
    }
    return EventDraft("channel_day.recorded", f"channel-day/{day.channel_day_id}", now, (), write_json(said))
