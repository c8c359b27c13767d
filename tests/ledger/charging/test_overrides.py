"""Rates of a merchant's own: agreed to by a second person, for some days, frozen on what was paid under them."""

import json
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.deciding import decide
from ledger.approvals.model import Decision, Judged, Verdict
from ledger.charging import plan_sql
from ledger.charging.errors import (
    DepthExceeded,
    OverrideUnfit,
    PartyOfKindMissing,
    RatesExceedWhole,
    SplitRatioExceeded,
)
from ledger.charging.override import RateOverride, choose_override, parse_override
from ledger.charging.overrides import apply_overrides, request_override
from ledger.charging.plan import parse_plan
from ledger.errors import InvalidInput, LedgerError
from ledger.money import RateInvalid
from ledger.parties.errors import PartyNotActive
from tests.ledger.charging.market import Document, Market
from tests.oracle.small_world import SUCCEEDED, item, paid, plan, refunded

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANN, BOB = Actor("ann"), Actor("bob")


def own(**given: Any) -> Document:
    return {"party": "M1", "validFrom": "2025-01-01", "validThrough": "2025-12-31", "reason": "volume", **given}


async def ask(market: Market, document: Document) -> int:
    async with market.database.write(market.platform_id) as conn:
        requested = await request_override(conn, draft=parse_override(document), maker=ANN, now=NOW)
    assert requested.approval_id is not None
    return requested.approval_id


async def agree(market: Market, approval: int, verdict: Verdict = Verdict.APPROVE) -> None:
    async with market.database.write(market.platform_id) as conn:
        mark = await conn.fetchval("SELECT digest FROM approval WHERE approval_id = $1", approval)
        (outcome,) = await decide(conn, decisions=[Decision(approval, mark, verdict)], actor=BOB, now=NOW)
        assert isinstance(outcome, Judged)
        assert outcome.decided is not None
        await apply_overrides(conn, decided=[outcome.decided], actor=BOB, now=NOW)


async def grant(market: Market, **given: Any) -> None:
    await agree(market, await ask(market, own(**given)))


@pytest.fixture
async def desk(market: Market) -> Market:
    async with market.database.write(market.platform_id) as conn:
        for name in ("ann", "bob"):
            await keys.create_key(conn, role=Role.OPERATOR, name=name, pepper=b"p", now=NOW)
    return market


async def pay(market: Market, order: str, **given: Any) -> None:
    await market.accept({**paid("100.00", **given), "order": order, "id": f"{order} paid"})


async def rates_of(market: Market, order: str) -> Document:
    (row,) = await market.rows(f"SELECT rates FROM order_line WHERE order_reference = '{order}'")
    return json.loads(row["rates"])


def chosen(*drafts: Document, day: str = "2025-01-10", category: str = "c") -> int | None:
    overrides = [RateOverride(place, 1, parse_override(draft)) for place, draft in enumerate(drafts, start=1)]
    found = choose_override(overrides, day=date.fromisoformat(day), category=category)
    return None if found is None else found.version


def test_the_narrower_one_counts_and_of_these_the_last_and_one_without_rates_is_the_plan() -> None:
    wide, late = own(commission="0.05"), own(commission="0.04", validFrom="2025-06-01")
    narrow = own(commission="0.03", category="c")

    assert chosen(wide, day="2024-12-31") is None
    assert chosen(wide, day="2025-01-01") == 1
    assert chosen(wide, day="2025-12-31") == 1
    assert chosen(wide, day="2026-01-01") is None
    assert chosen(wide, late) == 1
    assert chosen(wide, late, day="2025-06-01") == 2
    assert chosen(narrow, wide) == 1
    assert chosen(narrow, wide, category="d") == 2
    assert chosen(wide, own()) is None
    assert chosen(wide, own(levels=[])) == 2


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"validThrough": "2024-12-31"}, InvalidInput),
        ({"commission": "1.5"}, RateInvalid),
        ({"distribution": ["0.1"]}, InvalidInput),
        ({"levels": "0.1"}, InvalidInput),
        ({"levels": ["0.1", "1.5"]}, RateInvalid),
        ({"levels": ["0.1", "0.1", "0.1", "0.1"]}, DepthExceeded),
        ({"reason": ""}, InvalidInput),
    ],
)
def test_a_document_of_a_wrong_shape_is_refused(given: Document, refusal: type[LedgerError]) -> None:
    with pytest.raises(refusal):
        parse_override(own(**given))


def test_a_document_comes_back_as_it_was_read() -> None:
    draft = parse_override(own(commission="0.050", agent="0", channelFee="0.006", category="茶", levels=["0.040", "0"]))

    assert parse_override(draft.to_document()) == draft


async def test_rates_that_were_agreed_to_are_frozen_on_what_is_paid_from_then_on(desk: Market) -> None:
    await pay(desk, "before")
    approval = await ask(desk, own(commission="0.05", agent="0.01", channelFee="0.01"))
    await pay(desk, "while it waits")
    await agree(desk, approval)

    await pay(desk, "after")

    planned = await rates_of(desk, "before")
    assert await rates_of(desk, "while it waits") == planned
    assert await rates_of(desk, "after") == {
        **planned,
        "commission": "0.05",
        "agent": "0.01",
        "channelFee": "0.01",
        "override": 1,
    }
    (event,) = await desk.rows("SELECT subject, actor, payload FROM log_event WHERE kind = 'rates.overridden'")
    assert (event["subject"], event["actor"]) == ("party/M1", "ann")


async def test_the_split_and_its_refund_go_by_the_frozen_rates(desk: Market) -> None:
    await grant(desk, commission="0.05")
    await desk.accept(paid("100.00"), SUCCEEDED)

    await desk.publish({**plan("2025-01-02"), "plan": "later"})
    income, tax = (await desk.net("4000"))[0], (await desk.net("2105"))[0]

    assert abs(income) + abs(tax) == 500


async def test_levels_of_a_merchants_own_are_paid_on_his_lines_and_the_plans_on_those_of_others(desk: Market) -> None:
    await grant(desk, levels=["0.04", "0.02"])

    await desk.accept(paid("133.33", item("33.33"), item("100.00", line="2", merchant="M2")), SUCCEEDED)

    # Of 33.33: a pool of 1.99 (6 % are 1.9998) as 1.33 and 0.66, commission 2.67, agent 0.17. Of 100.00: 5, 3 and 1.
    assert await desk.net("2041 D1, 2042 D2, 2043 D3, 2020 A1") == [133 + 500, 66 + 300, 100, 17]
    assert await desk.net("2010 M1, 2010 M2") == [3_333 - 267 - 199 - 17 - 20, 10_000 - 800 - 900 - 60]


async def test_everybody_gives_back_of_levels_of_a_merchants_own_what_he_got(desk: Market) -> None:
    await grant(desk, levels=["0.04", "0.02"])
    await desk.accept(paid("100.00"), SUCCEEDED, refunded("R1", "50.00"))

    assert await desk.net("2041 D1, 2042 D2, 2043 D3, 2010 M1") == [200, 100, 0, 4_275 - 60]

    await desk.accept(refunded("R2", "50.00"))

    assert await desk.net("2041 D1, 2042 D2, 2043 D3, 2020 A1, 2010 M1") == [0, 0, 0, 0, -60]


async def test_a_merchant_may_pay_more_levels_than_the_plan_or_none(desk: Market) -> None:
    await desk.publish({**plan("2025-01-02", rates=["0.05"]), "plan": "shallow"})
    await grant(desk, levels=["0.03", "0.02", "0.01"])
    await grant(desk, levels=[], category="none")
    await desk.accept(paid("200.00", item("100.00"), item("100.00", line="2", category="none")), SUCCEEDED)

    assert await desk.net("2041 D1, 2042 D2, 2043 D3") == [300, 200, 100]
    rows = await desk.rows("SELECT rates FROM order_line ORDER BY line_reference")
    assert [json.loads(row["rates"])["levels"] for row in rows] == [["0.03", "0.02", "0.01"], []]


async def test_the_shares_of_levels_that_nobody_stands_on_go_where_the_plan_says(desk: Market) -> None:
    await grant(desk, levels=["0.04", "0.02"])

    await desk.accept(paid("100.00", referrer="D3"), SUCCEEDED)

    assert await desk.net("2041 D3, 2042 D2, 2010 M1") == [400, 0, 10_000 - 800 - 400 - 50 - 60]


async def test_levels_that_a_channel_of_the_plan_does_not_let_be_split_are_refused(desk: Market) -> None:
    await desk.publish({**plan("2025-01-02"), "plan": "capped", "channels": ["wechat"]})

    with pytest.raises(SplitRatioExceeded) as refused:
        await ask(desk, own(levels=["0.12", "0.08", "0.04"]))

    assert refused.value.facts == {"total": "0.395", "channel": "wechat", "cap": "0.3"}
    assert await desk.rows("SELECT 1 FROM approval") == []


async def test_levels_above_a_channels_cap_are_refused_when_paid_through_it(desk: Market) -> None:
    await desk.publish({**plan("2025-01-02"), "plan": "low", "commission": {"default": "0.08"}})
    await grant(desk, levels=["0.12", "0.08", "0.04"])

    assert await desk.refuse(paid("100.00", channel="wechat")) == "SPLIT_RATIO_EXCEEDED"
    await desk.accept(paid("100.00"))


async def test_another_merchant_another_day_and_another_category_keep_the_plans_rates(desk: Market) -> None:
    await grant(desk, commission="0.05", validThrough="2025-01-01")
    await grant(desk, commission="0.02", category="other")

    await pay(desk, "O1")

    assert "override" not in await rates_of(desk, "O1")


async def test_rates_that_take_more_than_the_goods_are_refused_when_asked_for_and_when_paid_by(desk: Market) -> None:
    with pytest.raises(RatesExceedWhole):
        await ask(desk, own(commission="0.999"))
    with pytest.raises(RatesExceedWhole):
        await ask(desk, own(levels=["0.5", "0.4"]))
    await grant(desk, commission="0.90")
    # As a store has it whose plan was published before granted rates were looked at.
    await publish_unseen(desk, {**plan("2025-01-02"), "plan": "dearer", "agent": {"rate": "0.09"}})

    assert await desk.refuse(paid("100.00")) == "RATES_EXCEED_WHOLE"


async def publish_unseen(market: Market, document: Document) -> None:
    known = parse_plan(document)
    async with market.database.write(market.platform_id) as conn:
        await plan_sql.insert_plan(
            conn,
            version=await plan_sql.find_last_version(conn) + 1,
            plan=known.name,
            valid_from=known.valid_from,
            content=json.dumps(known.to_document()),
            fingerprint=bytes(32),
            sequence=1,
        )


DEARER = {"plan": "dearer", "agent": {"rate": "0.09"}}


async def test_a_plan_that_granted_rates_do_not_go_with_is_not_published(desk: Market) -> None:
    await grant(desk, commission="0.90", validFrom="2025-03-01", validThrough="2025-03-31")
    await grant(desk, party="M2", commission="0.90", validFrom="2025-02-01")

    with pytest.raises(OverrideUnfit) as refused:
        await desk.publish({**plan("2025-01-02"), **DEARER})

    assert refused.value.facts == {
        "party": "M1",
        "valid_from": "2025-03-01",
        "valid_through": "2025-03-31",
        "because": "RATES_EXCEED_WHOLE",
        "others": 1,
    }
    assert await desk.rows("SELECT 1 FROM fee_plan WHERE plan = 'dearer'") == []


async def test_a_channel_that_a_plan_names_is_asked_for_the_rates_that_were_granted(desk: Market) -> None:
    await desk.publish({**plan("2025-01-02"), "plan": "low", "commission": {"default": "0.08"}})
    await grant(desk, levels=["0.12", "0.08", "0.04"])

    with pytest.raises(OverrideUnfit) as refused:
        await desk.publish({**plan("2025-02-01"), "plan": "capped", "channels": ["wechat"]})

    assert refused.value.facts["because"] == "SPLIT_RATIO_EXCEEDED"


async def test_rates_of_other_days_and_such_as_count_no_more_hold_up_no_plan(desk: Market) -> None:
    await desk.publish({**plan("2025-06-01"), "plan": "summer"})
    await grant(desk, commission="0.90", validThrough="2025-01-31")
    await grant(desk, commission="0.90", validFrom="2025-06-01")
    await grant(desk, party="M2", commission="0.90")
    await grant(desk, party="M2")  # the plan's own again

    published = await desk.publish({**plan("2025-02-01"), **DEARER})

    assert not published.replayed
    with pytest.raises(OverrideUnfit):
        await desk.publish({**plan("2025-01-31"), **DEARER, "plan": "a day earlier"})


async def test_rates_of_one_category_are_judged_too(desk: Market) -> None:
    await grant(desk, commission="0.90", category="books")
    await grant(desk, commission="0.05")

    with pytest.raises(OverrideUnfit):
        await desk.publish({**plan("2025-02-01"), **DEARER})


async def test_rates_are_judged_again_when_they_are_granted(desk: Market) -> None:
    approval = await ask(desk, own(commission="0.90"))
    await desk.publish({**plan("2025-01-02"), **DEARER})

    with pytest.raises(RatesExceedWhole):
        await agree(desk, approval)

    assert await desk.rows("SELECT 1 FROM rate_override") == []
    assert [row["status"] for row in await desk.rows("SELECT status FROM approval")] == ["PENDING"]


async def test_only_a_merchant_that_takes_business_has_rates_of_its_own(desk: Market) -> None:
    for party in ("D1", "nobody"):
        with pytest.raises(PartyOfKindMissing):
            await ask(desk, own(party=party, commission="0.05"))
    await desk.close("M1")
    with pytest.raises(PartyNotActive):
        await ask(desk, own(commission="0.05"))


async def test_what_was_rejected_counts_for_nothing(desk: Market) -> None:
    await agree(desk, await ask(desk, own(commission="0.05")), Verdict.REJECT)

    assert await desk.rows("SELECT 1 FROM rate_override") == []


async def test_the_database_lets_in_only_rates_that_were_granted(desk: Market) -> None:
    approval = await ask(desk, own(commission="0.05"))
    (party,) = await desk.rows("SELECT party_id FROM party WHERE reference = 'M1'")
    insert = """
        INSERT INTO rate_override (platform_id, override_version, party_id, approval_id, sequence, valid_from,
            valid_through, content)
        SELECT a.platform_id, 1, $1, a.approval_id, 1, '2025-01-01', '2025-12-31', replace(a.content, $3, $4)
        FROM approval AS a WHERE a.approval_id = $2
    """

    async def put(old: str = "", new: str = "") -> None:
        async with desk.database.write(desk.platform_id) as conn:
            await conn.execute(insert, party["party_id"], approval, old, new)

    with pytest.raises(asyncpg.CheckViolationError, match="APPROVAL_MISSING"):
        await put()
    await agree(desk, approval)
    with pytest.raises(asyncpg.CheckViolationError, match="APPROVAL_MISSING"):
        await put('"0.05"', '"0.01"')
    with pytest.raises(asyncpg.UniqueViolationError):
        await put()
