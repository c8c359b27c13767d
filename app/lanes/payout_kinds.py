"""Payouts in lanes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from app.lanes.calls import Call, make_batch_kind, make_single_kind
from app.lanes.registry import LaneKind
from app.paying import sending
from app.previewing import preview_paying
from ledger.actor import Actor
from ledger.approvals.model import Requested
from ledger.db.connecting import Database
from ledger.db.errors import OutcomeUnknown
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.payouts import answering, ending, late, settling, submitting
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.model import (
    AccountRegistered,
    Applied,
    BankAnswer,
    Created,
    PayeeAccountDraft,
    PayingAccountDraft,
    Payout,
    Run,
)


class Cancellation(NamedTuple):
    """A payout by its number, and why it is cancelled."""

    payout_id: int
    reason: str


class Dismissal(NamedTuple):
    """Answers by their numbers, and why nobody need look at them any more."""

    answer_ids: tuple[int, ...]
    reason: str


class AnswerSettlement(NamedTuple):
    """An answer by its number, what the bank took inside its amount (minor units of a currency, or 0), and why."""

    answer_id: int
    charge: int
    currency: str
    reason: str


class Release(NamedTuple):
    """Payouts by their numbers; None is every one that was created."""

    payout_ids: tuple[int, ...] | None


async def _register(
    conn: Connection, drafts: list[PayeeAccountDraft | PayingAccountDraft], actor: Actor, now: datetime
) -> Sequence[AccountRegistered | Refused]:
    payees = [draft for draft in drafts if isinstance(draft, PayeeAccountDraft)]
    registered = iter(await register_payee_accounts(conn, drafts=payees, actor=actor, now=now) if payees else ())
    outcomes: list[AccountRegistered | Refused] = []
    for draft in drafts:
        if isinstance(draft, PayeeAccountDraft):
            outcomes.append(next(registered))
            continue
        try:  # what it refuses, it refuses before it writes
            outcomes.append(await register_paying_account(conn, draft=draft, actor=actor, now=now))
        except LedgerError as refusal:
            outcomes.append(Refused(refusal))
    return outcomes


async def _answer(
    conn: Connection, answers: list[BankAnswer], actor: Actor, now: datetime
) -> Sequence[Applied | Refused]:
    return await answering.record_bank_answers(conn, answers=answers, actor=actor, now=now)


async def _run(database: Database, platform_id: int, calls: Sequence[Call[date]]) -> Sequence[Run | Refused]:
    """
    One transaction creates payouts, after as many as it takes to net what is owed. A run refuses nothing.

    Errors: OutcomeUnknown, for whatever goes wrong after the first of them: what was netted is written.
    """
    (call,) = calls
    netted: list[Run] = []
    try:
        return [
            await sending.create_round(
                database, platform_id, through=call.value, actor=call.actor, now=call.now, netted=netted.append
            )
        ]
    except (LedgerError, asyncpg.PostgresError) as failure:
        if netted:
            raise OutcomeUnknown() from failure
        raise


async def _preview(database: Database, platform_id: int, calls: Sequence[Call[date]]) -> Sequence[Run | Refused]:
    return [
        await preview_paying(database, platform_id=platform_id, actor=call.actor, through=call.value, now=call.now)
        for call in calls
    ]


async def _release(conn: Connection, release: Release, actor: Actor, now: datetime) -> submitting.Submitted:
    if release.payout_ids is None:
        return await submitting.submit_next_payouts(conn, actor=actor, now=now)
    return await submitting.submit_payouts(conn, actor=actor, now=now, payout_ids=release.payout_ids)


async def _cancel(conn: Connection, cancellation: Cancellation, actor: Actor, now: datetime) -> Payout:
    (outcome,) = await ending.cancel_payouts(
        conn, payout_ids=[cancellation.payout_id], reason=cancellation.reason, actor=actor, now=now
    )
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome


async def _retry(conn: Connection, payout_id: int, actor: Actor, now: datetime) -> Created:
    return await ending.retry_payout(conn, payout_id=payout_id, actor=actor, now=now)


async def _settle(conn: Connection, settlement: AnswerSettlement, actor: Actor, now: datetime) -> Applied:
    return await settling.settle_answer(conn, **settlement._asdict(), actor=actor, now=now)


async def _request_late(conn: Connection, settlement: AnswerSettlement, actor: Actor, now: datetime) -> Requested:
    return await late.request_late_payment(conn, **settlement._asdict(), actor=actor, now=now)


async def _dismiss(conn: Connection, dismissal: Dismissal, actor: Actor, now: datetime) -> list[int]:
    return await answering.dismiss_answers(
        conn, answer_ids=dismissal.answer_ids, reason=dismissal.reason, actor=actor, now=now
    )


REGISTER_BANK_ACCOUNTS = make_batch_kind("register_bank_accounts", _register)
RECORD_BANK_ANSWERS = make_batch_kind("record_bank_answers", _answer)
RUN_PAYOUTS: LaneKind[Call[date], Run | Refused] = LaneKind("run_payouts", _run, batch_limit=1)
PREVIEW_PAYOUTS: LaneKind[Call[date], Run | Refused] = LaneKind("preview_payouts", _preview, batch_limit=10)
RELEASE_PAYOUTS = make_single_kind("release_payouts", _release)
CANCEL_PAYOUT = make_single_kind("cancel_payout", _cancel)
RETRY_PAYOUT = make_single_kind("retry_payout", _retry)
DISMISS_BANK_ANSWERS = make_single_kind("dismiss_bank_answers", _dismiss)
REQUEST_LATE_PAYMENT = make_single_kind("request_late_payment", _request_late)
SETTLE_BANK_ANSWER = make_single_kind("settle_bank_answer", _settle)
