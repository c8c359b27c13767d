"""
The demo's year, settled: what a newcomer finds beside the orders. Sheets are closed and paid month by month, by the
worker's own work; the payouts of the last run are left to whoever tries the gateway, and so are a hold, a dispute and a
request for approval.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from app.channels.protocol import FetchedFile, Handed
from app.demo import settlement
from app.demo.marketplace import Marketplace
from app.demo.settlement import Account
from app.worker import demo_incidents, demo_receipts
from app.worker.demo_incidents import check_outcomes
from app.worker.kinds import list_work
from app.worker.worker import Worker
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import AccountKey, EntryDraft, LineDraft
from ledger.journal.posting import post_entries
from ledger.parties.finding import find_parties
from ledger.reporting import payouts
from ledger.reporting.model import Span
from ledger.reporting.payouts import PayoutFilter
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.answering import record_bank_answers
from ledger.settlement.payouts.model import (
    AnswerKind,
    BankAnswer,
    BankNumber,
    Outcome,
    PayeeAccountDraft,
    PayingAccountDraft,
    Submission,
    Verdict,
)
from ledger.settlement.payouts.numbers import read_number
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.parsing import parse_change

# The demo's legal entities pay through the sandbox, so that a newcomer can be their bank.
CHANNEL = "sandbox"
# What the legal entities begin with, in minor units.
_OPENING = 10**10
_ACCOUNTS_AT_ONCE = 1_000
_PAYOUTS_AT_ONCE = 500


class DemoBank:
    """Takes every transfer. What it has paid it says by `record_bank_answers`, as a channel's file would."""

    name = CHANNEL
    is_repeatable = True

    async def submit(self, submission: Submission) -> Handed:
        """Accept all of it."""
        return Handed({payment.key: Outcome(Verdict.ACCEPTED) for payment in submission.payments})

    async def query(self, keys: Sequence[str]) -> list[BankAnswer]:
        """Nothing is ever unknown."""
        return []

    async def fetch(self) -> list[FetchedFile]:
        """There are no files."""
        return []

    async def put_away(self, file: FetchedFile, *, refused: bool) -> None:
        """There are no files."""


async def settle_demo(
    database: Database,
    marketplace: Marketplace,
    *,
    platform_id: int,
    actor: Actor,
    report: Callable[[int, int], None] = lambda instants, steps: None,
) -> None:
    """
    Give the demo terms and accounts, and let its year pass: sheets close, and all but the last payouts are paid.
    `report` hears of how many of SETTLED_AT that is done, and of how many steps of the worker's.

    Refusals: those of what it calls; none with a marketplace of ours.
    """
    first, *_, last = settlement.SETTLED_AT
    async with database.write(platform_id) as conn:
        changes = [parse_change(document) for document in settlement.terms()]
        check_outcomes(await change_terms(conn, changes=changes, actor=actor, now=first))
    await demo_incidents.begin(database, platform_id, actor, now=first)
    await _register_accounts(database, marketplace, platform_id, actor, now=first)
    work = list_work({CHANNEL: DemoBank()}, {})
    settled = steps = 0

    def step(counts: Mapping[str, int]) -> None:
        nonlocal steps
        steps += 1
        report(settled, steps)

    for instant in settlement.SETTLED_AT:
        kinds = [each for each in work if instant < last or each.kind != "payouts.submit"]
        await Worker(database, kinds, partial(_read_stopped, instant), stepped=step, platform_id=platform_id).run_once()
        await _say_what_was_paid(database, platform_id, actor, now=instant)
        await demo_incidents.happen(database, platform_id, actor, now=instant)
        await demo_receipts.receive(database, platform_id, actor, now=instant)
        settled += 1


def _read_stopped(instant: datetime) -> datetime:
    """A clock that stands still."""
    return instant


async def _register_accounts(
    database: Database, marketplace: Marketplace, platform_id: int, actor: Actor, *, now: datetime
) -> None:
    drafts = [
        PayeeAccountDraft(each.owner, each.number, each.currency, _number(each))
        for each in settlement.payee_accounts(marketplace.generate_parties())
    ]
    async with database.write(platform_id) as conn:
        for each in settlement.paying_accounts():
            # This bank moves every unit, so that the year ends without rests.
            draft = PayingAccountDraft(each.owner, each.number, each.currency, _number(each), CHANNEL, step_minor=1)
            await register_paying_account(conn, draft=draft, actor=actor, now=now)
        await _open_tills(conn, actor, now=now)
    for start in range(0, len(drafts), _ACCOUNTS_AT_ONCE):
        async with database.write(platform_id) as conn:
            part = drafts[start : start + _ACCOUNTS_AT_ONCE]
            check_outcomes(await register_payee_accounts(conn, drafts=part, actor=actor, now=now))


def _number(account: Account) -> BankNumber:
    return read_number(reference=account.number, holder=account.holder, number=account.number)


async def _open_tills(conn: Connection, actor: Actor, *, now: datetime) -> None:
    """Every legal entity begins with money in its bank account."""
    accounts = settlement.paying_accounts()
    parties = await find_parties(conn, references={each.owner for each in accounts})
    drafts = []
    for each in accounts:
        book_id = parties[each.owner].party_id
        lines = (
            LineDraft(AccountKey(book_id, "1010", None, each.currency), "D", _OPENING),
            LineDraft(AccountKey(book_id, "3000", None, each.currency), "C", _OPENING),
        )
        key = f"demo opening {each.number}"
        drafts.append(EntryDraft(key, book_id, now.date(), lines, description="Opening balance", source="IMPORT"))
    check_outcomes(await post_entries(conn, drafts=drafts, actor=actor))


async def _say_what_was_paid(database: Database, platform_id: int, actor: Actor, *, now: datetime) -> None:
    """The bank's statement: what it accepted has arrived."""
    while True:
        async with database.read(platform_id) as conn:
            accepted = await payouts.list_payouts(
                conn, scope=None, matching=PayoutFilter(statuses=("ACCEPTED",)), span=Span(limit=_PAYOUTS_AT_ONCE)
            )
        if not accepted:
            return
        answers = [
            BankAnswer(
                source="demo bank",
                reference=f"paid {row.channel_key}",
                kind=AnswerKind.PAID,
                key=row.channel_key,
                occurred_at=now,
                amount=row.net_minor,
                currency=row.currency,
                bank_reference=f"DEMO-{row.payout_id:06d}",
            )
            for row in accepted
        ]
        async with database.write(platform_id) as conn:
            check_outcomes(await record_bank_answers(conn, answers=answers, actor=actor, now=now))
