"""A version of a fee plan is published once; the one in force when an order is paid stays with the order."""

import pytest

from ledger.charging.errors import PlanConflict
from tests.ledger.charging.market import Market
from tests.oracle.small_world import SUCCEEDED, item, paid, plan


def with_commission(rate: str, *, valid_from: str = "2025-01-01", name: str = "test") -> dict[str, object]:
    rules = plan(valid_from)
    rules["commission"] = {"default": rate}
    return {**rules, "plan": name}


async def commission_of(market: Market) -> int:
    return (await market.net("4000"))[0]


async def test_a_plan_is_published_and_the_same_again_is_a_replay(market: Market) -> None:
    first = await market.publish(with_commission("0.10", valid_from="2025-06-01"))
    again = await market.publish(with_commission("0.1", valid_from="2025-06-01"))

    assert (first.plan, first.version, first.valid_from.isoformat(), first.replayed) == ("test", 2, "2025-06-01", False)
    assert (again.version, again.sequence, again.replayed) == (2, first.sequence, True)
    log = await market.rows("SELECT subject FROM log_event WHERE kind = 'plan.published'")
    assert [row["subject"] for row in log] == ["plan/test", "plan/test"]


async def test_the_same_plan_and_day_with_other_content_is_refused(market: Market) -> None:
    with pytest.raises(PlanConflict):
        await market.publish(with_commission("0.10"))

    assert len(await market.rows("SELECT 1 FROM fee_plan")) == 1


async def test_of_two_plans_for_one_day_the_one_published_last_is_in_force(market: Market) -> None:
    await market.publish(with_commission("0.20", name="other"))

    await market.accept(paid("100.00"), SUCCEEDED)

    assert await commission_of(market) == 2_000


@pytest.mark.parametrize(("at", "commission"), [("2025-05-31T15:59:59Z", 755), ("2025-05-31T16:00:00Z", 2_000)])
async def test_the_plan_is_chosen_by_the_operators_day(market: Market, at: str, commission: int) -> None:
    await market.publish(with_commission("0.20", valid_from="2025-06-01"))

    await market.accept(paid("100.00", at=at), SUCCEEDED)

    assert await commission_of(market) == commission


async def test_an_order_is_split_by_the_plan_it_was_paid_under(market: Market) -> None:
    await market.accept(paid("100.00"))
    await market.publish(with_commission("0.20", valid_from="2025-02-01"))

    second = paid("100.00", item("100.00", line="2"), key="second")
    await market.accept(second, SUCCEEDED)

    versions = await market.rows("SELECT line_reference, plan_version FROM order_line ORDER BY line_reference")
    assert [tuple(row) for row in versions] == [("1", 1), ("2", 2)]
    assert await commission_of(market) == 755 + 2_000


async def test_a_plan_is_never_changed_or_removed(market: Market) -> None:
    for statement in ("UPDATE fee_plan SET content = '{}'", "DELETE FROM fee_plan"):
        with pytest.raises(Exception, match="permission denied"):
            async with market.database.write(market.platform_id) as conn:
                await conn.execute(statement)
