"""
Two acts at once on what is owed, kept and paid (sheets, deposits, payouts, calendars, approvals) come to what one after
the other comes to.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.approving import decide_all
from app.worker import sheet_work
from app.worker.work import Errand
from ledger.access.keys import revoke_key
from ledger.actor import Actor
from ledger.approvals.delegating import delegate, end_delegation
from ledger.approvals.model import ANY_OPERATOR, Decision, Kind, Step, Verdict
from ledger.approvals.reopening import request_reopening
from ledger.calendars.parsing import parse_calendar
from ledger.calendars.publishing import publish_calendar
from ledger.db.connecting import Database
from ledger.journal.closing import close_period
from ledger.journal.manual import post_manual_entries
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.parsing import parse_ending
from ledger.settlement.deposits.releasing import release_due_slices
from ledger.settlement.deposits.retaining import follow_closed_sheets
from ledger.settlement.payouts.model import AnswerKind
from ledger.settlement.payouts.model import Verdict as Outcome
from ledger.settlement.payouts.recalling import recall_payouts
from ledger.settlement.payouts.submitting import claim_submission, mark_lost_submissions
from ledger.settlement.sheets.approving import request_write_off
from ledger.settlement.sheets.due import tell_overdue
from ledger.settlement.sheets.ending import end_sheet
from ledger.settlement.sheets.model import Status
from ledger.settlement.sheets.writing_off import collect_sheet
from tests.faults.races import COMMIT, FIRST_LOCK, LOCKS, STATEMENTS, Act, Scene, check, close_all
from tests.ledger.approvals.desk import Desk
from tests.ledger.settlement.deposits import telling as deposits
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.receipts import telling as receipts
from tests.ledger.settlement.sheets.world import SYSTEM, World, at
from tests.store import Server

NOW = "2026-03-10T12:00"
TODAY = at(NOW)
DUE = date(2026, 4, 30)
ANN, BOB, CEM, DORA = (Actor(name) for name in ("ann", "bob", "cem", "dora"))
MORE_IBANS = ("NL91ABNA0417164300", "GB29NWBK60161331926819", "BE68539007547034")
CODES = {"M1": "2010", "A1": "2020", "D2": "2042", "D3": "2043", "D4": "2041"}
# What was not sent back yet is not paid again.
UNREACHED = frozenset({("hand over", FIRST_LOCK), ("retry returned", COMMIT)})
Numbers = dict[str, int]
Play = Callable[[World, Till, Numbers], Awaitable[Any]]


@pytest.fixture(scope="module")
async def scene(server: Server) -> AsyncIterator[Scene]:
    """
    January: M1, A1, D2, D3 and D4 are owed, D1 owes. The payout of A1 was sent and not handed over, and A1 has another
    account since; that of D2 was handed over and nothing is heard; D3 was paid; D4's waits for a second person. M1 has
    a deposit, of which a part is claimed for a buyer.
    February: another agreement of M1's has not taken of his sheet yet. D1's waits to be confirmed, and its debt to be
    given up. M2 settles on demand. A calendar has a new version, and the book may be opened again. An adjustment waits
    for Cem, in whose place Dora may decide.
    """
    async with server.lend_database() as dsn:
        database = await Database.connect(dsn)
        world = await World.open(database)
        assert isinstance(world, World)
        till = Till(world, database.dsn)
        till.now = TODAY
        numbers = await _prepare(world, till)
        await database.close()
        acts = {name: _play(play, numbers) for name, play in ACTS.items()}
        yield Scene(urlsplit(dsn).path.removeprefix("/"), world.platform_id, acts, unreached=UNREACHED)


async def _prepare(world: World, till: Till) -> Numbers:
    await world.register({"reference": "D4", "kind": "DISTRIBUTOR", "name": "Fourth", "parent": "D3"})
    desk = Desk(world.database, world.platform_id, {})
    for name in ("ann", "bob", "cem", "dora"):
        await desk.hire(name)
    await _publish(world, [])
    for role in ("MERCHANT", "DISTRIBUTOR", "AGENT"):
        await world.set_terms(role=role, cycle="MONTHLY", confirmation="NONE", calendar="MARKET")
    await world.set_terms(party="M2", role="MERCHANT", cycle="ON_DEMAND", confirmation="NONE", calendar="MARKET")
    change = {"party": "D1", "role": "DISTRIBUTOR", "validFrom": "2026-02-01", "confirmation": "REQUIRED"}
    await world.set_terms(**change)
    await till.pay_from()
    await till.fund(20_000_00)
    for party, iban in zip(CODES, (*IBANS, *MORE_IBANS), strict=False):
        await till.pay_to(party, iban=iban)
    deposit = await _secure(world)
    await _earn(world)
    await world.settle("2026-02-05")
    owed = {sheet.party: sheet.sheet_id for sheet in await world.sheets()}
    await desk.flow(Step((ANY_OPERATOR,)), kind=Kind.PAYOUT, party_id=await world.id_of("D4"))
    await desk.flow(Step(("cem",)), kind=Kind.ADJUSTMENT)
    payouts = await _pay(world, till)
    await world.settle("2026-03-05")
    (confirmed,) = [each for each in await world.sheets("D1") if each.status is Status.CONFIRM_PENDING]
    (endless,) = await world.rows("SELECT sheet_id FROM sheet WHERE status = 'OPEN' AND period_end > '9000-01-01'")
    await world.adjust("ADJ1", NOW)
    delegated = await _delegate(world)
    approvals = await _ask(world, owed["D1"])
    receipt = await receipts.recorded(world, receipts.receipt("40.00"))
    await _publish(world, ["2026-02-09", "2026-02-10", "2026-03-10", "2026-03-11", "2026-04-06", "2026-04-07"])
    return {
        **{f"{kind} approval": number for kind, number in approvals.items()},
        **payouts,
        **deposit,
        "debt": owed["D1"],
        "to confirm": confirmed.sheet_id,
        "on demand": endless["sheet_id"],
        "delegation": delegated,
        "receipt": receipt,
    }


async def _publish(world: World, off: list[str]) -> Any:
    days = [{"day": day, "name": "holiday"} for day in off]
    said = {"calendar": "MARKET", "firstDay": "2025-01-01", "lastDay": "2027-12-31", "daysOff": days}
    return await _write(world, publish_calendar, calendars=[parse_calendar(said)], actor=ANN, now=TODAY)


async def _secure(world: World) -> Numbers:
    """A deposit of 50.00 that is over, with 10.00 claimed of it; and a retention that has taken nothing yet."""
    await deposits.agreed(world, deposits.target("50.00", months=1, release="ON_DATE"))
    slice_id = await deposits.received(world, deposits.cash("50.00", startDate="2026-01-01"))
    await deposits.sell(world)
    await deposits.discharge(world, deposits.out("CLAIMED", slice_id, "10.00"))
    await deposits.agreed(world, deposits.agreement("W2"))
    return {"slice": slice_id}


async def _earn(world: World) -> None:
    for party, code in CODES.items():
        await world.earn(party, 1_000_00, "2026-01-15", code=code)
        await world.earn(party, 30_00, "2026-03-02", code=code)
    for party, amount in {"M1": 200_00, "M2": 20_00}.items():
        await world.earn(party, amount, "2026-02-15")
    await world.earn("D1", -50_00, "2026-01-15", code="2041")
    await world.earn("D1", 80_00, "2026-02-15", code="2041")


async def _pay(world: World, till: Till) -> Numbers:
    payouts = {}
    for each in (await till.create(DUE)).created:
        sheet = await world.sheet(each.draft.shares[0].sheet_id)
        payouts[sheet.party] = each.payout_id
    for party in ("A1", "D2", "D3"):
        await till.submit(payouts[party])
    await till.pay_out(payouts["D3"])
    await till.pay_to("A1", iban="DE02120300000000202051", reference="A1-2")
    sent = {party: (await till.payout(payouts[party])).submission_id or 0 for party in ("A1", "D2")}
    earlier = TODAY - timedelta(hours=1)
    await _write(world, claim_submission, submission_id=sent["D2"], again=False, now=earlier)
    return {**payouts, "handed over": sent["D2"], "sent": sent["A1"]}


async def _delegate(world: World) -> int:
    said = {"to": "dora", "kind": None, "starts_at": at("2026-03-01"), "ends_at": at("2026-06-01"), "reason": "away"}
    made: int = (await _write(world, delegate, **said, actor=CEM, now=at("2026-03-02"))).delegation_id
    return made


async def _ask(world: World, debt: int) -> Numbers:
    """What waits for a second person, by what it is about."""
    book_id = await world.id_of("LE")
    await _write(world, close_period, book_id=book_id, through=date(2026, 1, 31), actor=ANN, now=TODAY)
    said = {"legal_entity": "LE", "through": date(2025, 12, 31), "reason": "late"}
    await _write(world, request_reopening, **said, maker=ANN, now=TODAY)
    await _write(world, request_write_off, sheet_id=debt, reason="small", actor=ANN, now=TODAY)
    rows = await world.rows("SELECT approval_id, kind FROM approval WHERE status = 'PENDING'")
    return {row["kind"]: row["approval_id"] for row in rows}


def _play(play: Play, numbers: Numbers) -> Act:
    async def act(database: Database, platform_id: int) -> Any:
        world = World(database, platform_id)
        till = Till(world, database.dsn)
        till.now = TODAY
        world.facts = itertools.count(1_000)
        return await play(world, till, numbers)

    return act


async def _write(world: World, step: Callable[..., Awaitable[Any]], **said: Any) -> Any:
    async with world.database.write(world.platform_id) as conn:
        return await step(conn, **said)


async def _decide(world: World, number: int, actor: Actor, verdict: Verdict = Verdict.APPROVE) -> Any:
    (row,) = await world.rows("SELECT digest FROM approval WHERE approval_id = $1", number)
    said = Decision(number, row["digest"], verdict, "seen")
    return await decide_all(world.database, world.platform_id, [said], actor=actor, now=TODAY)


async def _redate(world: World) -> Any:
    return await sheet_work.redate(Errand(world.database, world.platform_id, TODAY, SYSTEM))


async def _close_period(world: World) -> Any:
    book_id = await world.id_of("LE")
    return await _write(world, close_period, book_id=book_id, through=date(2026, 2, 28), actor=ANN, now=TODAY)


async def _post_backdated(world: World) -> Any:
    book_id = await world.id_of("LE")
    lines = tuple(
        LineDraft(AccountKey(book_id, code, None, "CNY"), side, 5_00)
        for code, side in (("1010", DEBIT), ("3000", CREDIT))
    )
    draft = EntryDraft("by hand", book_id, date(2026, 2, 15), lines)
    return await _write(world, post_manual_entries, drafts=[draft], actor=ANN, now=TODAY)


async def _revoke(world: World) -> Any:
    (row,) = await world.rows("SELECT key_id FROM api_key WHERE actor = 'dora'")
    return await _write(world, revoke_key, key_id=row["key_id"], actor=ANN, now=TODAY)


def _answer(till: Till, numbers: Numbers, party: str, kind: AnswerKind, reference: str) -> Awaitable[Any]:
    return till.answer(kind, numbers[party], reference=reference, source="bank")


ACTS: dict[str, Play] = {
    "close sheets": lambda w, t, n: close_all(w, "2026-04-01T12:00"),
    "open sheets": lambda w, t, n: w.open_sheets("2026-03-31T12:00"),
    "earn in a new account": lambda w, t, n: w.earn("M2", 7_00, NOW, code="2080"),
    "earn on demand": lambda w, t, n: w.earn("M2", 7_00, NOW),
    "end sheet": lambda w, t, n: _write(w, end_sheet, sheet_id=n["on demand"], actor=ANN, now=TODAY),
    "settle monthly": lambda w, t, n: w.change_terms(
        NOW, party="M2", role="MERCHANT", cycle="MONTHLY", validFrom="2026-03-10", effect="NOW"
    ),
    "confirm": lambda w, t, n: w.confirm(n["to confirm"], when=NOW),
    "collect": lambda w, t, n: _write(w, collect_sheet, sheet_id=n["debt"], reason="due", actor=ANN, now=TODAY),
    "give up": lambda w, t, n: _decide(w, n["WRITE_OFF approval"], BOB),
    "match": lambda w, t, n: receipts.match_all(w, receipts.match(n["receipt"], n["debt"], "30.00"), when=NOW),
    "publish calendar": lambda w, t, n: _publish(w, ["2026-04-07", "2026-04-08", "2026-04-09"]),
    "redate": lambda w, t, n: _redate(w),
    "tell overdue": lambda w, t, n: _write(w, tell_overdue, actor=SYSTEM, now=TODAY),
    "create payouts": lambda w, t, n: t.create(DUE),
    "submit payouts": lambda w, t, n: t.submit(),
    "agree to payout": lambda w, t, n: _decide(w, n["PAYOUT approval"], BOB),
    "refuse payout": lambda w, t, n: _decide(w, n["PAYOUT approval"], CEM, Verdict.REJECT),
    "cancel": lambda w, t, n: t.cancel(n["D4"]),
    "change account": lambda w, t, n: t.pay_to("D4", iban="DE02120300000000202051", reference="D4-2"),
    "hand over": lambda w, t, n: _write(w, claim_submission, submission_id=n["sent"], again=False, now=TODAY),
    "recall": lambda w, t, n: _write(w, recall_payouts, submission_id=n["sent"], actor=SYSTEM, now=TODAY),
    "lose": lambda w, t, n: _write(w, mark_lost_submissions, channels=["sandbox"], actor=SYSTEM, now=TODAY),
    "accept": lambda w, t, n: t.outcome(n["D2"], Outcome.ACCEPTED),
    "refuse": lambda w, t, n: t.outcome(n["D2"], Outcome.REFUSED),
    "bank pays": lambda w, t, n: _answer(t, n, "D2", AnswerKind.PAID, "paid"),
    "bank refuses": lambda w, t, n: _answer(t, n, "D2", AnswerKind.REFUSED, "refused"),
    "bank returns": lambda w, t, n: _answer(t, n, "D3", AnswerKind.RETURNED, "returned"),
    "bank returns too": lambda w, t, n: _answer(t, n, "D3", AnswerKind.RETURNED, "returned too"),
    "retry returned": lambda w, t, n: t.retry(n["D3"]),
    "close level 3": lambda w, t, n: w.close("D3"),
    "close merchant": lambda w, t, n: w.close("M1"),
    "claim": lambda w, t, n: deposits.discharge(w, deposits.out("CLAIMED", n["slice"], "30.00", "S2")),
    "claim for party": lambda w, t, n: deposits.discharge(
        w, deposits.out("CLAIMED", n["slice"], "30.00", "S3", party="M2")
    ),
    "forfeit": lambda w, t, n: deposits.discharge(w, deposits.out("FORFEITED", n["slice"], "20.00", "S4")),
    "release due": lambda w, t, n: _write(w, release_due_slices, now=TODAY, actor=SYSTEM),
    "pay claim": lambda w, t, n: deposits.pay(w, deposits.payment(n["slice"]), when=NOW),
    "retain": lambda w, t, n: _write(w, follow_closed_sheets, now=TODAY, actor=SYSTEM),
    "end agreement": lambda w, t, n: _write(
        w, end_agreements, drafts=[parse_ending({"agreement": "W2", "reason": "over"})], actor=ANN, now=TODAY
    ),
    "adjust": lambda w, t, n: _decide(w, n["ADJUSTMENT approval"], DORA),
    "end delegation": lambda w, t, n: _write(w, end_delegation, delegation_id=n["delegation"], actor=CEM, now=TODAY),
    "revoke key": lambda w, t, n: _revoke(w),
    "close period": lambda w, t, n: _close_period(w),
    "reopen period": lambda w, t, n: _decide(w, n["PERIOD_REOPENING approval"], BOB),
    "post backdated": lambda w, t, n: _post_backdated(w),
}
PAIRS = [
    ("confirm", "match"), ("confirm", "collect"), ("confirm", "give up"), ("match", "give up"),
    ("collect", "give up"), ("end sheet", "end sheet"), ("end sheet", "close sheets"), ("end sheet", "earn on demand"),
    ("end sheet", "settle monthly"), ("open sheets", "open sheets"), ("open sheets", "earn in a new account"),
    ("open sheets", "close merchant"), ("redate", "redate"), ("redate", "close sheets"), ("redate", "create payouts"),
    ("redate", "tell overdue"), ("redate", "agree to payout"), ("publish calendar", "redate"),
    ("publish calendar", "close sheets"), ("agree to payout", "refuse payout"), ("agree to payout", "cancel"),
    ("agree to payout", "change account"), ("agree to payout", "submit payouts"),
    ("create payouts", "create payouts"), ("submit payouts", "submit payouts"), ("hand over", "hand over"),
    ("hand over", "recall"), ("recall", "recall"), ("lose", "accept"), ("lose", "bank pays"), ("accept", "refuse"),
    ("refuse", "bank pays"), ("bank refuses", "bank pays"), ("bank returns", "bank returns too"),
    ("bank returns", "create payouts"), ("bank returns", "retry returned"), ("bank returns", "close level 3"),
    ("claim", "forfeit"), ("claim", "release due"), ("claim", "claim for party"), ("pay claim", "pay claim"),
    ("retain", "create payouts"), ("retain", "end agreement"), ("retain", "retain"), ("adjust", "end delegation"),
    ("adjust", "revoke key"), ("adjust", "close merchant"), ("adjust", "close sheets"),
    ("close period", "post backdated"), ("close period", "reopen period"), ("reopen period", "post backdated"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
async def test_any_two_at_once_come_to_what_one_after_the_other_does(
    server: Server, scene: Scene, pair: tuple[str, str]
) -> None:
    await check(server, scene, pair, statements=STATEMENTS, locks=LOCKS)
