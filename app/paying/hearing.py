"""What channels and banks say of payouts: asked about those that are UNKNOWN, or read from files."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime

from app.channels.file.answers import ReadFile
from app.channels.file.reading import read_bank_file
from app.channels.opening import Channels, get_channel
from app.channels.protocol import BankFileUnreadable, Channel, ChannelUnreachable, FetchedFile
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import Refused
from ledger.settlement.payouts import answering, filing, submitting
from ledger.settlement.payouts.model import Applied, BankAnswer

# Answers of one file that share a transaction.
_ANSWERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FilesRead:
    """How many files were read, refused and read before, and what their answers became."""

    read: int = 0
    refused: int = 0
    repeated: int = 0
    applied: int = 0
    unmatched: int = 0

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
        if channel is None:
            continue
        try:
            answers = await channel.query(keys)
        except ChannelUnreachable:
            continue  # they stay unknown
        outcomes = await _record(database, platform_id, answers, now=now, actor=actor)
        known += sum(isinstance(outcome, Applied) and not outcome.replayed for outcome in outcomes)
    return known


async def read_files(
    database: Database, platform_id: int, *, now: datetime, actor: Actor, channels: Channels
) -> FilesRead:
    """
    Read what banks left for us, file by file: whole or not at all, each content once. A refused file is recorded with
    its reason and put aside. Answers that waited for money or for their payout are tried again afterwards.
    """
    counts = FilesRead()
    for name in sorted(channels):
        channel = get_channel(channels, name)
        try:
            files = await channel.fetch()
        except ChannelUnreachable:
            continue
        for file in files:
            counts = await _read_one(database, platform_id, channel, file, counts, now=now, actor=actor)
    applied, after = 0, answering.FIRST
    while True:
        async with database.write(platform_id) as conn:
            tried = await answering.retry_unmatched_answers(conn, actor=actor, now=now, after=after)
        applied += tried.applied
        if tried.after is None:
            return replace(counts, applied=counts.applied + applied)
        after = tried.after


async def read_file(
    database: Database, platform_id: int, file: FetchedFile, *, channel: str, now: datetime, actor: Actor
) -> FilesRead:
    """
    Read one file and record what it says. The same content again changes nothing.

    Refusals: BankFileUnreadable, after it was recorded.
    """
    digest = filing.digest_file(file.content)
    async with database.read(platform_id) as conn:
        if await filing.is_recorded(conn, digest=digest):
            return FilesRead(repeated=1)
    try:
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
    answers = await _name_payouts(database, platform_id, found)
    outcomes = await _record(database, platform_id, answers, now=now, actor=actor)
    async with database.write(platform_id) as conn:
        await filing.record_file(
            conn,
            filing.BankFile(channel, file.name, digest, found.kind, found.message_id, len(answers)),
            actor=actor,
            now=now,
        )
    unmatched = sum(isinstance(outcome, Refused) for outcome in outcomes)
    return FilesRead(read=1, applied=len(outcomes) - unmatched, unmatched=unmatched)


async def _read_one(
    database: Database,
    platform_id: int,
    channel: Channel,
    file: FetchedFile,
    counts: FilesRead,
    *,
    now: datetime,
    actor: Actor,
) -> FilesRead:
    try:
        found = await read_file(database, platform_id, file, channel=channel.name, now=now, actor=actor)
        refused = False
    except BankFileUnreadable:
        found, refused = FilesRead(refused=1), True
    with suppress(ChannelUnreachable):  # it is fetched again then, and known by its content
        await channel.put_away(file, refused=refused)
    return counts.plus(found)


async def _name_payouts(database: Database, platform_id: int, found: ReadFile) -> list[BankAnswer]:
    """The answers of a file, those on a whole message as one for each of its payouts."""
    answers = list(found.answers)
    async with database.read(platform_id) as conn:
        for group in found.groups:
            keys = await answering.find_keys_of_message(conn, message_id=group.message_id)
            answers += [replace(group.answer, key=key, reference=key) for key in keys]
            if not keys:
                answers.append(replace(group.answer, key=group.message_id[:200], reference=group.message_id[:200]))
    return answers


async def _record(
    database: Database, platform_id: int, answers: Sequence[BankAnswer], *, now: datetime, actor: Actor
) -> list[Applied | Refused]:
    outcomes: list[Applied | Refused] = []
    for start in range(0, len(answers), _ANSWERS_AT_ONCE):
        part = answers[start : start + _ANSWERS_AT_ONCE]
        async with database.write(platform_id) as conn:
            outcomes += await answering.record_bank_answers(conn, answers=part, actor=actor, now=now)
    return outcomes
