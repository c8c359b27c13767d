"""Rates for tests: those of the worked examples, and random ones."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from ledger.charging.rates import Bearer, FrozenRates, MissingLevel
from ledger.money import Rounding

# Commission 8 %, levels 5/3/1 %, agent 0.5 %, channel fee 0.6 %, 6 % tax inside the commission.
EXAMPLE = FrozenRates(
    plan="example",
    valid_from=date(2024, 1, 1),
    commission=Decimal("0.08"),
    commission_rounding=Rounding.HALF_UP,
    tax_inside=Decimal("0.06"),
    levels=(Decimal("0.05"), Decimal("0.03"), Decimal("0.01")),
    pool_rounding=Rounding.FLOOR,
    missing_level=MissingLevel.RESIDUAL,
    levels_born_by=Bearer.MERCHANT,
    agent=Decimal("0.005"),
    agent_rounding=Rounding.HALF_UP,
    channel_fee=Decimal("0.006"),
    channel_fee_rounding=Rounding.HALF_UP,
    channel_fee_born_by=Bearer.MERCHANT,
)


def with_rates(
    *, commission: str = "0", levels: tuple[str, ...] = (), agent: str = "0", tax_inside: str = "0.06"
) -> FrozenRates:
    """Other rates, everything else as in the example."""
    return replace(
        EXAMPLE,
        commission=Decimal(commission),
        levels=tuple(map(Decimal, levels)),
        agent=Decimal(agent),
        tax_inside=Decimal(tax_inside),
    )


@st.composite
def frozen_rates(draw: st.DrawFn) -> FrozenRates:
    """Any rates that a plan may have: up to three levels, all rates together at most 1."""
    depth = draw(st.integers(min_value=0, max_value=3))
    digits = draw(st.sampled_from([1, 2, 4, 10]))
    whole = 10**digits
    # Cutting a whole in depth + 3 pieces and dropping the last keeps the sum at or below 1, and often at it.
    cuts = sorted(draw(st.lists(st.integers(min_value=0, max_value=whole), min_size=depth + 2, max_size=depth + 2)))
    pieces = [Decimal(upper - lower).scaleb(-digits) for lower, upper in zip([0, *cuts[:-1]], cuts, strict=True)]
    commission, agent, *levels = pieces
    return FrozenRates(
        plan="random",
        valid_from=date(2024, 1, 1),
        commission=commission,
        commission_rounding=draw(st.sampled_from(Rounding)),
        tax_inside=draw(st.sampled_from(["0", "0.06", "0.13", "1"]).map(Decimal)),
        levels=tuple(levels),
        pool_rounding=draw(st.sampled_from(Rounding)),
        missing_level=draw(st.sampled_from(MissingLevel)),
        levels_born_by=draw(st.sampled_from(Bearer)),
        agent=agent,
        agent_rounding=draw(st.sampled_from(Rounding)),
        channel_fee=Decimal("0.006"),
        channel_fee_rounding=Rounding.HALF_UP,
        channel_fee_born_by=Bearer.MERCHANT,
    )
