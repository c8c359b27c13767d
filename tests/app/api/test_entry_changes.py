"""Mutations of the book, over the gateway: entries by hand, reversals, closing."""

from typing import Any

import pytest

from ledger.access.model import Role
from tests.app.api.gateway import Desk, make_key

POST = """mutation($entries: [PostEntryInput!]!) { postEntries(input: {entries: $entries}) {
    results { replayed sequence userErrors { code field message retryable }
        entry { id sequence idempotencyKey legalEntity { reference } businessDate source description metadata actor
            lines { side amount { minorUnits currency } balanceAfter { amount } account { role { code } } } } }
    userErrors { code field } } }"""
REVERSE = """mutation($input: ReverseEntryInput!) { reverseEntry(input: $input) {
    replayed entry { sequence source description reversalOf { sequence } lines { side balanceAfter { minorUnits } } }
    userErrors { code field message } } }"""
CLOSE = """mutation($input: ClosePeriodInput!) { closePeriod(input: $input) {
    replayed closedThrough legalEntity { reference } userErrors { code field } } }"""


def line(code: str, side: str, minor: object = 1_000, *, party: str | None = None, **amount: Any) -> dict[str, Any]:
    account = {"code": code} if party is None else {"code": code, "party": party}
    given = {"currency": "CNY", **(amount or {"minorUnits": str(minor)})}
    return {"account": account, "side": side, "amount": given}


def entry(key: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "idempotencyKey": key,
        "legalEntity": "LE",
        "businessDate": "2026-01-15",
        "lines": list(lines) or [line("1010", "DEBIT"), line("3000", "CREDIT")],
        **more,
    }


async def post(desk: Desk, *entries: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    return (await desk.ask(POST, entries=list(entries), key=key))["postEntries"]["results"]


async def reverse(desk: Desk, **given: Any) -> dict[str, Any]:
    given = {"idempotencyKey": "reversal", "businessDate": "2026-01-16", "reason": "Typed twice.", **given}
    return (await desk.ask(REVERSE, input=given))["reverseEntry"]


async def close(desk: Desk, through: str, legal_entity: str = "LE") -> dict[str, Any]:
    answer = await desk.ask(CLOSE, input={"legalEntity": legal_entity, "throughDate": through})
    return answer["closePeriod"]


def refusals(results: list[dict[str, Any]]) -> list[tuple[str, list[str] | None] | None]:
    errors = [result["userErrors"] for result in results]
    return [(each[0]["code"], each[0]["field"]) if each else None for each in errors]


async def test_an_entry_is_posted_and_shown_with_the_balances_after_it(desk):
    owner = line("3000", "CREDIT", amount="10.00")

    (result,) = await post(
        desk, entry("k1", line("1010", "DEBIT", 1_000), owner, description="Capital", metadata={"b": 1, "a": "商"})
    )

    assert result["userErrors"] == []
    assert result["replayed"] is False
    assert result["sequence"] == result["entry"]["sequence"]
    assert {name: result["entry"][name] for name in ("idempotencyKey", "legalEntity", "businessDate", "source")} == {
        "idempotencyKey": "k1",
        "legalEntity": {"reference": "LE"},
        "businessDate": "2026-01-15",
        "source": "API",
    }
    assert (result["entry"]["description"], result["entry"]["metadata"]) == ("Capital", {"a": "商", "b": 1})
    assert result["entry"]["actor"].startswith("operator-")
    assert result["entry"]["lines"] == [
        {
            "side": "DEBIT",
            "amount": {"minorUnits": "1000", "currency": "CNY"},
            "balanceAfter": {"amount": "10.00"},
            "account": {"role": {"code": "1010"}},
        },
        {
            "side": "CREDIT",
            "amount": {"minorUnits": "1000", "currency": "CNY"},
            "balanceAfter": {"amount": "10.00"},
            "account": {"role": {"code": "3000"}},
        },
    ]


async def test_a_party_is_named_by_its_reference(desk):
    (result,) = await post(desk, entry("k1", line("1210", "DEBIT", party="M1"), line("2090", "CREDIT", party="M1")))

    assert result["userErrors"] == []
    assert [each["account"]["role"]["code"] for each in result["entry"]["lines"]] == ["1210", "2090"]


async def test_the_same_key_with_the_same_input_is_a_replay(desk):
    (first,) = await post(desk, entry("k1"))
    await post(desk, entry("k2"))

    again, spelled_otherwise = await post(
        desk, entry("k1"), entry("k1", line("1010", "DEBIT", amount="10.00"), line("3000", "CREDIT", amount="10"))
    )

    assert again == {**first, "replayed": True}
    assert spelled_otherwise == again
    assert await desk.count("entry") == 2


async def test_the_same_key_with_other_input_is_a_conflict(desk):
    await post(desk, entry("k1"))

    results = await post(desk, entry("k1", description="Something else"))

    assert refusals(results) == [("IDEMPOTENCY_CONFLICT", ["entries", "0", "idempotencyKey"])]
    assert results[0]["entry"] is None
    assert await desk.count("entry") == 1


BAD_ENTRIES = {
    "unbalanced": (entry("b", line("1010", "DEBIT", 1), line("3000", "CREDIT", 2)), "UNBALANCED", ["lines"]),
    "one line": (entry("b", line("1010", "DEBIT")), "ENTRY_MALFORMED", ["lines"]),
    "no such code": (entry("b", line("9999", "DEBIT"), line("3000", "CREDIT")), "ACCOUNT_MISSING", None),
    "a summary": (entry("b", line("1", "DEBIT"), line("3000", "CREDIT")), "ACCOUNT_IS_SUMMARY", None),
    "an order's money": (
        entry("b", line("1010", "DEBIT"), line("2000", "CREDIT")),
        "OWNED_BY_DOCUMENT",
        ["lines", "1", "account"],
    ),
    "a merchant's payable": (
        entry("b", line("1010", "DEBIT"), line("2010", "CREDIT", party="M1")),
        "OWNED_BY_DOCUMENT",
        ["lines", "1", "account"],
    ),
    "below the floor": (entry("b", line("3000", "DEBIT", 10**9), line("1010", "CREDIT", 10**9)), "BALANCE_FLOOR", None),
    "unknown legal entity": (entry("b", legalEntity="M1"), "BOOK_MISSING", ["legalEntity"]),
    "unknown party": (
        entry("b", line("1210", "DEBIT", party="NOBODY"), line("3000", "CREDIT")),
        "PARTY_MISSING",
        ["lines", "0", "account", "party"],
    ),
    "zero": (entry("b", line("1010", "DEBIT", 0)), "AMOUNT_NOT_POSITIVE", ["lines", "0", "amount", "minorUnits"]),
    "negative": (
        entry("b", line("1010", "DEBIT", amount="-1")),
        "AMOUNT_NOT_POSITIVE",
        ["lines", "0", "amount", "amount"],
    ),
    "too precise": (
        entry("b", line("1010", "DEBIT", amount="1.001")),
        "AMOUNT_TOO_PRECISE",
        ["lines", "0", "amount", "amount"],
    ),
    "too large": (
        entry("b", line("1010", "DEBIT", 10**15 + 1)),
        "AMOUNT_TOO_LARGE",
        ["lines", "0", "amount", "minorUnits"],
    ),
    "no amount": (
        entry("b", {"account": {"code": "1010"}, "side": "DEBIT", "amount": {"currency": "CNY"}}),
        "INVALID_INPUT",
        ["lines", "0", "amount"],
    ),
    "no currency of this world": (
        entry("b", {"account": {"code": "1010"}, "side": "DEBIT", "amount": {"currency": "QQQ", "amount": "1"}}),
        "CURRENCY_UNKNOWN",
        ["lines", "0", "amount", "currency"],
    ),
    "an empty key": (entry(""), "INVALID_INPUT", ["idempotencyKey"]),
    "a long key": (entry("k" * 256), "INVALID_INPUT", ["idempotencyKey"]),
    "a key with a space": (entry("a b"), "INVALID_INPUT", ["idempotencyKey"]),
    "a long description": (entry("b", description="x" * 1_001), "INVALID_INPUT", ["description"]),
    "long metadata": (entry("b", metadata={"a": "x" * 8_192}), "INVALID_INPUT", ["metadata"]),
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
async def test_a_bad_entry_is_refused_by_name_and_its_neighbours_are_posted(desk, name):
    bad, code, field = BAD_ENTRIES[name]

    results = await post(desk, entry("n1"), bad, entry("n2"))

    (error,) = results[1]["userErrors"]
    assert error["code"] == code
    if field is not None:
        assert error["field"] == ["entries", "1", *field]
    assert [result["entry"] is None for result in results] == [False, True, False]
    assert await desk.count("entry") == 2
    assert await desk.count("line") == 4


@pytest.mark.parametrize(
    "amount", [1.5, {"minorUnits": 1.5}, {"amount": 12.3}, {"amount": "NaN"}, {"amount": "1e3"}, {"minorUnits": "1.0"}]
)
async def test_an_amount_that_is_no_exact_number_refuses_the_request(desk, amount):
    given = {"currency": "CNY", **amount} if isinstance(amount, dict) else amount
    bad = entry("b", {"account": {"code": "1010"}, "side": "DEBIT", "amount": given})

    assert await desk.refused(POST, entries=[bad]) == "BAD_USER_INPUT"
    assert await desk.count("entry") == 0


async def test_a_number_that_is_none_refuses_the_request(desk):
    body = (
        '{"query": "mutation { postEntries(input: {entries: []}) { results { replayed } } }", "variables": {"a": NaN}}'
    )

    answer = await desk.client.post(
        "/graphql",
        content=body,
        headers={"Authorization": f"Bearer {desk.key}", "Content-Type": "application/json"},
    )

    assert answer.status_code == 400


async def test_refusals_speak_chinese_to_who_reads_it(desk):
    answer = await desk.client.post(
        "/graphql",
        json={
            "query": POST,
            "variables": {"entries": [entry("b", line("1010", "DEBIT", 1), line("3000", "CREDIT", 2))]},
        },
        headers={"Authorization": f"Bearer {desk.key}", "Accept-Language": "zh-CN"},
    )

    (error,) = answer.json()["data"]["postEntries"]["results"][0]["userErrors"]
    assert error["message"] == "CNY 借方（1）与贷方（2）不等；请使两者相等。"


async def test_an_entry_is_reversed_once_by_id_or_sequence(desk):
    (posted,) = await post(desk, entry("k1"))

    first = await reverse(desk, entry=posted["entry"]["id"])
    again = await reverse(desk, sequence=posted["sequence"])
    another = await reverse(desk, sequence=posted["sequence"], idempotencyKey="another")

    assert first["userErrors"] == []
    assert first["entry"] == {
        "sequence": str(int(posted["sequence"]) + 1),
        "source": "REVERSAL",
        "description": "Typed twice.",
        "reversalOf": {"sequence": posted["sequence"]},
        "lines": [
            {"side": "CREDIT", "balanceAfter": {"minorUnits": "0"}},
            {"side": "DEBIT", "balanceAfter": {"minorUnits": "0"}},
        ],
    }
    assert again == {**first, "replayed": True}
    assert [error["code"] for error in another["userErrors"]] == ["ALREADY_REVERSED"]
    assert await desk.count("entry") == 2


async def test_what_cannot_be_reversed(desk):
    foreign = await desk.ask("{ viewer { actor } platform { id } }")

    missing = await reverse(desk, sequence="999")
    neither = await reverse(desk)
    both = await reverse(desk, sequence="1", entry="x")
    wrong_kind = await reverse(desk, entry=foreign["platform"]["id"])

    named = [(answer["userErrors"][0]["code"], answer["userErrors"][0]["field"]) for answer in (missing, neither, both)]
    assert named == [
        ("ENTRY_MISSING", ["entry"]),
        ("INVALID_INPUT", ["entry"]),
        ("INVALID_INPUT", ["entry"]),
    ]
    assert wrong_kind["userErrors"][0]["code"] == "ID_INVALID"
    assert await desk.count("entry") == 0


async def test_an_entry_of_a_document_is_not_reversed_by_hand(desk):
    sequence = await desk.book.owe("M1", 100, document="order/O-1")

    answer = await reverse(desk, sequence=str(sequence))

    assert [error["code"] for error in answer["userErrors"]] == ["OWNED_BY_DOCUMENT"]


async def test_a_closed_day_takes_no_entry(desk):
    closed = await close(desk, "2026-01-31")
    again = await close(desk, "2026-01-31")
    back = await close(desk, "2026-01-30")
    ahead = await close(desk, "2999-12-31")
    results = await post(desk, entry("k1"), entry("k2", businessDate="2026-02-01"))

    assert closed == {
        "replayed": False,
        "closedThrough": "2026-01-31",
        "legalEntity": {"reference": "LE"},
        "userErrors": [],
    }
    assert again == {**closed, "replayed": True}
    assert back["userErrors"] == [{"code": "CLOSING_NOT_FORWARD", "field": ["throughDate"]}]
    assert ahead["userErrors"] == [{"code": "PERIOD_NOT_OVER", "field": ["throughDate"]}]
    assert [each and each[0] for each in refusals(results)] == ["PERIOD_CLOSED", None]
    assert (await close(desk, "2026-01-31", "M1"))["userErrors"] == [{"code": "BOOK_MISSING", "field": ["legalEntity"]}]


async def test_more_than_five_hundred_entries_at_once_are_refused_as_a_whole(desk):
    answer = await desk.ask(POST, entries=[entry(f"k{n}") for n in range(501)])

    assert answer["postEntries"]["results"] == []
    assert answer["postEntries"]["userErrors"] == [{"code": "INVALID_INPUT", "field": ["entries"]}]
    assert await desk.count("entry") == 0


async def test_who_may_post_and_who_may_reverse_and_close(desk):
    partner = await make_key(desk.book, Role.PARTNER)
    closing = {"legalEntity": "LE", "throughDate": "2026-01-31"}
    (posted,) = await post(desk, entry("k1"), key=partner)

    assert posted["userErrors"] == []
    for key in (await make_key(desk.book, Role.AUDITOR), await desk.key_of("M1")):
        assert await desk.refused(POST, entries=[entry("k2")], key=key) == "FORBIDDEN"
    assert await desk.refused(CLOSE, input=closing, key=partner) == "FORBIDDEN"
    reversal = {"idempotencyKey": "r", "businessDate": "2026-01-16", "reason": "x", "sequence": posted["sequence"]}
    assert await desk.refused(REVERSE, input=reversal, key=partner) == "FORBIDDEN"
    assert await desk.count("entry") == 1
