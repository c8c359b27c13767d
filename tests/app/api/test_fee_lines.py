"""The generic billing interface over the gateway: partners submit, parties see their own, the operator compares."""

from datetime import UTC, datetime
from typing import Any

from app.sources.pulling import pull_sources
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.charging.fees.sources import take_page
from tests.app.api.gateway import Desk, make_key
from tests.app.api.test_charging_changes import PLAN, PUBLISH, paid, record, succeeded

NOW = datetime(2026, 2, 1, tzinfo=UTC)
SUBMIT = """mutation($lines: [JSON!]!) { submitFeeLines(input: {lines: $lines}) {
    results { lineId replayed amount { amount } feeLine { status direction entry { kind } } userErrors { code field } }
    userErrors { code } } }"""
LINES = """query($party: String, $compareOnly: Boolean) { feeLines(filter: {party: $party, compareOnly: $compareOnly}) {
    nodes { lineId item amount { amount } tax { amount } reversed { amount } status party { reference }
        reverses { lineId } } } }"""


def fee(key: str, item: str, amount: str, **more: Any) -> dict[str, Any]:
    line = {"id": key, "party": "M1", "settlementEntity": "LE", "item": item, "currency": "CNY", "amount": amount}
    return {**line, "occurredAt": "2026-01-10T08:00:00Z", **more}


async def submit(desk: Desk, *lines: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    return (await desk.ask(SUBMIT, lines=list(lines), key=key))["submitFeeLines"]["results"]


async def test_a_partner_submits_lines_and_each_has_its_own_answer(desk: Desk) -> None:
    partner = await make_key(desk.book, Role.PARTNER)

    first, second = await submit(desk, fee("L1", "STORAGE", "6.00"), fee("L2", "NOTHING", "1.00"), key=partner)
    (again,) = await submit(desk, fee("L1", "STORAGE", "6.00"))

    assert first == {
        "lineId": "L1",
        "replayed": False,
        "amount": {"amount": "6.00"},
        "feeLine": {"status": "OPEN", "direction": "CHARGE", "entry": {"kind": "FEE_LINE"}},
        "userErrors": [],
    }
    assert second["lineId"] == "L2"
    assert second["userErrors"] == [{"code": "FEE_ITEM_MISSING", "field": ["lines", "1", "item"]}]
    assert again["replayed"]


async def test_a_party_sees_its_own_lines_and_nobody_elses(desk: Desk) -> None:
    await submit(
        desk,
        fee("L1", "STORAGE", "6.00"),
        fee("B1", "STORAGE", "1.00", reverses="L1"),
        fee("L2", "STORAGE", "2.00", party="M2"),
    )

    seen = (await desk.ask(LINES, key=await desk.key_of("M1")))["feeLines"]["nodes"]
    others = await desk.refused(LINES, key=await desk.key_of("M1"), party="M2")

    assert [(line["lineId"], line["reversed"]["amount"]) for line in seen] == [("B1", "0.00"), ("L1", "1.00")]
    assert seen[0]["reverses"] == {"lineId": "L1"}
    assert others == "PARTY_MISSING"


async def test_the_catalogue_is_there_from_the_start_and_grows_by_versions(desk: Desk) -> None:
    items = "{ feeItems { code version direction reversible contraAccountCode accounts { partyKind accountCode } } }"
    publish = """mutation($document: JSON!) { publishFeeItems(input: {document: $document}) {
        replayed items { code version replayed } userErrors { code field } } }"""
    item = {"code": "STORAGE", "name": "S", "direction": "CHARGE", "accounts": {"MERCHANT": "2010"}, "contra": "4040"}

    before = (await desk.ask(items))["feeItems"]
    first = (await desk.ask(publish, document={"items": [item]}))["publishFeeItems"]
    again = (await desk.ask(publish, document={"items": [item]}))["publishFeeItems"]
    after = {each["code"]: each for each in (await desk.ask(items))["feeItems"]}
    unknown = (await desk.ask(publish, document={"items": [{**item, "direction": "UP"}]}))["publishFeeItems"]
    empty = (await desk.ask(publish, document={}))["publishFeeItems"]

    assert len(before) >= 30
    assert first["items"] == [{"code": "STORAGE", "version": 2, "replayed": False}]
    assert (again["replayed"], again["items"][0]["version"]) == (True, 2)
    assert [error["field"] for error in unknown["userErrors"]] == [["document", "items", "0", "direction"]]
    assert [error["field"] for error in empty["userErrors"]] == [["document", "items"]]
    assert after["STORAGE"] == {
        "code": "STORAGE",
        "version": 2,
        "direction": "CHARGE",
        "reversible": True,
        "contraAccountCode": "4040",
        "accounts": [{"partyKind": "MERCHANT", "accountCode": "2010"}],
    }


async def test_a_source_is_registered_and_says_how_it_fares(desk: Desk) -> None:
    register = """mutation($url: String!) { registerFeeSource(input: {
        name: "wms", url: $url, intervalSeconds: 60, credentialVariable: "SPLITBOOK_SOURCE_WMS" }) {
        replayed name userErrors { code field } } }"""

    first = (await desk.ask(register, url="https://wms.example/fees"))["registerFeeSource"]
    other = (await desk.ask(register, url="https://other.example/"))["registerFeeSource"]
    wrong = (await desk.ask(register, url="file:///etc/passwd"))["registerFeeSource"]
    sources = (await desk.ask("{ feeSources { name intervalSeconds cursor failures refusedLines } }"))["feeSources"]

    assert first == {"replayed": False, "name": "wms", "userErrors": []}
    assert other["userErrors"] == [{"code": "SOURCE_CONFLICT", "field": ["name"]}]
    assert wrong["userErrors"][0]["code"] == "INVALID_INPUT"
    assert sources == [{"name": "wms", "intervalSeconds": 60, "cursor": "", "failures": 0, "refusedLines": "0"}]
    assert (await desk.ask("{ feeSources { name } }", key=await desk.key_of("M1")))["feeSources"] == []
    assert (await desk.ask("{ refusedFeeLines { nodes { code } } }"))["refusedFeeLines"]["nodes"] == []


async def test_why_a_pulled_line_is_refused_is_said_in_the_language_of_who_asks(desk: Desk) -> None:
    register = """mutation { registerFeeSource(input: { name: "wms", url: "https://wms.example/", intervalSeconds: 60,
        credentialVariable: "SPLITBOOK_SOURCE_WMS" }) { userErrors { code } } }"""
    await desk.ask(register)
    refused = [fee("L1", "NOTHING", "1.00"), fee("L2", "STORAGE", "1.001"), fee("L3", "STORAGE", "1", bundle=[]), "L4"]
    refused.append({**fee("L5", "STORAGE", "1"), "\0": 1})
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await take_page(
            conn, source="wms", cursor="", documents=refused, next_cursor="5", actor=Actor("worker"), now=NOW
        )

    async def read(language: str) -> list[str]:
        answer = (await desk.send("{ refusedFeeLines { nodes { message } } }", language=language)).json()["data"]
        return [row["message"] for row in answer["refusedFeeLines"]["nodes"]]

    english, chinese = await read("en"), await read("zh-CN")
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await conn.execute("UPDATE source_refusal SET facts = NULL WHERE code = 'FEE_ITEM_MISSING'")
    before_facts = await read("zh-CN")

    assert (english[0], chinese[0]) == (
        "There is no fee item NOTHING in the catalogue; publish it first.",
        "费用目录中没有 NOTHING；请先发布该费用项。",
    )
    assert chinese[1:4] == [
        "CNY 金额最多 2 位小数；请先对 '1.001' 取整再发送。",
        "输入有误：bundle 须为对象，而不是列表。",
        "输入有误：计费明细须为对象。",
    ]
    assert chinese[4].startswith("输入有误：")
    assert before_facts == [english[0], *chinese[1:]]


async def test_why_a_source_cannot_be_pulled_is_said_in_the_language_of_who_asks(desk: Desk) -> None:
    register = """mutation { registerFeeSource(input: { name: "wms", url: "http://127.0.0.1:1/", intervalSeconds: 60,
        credentialVariable: "SPLITBOOK_SOURCE_WMS" }) { userErrors { code } } }"""
    await desk.ask(register)

    async def read(language: str) -> str | None:
        answer = (await desk.send("{ feeSources { lastError } }", language=language)).json()["data"]
        return answer["feeSources"][0]["lastError"]

    at_first = await read("zh-CN")
    await pull_sources(desk.book.database, now=datetime.now(UTC), actor=Actor("worker"), environment={})

    assert at_first is None
    assert await read("en") == "wms cannot be pulled: SPLITBOOK_SOURCE_WMS is not set."
    assert await read("zh-CN") == "无法从 wms 拉取：没有设置 SPLITBOOK_SOURCE_WMS。"


async def test_an_orders_disputes_and_internal_splits_are_shown_to_who_sees_everything(desk: Desk) -> None:
    await desk.ask(PUBLISH, document={**PLAN, "validFrom": "2025-01-01"})
    late = succeeded("O1", occurredAt="2026-03-01T00:00:00Z")
    head = {"order": "O1", "occurredAt": "2026-03-02T00:00:00Z", "dispute": "X"}
    charged = {"event": "order.charged_back", "id": "X", "amount": "60.00", "fee": "15.00", **head}
    defended = {"event": "chargeback.defended", "id": "X defended", **head, "occurredAt": "2026-03-03T00:00:00Z"}
    lost = {"event": "chargeback.lost", "id": "X lost", "liability": "SPLIT", **head}
    results = await record(desk, paid("O1", channel="wechat"), late, charged, defended)
    question = """{ order(reference: "O1") { disputes { status defendedAt open { amount } } } }"""
    between = (await desk.ask(question))["order"]["disputes"]
    results += await record(desk, lost)
    assert [result["userErrors"] for result in results] == [[], [], [], [], []]
    assert between == [{"status": "DEFENDED", "defendedAt": "2026-03-03T00:00:00.000000Z", "open": {"amount": "60.00"}}]
    question = """{ order(reference: "O1") { disputes { reference status defendedAt liability amount { amount }
        fee { amount } open { amount } } }
        internalSplits { nodes { orderReference amount { amount } frozenUntil } } }"""
    complete = """mutation($order: String!) { completeInternalSplit(input: {order: $order}) {
        replayed order { reference } userErrors { code } } }"""

    shown = await desk.ask(question)
    hidden = await desk.ask(question, key=await desk.key_of("M1"))
    first = (await desk.ask(complete, order="O1"))["completeInternalSplit"]
    again = (await desk.ask(complete, order="O1"))["completeInternalSplit"]
    unknown = (await desk.ask(complete, order="O2"))["completeInternalSplit"]

    assert shown["order"]["disputes"] == [
        {
            "reference": "X",
            "status": "LOST",
            "defendedAt": "2026-03-03T00:00:00.000000Z",
            "liability": "SPLIT",
            "amount": {"amount": "60.00"},
            "fee": {"amount": "15.00"},
            "open": {"amount": "0.00"},
        }
    ]
    (task,) = shown["internalSplits"]["nodes"]
    assert (task["orderReference"], task["frozenUntil"]) == ("O1", "2026-02-09T08:00:00.000000Z")
    assert (hidden["order"]["disputes"], hidden["internalSplits"]["nodes"]) == (None, [])
    assert (first["replayed"], first["order"], again["replayed"]) == (False, {"reference": "O1"}, True)
    assert unknown["userErrors"] == [{"code": "INTERNAL_SPLIT_MISSING"}]
    assert (await desk.ask(question))["internalSplits"]["nodes"] == []


async def test_a_period_says_what_the_other_system_left_out(desk: Desk) -> None:
    await desk.ask(PUBLISH, document={**PLAN, "validFrom": "2025-01-01"})
    results = await record(desk, paid("O1"), succeeded("O1"), paid("O2"), succeeded("O2"))
    assert [result["userErrors"] for result in results] == [[]] * 4
    (sent,) = await submit(desk, fee("C1", "COMMISSION", "1.00", order="O1", line="1", sku="S", compareOnly=True))
    assert sent["userErrors"] == []
    question = """query($from: Instant, $to: Instant, $all: Boolean) {
        feeComparisons(first: 10, filter: {paidFrom: $from, paidTo: $to, includeUnmatched: $all}) {
            nodes { orderReference differences {
                item reason legalEntity { reference } own { amount } submitted { amount } } } } }"""
    period = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}

    async def names(**wanted: Any) -> list[str]:
        nodes = (await desk.ask(question, **wanted))["feeComparisons"]["nodes"]
        return [node["orderReference"] for node in nodes]

    assert await names() == ["O1"]
    assert await names(**period) == ["O1"]
    assert await names(**period, all=True) == ["O1", "O2"]
    assert await names(**{**period, "from": "2026-01-31T00:00:00Z"}, all=True) == []
    assert await desk.refused(question, all=True) == "INVALID_INPUT"
    (left_out,) = [
        node
        for node in (await desk.ask(question, **period, all=True))["feeComparisons"]["nodes"]
        if node["orderReference"] == "O2"
    ]
    assert {each["reason"] for each in left_out["differences"]} == {"MISSING_SUBMITTED"}
    assert {each["legalEntity"]["reference"] for each in left_out["differences"]} == {"LE"}
    hidden = await desk.ask(question, **period, all=True, key=await desk.key_of("M1"))
    assert hidden["feeComparisons"]["nodes"] == []


async def test_an_operator_has_refused_lines_tried_at_once(desk: Desk) -> None:
    register = """mutation { registerFeeSource(input: { name: "wms", url: "https://wms.example/", intervalSeconds: 60 })
        { userErrors { code } } }"""
    listed = "{ refusedFeeLines { nodes { number code tries nextTryAt } } feeSources { refusedLines } }"
    retry = """mutation($lines: [BigInt!]!) { retryRefusedFeeLines(input: {lines: $lines}) { userErrors { code }
        results { lineId replayed amount { amount } feeLine { source } userErrors { code field } } } }"""
    await desk.ask(register)
    publish = "mutation($document: JSON!) { publishFeeItems(input: {document: $document}) { userErrors { code } } }"
    item = {"code": "CLEANING", "name": "C", "direction": "CHARGE", "accounts": {"MERCHANT": "2010"}, "contra": "4020"}
    refused = [fee("L1", "CLEANING", "1.00"), fee("L2", "NOTHING", "1.00"), fee("L3", "NOTHING", "1.00")]
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await take_page(
            conn, source="wms", cursor="", documents=refused, next_cursor="3", actor=Actor("worker"), now=NOW
        )
    before = await desk.ask(listed)
    numbers = [line["number"] for line in before["refusedFeeLines"]["nodes"]]
    await desk.ask(publish, document={"items": [item]})

    first, second, third = (await desk.ask(retry, lines=[*numbers[:2], "99"]))["retryRefusedFeeLines"]["results"]
    (again,) = (await desk.ask(retry, lines=numbers[:1]))["retryRefusedFeeLines"]["results"]
    after = await desk.ask(listed)

    assert [line["tries"] for line in before["refusedFeeLines"]["nodes"]] == [0, 0, 0]
    assert first == {
        "lineId": "L1",
        "replayed": False,
        "amount": {"amount": "1.00"},
        "feeLine": {"source": "PULLED"},
        "userErrors": [],
    }
    assert second["userErrors"] == [{"code": "FEE_ITEM_MISSING", "field": ["lines", "1"]}]
    assert third["userErrors"] == [{"code": "REFUSED_LINE_MISSING", "field": ["lines", "2"]}]
    assert (again["replayed"], again["userErrors"]) == (True, [])
    assert [(line["number"], line["tries"]) for line in after["refusedFeeLines"]["nodes"]] == [
        (numbers[1], 1),
        (numbers[2], 0),
    ]
    assert after["feeSources"] == [{"refusedLines": "2"}]
