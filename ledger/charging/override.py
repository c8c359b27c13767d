"""
Rates of one merchant's own, in the place of the plan's for payments of some days: asked for, agreed to by a second
person, and frozen on order lines as the plan's are.

The document's keys (rates are decimal strings; all but the first four may be left out):
    party          reference of a merchant
    validFrom      first day, in the operator's zone, of payments that it is for
    validThrough   last day
    reason         why
    category       only lines of this category
    commission     instead of the plan's, whatever the category
    agent          instead of the plan's
    levels         [] of rates, the nearest distributor first: instead of all the plan's, none for nobody
    channelFee     instead of the plan's
A document without rates puts the plan's own back in force. Of several for a day the narrower one counts, with a
category before without, and of these the last that was granted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from ledger import fields, money
from ledger.charging import channels
from ledger.charging.errors import DepthExceeded, RatesExceedWhole, Why
from ledger.charging.rates import MAX_PAID_LEVELS, FeePlan
from ledger.errors import InvalidInput, LedgerError

_REQUIRED = {"party", "validFrom", "validThrough", "reason"}
_OPTIONAL = {"category", "commission", "agent", "levels", "channelFee"}


@dataclass(frozen=True, slots=True)
class OverrideDraft:
    """What a document asks for; rates are exact, None where the plan's own stays."""

    party: str
    valid_from: date
    valid_through: date
    reason: str
    category: str | None
    commission: Decimal | None
    agent: Decimal | None
    levels: tuple[Decimal, ...] | None
    channel_fee: Decimal | None

    def to_document(self) -> dict[str, object]:
        """Write the draft in its one canonical form; parse_override reads it back as the same."""
        rates = {"commission": self.commission, "agent": self.agent, "channelFee": self.channel_fee}
        levels = {} if self.levels is None else {"levels": [money.format_rate(rate) for rate in self.levels]}
        document: dict[str, object] = {
            "party": self.party,
            "validFrom": self.valid_from.isoformat(),
            "validThrough": self.valid_through.isoformat(),
            "reason": self.reason,
            **{name: money.format_rate(rate) for name, rate in rates.items() if rate is not None},
            **levels,
        }
        return document if self.category is None else {**document, "category": self.category}

    def apply(self, plan: FeePlan) -> FeePlan:
        """A plan as it is for what this covers."""
        if self.commission is not None:
            plan = replace(plan, commission=self.commission, commission_by_category=())
        if self.agent is not None:
            plan = replace(plan, agent=self.agent)
        if self.levels is not None:
            plan = replace(plan, levels=self.levels)
        return plan if self.channel_fee is None else replace(plan, channel_fee=self.channel_fee)

    @property
    def is_plans_own(self) -> bool:
        """Whether it names no rate: then the plan's count again."""
        return all(each is None for each in (self.commission, self.agent, self.levels, self.channel_fee))


@dataclass(frozen=True, slots=True)
class RateOverride:
    """An override that was granted; `version` counts the platform's."""

    version: int
    party_id: int
    draft: OverrideDraft

    def covers(self, day: date, category: str) -> bool:
        """Tell whether it is for a payment of this day and a line of this category."""
        draft = self.draft
        return draft.valid_from <= day <= draft.valid_through and draft.category in (None, category)


def choose_override(overrides: Sequence[RateOverride], *, day: date, category: str) -> RateOverride | None:
    """The one that counts among those of a merchant, if any covers the day and category and says any rate."""
    covering = [each for each in overrides if each.covers(day, category)]
    chosen = max(covering, key=lambda each: (each.draft.category is not None, each.version), default=None)
    return None if chosen is None or chosen.draft.is_plans_own else chosen


def find_unfit(
    overrides: Sequence[RateOverride], *, plan: FeePlan, until: date | None
) -> tuple[RateOverride, LedgerError] | None:
    """
    The first of a merchant's overrides that would count on a day of this plan and does not go with it, and why; pure.
    `until` is the first day of the next plan. One that another takes the place of on all these days does not count.
    """
    changes = {each.draft.valid_from for each in overrides}
    changes |= {
        each.draft.valid_through + timedelta(days=1) for each in overrides if each.draft.valid_through < date.max
    }
    days = [
        plan.valid_from,
        *sorted(day for day in changes if plan.valid_from < day and (until is None or day < until)),
    ]
    # Nothing has an empty category: that is a line of any that no override names.
    categories = sorted({each.draft.category or "" for each in overrides} | {""})
    for day in days:
        for category in categories:
            counts = choose_override(overrides, day=day, category=category)
            if counts is None:
                continue
            try:
                check_own(counts.draft.apply(plan))
            except LedgerError as refusal:
                return counts, refusal
    return None


def check_total(plan: FeePlan) -> None:
    """Refusals: RatesExceedWhole, when commission, levels and agent together take more than the goods cost."""
    if plan.largest_total > 1:
        raise RatesExceedWhole(total=money.format_rate(plan.largest_total))


def check_own(plan: FeePlan) -> None:
    """
    Check a plan with a merchant's own rates in it as the plan itself was when it was published.

    Refusals, first match wins: RatesExceedWhole; DepthExceeded and SplitRatioExceeded for a channel that it names.
    """
    check_total(plan)
    for channel in plan.channels:
        channels.check_channel(plan, channel, field=("party",))


def parse_override(document: Mapping[str, object]) -> OverrideDraft:
    """
    Read a document.

    Refusals: InvalidInput or RateInvalid with the place, DepthExceeded.
    """
    read = fields.read_object(document, required=_REQUIRED, optional=_OPTIONAL)

    def rate(key: str) -> Decimal | None:
        return money.parse_rate(read[key], field=(key,)) if key in read else None

    draft = OverrideDraft(
        party=fields.read_text(read["party"], field=("party",)),
        valid_from=fields.read_day(read["validFrom"], field=("validFrom",)),
        valid_through=fields.read_day(read["validThrough"], field=("validThrough",)),
        reason=fields.read_text(read["reason"], field=("reason",)),
        category=fields.read_text(read["category"], field=("category",)) if "category" in read else None,
        commission=rate("commission"),
        agent=rate("agent"),
        levels=_read_levels(read["levels"]) if "levels" in read else None,
        channel_fee=rate("channelFee"),
    )
    if draft.valid_through < draft.valid_from:
        raise InvalidInput(field=("validThrough",), reason=Why.LAST_DAY_BEFORE_FIRST)
    return draft


def _read_levels(given: object) -> tuple[Decimal, ...]:
    listed = fields.read_list(given, field=("levels",))
    if len(listed) > MAX_PAID_LEVELS:
        raise DepthExceeded(field=("levels",), given=len(listed), limit=MAX_PAID_LEVELS, by="Splitbook")
    return tuple(money.parse_rate(rate, field=("levels", str(place))) for place, rate in enumerate(listed))
