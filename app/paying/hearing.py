"""
What channels and banks say of payouts: asked about those that are UNKNOWN, or read from files. A payment channel's
file of a day comes the same way, and is kept to be compared.

Platforms of one store may share a channel, and then its files: whoever reads one tells each platform what is said of
its payouts.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime

from app.channels.file.answers import GroupAnswer, ReadFile
from app.channels.file.reading import read_bank_file
from app.channels.opening import Channels, get_channel
from app.channels.protocol import BankFileUnreadable, Channel, ChannelUnreachable, FetchedFile
from app.paying import channel_files
from app.platforms import list_all_platforms
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.fields import cut_text
from ledger.journal.model import Refused
from ledger.reporting.channel_days import count_channel_differences
from ledger.settlement.payouts import answering, filing, submitting
from ledger.settlement.payouts.batches import record_answer_on_message
from ledger.settlement.payouts.keys import find_platform
from ledger.settlement.payouts.model import Applied, BankAnswer

# Answers of one file that share a transaction.
_ANSWERS_AT_ONCE = 500


# `hear(more)`: so many more answers were recorded.
Hear = Callable[[int], None]


class BankFileBroke(Exception):
    """A file met with something that nobody foresaw. It stays where it is, and the others were read."""


@dataclass(frozen=True, slots=True)
class FilesRead:
    """
    How many files were read, refused and read before, and what their answers became; of channels' files how many days
    they told of, and how many differences those have; and how many channels could not be asked for files.
    """

    read: int = 0
    refused: int = 0
    repeated: int = 0
    applied: int = 0
    unmatched: int = 0
    channel_days: int = 0
    differences: int = 0
    unreachable: int = 0

    def plus(self, other: "FilesRead") -> "FilesRead":
        """The sums of two counts."""
        return FilesRead(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))

    def describe(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


async def query_unknown(
    database: Database, platform_id: int, *, now: datetime, actor: Actor, channels: Channels
) -> int:
    """Ask about payouts whose answer was lost; how many of them are known now."""
    async with database.read(platform_id) as conn:
        unknown = await submitting.find_unknown_keys(conn)
    known = 0
    for name, keys in unknown.items():
        channel = channels.get(name)
        if channel is not None:
            known += await _query(database, platform_id, channel, keys, now=now, actor=actor)
    return known


async def read_files(
    database: Database,
    platform_id: int,
    *,
    now: datetime,
    actor: Actor,
    channels: Channels,
    hear: Hear = lambda more: None,
) -> FilesRead:
    """
    Read what banks left for us, file by file: whole or not at all, each content once. A refused file is recorded with
    its reason and put aside. Answers that waited for money or for their payout are tried again afterwards.

    Raises BankFileBroke at the end, where a file met with something else: it keeps nothing behind it from being read.
    """
    counts, broken = FilesRead(), dict[str, Exception]()
    for name in sorted(channels):
        channel = get_channel(channels, name)
        try:
            files = await channel.fetch()
        except ChannelUnreachable:
            counts = replace(counts, unreachable=counts.unreachable + 1)
            continue
        for file in files:
            try:
                counts = await _read_one(database, platform_id, channel, file, counts, now=now, actor=actor, hear=hear)
            except (DatabaseUnavailable, OutcomeUnknown):
                raise
            except Exception as failure:
                broken[f"{file.name} of {name}"] = failure
    applied = await _retry_waiting(database, platform_id, now=now, actor=actor)
    if broken:
        told = "; ".join(f"{file}: {type(failure).__name__}: {failure}" for file, failure in broken.items())
        raise BankFileBroke(told) from next(iter(broken.values()))
    return replace(counts, applied=counts.applied + applied)


async def read_file(
    database: Database,
    platform_id: int,
    file: FetchedFile,
    *,
    channel: str,
    now: datetime,
    actor: Actor,
    is_given: bool = False,
    hear: Hear = lambda more: None,
) -> FilesRead:
    """
    Read one file and record what it says, with each platform what is said of its payouts, and with this one what is
    said of nobody's; a channel's file of a day with the platform that it is of, and where several may be meant with
    this one if a person says so (`is_given`). The same content again changes nothing.

    Refusals: BankFileUnreadable, after it was recorded; again where the same content comes again.
    """
    digest = filing.digest_file(file.content)
    async with database.read(platform_id) as conn:
        if await filing.is_recorded(conn, digest=digest):
            return FilesRead(repeated=1)
    try:
        if channel_files.is_channel_file(file.content):
            return await _read_days(
                database, platform_id, file, digest, channel=channel, now=now, actor=actor, is_given=is_given
            )
        found = read_bank_file(file.content, name=file.name)
    except BankFileUnreadable as refusal:
        async with database.write(platform_id) as conn:
            await filing.record_file(
                conn,
                filing.BankFile(channel, file.name, digest, refusal=str(refusal)),
                actor=actor,
                now=now,
            )
        raise
    applied = unmatched = 0
    for owner, part in (await _sort(database, platform_id, found)).items():
        outcomes = await _record(database, owner, part.answers, now=now, actor=actor, hear=hear)
        for group in part.groups:
            outcomes += await _record_group(database, owner, group, now=now, actor=actor)
        record = filing.BankFile(channel, file.name, digest, found.kind, found.message_id, len(outcomes))
        async with database.write(owner) as conn:
            await filing.record_file(conn, record, actor=actor, now=now)
        unmatched += sum(isinstance(outcome, Refused) for outcome in outcomes)
        applied += sum(isinstance(outcome, Applied) for outcome in outcomes)
    return FilesRead(read=1, applied=applied, unmatched=unmatched)


async def _read_days(
    database: Database,
    platform_id: int,
    file: FetchedFile,
    digest: bytes,
    *,
    channel: str,
    now: datetime,
    actor: Actor,
    is_given: bool,
) -> FilesRead:
    """
    Record what a channel says of its days with the platform that it is of, and compare them with what is booked there.
    """
    found = channel_files.read_channel_file(file.content, name=file.name)
    owner = await channel_files.find_owner(database, platform_id, found, name=file.name, is_given=is_given)
    days = await channel_files.record(database, owner, found, name=file.name, actor=actor, now=now)
    kept = filing.BankFile(channel, file.name, digest, channel_files.KIND, cut_text(found.name), len(days))
    for whose in {owner: None, platform_id: None}:
        async with database.write(whose) as conn:
            await filing.record_file(conn, kept, actor=actor, now=now)
    async with database.read(owner) as conn:
        compared = await count_channel_differences(conn, keys=[day.channel_day_id for day in days])
    differences = sum(day.differences for day in compared if day is not None)
    return FilesRead(read=1, channel_days=len(days), differences=differences)


async def _query(
    database: Database, platform_id: int, channel: Channel, keys: Sequence[str], *, now: datetime, actor: Actor
) -> int:
    """Ask one channel, so many at a time; what it cannot be asked about stays unknown."""
    known = 0
    for start in range(0, len(keys), submitting.MOST_PAYMENTS):
        try:
            answers = await channel.query(keys[start : start + submitting.MOST_PAYMENTS])
        except ChannelUnreachable:
            break
        outcomes = await _record(database, platform_id, answers, now=now, actor=actor)
        known += sum(isinstance(outcome, Applied) and not outcome.replayed for outcome in outcomes)
    return known


async def _retry_waiting(database: Database, platform_id: int, *, now: datetime, actor: Actor) -> int:
    """Try again all answers that waited; how many were applied."""
    applied, after = 0, answering.FIRST
    while True:
        async with database.write(platform_id) as conn:
            tried = await answering.retry_unmatched_answers(conn, actor=actor, now=now, after=after)
        applied += tried.applied
        if tried.after is None:
            return applied
        after = tried.after


async def _read_one(
    database: Database,
    platform_id: int,
    channel: Channel,
    file: FetchedFile,
    counts: FilesRead,
    *,
    now: datetime,
    actor: Actor,
    hear: Hear,
) -> FilesRead:
    try:
        found = await read_file(database, platform_id, file, channel=channel.name, now=now, actor=actor, hear=hear)
        refused = False
    except BankFileUnreadable:
        found, refused = FilesRead(refused=1), True
    with suppress(ChannelUnreachable):  # it is fetched again then, and known by its content
        await channel.put_away(file, refused=refused)
    return counts.plus(found)


async def _sort(database: Database, platform_id: int, found: ReadFile) -> Mapping[int, ReadFile]:
    """
    What a file says, by whose it is; the platform that reads it comes last, so that a file which it has recorded was
    recorded with everybody.
    """
    known = {platform.platform_id for platform in await list_all_platforms(database)}

    def find_owner(key: str) -> int:
        owner = find_platform(key)
        return owner if owner in known else platform_id

    answers = [(find_owner(answer.key), answer) for answer in found.answers]
    groups = [(find_owner(group.message_id), group) for group in found.groups]
    others = sorted({owner for owner, _ in (*answers, *groups)} - {platform_id})
    return {
        owner: replace(
            found,
            answers=tuple(answer for whose, answer in answers if whose == owner),
            groups=tuple(group for whose, group in groups if whose == owner),
        )
        for owner in (*others, platform_id)
    }


async def _record(
    database: Database,
    platform_id: int,
    answers: Sequence[BankAnswer],
    *,
    now: datetime,
    actor: Actor,
    hear: Hear = lambda more: None,
) -> list[Applied | Refused]:
    outcomes: list[Applied | Refused] = []
    for start in range(0, len(answers), _ANSWERS_AT_ONCE):
        part = answers[start : start + _ANSWERS_AT_ONCE]
        async with database.write(platform_id) as conn:
            outcomes += await answering.record_bank_answers(conn, answers=part, actor=actor, now=now)
        hear(len(part))
    return outcomes


async def _record_group(
    database: Database, platform_id: int, group: GroupAnswer, *, now: datetime, actor: Actor
) -> list[Applied | Refused]:
    async with database.write(platform_id) as conn:
        return await record_answer_on_message(
            conn, answer=group.answer, message_id=group.message_id, besides=group.besides, actor=actor, now=now
        )
