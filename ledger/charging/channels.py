"""What each payment channel allows to be split. A channel that is not listed here sets no limits of its own."""

from dataclasses import dataclass
from decimal import Decimal

from ledger import money
from ledger.charging.errors import DepthExceeded, SplitRatioExceeded
from ledger.charging.rates import MAX_PAID_LEVELS, FeePlan


@dataclass(frozen=True, slots=True)
class ChannelProfile:
    """
    The limits of one payment channel; None means that the channel sets none.

    `cap` is the part of an order that may go to others than its merchant, `receivers` how many of them one request may
    name, `freeze_days` how long money waits to be split, `return_days` how long a share can be taken back, and
    `person_return` whether it can be taken back from a person too. `depth` is the number of paid distributor levels.
    The book takes back what an order gives back whatever its channel allows; `return_days` and `person_return` are for
    who tells a channel to take a share back, which nobody here does yet.
    """

    name: str
    cap: Decimal | None = None
    receivers: int | None = None
    freeze_days: int | None = None
    return_days: int | None = None
    person_return: bool = True
    depth: int = MAX_PAID_LEVELS


# From the channels' own documents. Caps are the defaults: more is by application.
PROFILES = {
    profile.name: profile
    for profile in (
        ChannelProfile(
            "wechat", cap=Decimal("0.30"), receivers=50, freeze_days=30, return_days=180, person_return=False
        ),
        # E-commerce and brand merchants: the same rules with a longer freeze.
        ChannelProfile(
            "wechat-ecommerce", cap=Decimal("0.30"), receivers=50, freeze_days=180, return_days=180, person_return=False
        ),
        ChannelProfile("alipay", cap=Decimal("0.30"), receivers=50, freeze_days=30),
        ChannelProfile("stripe"),
        ChannelProfile("adyen", receivers=1_000),
        ChannelProfile("sandbox"),
    )
}


def find_profile(channel: str) -> ChannelProfile:
    """Find a channel's profile; one that nobody described has no limits but the depth that holds everywhere."""
    return PROFILES.get(channel) or ChannelProfile(channel)


def check_channel(plan: FeePlan, channel: str, *, field: tuple[str, ...] = ("channel",)) -> None:
    """
    Check that a channel lets this plan be split, whatever the category and however many levels exist.

    Refusals, first match wins: DepthExceeded, SplitRatioExceeded.
    """
    profile = find_profile(channel)
    if len(plan.levels) > profile.depth:
        raise DepthExceeded(field=field, given=len(plan.levels), limit=profile.depth, by=channel)
    if profile.cap is not None and plan.largest_split > profile.cap:
        total, cap = money.format_rate(plan.largest_split), money.format_rate(profile.cap)
        raise SplitRatioExceeded(field=field, channel=channel, total=total, cap=cap)
