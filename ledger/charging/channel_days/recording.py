"""
What a channel says of a day is recorded once, whole, told in the log, and compared with what is booked here. Nothing is
posted of it.
"""

from collections.abc import Mapping, Sequence
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
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events
from ledger.parties.finding import find_parties

# The number of a legal entity's book, and a currency.
Place = tuple[int, str]


async def record_channel_file(conn: Connection, *, file: ChannelFile, actor: Actor, now: datetime) -> list[RecordedDay]:
    """
    Keep what a channel's file says of each legal entity and currency; one outcome per section, in the file's order. A
    day counts once: the same again is a replay, under whatever name. The number of statements does not depend on how
    long the file is, and posting waits only for its last ones: what is kept and compared takes seconds of a long file.

    Refusals, raised, so that nothing of the file is kept: PartyOfKindMissing (legal entities), ChannelDayConflict.
    """
    sections = await _place(conn, file)
    if not sections:
        return []
    fresh = await _insert_days(conn, file, sections, actor=actor, now=now)
    earlier: dict[Place, sql.Row] = {}
    if len(fresh) < len(sections):
        known = await sql.find_days(
            conn,
            channel=file.channel,
            day=file.day,
            book_ids=[book_id for book_id, _ in sections],
            currencies=[currency for _, currency in sections],
        )
        earlier = {(row["book_id"], row["currency"]): row for row in known}
    outcomes: list[RecordedDay] = []
    for place, section in sections.items():
        number, before = fresh.get(place), earlier.get(place)
        if number is None:
            assert before is not None, "a day that was not written is there"
            if before["fingerprint"] != section.fingerprint:
                raise ChannelDayConflict(
                    day=file.day.isoformat(),
                    entity=section.legal_entity,
                    currency=section.currency,
                    channel=file.channel,
                    file=before["file"],
                )
            number = before["channel_day_id"]
        outcomes.append(RecordedDay(number, section.legal_entity, section.currency, place not in fresh))
    if fresh:
        await _insert_records(conn, [(fresh[place], section) for place, section in sections.items() if place in fresh])
        told = [
            _tell(file, day, section, now=now)
            for day, section in zip(outcomes, sections.values(), strict=True)
            if not day.replayed
        ]
        await keep_differences_of_days(conn, channel_day_ids=list(fresh.values()))
        await log_events(conn, events=told, actor=actor)
    return outcomes


async def _place(conn: Connection, file: ChannelFile) -> dict[Place, Section]:
    parties = await find_parties(conn, references={section.legal_entity for section in file.sections})
    for section in file.sections:
        party = parties.get(section.legal_entity)
        if party is None or party.kind != "LEGAL_ENTITY":
            raise PartyOfKindMissing(field=("settlementEntity",), reference=section.legal_entity, kind="LEGAL_ENTITY")
    return {(parties[section.legal_entity].party_id, section.currency): section for section in file.sections}


async def _insert_days(
    conn: Connection, file: ChannelFile, sections: Mapping[Place, Section], *, actor: Actor, now: datetime
) -> dict[Place, int]:
    rows = [(*place, *section.totals, section.fingerprint) for place, section in sections.items()]
    return await sql.insert_days(
        conn, channel=file.channel, day=file.day, file=file.name, rows=transpose(rows), actor=actor.name, now=now
    )


async def _insert_records(conn: Connection, days: Sequence[tuple[int, Section]]) -> None:
    records = [
        (number, *record[:1], record.kind.value, *record[2:]) for number, section in days for record in section.records
    ]
    if records:
        await sql.insert_records(conn, rows=transpose(records))


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
