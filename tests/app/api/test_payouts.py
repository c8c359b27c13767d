"""Payouts over the API: accounts are masked, runs say who waits, every payout shows its sheets, entries and history."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest

from app.approving import decide_all
from ledger.access.model import Role
from ledger.approvals.model import Decision, Kind
from ledger.approvals.model import Verdict as Word
from ledger.db.connecting import Database
from ledger.settlement.payouts import creating, submitting
from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.app.api.gateway import Desk, make_key
from tests.ledger.reporting.books import Book
from tests.ledger.settlement.deposits.telling import agreed, agreement
from tests.ledger.settlement.payouts.till import IBANS, TODAY, Till
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person
from tests.ledger.settlement.sheets.world import World

ERRORS = "userErrors { code message field }"
REGISTER = f"""mutation ($input: RegisterBankAccountsInput!) {{ registerBankAccounts(input: $input) {{
    results {{ replayed owner {{ reference }} reference masked {ERRORS} }} }} }}"""
RUN = f"""mutation ($input: RunPayoutsInput!) {{ runPayouts(input: $input) {{ {ERRORS}
    created {{ payout {{ id status approvalStatus }} party {{ reference }} legalEntity {{ reference }}
        amount {{ amount }} gross {{ amount }} withheld {{ amount }} dueDate sheets {{ number }} needsApproval }}
    waiting {{ reason amount {{ amount }} sheets {{ number }} payout {{ id }} party {{ reference }} }} }} }}"""
RELEASE = f"""mutation ($input: ReleasePayoutsInput!) {{ releasePayouts(input: $input) {{ {ERRORS}
    payouts {{ id status }} waiting {{ reason payout {{ id }} }} }} }}"""
CANCEL = f"mutation ($input: CancelPayoutInput!) {{ cancelPayout(input: $input) {{ payout {{ status }} {ERRORS} }} }}"
RETRY = f"""mutation ($input: RetryPayoutInput!) {{ retryPayout(input: $input) {{
    payout {{ id status replaces {{ id }} }} {ERRORS} }} }}"""
ANSWER = f"""mutation ($input: RecordBankAnswersInput!) {{ recordBankAnswers(input: $input) {{
    results {{ replayed status {ERRORS} }} }} }}"""
DISMISS = f"""mutation ($input: DismissBankAnswersInput!) {{ dismissBankAnswers(input: $input) {{
    dismissed {ERRORS} }} }}"""
UNMATCHED = "{ bankAnswers { nodes { number reference refusal refusalText payoutKey payout { id } } } }"
PAYOUT = """query ($id: ID!) { payout(id: $id) {
    status amount { amount currency } gross { amount } withheld { amount } bankFee { amount } bankReference payoutKey
    party { reference } legalEntity { reference name } account { holder masked reference } approvalStatus channel
    sheets { taken { amount } withheld { amount } claim sheet { id number status role total { amount } } }
    entries { kind lines { side account { role { code } party { reference } } amount { amount } } }
    history { kind } replacedBy { id } } }"""


@dataclass
class Counter:
    """A till with a desk in front of it."""

    till: Till
    desk: Desk

    async def ask(self, query: str, **given: Any) -> Any:
        (answer,) = (await self.desk.ask(query, input=given)).values()
        return answer

    async def payout(self, payout_id: int, *, key: str | None = None) -> Any:
        rows = await self.desk.ask("{ payouts { nodes { id number } } }")
        ids = {int(row["number"]): row["id"] for row in rows["payouts"]["nodes"]}
        return (await self.desk.ask(PAYOUT, id=ids[payout_id], key=key))["payout"]


@dataclass
class Seen:
    """What a desk needs to know of the till's platform."""

    database: Database
    platform_id: int
    ids: dict[str, int]


@pytest.fixture
async def counter(database: Database) -> AsyncIterator[Counter]:
    till = await Till.open(database)
    rows = await till.market.rows("SELECT reference, party_id FROM party")
    book = cast(Book, Seen(database, till.platform_id, {row["reference"]: row["party_id"] for row in rows}))
    async with Desk.open(book, operator="OP") as desk:
        yield Counter(till, desk)


async def test_bank_accounts_are_registered_each_on_its_own_and_never_shown_whole(counter: Counter):
    account = {"owner": "M2", "reference": "main", "currency": "CNY", "holder": "M2 shop"}
    paying = {"channel": "file", "cutOff": "16:00", "fee": {"currency": "USD", "amount": "0.30"}}

    answer = await counter.ask(
        REGISTER,
        accounts=[
            {**account, "iban": "NL91 ABNA 0417 1643 00", "bankCode": "ABNANL2A"},
            {**account, "iban": "NL92 ABNA 0417 1643 00"},
            {**account, "owner": "nobody", "accountNumber": "6217000123456789"},
            {**account, "owner": "LE", "currency": "USD", "accountNumber": "6217000123456789", "paying": paying},
            {**account, "withholdingRule": "XX", "reference": "other", "accountNumber": "6217000123456789"},
        ],
    )

    results = [(r["masked"], [error["code"] for error in r["userErrors"]]) for r in answer["results"]]
    assert results == [
        ("NL••••4300", []),
        (None, ["BANK_NUMBER_INVALID"]),
        (None, ["PARTY_MISSING"]),
        ("••••6789", []),
        (None, ["WITHHOLDING_RULE_UNKNOWN"]),
    ]
    assert [error["field"] for error in answer["results"][1]["userErrors"]] == [["accounts", "1", "iban"]]
    assert "0417" not in str(answer)
    shown = await counter.desk.ask(
        '{ payeeAccounts(party: "M2") { account { masked holder } bankCode } payingAccounts { legalEntity { reference }'
        " channel cutOff fee { amount } account { currency masked } balance { amount } available { amount } } }"
    )
    assert shown["payeeAccounts"] == [
        {"account": {"masked": "NL••••4300", "holder": "M2 shop"}, "bankCode": "ABNANL2A"}
    ]
    (cny, usd) = shown["payingAccounts"]
    assert (cny["balance"]["amount"], cny["available"]["amount"]) == ("10000.00", "10000.00")
    assert (usd["channel"], usd["cutOff"], usd["fee"]["amount"]) == ("file", "16:00:00", "0.30")


async def test_a_run_is_previewed_made_released_and_its_payout_explains_itself(counter: Counter):
    till = counter.till
    sheet = await till.sheet("M1", 1_141_86)
    await till.sheet("D2", 5_00, role="DISTRIBUTOR")

    preview = await counter.ask(RUN, through=TODAY.isoformat(), preview=True)
    run = await counter.ask(RUN, through=TODAY.isoformat())
    (created,) = run["created"]
    sent = await counter.ask(RELEASE, payouts=[created["payout"]["id"]])
    number = (await till.market.rows("SELECT payout_id FROM payout"))[0]["payout_id"]
    await till.outcome(number, Verdict.ACCEPTED)
    await till.answer(AnswerKind.PAID, number, fee=15, bank_reference="B7")
    shown = await counter.payout(number)

    assert preview["created"] == [{**created, "payout": None}]
    assert (created["amount"]["amount"], created["sheets"], created["needsApproval"]) == (
        "1141.86",
        [{"number": str(sheet)}],
        False,
    )
    assert [(each["reason"], each["party"]["reference"]) for each in run["waiting"]] == [("NO_PAYEE_ACCOUNT", "D2")]
    assert [payout["status"] for payout in sent["payouts"]] == ["SUBMITTED"]
    assert (shown["status"], shown["amount"], shown["bankFee"]) == (
        "PAID",
        {"amount": "1141.86", "currency": "CNY"},
        {"amount": "0.15"},
    )
    assert (shown["bankReference"], shown["account"]["masked"]) == ("B7", "DE••••3000")
    assert shown["sheets"] == [
        {
            "taken": {"amount": "1141.86"},
            "withheld": {"amount": "0.00"},
            "claim": "PAID",
            "sheet": {
                "id": shown["sheets"][0]["sheet"]["id"],
                "number": str(sheet),
                "status": "PAID",
                "role": "MERCHANT",
                "total": {"amount": "1141.86"},
            },
        }
    ]
    query = "query($sheet: ID) { payouts(filter: {sheet: $sheet}) { nodes { number } } }"
    paying = await counter.desk.ask(query, sheet=shown["sheets"][0]["sheet"]["id"])
    assert paying["payouts"]["nodes"] == [{"number": str(number)}]
    assert await counter.desk.refused(query, sheet=created["payout"]["id"]) == "ID_INVALID"
    assert [entry["kind"] for entry in shown["entries"]] == ["PAYOUT_SUBMITTED", "PAYOUT_PAID", "PAYOUT_FEE"]
    assert [event["kind"] for event in shown["history"]] == [
        "payout.created",
        "payout.submitted",
        "payout.accepted",
        "payout.paid",
    ]


async def test_who_releases_all_hears_whether_there_are_more_and_comes_past_those_that_wait(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(submitting, "MOST_WAITING", 2)
    till = counter.till
    for party, iban in zip(("M2", "D1", "A1"), IBANS, strict=True):
        await till.pay_to(party, iban=iban)
    for party in ("M1", "M2", "D1", "A1"):
        await till.sheet(party, 10_00)
    numbers = [each.payout_id for each in (await till.create()).created]
    for party in ("M1", "M2"):
        await till.market.block(party)
    release = f"""mutation {{ releasePayouts(input: {{}}) {{ isMore {ERRORS}
        payouts {{ number }} waiting {{ reason payout {{ number }} }} }} }}"""

    sent = (await counter.desk.ask(release))["releasePayouts"]
    again = (await counter.desk.ask(release))["releasePayouts"]

    assert [int(payout["number"]) for payout in sent["payouts"]] == numbers[2:]
    assert [int(each["payout"]["number"]) for each in sent["waiting"]] == numbers[:2]
    assert (sent["isMore"], again["isMore"], again["payouts"]) == (True, False, [])


async def test_a_run_that_leaves_some_to_the_next_one_says_so(counter: Counter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(creating, "MOST_PAYOUTS", 1)
    await counter.till.pay_to("D1", iban=IBANS[1])
    for party in ("M1", "D1"):
        await counter.till.sheet(party, 10_00)
    run = "mutation ($input: RunPayoutsInput!) { runPayouts(input: $input) { isMore created { dueDate } } }"

    runs = [await counter.ask(run, through=TODAY.isoformat()) for _ in range(3)]

    assert [(len(each["created"]), each["isMore"]) for each in runs] == [(1, True), (1, False), (0, False)]


async def test_a_preview_says_what_is_left_once_a_run_has_kept_what_must_stay(counter: Counter):
    """What no worker has looked at yet: a run looks at it first, and so does its preview."""
    world = World(counter.till.database, counter.till.platform_id)
    await world.set_terms(party="M1", confirmation="NONE")
    await agreed(world, agreement(), when="2025-11-01")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    before = await counter.till.market.count_rows()

    preview = await counter.ask(RUN, through="2026-03-31", preview=True)

    assert [each["amount"]["amount"] for each in preview["created"]] == ["90.00"]
    assert await counter.till.market.count_rows() == before
    assert [each["amount"] for each in (await counter.ask(RUN, through="2026-03-31"))["created"]] == [
        each["amount"] for each in preview["created"]
    ]


async def test_a_preview_says_who_would_wait_for_money(counter: Counter):
    till = counter.till
    await till.fund(-9_900_00)
    await till.sheet("M1", 60_00)
    await till.create()
    await till.sheet("D1", 30_00, due=TODAY + timedelta(days=1), role="DISTRIBUTOR")
    await till.sheet("A1", 20_00, due=TODAY + timedelta(days=2), role="AGENT")

    preview = await counter.ask(RUN, through=(TODAY + timedelta(days=7)).isoformat(), preview=True)

    assert [each["amount"]["amount"] for each in preview["created"]] == ["30.00", "20.00"]
    assert [(each["reason"], each["amount"]["amount"]) for each in preview["waiting"]] == [("BANK_BALANCE", "20.00")]


async def test_a_preview_says_what_waits_of_payouts_created_earlier_and_agrees_with_the_forecast(counter: Counter):
    till = counter.till
    await till.fund(-9_950_00)
    await till.sheet("A1", 10_00, role="AGENT")
    await till.sheet("M1", 60_00)
    earlier = {each.draft.party_id: each.payout_id for each in (await till.create()).created}
    await till.market.block("A1")
    await till.sheet("D1", 20_00, due=TODAY + timedelta(days=1), role="DISTRIBUTOR")
    through = (TODAY + timedelta(days=7)).isoformat()

    preview = await counter.ask(RUN, through=through, preview=True)
    forecast = await counter.desk.ask(f"""{{ cashForecast(through: "{through}") {{
        waiting {{ minorUnits }} payable {{ minorUnits }} short {{ minorUnits }} }} }}""")
    made = await counter.ask(RUN, through=through)
    released = await counter.ask(RELEASE)

    waiting = [(e["reason"], e["amount"]["amount"], bool(e["payout"])) for e in preview["waiting"]]
    assert waiting == [
        ("PARTY_BLOCKED", "10.00", True),
        ("BANK_BALANCE", "60.00", True),
        ("BEHIND_ANOTHER", "20.00", False),
    ]
    assert len(earlier) == 2
    needed = [(int(e["waiting"]["minorUnits"]), int(e["payable"]["minorUnits"])) for e in forecast["cashForecast"]]
    assert needed == [(10_00 + 60_00, 0), (0, 20_00)]
    assert int(forecast["cashForecast"][-1]["short"]["minorUnits"]) == 90_00 - 50_00
    assert [each["amount"] for each in made["created"]] == [each["amount"] for each in preview["created"]]
    assert [each["reason"] for each in released["waiting"]] == [reason for reason, *_ in waiting]


async def test_a_preview_says_that_what_it_would_create_would_wait_for_approval(counter: Counter):
    flow = """mutation { defineApprovalFlow(input: {
        kind: PAYOUT, name: "two", steps: [{approvers: ["role:operator"]}]
    }) { userErrors { code } } }"""
    assert (await counter.desk.ask(flow))["defineApprovalFlow"]["userErrors"] == []
    await counter.till.sheet("M1", 60_00)

    preview = await counter.ask(RUN, through=TODAY.isoformat(), preview=True)
    made = await counter.ask(RUN, through=TODAY.isoformat())
    released = await counter.ask(RELEASE)

    assert [each["needsApproval"] for each in preview["created"]] == [True]
    assert [(each["reason"], each["payout"]) for each in preview["waiting"]] == [("APPROVAL_PENDING", None)]
    assert [each["payout"]["id"] for each in released["waiting"]] == [made["created"][0]["payout"]["id"]]


async def test_a_payout_is_cancelled_or_paid_again_and_refusals_say_why(counter: Counter):
    till = counter.till
    await till.sheet("M1", 50_00)
    (created,) = (await counter.ask(RUN, through=TODAY.isoformat()))["created"]
    first = created["payout"]["id"]

    cancelled = await counter.ask(CANCEL, payout=first, reason="wrong account")
    refused = await counter.ask(RETRY, payout=first)
    (again,) = (await counter.ask(RUN, through=TODAY.isoformat()))["created"]
    await counter.ask(RELEASE)
    number = (await till.market.rows("SELECT max(payout_id) AS last FROM payout"))[0]["last"]
    await till.outcome(number, Verdict.REFUSED)
    retried = await counter.ask(RETRY, payout=again["payout"]["id"])

    assert cancelled["payout"]["status"] == "CANCELLED"
    assert [error["code"] for error in refused["userErrors"]] == ["PAYOUT_STATUS"]
    assert retried["payout"]["status"] == "CREATED"
    assert retried["payout"]["replaces"]["id"] == again["payout"]["id"]


async def test_why_a_payout_cannot_be_paid_again_is_said_in_either_language_with_its_code(counter: Counter):
    till = counter.till
    await till.sheet("M1", 50_00)
    (created,) = (await counter.ask(RUN, through=TODAY.isoformat()))["created"]
    payout = int((await till.market.rows("SELECT payout_id FROM payout"))[0]["payout_id"])
    await till.submit()
    await till.outcome(payout, Verdict.REFUSED)
    await till.market.block("M1")

    async def refuse(language: str) -> str:
        answer = await counter.desk.send(RETRY, input={"payout": created["payout"]["id"]}, language=language)
        (error,) = answer.json()["data"]["retryPayout"]["userErrors"]
        return str(error["message"])

    assert await refuse("en") == f"Payout {payout} cannot be paid again now: the party is blocked [PARTY_BLOCKED]."
    assert await refuse("zh-CN") == f"出款单 {payout} 目前不能重新支付：主体已被冻结 [PARTY_BLOCKED]。"


async def test_what_a_bank_says_is_applied_or_listed_with_its_reason(counter: Counter):
    till = counter.till
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    key = (await till.payout(payout)).channel_key
    said = {"source": "bank", "kind": "PAID", "payoutKey": key, "occurredAt": "2026-03-02T10:00:00Z"}
    right = {"currency": "CNY", "amount": "50.00"}

    answer = await counter.ask(
        ANSWER,
        answers=[
            {**said, "reference": "1", "amount": {"currency": "CNY", "amount": "49.00"}},
            {**said, "reference": "2", "amount": right},
            {**said, "reference": "2", "amount": right},
            {**said, "reference": "3", "payoutKey": "SB1-P999999", "amount": right},
            {**said, "reference": "4", "occurredAt": "0001-01-01T00:00:00Z", "amount": right},
        ],
    )
    listed = (await counter.desk.ask(UNMATCHED))["bankAnswers"]["nodes"]
    dismissed = await counter.ask(DISMISS, answers=[row["number"] for row in listed], reason="seen to")

    results = [(r["status"], r["replayed"], [e["code"] for e in r["userErrors"]]) for r in answer["results"]]
    assert results == [
        (None, False, ["ANSWER_AMOUNT_DIFFERS"]),
        ("PAID", False, []),
        ("PAID", True, []),
        (None, False, ["ANSWER_UNKNOWN_PAYOUT"]),
        (None, False, ["INVALID_INPUT"]),
    ]
    assert [(row["reference"], row["refusal"], row["payout"] is None) for row in listed] == [
        ("1", "ANSWER_AMOUNT_DIFFERS", False),
        ("3", "ANSWER_UNKNOWN_PAYOUT", True),
    ]
    assert len(dismissed["dismissed"]) == 2
    assert (await counter.desk.ask(UNMATCHED))["bankAnswers"]["nodes"] == []


async def test_no_answer_takes_the_name_of_one_that_is_settled(counter: Counter):
    right = {"currency": "CNY", "amount": "50.00"}
    said = {"kind": "PAID", "payoutKey": "SB1-P999999", "occurredAt": "2026-03-02T10:00:00Z", "amount": right}

    answer = await counter.ask(
        ANSWER, answers=[{**said, "source": "settled", "reference": "1"}, {**said, "source": "bank", "reference": "1"}]
    )

    assert [(error["code"], error["field"]) for each in answer["results"] for error in each["userErrors"]] == [
        ("INVALID_INPUT", ["answers", "0", "source"]),
        ("ANSWER_UNKNOWN_PAYOUT", ["answers", "1"]),
    ]
    assert len((await counter.desk.ask(UNMATCHED))["bankAnswers"]["nodes"]) == 1


async def test_why_an_answer_waits_is_said_in_the_language_of_who_asks(counter: Counter):
    till = counter.till
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    key = (await till.payout(payout)).channel_key
    said = {"source": "bank", "kind": "PAID", "occurredAt": "2026-03-02T10:00:00Z"}
    wrong = {"currency": "CNY", "amount": "49.00"}
    await counter.ask(
        ANSWER,
        answers=[
            {**said, "reference": "1", "payoutKey": key, "amount": wrong},
            {**said, "reference": "2", "payoutKey": "SB1-P999999", "amount": wrong},
            {**said, "reference": "3", "payoutKey": key, "amount": wrong, "occurredAt": "2028-03-02T10:00:00Z"},
        ],
    )

    async def read(language: str) -> dict[str, str]:
        answer = (await counter.desk.send(UNMATCHED, language=language)).json()["data"]
        return {row["reference"]: row["refusalText"] for row in answer["bankAnswers"]["nodes"]}

    english, chinese = await read("en"), await read("zh-CN")
    async with till.market.database.write(till.market.platform_id) as conn:
        await conn.execute("UPDATE bank_answer SET refusal_facts = NULL WHERE reference = '1'")
    before_facts = await read("zh-CN")

    assert english["1"] == f"The answer is for 49.00 CNY; payout {payout} is for 50.00."
    assert chinese["1"] == f"回执金额为 49.00 CNY；出款单 {payout} 的金额为 50.00。"
    assert chinese["2"] == "回执指向 SB1-P999999，它不是本平台的出款单。"
    assert before_facts == {**chinese, "1": english["1"]}


async def test_what_was_applied_after_all_keeps_no_refusal(counter: Counter):
    till = counter.till
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.answer(AnswerKind.RETURNED, payout)
    facts = "SELECT refusal, refusal_facts::text FROM bank_answer WHERE kind = 'RETURNED'"
    (waiting,) = await till.market.rows(facts)

    await till.answer(AnswerKind.PAID, payout)

    assert tuple(waiting) == (
        "ANSWER_OUT_OF_ORDER",
        f'{{"kind": "RETURNED", "payout": {payout}, "status": "SUBMITTED"}}',
    )
    assert [tuple(row) for row in await till.market.rows(facts)] == [("", None)]


async def test_the_forecast_says_what_is_needed_when_and_how_much_is_missing(counter: Counter):
    till = counter.till
    await till.fund(-9_900_00)
    await till.sheet("M1", 60_00)
    await till.create()
    await till.sheet("D1", 70_00, due=TODAY + timedelta(days=1), role="DISTRIBUTOR")

    asked = (
        f'{{ cashForecast(through: "{TODAY + timedelta(days=7)}") {{ legalEntity {{ reference }} currency dueDate'
        " waiting { amount } payable { amount } upcoming { amount } short { amount }"
        " account { account { masked } available { amount } } } }"
    )
    rows = (await counter.desk.ask(asked))["cashForecast"]

    figures = [
        tuple(row[name]["amount"] for name in ("waiting", "payable", "upcoming", "short"))
        for row in sorted(rows, key=lambda row: row["dueDate"])
    ]
    assert figures == [("60.00", "0.00", "0.00", "0.00"), ("0.00", "70.00", "0.00", "30.00")]
    assert rows[0]["account"] == {"account": {"masked": "CH••••2957"}, "available": {"amount": "100.00"}}


async def test_the_forecast_has_what_came_back_until_it_is_paid_again(counter: Counter):
    till = counter.till
    await till.sheet("M1", 60_00)
    first = (await till.create_one()).payout_id
    await till.pay(first)
    await till.answer(AnswerKind.RETURNED, first)
    asked = (
        f'{{ cashForecast(through: "{TODAY}") {{ waiting {{ amount }} payable {{ amount }} upcoming {{ amount }} }} }}'
    )

    returned = (await counter.desk.ask(asked))["cashForecast"]
    again = (await till.retry(first)).payout_id
    waiting = (await counter.desk.ask(asked))["cashForecast"]
    await till.cancel(again)
    cancelled = (await counter.desk.ask(asked))["cashForecast"]
    await till.pay((await till.retry(first)).payout_id)

    figures = [[row[name]["amount"] for row in rows for name in row] for rows in (returned, waiting, cancelled)]
    assert figures == [["0.00", "0.00", "60.00"], ["60.00", "0.00", "0.00"], ["0.00", "0.00", "60.00"]]
    assert (await counter.desk.ask(asked))["cashForecast"] == []


async def test_a_partys_key_sees_its_own_payouts_and_nothing_of_the_platforms(counter: Counter):
    till = counter.till
    for party in ("M1", "D1"):
        await till.sheet(party, 50_00)
    numbers = {each.draft.party_id: each.payout_id for each in (await till.create()).created}
    mine, others = (numbers[counter.desk.book.ids[party]] for party in ("M1", "D1"))
    for number in (mine, others):
        await till.pay(number)
    key = await counter.desk.key_of("M1")

    listed = await counter.desk.ask("{ payouts { nodes { number party { reference } } } }", key=key)
    shown = await counter.payout(mine, key=key)
    hidden = await counter.payout(others, key=key)
    rest = await counter.desk.ask(
        '{ bankAnswers(filter: {status: null}) { nodes { number } } cashForecast(through: "2026-12-31") { dueDate }'
        ' payingAccounts { legalEntity { reference } } mine: payeeAccounts(party: "M1") { account { masked } } }',
        key=key,
    )
    theirs = await counter.desk.refused('{ payeeAccounts(party: "D1") { account { masked } } }', key=key)

    assert listed["payouts"]["nodes"] == [{"number": str(mine), "party": {"reference": "M1"}}]
    assert (shown["status"], shown["approvalStatus"], shown["channel"], shown["bankFee"]) == ("PAID", None, None, None)
    assert shown["legalEntity"] == {"reference": "LE", "name": "Entity"}
    assert hidden is None
    assert [entry["kind"] for entry in shown["entries"]] == ["PAYOUT_SUBMITTED"]
    codes = {line["account"]["role"]["code"] for entry in shown["entries"] for line in entry["lines"]}
    assert codes == {"2015"}
    assert (rest["bankAnswers"]["nodes"], rest["cashForecast"], rest["payingAccounts"]) == ([], [], [])
    assert (len(rest["mine"]), theirs) == (1, "PARTY_MISSING")


async def test_a_partys_key_is_told_the_next_step_of_what_waits_for_something_that_it_does_not_see(counter: Counter):
    till = counter.till
    key = await counter.desk.key_of("M1")
    asked = '{ party(reference: "M1") { unpaid { state awaits } } }'

    async def awaited(state: str) -> list[str]:
        """What the operator is told, and then the party."""
        answers = [(await counter.desk.ask(asked, key=each))["party"]["unpaid"] for each in (None, key)]
        return [part["awaits"] for answer in answers for part in answer if part["state"] == state]

    await till.pay_to("M1", iban=IBANS[1], reference="M1-E", currency="EUR")
    await till.sheet("M1", 10_00, currency="EUR")
    assert await awaited("ON_SHEET") == ["NO_PAYING_ACCOUNT", "PAYMENT_PENDING"]

    await till.sheet("M1", 50_00)
    await till.answer(AnswerKind.PAID, (await till.create()).created[0].payout_id, reference="late")
    assert await awaited("IN_PAYOUT") == ["BANK_SAYS_PAID", "SUBMISSION"]

    await till.pay_from(reference="B2", iban="DE89370400440532013000")
    await till.dismiss("late")
    assert await awaited("IN_PAYOUT") == ["PAYING_ACCOUNT_RETIRED", "SUBMISSION"]


async def test_a_partys_key_is_not_told_whether_its_payout_was_agreed_to(counter: Counter):
    till = counter.till
    key = await counter.desk.key_of("M1")
    asked = '{ party(reference: "M1") { unpaid { awaits } } }'

    async def awaited() -> list[str]:
        return [(await counter.desk.ask(asked, key=each))["party"]["unpaid"][0]["awaits"] for each in (None, key)]

    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    payout = await till.payout((await till.create_one()).payout_id)
    assert await awaited() == ["APPROVAL", "SUBMISSION"]

    no = Decision(payout.approval_id or 0, payout.digest, Word.REJECT, "Not this one.")
    await decide_all(till.database, till.platform_id, [no], actor=CHECKER, now=till.now)
    assert await awaited() == ["APPROVAL_REJECTED", "SUBMISSION"]


async def test_what_is_on_its_way_is_shown_on_the_card_of_its_party_and_of_everyone_above(counter: Counter):
    till = counter.till
    await till.sheet("M1", 50_00)
    await till.sheet("A1", 7_00, role="AGENT")
    await till.create()
    card = (
        '{ party(reference: "%s") { balances { inTransit { amount } balance { amount } }'
        " subtreeBalances { inTransit { amount } } } }"
    )

    before = await counter.desk.ask(card % "A1")
    await till.submit()
    after = {name: (await counter.desk.ask(card % name))["party"] for name in ("M1", "A1")}
    past = '{ party(reference: "M1") { balances(asOf: {businessDate: "2026-03-02"}) { inTransit { amount } } } }'
    queues = (await counter.desk.ask("{ workQueues { queue count } }"))["workQueues"]

    assert before["party"]["balances"] == [{"inTransit": {"amount": "0.00"}, "balance": {"amount": "7.00"}}]
    assert after["A1"] == {
        "balances": [{"inTransit": {"amount": "7.00"}, "balance": {"amount": "0.00"}}],
        "subtreeBalances": [{"inTransit": {"amount": "57.00"}}],
    }
    assert after["M1"]["balances"][0]["inTransit"] == {"amount": "50.00"}
    assert (await counter.desk.ask(past))["party"]["balances"] == [{"inTransit": None}]
    assert {"queue": "PAYOUTS_IN_TRANSIT", "count": 2} in queues


async def test_only_operators_move_payouts(counter: Counter):
    key = await make_key(counter.desk.book, Role.AUDITOR)

    assert await counter.desk.refused(RUN, key=key, input={"through": TODAY.isoformat()}) == "FORBIDDEN"


SETTLE = f"""mutation ($input: SettleBankAnswerInput!) {{ settleBankAnswer(input: $input) {{
    replayed payout {{ status amount {{ amount }} bankFee {{ amount }} }} {ERRORS} }} }}"""


async def test_an_operator_says_that_the_bank_took_a_charge_of_what_came_back(counter: Counter):
    till = counter.till
    await till.sheet("M1", 50_00)
    created = await till.create_one()
    await till.pay(created.payout_id)
    await till.answer(AnswerKind.RETURNED, created.payout_id, amount=48_00)
    ((number,),) = await till.market.rows("SELECT bank_answer_id::text FROM bank_answer WHERE status = 'UNMATCHED'")
    said = {"answer": number, "charge": {"amount": "2.00", "currency": "CNY"}, "reason": "correspondent bank"}

    wrong = await counter.ask(SETTLE, **{**said, "charge": {"amount": "1.00", "currency": "CNY"}})
    settled = await counter.ask(SETTLE, **said)
    again = await counter.ask(SETTLE, **said)
    missing = await counter.ask(SETTLE, answer="999999", reason="x")

    assert [error["code"] for error in wrong["userErrors"]] == ["ANSWER_AMOUNT_DIFFERS"]
    assert settled == {
        "replayed": False,
        "payout": {"status": "RETURNED", "amount": {"amount": "50.00"}, "bankFee": {"amount": "2.00"}},
        "userErrors": [],
    }
    assert again == {**settled, "replayed": True}
    assert [(error["code"], error["field"]) for error in missing["userErrors"]] == [("BANK_ANSWER_MISSING", ["answer"])]


LATE = f"""mutation ($input: RequestLatePaymentInput!) {{ requestLatePayment(input: $input) {{
    replayed approval {{ number kind status subject digest party {{ reference }} amount {{ amount }} }}
    {ERRORS} }} }}"""


async def test_an_operator_asks_for_what_was_paid_late_on_a_replaced_account_and_another_one_agrees(counter: Counter):
    till = counter.till
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.answer(AnswerKind.REFUSED, payout, amount=None, currency="")
    await till.answer(AnswerKind.PAID, payout, amount=50_20)
    await till.pay_to("M1", iban="DE75512108001245126199", reference="M1-2")
    ((number,),) = await till.market.rows("SELECT bank_answer_id::text FROM bank_answer WHERE status = 'UNMATCHED'")
    said = {"answer": number, "charge": {"amount": "0.20", "currency": "CNY"}, "reason": "on the old account"}

    settled = await counter.ask(SETTLE, **said)
    asked = await counter.ask(LATE, **said)
    again = await counter.ask(LATE, **said)
    missing = await counter.ask(LATE, answer="999999", reason="x")
    approval = asked["approval"]
    yes = Decision(int(approval["number"]), bytes.fromhex(approval["digest"]), Word.APPROVE)
    await decide_all(till.database, till.platform_id, [yes], actor=CHECKER, now=till.now)
    granted = await counter.ask(LATE, **said)

    assert [error["code"] for error in settled["userErrors"]] == ["LATE_PAYMENT_NOT_AGREED"]
    assert (asked["replayed"], asked["userErrors"]) == (False, [])
    assert {name: approval[name] for name in ("kind", "status", "subject", "party", "amount")} == {
        "kind": "LATE_PAYMENT",
        "status": "PENDING",
        "subject": f"bank-answer/{number}",
        "party": {"reference": "M1"},
        "amount": {"amount": "50.00"},
    }
    assert again == {**asked, "replayed": True}
    assert [(error["code"], error["field"]) for error in missing["userErrors"]] == [("BANK_ANSWER_MISSING", ["answer"])]
    assert granted == {**again, "approval": {**approval, "status": "GRANTED"}}
    rows = await till.market.rows("SELECT status, bank_fee_minor FROM payout WHERE replaces = $1", payout)
    assert [tuple(row) for row in rows] == [("PAID", 20)]
