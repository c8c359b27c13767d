"""What events are judged against beside their order: parties, the tree, plans, days. Read under the log's lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ledger.charging import channels
from ledger.charging.errors import NoPlanInForce, PartyOfKindMissing
from ledger.charging.frozen import PublishedPlan, RatesMemory
from ledger.charging.override import RateOverride, choose_override
from ledger.charging.rates import FrozenRates
from ledger.parties.errors import PartyNotActive
from ledger.parties.model import Kind, Party


@dataclass(slots=True)
class World:
    """
    `parties` are those the events name, `inactive` the status of those that cannot be credited, `paths` the tree
    (self first, root last). `dispute_orders` are the orders of the disputes that the events name, and of those that the
    batch has brought so far; `names` the references of the merchants and settling entities of orders with disputes;
    `charged` the fee lines by which other systems have charged orders that come now. The memories hold what is worked
    out once for many events; what is in them never changes.
    """

    parties: Mapping[str, Party]
    paths: Mapping[int, Sequence[int]]
    inactive: Mapping[int, str]
    plans: Sequence[PublishedPlan]
    overrides: Mapping[int, Sequence[RateOverride]]
    operator_zone: ZoneInfo
    now: datetime
    rates: RatesMemory
    dispute_orders: dict[str, str] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    charged: Mapping[str, str] = field(default_factory=dict)
    _in_force: dict[date, PublishedPlan | None] = field(default_factory=dict)
    _sound_channels: set[tuple[int, str]] = field(default_factory=set)

    def get_party(self, reference: str, kind: Kind, *, place: tuple[str, ...]) -> Party:
        """A party of this kind that takes new business. Refusals: PartyOfKindMissing, PartyNotActive when closed."""
        party = self.parties.get(reference)
        if party is None or party.kind != kind:
            raise PartyOfKindMissing(field=place, kind=kind, reference=reference)
        if party.status == "CLOSED":
            raise PartyNotActive(field=place, reference=reference, status=party.status)
        return party

    def get_distributor(self, reference: str, *, place: tuple[str, ...]) -> Party:
        """
        A distributor, also a closed one: what he earns then waits in suspense, and the buyer's money is not refused.

        Refusals: PartyOfKindMissing.
        """
        party = self.parties.get(reference)
        if party is None or party.kind != "DISTRIBUTOR":
            raise PartyOfKindMissing(field=place, kind="DISTRIBUTOR", reference=reference)
        return party

    def find_agent(self, merchant_id: int) -> int | None:
        """The merchant's nearest agent: he stands directly under him, or under the operator."""
        path = self.paths[merchant_id]
        return path[1] if len(path) > 2 else None

    def find_uplines(self, distributor_id: int, *, depth: int) -> Sequence[int]:
        """The distributor and those above him, at most `depth` in all; the root is the operator."""
        return self.paths[distributor_id][:-1][:depth]

    def get_plan(self, occurred_at: datetime, channel: str) -> PublishedPlan:
        """
        The plan in force: the greatest valid_from up to the day in the operator's zone, at a tie the last published.

        Refusals: NoPlanInForce; DepthExceeded and SplitRatioExceeded where the channel does not let it be split.
        """
        day = occurred_at.astimezone(self.operator_zone).date()
        if day not in self._in_force:
            valid = [each for each in self.plans if each.plan.valid_from <= day]
            latest = max(valid, key=lambda each: (each.plan.valid_from, each.version), default=None)
            self._in_force[day] = latest
        published = self._in_force[day]
        if published is None:
            raise NoPlanInForce(field=("occurredAt",), day=day.isoformat())
        if (published.version, channel) not in self._sound_channels:
            channels.check_channel(published.plan, channel)
            self._sound_channels.add((published.version, channel))
        return published

    def get_rates(
        self, published: PublishedPlan, category: str, *, merchant_id: int, occurred_at: datetime, channel: str
    ) -> FrozenRates:
        """
        The plan's rates for a category, one value for all lines that share them; with those of the merchant's own that
        are for the day.

        Refusals, of a merchant's own rates only: RatesExceedWhole, SplitRatioExceeded.
        """
        # Categories are the caller's words: those without a rate of their own share the default's.
        known = category if category in published.plan.commissions else ""
        override = None
        if merchant_id in self.overrides:
            day = occurred_at.astimezone(self.operator_zone).date()
            override = choose_override(self.overrides[merchant_id], day=day, category=category)
        if override is None:
            return self.rates.freeze(published, known)
        rates = self.rates.freeze_own(published, known, override)
        channels.check_channel(override.draft.apply(published.plan), channel)
        return rates
