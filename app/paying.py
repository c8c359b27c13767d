"""
The work of payouts that goes on by itself: each function does what there is to do for one platform and may be stopped
at any point; whoever comes next goes on from what is written.

Nothing calls a bank inside a transaction: state and entry are committed, then the call is made, then its outcome is.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from datetime import date, datetime

from app.channels.file.answers import ReadFile
from app.channels.file.reading import read_bank_file
from app.channels.opening import Channels, get_channel
from app.channels.protocol import BankFileUnreadable, Channel, ChannelUnreachable, FetchedFile, Handed
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import Refused
from ledger.settlement.payouts import answering, creating, filing, submitting
from ledger.settlement.payouts.model import Applied, BankAnswer, Created, Outcome, Run, Verdict, Waiting

# Answers of one file that share a transaction.
_ANSWERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round of sending did: payouts that were sent, submissions handed over, channels that were not there."""

    payout_ids: tuple[int, ...] = ()
    handed_over: int = 0
    unreachable: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()


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


async def create_due(
    database: Database, platform_id: int, *, now: datetime, actor: Actor, through: date | None = None
) -> Run:
    """
    Create payouts of the sheets due by a day, today in UTC unless given; what waits says why. A sheet becomes due at
    the start of its day, so a zone ahead of UTC is served by tomorrow's run at the latest.
    """
    created: list[Created] = []
    while True:
        async with database.write(platform_id) as conn:
            run = await creating.create_due_payouts(conn, through=through or now.date(), actor=actor, now=now)
        created += run.created
        if not run.created:
            return Run(tuple(created), run.waiting)


async def submit(
    database: Database,
    platform_id: int,
    *,
    now: datetime,
    actor: Actor,
    channels: Channels,
    payout_ids: Sequence[int] | None = None,
) -> Sent:
    """
    Send what was created (these payouts, or all), as far as the bank accounts go, and hand over everything that waits
    to be handed over, also what an earlier worker left behind.
    """
    async with database.write(platform_id) as conn:
        submitted = await submitting.submit_payouts(conn, actor=actor, now=now, payout_ids=payout_ids)
    handed = await hand_over(database, platform_id, now=now, actor=actor, channels=channels)
    return replace(handed, payout_ids=submitted.payout_ids, waiting=submitted.waiting)


async def hand_over(database: Database, platform_id: int, *, now: datetime, actor: Actor, channels: Channels) -> Sent:
    """
    Hand over the submissions that have no outcome. One that somebody began to hand over is taken again only where that
    changes nothing; elsewhere it is UNKNOWN after five minutes, and asked about.
    """
    uncertain = [name for name, channel in channels.items() if not channel.is_repeatable]
    async with database.write(platform_id) as conn:
        await submitting.mark_lost_submissions(conn, channels=uncertain, actor=actor, now=now)
        open_submissions = await submitting.find_open_submissions(conn)
    unreachable: list[str] = []
    handed = 0
    for waiting in open_submissions:
        channel = channels.get(waiting.channel)
        if channel is None or waiting.channel in unreachable:
            unreachable += [waiting.channel] if waiting.channel not in unreachable else []
            continue
        if not await _hand_over_one(database, platform_id, waiting.submission_id, channel, now=now, actor=actor):
            unreachable.append(waiting.channel)
        else:
            handed += 1
    return Sent(handed_over=handed, unreachable=tuple(unreachable))


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


async def _hand_over_one(
    database: Database, platform_id: int, submission_id: int, channel: Channel, *, now: datetime, actor: Actor
) -> bool:
    """False when the channel is not there; the submission then waits for the next round."""
    async with database.write(platform_id) as conn:
        submission = await submitting.claim_submission(
            conn, submission_id=submission_id, again=channel.is_repeatable, now=now
        )
    if submission is None:
        return True  # somebody else has it
    try:
        handed = await channel.submit(submission)
    except ChannelUnreachable:
        async with database.write(platform_id) as conn:
            await submitting.give_submission_back(conn, submission_id=submission_id)
        return False
    except Exception:
        # Whatever broke, the bank may have it.
        lost = Outcome(Verdict.UNKNOWN, reason="handing over broke off")
        keys = [payment.key for payment in submission.payments]
        await _record_handed(
            database, platform_id, submission_id, Handed(dict.fromkeys(keys, lost)), now=now, actor=actor
        )
        raise
    await _record_handed(database, platform_id, submission_id, handed, now=now, actor=actor)
    return True


async def _record_handed(
    database: Database, platform_id: int, submission_id: int, handed: Handed, *, now: datetime, actor: Actor
) -> None:
    files = [submitting.WrittenFile(file.kind, file.name, file.content) for file in handed.written]
    async with database.write(platform_id) as conn:
        await submitting.record_outcomes(
            conn, submission_id=submission_id, outcomes=handed.outcomes, files=files, actor=actor, now=now
        )


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
