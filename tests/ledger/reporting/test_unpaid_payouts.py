"""What payouts have claimed, sent and got back is shown as such, and still adds up to the book."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.parties.finding import find_parties
from ledger.reporting.unpaid import UnpaidPart, load_unpaid
from ledger.settlement.payouts.errors import PayoutCannotBeRetried
from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.ledger.settlement.payouts.till import Till


async def unpaid(till: Till) -> list[UnpaidPart]:
    async with till.database.read(till.platform_id) as conn:
        party = (await find_parties(conn, references=["M1"]))["M1"]
        return (await load_unpaid(conn, keys=[party.party_id], now=till.now))[0]


async def shown(till: Till) -> list[tuple[str, str, int, str]]:
    parts = await unpaid(till)
    await check_sums(till, parts)
    return [(part.state, part.code, part.amount_minor, part.awaits) for part in parts]


async def check_sums(till: Till, parts: list[UnpaidPart]) -> None:
    sums = dict.fromkeys(("2015", "2016", "2190"), 0)
    for part in parts:
        sums[part.code] += part.amount_minor
    assert list(sums.values()) == await till.net("2015 M1, 2016 M1, 2190")


async def test_a_payout_is_shown_at_every_point_of_its_life(database: Database) -> None:
    till = await Till.open(database, fee_minor=30)
    await till.sheet("M1", 100_00)
    assert await shown(till) == [("ON_SHEET", "2015", 100_00, "PAYMENT_PENDING")]

    payout = (await till.create_one()).payout_id
    assert await shown(till) == [("IN_PAYOUT", "2015", 100_00, "SUBMISSION")]

    await till.submit(payout)
    await till.outcome(payout, Verdict.UNKNOWN)
    assert await shown(till) == [
        ("PAYOUT_FEE", "2015", 30, "BANK"),
        ("IN_TRANSIT", "2190", 99_70, "BANK_ANSWER"),
    ]

    await till.answer(AnswerKind.PAID, payout, fee=30)
    assert await shown(till) == []

    await till.answer(AnswerKind.RETURNED, payout)
    assert await shown(till) == [("RETURNED", "2016", 99_70, "PAYOUT")]


async def test_a_payout_that_the_bank_account_cannot_carry_waits_for_money(database: Database) -> None:
    till = await Till.open(database, cash=100_29, fee_minor=30)
    await till.sheet("M1", 100_00)
    await till.create_one()
    assert await shown(till) == [("IN_PAYOUT", "2015", 100_00, "SUBMISSION")]

    await till.fund(-30)
    assert await shown(till) == [("IN_PAYOUT", "2015", 100_00, "BANK_BALANCE")]

    await till.fund(1)
    assert await shown(till) == [("IN_PAYOUT", "2015", 100_00, "SUBMISSION")]


async def in_payouts(till: Till, *parties: str) -> list[str]:
    """What each of these parties' payouts waits for."""
    async with till.database.read(till.platform_id) as conn:
        found = await find_parties(conn, references=parties)
        parts = await load_unpaid(conn, keys=[found[party].party_id for party in parties], now=till.now)
    return [part.awaits for each in parts for part in each if part.state == "IN_PAYOUT"]


async def test_who_is_behind_another_waits_for_the_money_that_is_left_for_him(database: Database) -> None:
    till = await Till.open(database, cash=100_00)
    await till.sheet("M1", 80_00)
    await till.sheet("A1", 80_00, role="AGENT")
    first, second = (await till.create()).created

    assert await in_payouts(till, "M1", "A1") == ["SUBMISSION", "BANK_BALANCE"]
    # The one says so alone, too, and a run does just that.
    assert await in_payouts(till, "A1") == ["BANK_BALANCE"]
    sent = await till.submit()
    assert (sent.payout_ids, [each.payout_id for each in sent.waiting]) == ((first.payout_id,), [second.payout_id])
    await till.fund(60_00)
    assert await in_payouts(till, "A1") == ["SUBMISSION"]


async def test_a_small_one_does_not_overtake_and_who_is_blocked_is_passed_by(database: Database) -> None:
    till = await Till.open(database, cash=100_00)
    await till.sheet("M1", 120_00)
    await till.sheet("A1", 10_00, role="AGENT")
    await till.create()

    assert await in_payouts(till, "M1", "A1") == ["BANK_BALANCE", "BANK_BALANCE"]
    await till.market.block("M1")
    assert await in_payouts(till, "M1", "A1") == ["PARTY_BLOCKED", "SUBMISSION"]


async def test_what_failed_is_on_its_sheet_again(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 100_00)
    payout = (await till.create_one()).payout_id
    await till.submit(payout)

    await till.outcome(payout, Verdict.REFUSED, reason="The account is closed.")

    assert await shown(till) == [("ON_SHEET", "2015", 100_00, "PAY_FAILED")]


async def test_what_came_back_and_is_paid_again_is_in_the_new_payout(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 100_00)
    payout = (await till.create_one()).payout_id
    await till.pay(payout)
    await till.answer(AnswerKind.RETURNED, payout)

    again = await till.retry(payout)

    assert await shown(till) == [("IN_PAYOUT", "2016", 100_00, "SUBMISSION")]
    await till.submit(again.payout_id)
    assert await shown(till) == [("IN_TRANSIT", "2190", 100_00, "BANK")]


async def is_said_paid(till: Till, payout_id: int) -> bool:
    """Whether we tell the party that the money of this payout waits because a bank says that it was paid."""
    payout = await till.payout(payout_id)
    places = {f"payout/{payout_id}", f"payout/{payout.replaces}", *(f"sheet/{each.sheet_id}" for each in payout.shares)}
    return any(part.awaits == "BANK_SAYS_PAID" for part in await unpaid(till) if part.document in places)


@example(steps=["submit", "refuse", "pay", "retry"], fee=30)
@settings(max_examples=15)
@given(
    steps=st.lists(
        st.sampled_from(["sheet", "create", "submit", "accept", "refuse", "pay", "return", "cancel", "retry"]),
        min_size=5,
        max_size=20,
    ),
    fee=st.sampled_from([0, 30]),
)
async def test_the_parts_add_up_whatever_becomes_of_payouts(database: Database, steps: list[str], fee: int) -> None:
    till = await Till.open(database, fee_minor=fee)
    payouts: list[int] = []
    for step in ["sheet", "create", *steps]:
        last = payouts[-1] if payouts else 0
        status = await till.status(last) if last else ""
        if step == "sheet":
            await till.sheet("M1", 100_00)
        elif step == "create":
            payouts += [created.payout_id for created in (await till.create()).created]
        elif step == "submit" and status == "CREATED":
            await till.submit(last)
        elif step in ("accept", "refuse") and status == "SUBMITTED":
            await till.outcome(last, Verdict.ACCEPTED if step == "accept" else Verdict.REFUSED)
        elif step in ("pay", "return") and last:
            kind = AnswerKind.PAID if step == "pay" else AnswerKind.RETURNED
            await till.answer(kind, last, **({"fee": fee} if step == "pay" else {}))
        elif step == "cancel" and status == "CREATED":
            await till.cancel(last)
        elif step == "retry" and status in ("FAILED", "RETURNED") and await is_said_paid(till, last):
            with pytest.raises(PayoutCannotBeRetried, match="BANK_SAYS_PAID"):
                await till.retry(last)
        elif step == "retry" and status in ("FAILED", "RETURNED"):
            payouts.append((await till.retry(last)).payout_id)
        await check_sums(till, await unpaid(till))
