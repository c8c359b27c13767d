from decimal import Decimal

import pytest

from ledger.charging.channels import PROFILES, ChannelProfile, check_channel, find_profile
from ledger.charging.errors import DepthExceeded, SplitRatioExceeded
from ledger.charging.plan import parse_plan


def plan(*, commission="0.20", by_category=None, levels=("0.05", "0.03", "0.01"), agent="0.01", born_by="MERCHANT"):
    return parse_plan(
        {
            "plan": "main",
            "validFrom": "2024-01-01",
            "commission": {"default": commission, "byCategory": by_category or {}},
            "distribution": {"rates": list(levels), "bornBy": born_by},
            "agent": {"rate": agent},
        }
    )


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
def test_a_plan_at_the_cap_passes_and_one_above_it_is_refused(channel):
    check_channel(plan(commission="0.20"), channel)

    with pytest.raises(SplitRatioExceeded) as refusal:
        check_channel(plan(commission="0.2000000001"), channel)

    assert refusal.value.field == ("channel",)
    assert refusal.value.facts == {"total": "0.3000000001", "channel": channel, "cap": "0.3"}


def test_the_cap_is_judged_on_the_largest_commission_of_any_category():
    with pytest.raises(SplitRatioExceeded):
        check_channel(plan(commission="0.01", by_category={"watches": "0.21"}), "wechat")


def test_levels_that_the_platform_bears_are_no_part_of_what_is_split():
    check_channel(plan(commission="0.29", born_by="PLATFORM"), "wechat")

    with pytest.raises(SplitRatioExceeded):
        check_channel(plan(commission="0.30", born_by="PLATFORM"), "wechat")


@pytest.mark.parametrize("channel", ["stripe", "adyen", "sandbox", "a channel that nobody described", "WECHAT"])
def test_other_channels_have_no_cap(channel):
    check_channel(plan(commission="0.90"), channel)


def test_a_channel_may_pay_fewer_levels_than_a_plan(monkeypatch):
    monkeypatch.setitem(PROFILES, "shallow", ChannelProfile("shallow", depth=2))

    check_channel(plan(levels=("0.05", "0.03")), "shallow")
    with pytest.raises(DepthExceeded) as refusal:
        check_channel(plan(), "shallow")

    assert refusal.value.facts == {"given": 3, "limit": 2, "by": "shallow"}


def test_the_profiles_are_those_of_the_channels_documents():
    assert find_profile("wechat") == ChannelProfile(
        "wechat", cap=Decimal("0.30"), receivers=50, freeze_days=30, return_days=180, person_return=False, depth=3
    )
    assert find_profile("alipay") == ChannelProfile("alipay", cap=Decimal("0.30"), receivers=50, freeze_days=30)
    assert find_profile("adyen") == ChannelProfile("adyen", receivers=1_000)
    assert find_profile("unheard of") == ChannelProfile("unheard of")
