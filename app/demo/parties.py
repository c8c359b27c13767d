"""
The cast of the demo. References follow from numbers, so nobody has to keep a list of a million parties.

    OPERATOR demo
      LEGAL_ENTITY  one per region
      AGENT         the first three head a region each, the others stand below an earlier agent of their region
      SUPPLIER, MERCHANT   below an agent of their region, some directly below the operator
      DISTRIBUTOR   a chain of ten, and around it a bush that grows from everywhere
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.demo.draw import Draw
from app.demo.names import draw_city, draw_person_name, draw_shop_name
from app.demo.regions import CHINA, REGIONS

Party = dict[str, Any]

OPERATOR = "demo"
# The region of a merchant goes by its number modulo 20: twelve Chinese, five Japanese, three Kuwaiti.
_HOME_REGION = (0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 0, 1, 2, 0)
_HOME_PLACES = tuple(tuple(place for place, home in enumerate(_HOME_REGION) if home == region) for region in range(3))
_CHAIN_LENGTH = 10


class Cast(NamedTuple):
    """How many parties of each kind a marketplace has."""

    agents_per_region: int
    suppliers: int
    merchants: int
    distributors: int

    @classmethod
    def for_orders(cls, orders: int) -> "Cast":
        """Size the cast for so many orders: one merchant per 20, one distributor per 8, never fewer than a handful."""
        merchants = max(30, orders // 20)
        return cls(
            agents_per_region=max(3, merchants // 45),
            suppliers=max(6, merchants // 10),
            merchants=merchants,
            distributors=max(60, orders // 8),
        )

    def draw_merchant(self, draw: Draw, region: int) -> str:
        """Draw the reference of a merchant at home in the region with this number."""
        number = draw.below(-(-self.merchants // 20)) * 20 + draw.pick(_HOME_PLACES[region])
        # There are at least 30 merchants, so a place beyond the last one has a neighbour 20 before.
        return _merchant(number if number < self.merchants else number - 20)

    def draw_distributor(self, draw: Draw) -> str:
        """Draw the reference of a distributor."""
        return _distributor(draw.below(self.distributors))


def generate_parties(cast: Cast, *, draw: Draw) -> Iterator[Party]:
    """Yield the whole cast, parents before children."""
    yield _party(OPERATOR, "OPERATOR", "Demo Market 示范商城", timeZone=CHINA.time_zone)
    for place in REGIONS:
        yield _party(
            place.entity,
            "LEGAL_ENTITY",
            place.name,
            parent=OPERATOR,
            currency=place.currency,
            timeZone=place.time_zone,
        )
    yield from _generate_agents(cast, draw)
    for number in range(cast.suppliers):
        region = number % 3
        parent = _draw_agent(cast, draw, region) if draw.chance(500) else OPERATOR
        yield _party(f"S-{number + 1:05d}", "SUPPLIER", draw_shop_name(draw, region), parent=parent)
    yield from _generate_merchants(cast, draw)
    yield from _generate_distributors(cast, draw)


def _generate_agents(cast: Cast, draw: Draw) -> Iterator[Party]:
    for rank in range(cast.agents_per_region):
        for region, place in enumerate(REGIONS):
            name = f"{draw_city(draw, region)} · {draw_person_name(draw)}"
            if rank == 0:
                yield _party(_agent(region, 0), "AGENT", name, parent=OPERATOR, timeZone=place.time_zone)
            else:
                yield _party(_agent(region, rank), "AGENT", name, parent=_agent(region, draw.below(rank)))


def _generate_merchants(cast: Cast, draw: Draw) -> Iterator[Party]:
    for number in range(cast.merchants):
        region = _HOME_REGION[number % 20]
        parent = OPERATOR if draw.chance(200) else _draw_agent(cast, draw, region)
        merchant = _party(_merchant(number), "MERCHANT", draw_shop_name(draw, region), parent=parent)
        if draw.chance(300):
            merchant["metadata"] = {"city": draw_city(draw, region)}
        yield merchant


def _generate_distributors(cast: Cast, draw: Draw) -> Iterator[Party]:
    for number in range(cast.distributors):
        yield _party(
            _distributor(number), "DISTRIBUTOR", draw_person_name(draw), parent=_draw_upline(draw, number=number)
        )


def _draw_upline(draw: Draw, *, number: int) -> str:
    """Half of the newcomers join below anyone, half below a recent one, which makes the bush deep as well as wide."""
    if number == 0:
        return OPERATOR
    if number < _CHAIN_LENGTH:
        return _distributor(number - 1)
    if draw.chance(20):
        return OPERATOR
    if draw.chance(500):
        return _distributor(draw.below(number))
    return _distributor(number - 1 - draw.below(number // 4 + 1))


def _draw_agent(cast: Cast, draw: Draw, region: int) -> str:
    return _agent(region, draw.below(cast.agents_per_region))


def _agent(region: int, rank: int) -> str:
    return f"A-{REGIONS[region].entity[3:]}-{rank + 1:04d}"


def _merchant(number: int) -> str:
    return f"M-{number + 1:06d}"


def _distributor(number: int) -> str:
    return f"D-{number + 1:06d}"


def _party(reference: str, kind: str, name: str, **more: str) -> Party:
    return {"reference": reference, "kind": kind, "name": name, **more}
