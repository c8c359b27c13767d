"""
From three orders to money in the bank, and back, to the cent, over HTTP.

An operator, a partner and the merchant each use a key of their own; a second operator agrees; the worker does what is
due; the sandbox plays the bank.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.api.event_kinds import EVENT_KINDS
from ledger.db.connecting import Database
from tests.app.channels.sandboxes import Bank, open_channel, open_sandbox
from tests.journeys.settlement_story import CONFIRM, Document, Story

PLAN = {
    "plan": "standard",
    "validFrom": "2026-01-01",
    "commission": {"default": "0.08", "taxInside": "0.06"},
    "distribution": {"rates": ["0.05", "0.03", "0.01"]},
    "channelFee": {"rate": "0.006", "bornBy": "MERCHANT"},
}
MARCH = datetime(2026, 3, 20, 4, tzinfo=UTC)
APRIL_1 = datetime(2026, 3, 31, 16, 5, tzinfo=UTC)  # five past midnight in Shanghai
APRIL_7 = datetime(2026, 4, 7, 2, tzinfo=UTC)
DECEMBER_20 = datetime(2019, 12, 19, 16, 5, tzinfo=UTC)  # five past midnight in Shanghai
DECEMBER_24 = datetime(2019, 12, 24, 1, tzinfo=UTC)
EXPLAINED = """query ($number: BigInt!) { sheet(number: $number) {
    feeTotals { item entryKind amount { amount } }
    lines(first: 50) { nodes { document amount { amount }
        fees { item amount { amount } base { amount } rate exact rounding rule } } }
    history { status actor } } }"""
TRACE = """query ($id: ID!) { trace(id: $id) {
    orders { reference captures { channelTransaction } } orderLines { id } entries { kind }
    payouts { id amount { amount } } sheets { number total { amount } retained { amount } }
    parts { document documentLine amount { amount } party { reference } sheet { number } entries { id kind } } } }"""
HISTORY = "{ payouts { nodes { history { kind actor payload } } } }"
LINES = "query ($order: String!) { order(reference: $order) { lines { id } } }"
# What buyers paid for goods, and what the channel pays out of it, after its fee and a return.
ORDERS = {"O11": "1000.00", "O12": "500.00", "O13": "333.33"}
SETTLED = {"O11": "994.00", "O12": "437.36", "O13": "331.33"}


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with open_sandbox(tmp_path) as bank:
        yield bank


@pytest.fixture
async def story(fresh_database: str, bank: Bank) -> AsyncIterator[Story]:
    database = await Database.connect(fresh_database)
    try:
        async with open_channel(bank) as channel, Story.open(database, channels={"sandbox": channel}) as story:
            yield story
    finally:
        await database.close()


async def earn(story: Story) -> None:
    """The month of March: three orders, a return, a fee that comes back, and what people add."""
    await story.publish(PLAN)
    for order, goods in ORDERS.items():
        await story.sell(order, goods, when="2026-03-10T10:00:00+08:00", succeeded="2026-03-12T10:00:00+08:00")
    await story.tell("order.refunded", "O12", refund="R1", lines=[{"line": "1", "amount": "60.00"}])
    await story.tell("refund.paid", "O12", refund="R1")
    await story.tell("channel.fee_returned", "O12", refund="R1", lines=[{"line": "1", "amount": "0.36"}])
    for order, amount in SETTLED.items():
        await story.tell("payment.settled", order, amount=amount)


def figures(sheet: Document) -> tuple[str, ...]:
    """Status, total, retained, still to be paid, paid."""
    amounts = (sheet[name]["amount"] for name in ("total", "retained", "payable", "paid"))
    return (sheet["status"], *amounts)


async def test_three_orders_become_money_in_the_bank_to_the_cent(story: Story, bank: Bank):
    story.clock = MARCH
    await story.set_up()
    await story.set_terms(party="M1", cycle="MONTHLY", dueDays=5, confirmation="REQUIRED", validFrom="2026-01-01")
    await story.set_terms(role="DISTRIBUTOR", cycle="ON_DEMAND", validFrom="2026-01-01")
    await story.need_approval("SHEET", approvers=["bob"])
    await story.agree_retention("M1", basis="PERIOD_NET", rate="0.10", months=12)
    await story.open_bank_accounts("M1")

    await earn(story)
    await story.adjust("PENALTY", "M1", "30.00", reason="late delivery")
    await story.adjust("COMPENSATION", "M1", "12.50", reason="parcel lost by the carrier")
    await story.submit_fee_line("rebate-1", "REBATE_OFFSET", "M1", "175.00")
    assert (await story.balances("M1"))["2010"] == "1268.73"

    story.clock = APRIL_1
    await story.work()
    (closed,) = await story.sheets("M1")
    assert figures(closed) == ("CONFIRM_PENDING", "1268.73", "126.87", "1141.86", "0.00")
    assert closed["lineCount"] == "11"
    assert await story.inbox("bob") == []

    assert await story.sheets("M2") == []
    assert await story.refused("M2", CONFIRM, sheet=closed["id"]) == ["SHEET_MISSING"]
    assert await story.refused("shop system", CONFIRM, sheet=closed["id"]) == ["FORBIDDEN"]
    await story.confirm("M1")
    (asked,) = await story.inbox("bob")
    # With what is retained of it: that is paid one day, and nobody is asked about the sheet again.
    assert (asked["kind"], asked["maker"], asked["amount"]["amount"]) == ("SHEET", "M1", "1268.73")
    assert await story.inbox("ann") == []
    await story.approve_all("bob")
    (approved,) = await story.sheets("M1")
    assert (approved["status"], approved["dueDate"]) == ("PAYMENT_PENDING", "2026-04-07")

    story.clock = APRIL_7
    await story.work()
    (transfer,) = await bank.transfers()
    assert (transfer["amountMinor"], transfer["status"], transfer["times"]) == (114186, "ACCEPTED", 1)
    await story.pay(bank)

    (paid,) = await story.sheets("M1")
    assert figures(paid) == ("PAID", "1268.73", "126.87", "0.00", "1141.86")
    assert await story.trial_balance() == {
        "1010": "620.83",
        "5010": "10.64",
        "5060": "12.50",
        "2041": "-88.66",
        "2042": "-53.20",
        "2043": "-17.73",
        "2060": "-126.87",
        "2105": "-8.03",
        "4000": "-133.84",
        "4030": "-10.64",
        "4040": "-30.00",
        "4050": "-175.00",
    }
    await story.verify()
    await check_explained(story, paid["number"])
    await check_told(story)
    for who in ("ann", "M1"):
        others = await check_traced_down(story, who)
        await check_traced_up(story, who, others)


async def check_told(story: Story) -> None:
    """Everything that happened can be asked for by its kind, and the merchant hears of his payout what is his."""
    assert await story.find_kinds() <= set(EVENT_KINDS)
    history = (await story.ask("M1", HISTORY))["payouts"]["nodes"][0]["history"]
    assert [event["kind"] for event in history] == [
        "payout.created",
        "payout.submitted",
        "payout.accepted",
        "payout.paid",
    ]
    last = history[-1]
    assert last["actor"] is None
    assert {key: last["payload"][key] for key in ("party", "amount", "status", "dueDate")} == {
        "party": "M1",
        "amount": "1141.86",
        "status": "PAID",
        "dueDate": "2026-04-07",
    }
    assert "legalEntity" not in last["payload"]  # he does not see the entity as a party


async def check_traced_down(story: Story, who: str) -> list[str]:
    """
    By an operator as by the merchant: from the payout to every order it was paid for, in one query. Returns the ids of
    the entries of what was no order.
    """
    (payout,) = (await story.ask(who, "{ payouts { nodes { id amount { amount } } } }"))["payouts"]["nodes"]
    trace = (await story.ask(who, TRACE, id=payout["id"]))["trace"]

    parts = {(part["document"] or "").split("/")[0]: Decimal(0) for part in trace["parts"]}
    for part in trace["parts"]:
        parts[(part["document"] or "").split("/")[0]] += Decimal(part["amount"]["amount"])
    assert parts == {"order": Decimal("1461.23"), "adjustment": Decimal("-17.50"), "fee-line": Decimal("-175.00")}
    assert sum(parts.values()) == Decimal("1141.86") + Decimal("126.87")
    assert [each["amount"]["amount"] for each in trace["payouts"]] == ["1141.86"]
    assert [each["retained"]["amount"] for each in trace["sheets"]] == ["126.87"]
    assert sorted(order["reference"] for order in trace["orders"]) == ["O11", "O12", "O13"]
    captures = [order["captures"] for order in trace["orders"]]
    if who == "M1":
        assert captures == [None, None, None]  # how a buyer paid is not the merchant's to see
    else:
        assert sorted(each["channelTransaction"] for found in captures for each in found) == [
            "tx-O11",
            "tx-O12",
            "tx-O13",
        ]
    entries = {entry["kind"] for part in trace["parts"] for entry in part["entries"]}
    assert entries >= {"SPLIT", "REFUND", "FEE_LINE"}
    return [entry["id"] for part in trace["parts"] if "order/" not in part["document"] for entry in part["entries"]]


async def check_traced_up(story: Story, who: str, others: list[str]) -> None:
    """From every order line and every other entry back to the payout: it is paid, or retained, for exactly these."""
    starts = list(others)
    for order in ORDERS:
        starts += [line["id"] for line in (await story.ask(who, LINES, order=order))["order"]["lines"]]
    earned = Decimal(0)
    for start in starts:
        trace = (await story.ask(who, TRACE, id=start))["trace"]
        assert [payout["amount"]["amount"] for payout in trace["payouts"]] == ["1141.86"]
        mine = [part for part in trace["parts"] if part["party"] and part["party"]["reference"] == "M1"]
        assert {part["sheet"]["number"] for part in mine} == {sheet["number"] for sheet in trace["sheets"]}
        earned += sum(Decimal(part["amount"]["amount"]) for part in mine)
    assert len(starts) == 6
    assert earned == Decimal("1141.86") + Decimal("126.87")


async def check_explained(story: Story, number: str) -> None:
    """The merchant reads what his sheet is the sum of, and how each cent of it was computed."""
    sheet = (await story.ask("M1", EXPLAINED, number=number))["sheet"]

    assert {each["item"] or each["entryKind"]: each["amount"]["amount"] for each in sheet["feeTotals"]} == {
        "GOODS": "1773.33",
        "COMMISSION": "-141.87",
        "DISTRIBUTION_FEE_1": "-88.66",
        "DISTRIBUTION_FEE_2": "-53.20",
        "DISTRIBUTION_FEE_3": "-17.73",
        "CHANNEL_FEE": "-10.64",
        "REBATE_OFFSET": "-175.00",
        "ADJUSTMENT_COMPENSATION": "12.50",
        "ADJUSTMENT_PENALTY": "-30.00",
    }
    lines = sheet["lines"]["nodes"]
    assert sum(Decimal(line["amount"]["amount"]) for line in lines) == Decimal("1268.73")
    for line in lines:
        fees = [Decimal(fee["amount"]["amount"]) for fee in line["fees"]]
        assert not fees or sum(fees) == Decimal(line["amount"]["amount"])
    (split,) = [line for line in lines if line["document"] == "order/O13" and line["amount"]["amount"] == "276.67"]
    assert split["fees"][1] == {
        "item": "COMMISSION",
        "amount": {"amount": "-26.67"},
        "base": {"amount": "333.33"},
        "rate": "0.08",
        "exact": "2666.64",
        "rounding": "HALF_UP",
        "rule": "standard/2026-01-01",
    }
    assert [step["status"] for step in sheet["history"]] == [
        "OPEN",
        "CLOSING",
        "CLOSED",
        "CONFIRM_PENDING",
        "CONFIRMED",
        "APPROVAL",
        "APPROVED",
        "PAYMENT_PENDING",
        "PAYING",
        "PAID",
    ]


async def test_a_seller_sees_what_is_due_what_is_kept_why_and_until_when(story: Story, bank: Bank):
    """Paid two trading days after the sale, 125,926 yuan due, 10 % of 2019's sales retained."""
    story.clock = datetime(2019, 12, 19, 6, tzinfo=UTC)
    await story.set_up()
    await story.publish({**PLAN, "validFrom": "2019-01-01"})
    await story.agree_rates(
        "M2",
        maker="ann",
        checker="bob",
        validFrom="2019-12-01",
        validThrough="2019-12-31",
        commission="0",
        channelFee="0",
    )
    await story.set_terms(party="M2", cycle="T+2", confirmation="NONE", validFrom="2019-01-01")
    await story.agree_retention(
        "M2",
        basis="TARGET",
        rate="0.10",
        base={"currency": "CNY", "amount": "600000.00"},
        months=12,
        shortfall="WAIT",
        release="ON_DATE",
    )
    await story.sell(
        "S1",
        "125926.00",
        when="2019-12-19T10:00:00+08:00",
        succeeded="2019-12-19T11:00:00+08:00",
        merchant="M2",
        referrer="",
    )

    # The night after: the sheet of the day is closed, and what is retained is retained.
    story.clock = DECEMBER_20
    await story.work()
    (sheet,) = await story.sheets("M2")
    assert figures(sheet) == ("PAYMENT_PENDING", "125926.00", "60000.00", "65926.00", "0.00")
    assert (sheet["dueDate"], sheet["isOverdue"]) == ("2019-12-23", False)
    due = ("ON_SHEET", "65926.00", "NO_PAYEE_ACCOUNT", "2019-12-23", None)
    kept = ("RETENTION", "60000.00", "HELD", "2020-12-20", "contract, clause 7")
    assert await story.unpaid("M2") == [due, kept]

    # Nobody registered where the seller is paid. The day after the due date that is on record, for him too.
    story.clock = DECEMBER_24
    await story.work()
    assert await story.unpaid("M2") == [due, kept]
    assert await story.overdue("M2") == await story.overdue("ann") == [("125926.00", "65926.00", "2019-12-23")]
    assert "sheet.overdue" in await story.kinds_of_events(f"sheet/{sheet['number']}")
    assert await story.overdue("M1") == await story.sheets("M1") == []

    # Then the platform's account is empty: the payout is made and not sent, and finance sees what is missing.
    await story.open_bank_accounts("M2")
    story.clock += timedelta(minutes=10)
    await story.work()
    assert await story.unpaid("M2") == [("IN_PAYOUT", "65926.00", "BANK_BALANCE", "2019-12-23", None), kept]
    assert await story.cash_needed("2019-12-24") == [("2019-12-23", "65926.00", "65926.00")]
    assert await bank.transfers() == []
    assert await story.overdue("M2") == [("125926.00", "65926.00", "2019-12-23")]

    await story.tell("payment.settled", "S1", amount="125926.00")
    await story.pay(bank)
    assert await story.unpaid("M2") == [kept]
    assert await story.overdue("M2") == []
    assert await story.trial_balance() == {"1010": "60000.00", "2060": "-60000.00"}

    # The warranty ends on 19 December 2020, and what was kept is paid the day after.
    story.clock = datetime(2020, 12, 19, 4, tzinfo=UTC)
    await story.work()
    assert await story.unpaid("M2") == [kept]
    story.clock = datetime(2020, 12, 20, 4, tzinfo=UTC)
    await story.work()
    await story.pay(bank)
    assert await story.unpaid("M2") == []
    assert [transfer["amountMinor"] for transfer in await bank.transfers()] == [6592600, 6000000]
    assert await story.trial_balance() == {}
    await story.verify()
