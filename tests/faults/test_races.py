"""
Two acts on one thing at once come to what one after the other comes to, in one of the two orders; nobody hears of a
deadlock, and what is refused is refused by name.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.approving import Withdrawal, decide_all, resubmit_one, withdraw_one
from ledger.actor import Actor
from ledger.approvals.model import ANY_OPERATOR, Decision, Kind, Step, Verdict
from ledger.charging.channel_days.dismissing import dismiss_differences, reopen_differences
from ledger.charging.channel_days.keeping import find_differences
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.charging.parsing import parse_event
from ledger.charging.recording import record_order_events
from ledger.db.connecting import Database
from ledger.journal.closing import close_period
from ledger.parties.moving import move_party
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.parsing import parse_agreement, parse_ending
from ledger.settlement.holds.model import Placed
from ledger.settlement.payouts.answering import dismiss_answers
from ledger.settlement.payouts.model import AnswerKind
from ledger.settlement.payouts.model import Verdict as Outcome
from ledger.settlement.payouts.settling import settle_answer
from ledger.settlement.sheets.model import Status
from tests.faults.races import LOCKS, STATEMENTS, Act, Scene, check, close_all
from tests.ledger.approvals.desk import Desk
from tests.ledger.charging.channel_days.files import capture, make_lines
from tests.ledger.charging.market import NOW
from tests.ledger.settlement.holds import telling as holds
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.receipts import telling as receipts
from tests.ledger.settlement.sheets.world import World, at
from tests.oracle.small_world import paid, plan
from tests.store import Server

TODAY = "2026-03-10T12:00"
DUE = at("2026-04-30").date()
ANN, BOB, CEM = Actor("ann"), Actor("bob"), Actor("cem")
Numbers = dict[str, int]


@pytest.fixture(scope="module")
async def scene(server: Server) -> AsyncIterator[Scene]:
    """
    M1's sheet waits for its confirmation; M2's may be paid, less what is on hold; a payout to A1 was sent, and the bank
    says something about it that fits nothing; another to D2 was not sent; a third to D3 failed. D1 owes; some of that
    is cleared. An adjustment waits for approval. Everybody has an open sheet. An order is paid, of which a channel says
    something else; what it says of another, which is not here, was set aside.
    """
    async with server.lend_database() as dsn:
        database = await Database.connect(dsn)
        world = await World.open(database)
        assert isinstance(world, World)
        till = Till(world, database.dsn)
        till.now = at(TODAY)
        numbers = await _prepare(world, till)
        await database.close()
        acts = {name: _play(play, numbers) for name, play in ACTS.items()}
        yield Scene(urlsplit(dsn).path.removeprefix("/"), world.platform_id, acts)


async def _prepare(world: World, till: Till) -> Numbers:
    for role in ("MERCHANT", "DISTRIBUTOR", "AGENT"):
        await world.set_terms(role=role, cycle="MONTHLY", confirmation="NONE")
    await world.set_terms(party="M1", role="MERCHANT", cycle="MONTHLY", confirmation="REQUIRED")
    await till.pay_from()
    await till.fund(20_000_00)
    ibans = (*IBANS, "NL91ABNA0417164300", "GB82WEST12345698765432")
    for party, iban in zip(("M1", "M2", "A1", "D2", "D3"), ibans, strict=True):
        await till.pay_to(party, iban=iban)
    for party, code in {"M1": "2010", "M2": "2010", "A1": "2020", "D2": "2042", "D3": "2043"}.items():
        await world.earn(party, 1_000_00, "2026-01-15", code=code)
        await world.earn(party, 30_00, "2026-03-02", code=code)
    await world.earn("D1", -50_00, "2026-01-15", code="2041")
    await world.settle("2026-02-05")
    sheets = {sheet.party: sheet.sheet_id for sheet in await world.sheets()}
    payouts = {
        (await till.payout(each.payout_id)).shares[0].sheet_id: each.payout_id
        for each in (await till.create(DUE)).created
    }
    a1, m2, d2, d3 = (payouts[sheets[party]] for party in ("A1", "M2", "D2", "D3"))
    await till.cancel(m2)
    await till.submit(a1)
    await till.answer(AnswerKind.PAID, a1, amount=1_002_00, reference="charged")
    await till.submit(d3)
    await till.outcome(d3, Outcome.REFUSED)
    held = {"party": "M2", "legalEntity": "LE", "currency": "CNY", "sheet": sheets["M2"]}
    (hold,) = await holds.place_all(world, holds.hold("100.00", **held), now=till.now)
    assert isinstance(hold, Placed), hold
    receipt = await receipts.recorded(world, receipts.receipt("50.00"))
    match = await receipts.matched(world, receipts.match(receipt, sheets["D1"], "20.00"))
    desk = _sit(world.database, world.platform_id)
    for name in ("ann", "bob", "cem"):
        await desk.hire(name)
    await desk.flow(Step((ANY_OPERATOR,)), kind=Kind.ADJUSTMENT)
    await world.adjust("ADJ1", TODAY)
    await world.adjust("ADJ2", TODAY)
    approvals = await world.rows("SELECT approval_id FROM approval ORDER BY approval_id")
    async with world.database.write(world.platform_id) as conn:
        said = Withdrawal(approvals[1]["approval_id"], "not now")
        await withdraw_one(conn, said, Actor("tester"), till.now)
    await world.accept(paid("100.00", at="2026-03-09T00:00:00Z"))
    told = make_lines(capture("O1", "99.00", "0.30"), capture("O9", "1.00"), day="2026-03-09")
    await write(world, record_channel_file, file=parse_channel_file(told), actor=ANN, now=till.now)
    await see_to(world, dismiss_differences, "O9")
    async with world.database.write(world.platform_id) as conn:
        await agree_deposits(conn, drafts=[parse_agreement(AGREEMENT)], actor=ANN, now=till.now)
    assert (await world.sheet(sheets["M1"])).status is Status.CONFIRM_PENDING
    (answer,) = await world.rows("SELECT bank_answer_id FROM bank_answer WHERE status = 'UNMATCHED'")
    return {
        **sheets,
        "sent": a1,
        "created": d2,
        "failed": d3,
        "hold": hold.hold_id,
        "receipt": receipt,
        "match": match.match.match_id,
        "pending": approvals[0]["approval_id"],
        "withdrawn": approvals[1]["approval_id"],
        "answer": answer["bank_answer_id"],
    }


AGREEMENT = {
    "reference": "W1",
    "party": "M1",
    "legalEntity": "LE",
    "currency": "CNY",
    "legalGround": "clause 7",
    "months": 1,
    "kind": "WAR",
    "basis": "PERIOD_NET",
    "rate": "0.1",
    "release": "BY_HAND",
}


def _sit(database: Database, platform_id: int) -> Desk:
    return Desk(database, platform_id, {})


Play = Callable[[World, Till, Numbers], Awaitable[Any]]


async def decide(world: World, numbers: Numbers, actor: Actor, verdict: Verdict = Verdict.APPROVE) -> Any:
    (row,) = await world.rows("SELECT digest FROM approval WHERE approval_id = $1", numbers["pending"])
    said = Decision(numbers["pending"], row["digest"], verdict, "seen")
    return await decide_all(world.database, world.platform_id, [said], actor=actor, now=at(TODAY))


async def write(world: World, step: Callable[..., Awaitable[Any]], **said: Any) -> Any:
    async with world.database.write(world.platform_id) as conn:
        return await step(conn, **said)


async def tell(world: World, kind: str, key: str, **said: Any) -> Any:
    event = {"event": kind, "id": key, "order": "O1", "occurredAt": "2026-03-10T00:00:00Z", **said}
    events = [parse_event(event)]
    return await write(world, record_order_events, events=events, actor=ANN, now=at(TODAY), source="IMPORT")


async def sell(world: World) -> Any:
    events = [parse_event({**paid("70.00", at="2026-03-10T00:00:00Z", key="paid-2"), "order": "O2"})]
    return await write(world, record_order_events, events=events, actor=ANN, now=at(TODAY), source="IMPORT")


async def withdraw(world: World, numbers: Numbers) -> Any:
    async with world.database.write(world.platform_id) as conn:
        return await withdraw_one(conn, Withdrawal(numbers["pending"], "no"), Actor("tester"), at(TODAY))


async def resubmit(world: World, numbers: Numbers) -> Any:
    async with world.database.write(world.platform_id) as conn:
        return await resubmit_one(conn, numbers["withdrawn"], Actor("tester"), at(TODAY))


async def settle(world: World, numbers: Numbers) -> Any:
    said = {"reason": "charge", "charge": 2_00, "currency": "CNY", "actor": ANN, "now": at(TODAY)}
    return await write(world, settle_answer, answer_id=numbers["answer"], **said)


LIFT = {"reference": "L1", "reason": "Reviewed."}
HELD = {"party": "A1", "legalEntity": "LE", "currency": "CNY", "accountCode": "2020"}
REFUND = {"refund": "R1", "lines": [{"line": "1", "amount": "40.00"}]}
ACTS: dict[str, Play] = {
    "confirm": lambda w, t, n: w.confirm(n["M1"], when=TODAY),
    "dispute": lambda w, t, n: _dispute(w, n),
    "hold": lambda w, t, n: holds.place_all(w, holds.hold("10.00", "H2", **HELD), now=t.now),
    "hold of a sheet": lambda w, t, n: holds.place_all(
        w, holds.hold("950.00", "H3", party="M2", legalEntity="LE", currency="CNY", sheet=n["M2"]), now=t.now
    ),
    "close sheets": lambda w, t, n: close_all(w, "2026-04-01T12:00"),
    "lift": lambda w, t, n: holds.lift_all(w, {"hold": n["hold"], **LIFT}, now=t.now),
    "lift again": lambda w, t, n: holds.lift_all(w, {"hold": n["hold"], **LIFT, "reference": "L2"}, now=t.now),
    "create payouts": lambda w, t, n: t.create(DUE),
    "submit payouts": lambda w, t, n: t.submit(),
    "cancel": lambda w, t, n: t.cancel(n["created"]),
    "retry": lambda w, t, n: t.retry(n["failed"]),
    "settle answer": lambda w, t, n: settle(w, n),
    "dismiss answer": lambda w, t, n: write(
        w, dismiss_answers, answer_ids=[n["answer"]], reason="seen", actor=BOB, now=t.now
    ),
    "bank says refused": lambda w, t, n: t.outcome(n["sent"], Outcome.REFUSED),
    "change account": lambda w, t, n: t.pay_to("D2", iban="DE89370400440532013000", reference="D2-2"),
    "close party": lambda w, t, n: w.close("M2"),
    "close merchant": lambda w, t, n: w.close("M1"),
    "move party": lambda w, t, n: _move(w, "M2", "A1"),
    "publish plan": lambda w, t, n: w.publish({**plan("2026-03-01"), "agent": {"rate": "0.02", "rounding": "HALF_UP"}}),
    "sell": lambda w, t, n: sell(w),
    "succeed": lambda w, t, n: tell(w, "order.succeeded", "s1"),
    "refund": lambda w, t, n: tell(w, "order.refunded", "r1", **REFUND),
    "charge back": lambda w, t, n: tell(w, "order.charged_back", "c1", dispute="D1", amount="80.00"),
    "unfreeze": lambda w, t, n: tell(w, "payment.unfrozen", "u1"),
    "close period": lambda w, t, n: _close_period(w),
    "approve": lambda w, t, n: decide(w, n, BOB),
    "reject": lambda w, t, n: decide(w, n, CEM, Verdict.REJECT),
    "withdraw": lambda w, t, n: withdraw(w, n),
    "resubmit": lambda w, t, n: resubmit(w, n),
    "resubmit too": lambda w, t, n: resubmit(w, n),
    "match": lambda w, t, n: receipts.match_all(w, receipts.match(n["receipt"], n["D1"], "30.00", "T2"), when=TODAY),
    "unmatch": lambda w, t, n: receipts.unmatch(w, n["match"]),
    "give back": lambda w, t, n: receipts.give_back(w, receipts.returning(n["receipt"], "25.00")),
    "end agreement": lambda w, t, n: write(
        w, end_agreements, drafts=[parse_ending({"agreement": "W1", "reason": "over"})], actor=ANN, now=t.now
    ),
    "change terms": lambda w, t, n: w.change_terms(
        TODAY, party="A1", cycle="WEEKLY", validFrom="2026-03-10", effect="NOW"
    ),
    "set aside": lambda w, t, n: see_to(w, dismiss_differences, "O1"),
    "set all aside": lambda w, t, n: see_to(w, dismiss_differences, "O1", "O9"),
    "take up again": lambda w, t, n: see_to(w, reopen_differences, "O1", "O9"),
    "submit fee": lambda w, t, n: w.earn("A1", 5_00, "2026-03-20", code="2020"),
}
PAIRS = [
    ("confirm", "dispute"), ("confirm", "confirm"), ("confirm", "close merchant"), ("confirm", "end agreement"),
    ("hold", "close sheets"), ("submit fee", "close sheets"), ("change terms", "close sheets"),
    ("move party", "close sheets"), ("close merchant", "close sheets"), ("close sheets", "close sheets"),
    ("lift", "create payouts"), ("lift", "lift again"), ("lift", "hold of a sheet"),
    ("hold of a sheet", "create payouts"), ("cancel", "submit payouts"), ("settle answer", "dismiss answer"),
    ("dismiss answer", "bank says refused"), ("retry", "retry"), ("retry", "change account"),
    ("publish plan", "sell"), ("publish plan", "publish plan"), ("close party", "sell"), ("move party", "sell"),
    ("close period", "sell"), ("succeed", "refund"), ("succeed", "charge back"), ("refund", "charge back"),
    ("succeed", "close party"), ("unfreeze", "charge back"), ("approve", "withdraw"), ("approve", "reject"),
    ("set aside", "set aside"), ("set all aside", "take up again"), ("take up again", "take up again"),
    ("resubmit", "resubmit too"), ("match", "unmatch"), ("match", "give back"), ("give back", "unmatch"),
]  # fmt: skip
GATED = {("confirm", "dispute"), ("lift", "create payouts"), ("match", "unmatch")}


@pytest.mark.parametrize("pair", sorted(GATED), ids=" and ".join)
async def test_two_at_once_come_to_what_one_after_the_other_does(
    server: Server, scene: Scene, pair: tuple[str, str]
) -> None:
    await check(server, scene, pair, statements=0, locks=1)


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
async def test_any_two_at_once_come_to_what_one_after_the_other_does(
    server: Server, scene: Scene, pair: tuple[str, str]
) -> None:
    await check(server, scene, pair, statements=STATEMENTS, locks=LOCKS)


def _play(play: Play, numbers: Numbers) -> Act:
    async def act(database: Database, platform_id: int) -> Any:
        world = World(database, platform_id)
        till = Till(world, database.dsn)
        till.now = at(TODAY)
        world.facts = itertools.count(1_000)
        return await play(world, till, numbers)

    return act


async def see_to(world: World, act: Callable[..., Awaitable[int]], *orders: str) -> int:
    """Set what a channel says of orders aside, or take it up again."""
    async with world.database.write(world.platform_id) as conn:
        differences = [each for each in await find_differences(conn, orders=orders) if each.told is not None]
        return await act(conn, differences=differences, reason="seen", actor=BOB, now=at(TODAY))


async def _dispute(world: World, numbers: Numbers) -> Any:
    return await world.dispute(await world.sheet(numbers["M1"]), TODAY)


async def _move(world: World, party: str, to: str) -> Any:
    return await write(world, move_party, reference=party, to=to, actor=ANN, now=at(TODAY))


async def _close_period(world: World) -> Any:
    book_id = await world.id_of("LE")
    return await write(world, close_period, book_id=book_id, through=at("2026-03-09").date(), actor=ANN, now=NOW)
