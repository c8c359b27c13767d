"""What is due becomes payouts, and payouts are handed over to their channels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from app.channels.opening import Channels
from app.channels.protocol import Channel, ChannelUnreachable, Handed
from app.stopping import run_to_end, take_or_give_back
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.noting import Noted, note
from ledger.settlement.payouts import creating, recalling, submitting
from ledger.settlement.payouts.model import Created, Outcome, Run, Submission, Verdict, Waiting


@dataclass(frozen=True, slots=True)
class Sent:
    """
    What a round of sending did: payouts that were sent, submissions handed over, payouts that were taken back before
    (also those of earlier rounds), channels that were not there.
    """

    payout_ids: tuple[int, ...] = ()
    handed_over: int = 0
    recalled: tuple[int, ...] = ()
    unreachable: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()


class _Tried(NamedTuple):
    """What became of one submission: whether its channel is there, and which of its payouts were taken back before."""

    is_reachable: bool
    recalled: Sequence[int]


# `report(done)`: how many there are so far.
Report = Callable[[int], None]


async def create_due(
    database: Database,
    platform_id: int,
    *,
    now: datetime,
    actor: Actor,
    through: date | None = None,
    report: Report = lambda done: None,
) -> Run:
    """
    Create payouts of the sheets due by a day, or of those whose day has begun in their zone; what waits says why.
    `report` hears of payouts.
    """
    created: list[Created] = []
    left: dict[int, Waiting] = {}
    while True:
        run = await create_round(database, platform_id, through=through, actor=actor, now=now)
        created += run.created
        report(len(created))
        if not run.created:
            return Run(tuple(created), tuple(left.pop(each.sheet_ids[0], each) for each in run.waiting))
        # To the next round what a payout leaves of a sheet is claimed, by us: why it was left is said by this one.
        taken = {share.sheet_id for each in run.created for share in each.draft.shares}
        left |= {each.sheet_ids[0]: each for each in run.waiting if taken.issuperset(each.sheet_ids)}


async def create_round(
    database: Database,
    platform_id: int,
    *,
    through: date | None,
    actor: Actor,
    now: datetime,
    netted: Callable[[Run], None] = lambda run: None,
) -> Run:
    """
    Create as many payouts as one transaction does, after as many as it takes to net what is owed; `netted` hears of
    each of those once it is written.
    """
    while True:
        async with database.write(platform_id) as conn:
            run = await creating.create_due_payouts(conn, through=through, actor=actor, now=now)
        if not run.is_netting:
            return run
        netted(run)


async def submit(
    database: Database,
    platform_id: int,
    *,
    now: datetime,
    actor: Actor,
    channels: Channels,
    payout_ids: Sequence[int] | None = None,
    report: Report = lambda done: None,
) -> Sent:
    """
    Send what was created (these payouts, or all), as far as the bank accounts go, and hand over everything that waits
    to be handed over, also what an earlier worker left behind. `report` hears of submissions.
    """
    sent: list[int] = []
    waiting: list[Waiting] = []
    submitted = submitting.Submitted((), (), is_more=True)
    while submitted.is_more:
        async with database.write(platform_id) as conn:
            submitted = await submitting.submit_payouts(
                conn,
                actor=actor,
                now=now,
                payout_ids=payout_ids,
                besides=[each.payout_id for each in waiting],
                exhausted=submitted.exhausted,
            )
        sent += submitted.payout_ids
        waiting += submitted.waiting
    handed = await hand_over(database, platform_id, now=now, actor=actor, channels=channels, report=report)
    return replace(handed, payout_ids=tuple(sent), waiting=tuple(waiting))


async def hand_over(
    database: Database,
    platform_id: int,
    *,
    now: datetime,
    actor: Actor,
    channels: Channels,
    report: Report = lambda done: None,
) -> Sent:
    """
    Hand over the submissions that have no outcome. One that somebody began to hand over is taken again only where that
    changes nothing; elsewhere it is UNKNOWN after five minutes, and asked about.
    """
    uncertain = [name for name, channel in channels.items() if not channel.is_repeatable]
    async with database.write(platform_id) as conn:
        await submitting.mark_lost_submissions(conn, channels=uncertain, actor=actor, now=now)
        open_submissions = await submitting.find_open_submissions(conn)
    unreachable: list[str] = []
    recalled: list[int] = []
    handed = 0
    for waiting in open_submissions:
        channel = channels.get(waiting.channel)
        if channel is None or waiting.channel in unreachable:
            unreachable += [waiting.channel] if waiting.channel not in unreachable else []
            continue
        tried = await _hand_over_one(database, platform_id, waiting.submission_id, channel, now=now, actor=actor)
        recalled += tried.recalled
        if not tried.is_reachable:
            unreachable.append(waiting.channel)
        else:
            handed += 1
            report(handed)
    return Sent(handed_over=handed, recalled=tuple(recalled), unreachable=tuple(unreachable))


async def _hand_over_one(
    database: Database, platform_id: int, submission_id: int, channel: Channel, *, now: datetime, actor: Actor
) -> _Tried:
    """
    Where the channel is not there the submission waits for the next round. Who is stopped has handed it over and
    recorded the answer, or leaves it to the next; only the bank's word is not waited for, and asked for later.
    """
    recalled: list[int] = []

    async def claim() -> Submission | None:
        async with database.write(platform_id) as conn:
            if not channel.is_repeatable:
                recalled.extend(await recalling.recall_payouts(conn, submission_id=submission_id, actor=actor, now=now))
            return await submitting.claim_submission(
                conn, submission_id=submission_id, again=channel.is_repeatable, now=now
            )

    async def give_back(claimed: Submission) -> None:
        async with database.write(platform_id) as conn:
            await submitting.give_submission_back(conn, submission_id=claimed.submission_id)

    async def record(handed: Handed) -> None:
        # The bank has spoken: whoever is stopped now would leave to a query what is known.
        await run_to_end(_record_handed(database, platform_id, submission_id, handed, now=now, actor=actor))

    submission = await take_or_give_back(claim(), give_back)
    if submission is None:
        return _Tried(True, recalled)  # somebody else has it, or nothing of it is left
    try:
        handed = await channel.submit(submission)
    except ChannelUnreachable:
        await run_to_end(give_back(submission))
        return _Tried(False, recalled)
    except Exception:
        # Whatever broke, the bank may have it.
        lost = Outcome(Verdict.UNKNOWN, reason=note(Noted.HANDING_OVER_BROKE))
        await record(Handed(dict.fromkeys((payment.key for payment in submission.payments), lost)))
        raise
    await record(handed)
    return _Tried(True, recalled)


async def _record_handed(
    database: Database, platform_id: int, submission_id: int, handed: Handed, *, now: datetime, actor: Actor
) -> None:
    files = [submitting.WrittenFile(file.kind, file.name, file.content) for file in handed.written]
    async with database.write(platform_id) as conn:
        await submitting.record_outcomes(
            conn, submission_id=submission_id, outcomes=handed.outcomes, files=files, actor=actor, now=now
        )
