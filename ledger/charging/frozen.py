"""
Frozen rates and their text, each worked out once per process: many lines share few rates, and neither ever changes.
"""

import json
from dataclasses import replace
from typing import NamedTuple

from ledger.charging.override import RateOverride, check_total
from ledger.charging.plan import rates_for
from ledger.charging.rates import FeePlan, FrozenRates
from ledger.compact_json import write_json
from ledger.db.transacting import Connection

REMEMBERED = 50_000


class PublishedPlan(NamedTuple):
    """A version of a fee plan; `version` counts what the platform published."""

    version: int
    plan: FeePlan


class RatesMemory:
    """Rates by plan version and category, and both ways between rates and the text on a line. Bounded."""

    def __init__(self) -> None:
        self._frozen: dict[tuple[int, str], tuple[FeePlan, FrozenRates]] = {}
        self._own: dict[tuple[int, int, str], tuple[FeePlan, RateOverride, FrozenRates]] = {}
        self._texts: dict[int, tuple[FrozenRates, str]] = {}
        self._rates: dict[str, FrozenRates] = {}

    @classmethod
    def of(cls, conn: Connection) -> "RatesMemory":
        """The platform's memory. What it keeps follows from what it is asked with, so a rollback spoils nothing."""
        memory: RatesMemory | None = conn.memory.get("rates")
        if memory is None or memory.size() > REMEMBERED:
            memory = conn.memory["rates"] = cls()
        return memory

    def size(self) -> int:
        """How much is remembered."""
        return len(self._frozen) + len(self._own) + len(self._texts) + len(self._rates)

    def freeze(self, published: PublishedPlan, category: str) -> FrozenRates:
        """What the plan says for this category."""
        known = self._frozen.get((published.version, category))
        # A version that was published and rolled back may come again as another plan.
        if known is None or known[0] is not published.plan:
            known = (published.plan, rates_for(published.plan, category))
            self._frozen[published.version, category] = known
        return known[1]

    def freeze_own(self, published: PublishedPlan, category: str, override: RateOverride) -> FrozenRates:
        """
        What the plan says for this category with a merchant's own rates in it.

        Refusals: RatesExceedWhole.
        """
        key = (published.version, override.version, category)
        known = self._own.get(key)
        if known is None or known[0] is not published.plan or known[1] is not override:
            plan = override.draft.apply(published.plan)
            check_total(plan)
            known = (published.plan, override, replace(rates_for(plan, category), override=override.version))
            self._own[key] = known
        return known[2]

    def write(self, rates: FrozenRates) -> str:
        """The rates as the text that is stored on a line."""
        # By identity: comparing sixteen fields costs more than writing them. The rates are kept, so no id is reused.
        known = self._texts.get(id(rates))
        if known is None:
            text = write_json(rates.to_document())
            known = self._texts[id(rates)] = (rates, text)
        return known[1]

    def read(self, text: str) -> FrozenRates:
        """The rates that a line was stored with."""
        rates = self._rates.get(text)
        if rates is None:
            rates = self._rates[text] = FrozenRates.from_document(json.loads(text))
        return rates
