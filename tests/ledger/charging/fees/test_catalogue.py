"""What each item of the catalogue says of itself is what becomes of its lines; judged by sums of the test's own."""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import pytest

from ledger.charging.fees.items import PARTY_ACCOUNTS
from ledger.charging.fees.model import Base, Direction, FeeItem, Granularity
from ledger.charging.fees.standard_items import STANDARD_ITEMS
from ledger.money import Rounding
from tests.ledger.charging.fees.desk import Desk, back, fee
from tests.ledger.charging.market import Market
from tests.ledger.outcomes import codes
from tests.oracle.small_world import PARTIES

ONE_OF_EACH = {"MERCHANT": "M1", "SUPPLIER": "S1", "AGENT": "A1", "DISTRIBUTOR": "D1"}
SUPPLIER = {"reference": "S1", "kind": "SUPPLIER", "name": "S", "parent": "OP"}
PLACE = {"order": "X1", "spu": "P", "sku": "S", "skuKind": "K"}
NEEDED: dict[Granularity, tuple[str, ...]] = {
    Granularity.ORDER: ("order",),
    Granularity.SPU: ("order", "spu"),
    Granularity.SKU: ("order", "sku"),
    Granularity.SKU_KIND: ("order", "sku", "skuKind"),
    Granularity.FEE_ITEM: (),
}
ROUNDED = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEIL: ROUND_CEILING,
}
# A tenth of 10.05 and 10.15 lies halfway, that of 9.06 and 9.04 above and below.
BASES = ("10.05", "10.15", "9.06", "9.04")
CENT = Decimal("0.01")


class Line(NamedTuple):
    """A line of an item, the amount that it makes, and where its party's part stands."""

    item: FeeItem
    told: dict[str, Any]
    amount: Decimal
    account: str


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    desk.market = await Market.open(desk.market.database, parties=[*PARTIES, SUPPLIER])
    return desk


def list_lines(item: FeeItem) -> Iterator[Line]:
    """Lines of an item for each kind of party that it is for."""
    for kind, account in item.accounts:
        named = {"party": ONE_OF_EACH[kind], **{key: PLACE[key] for key in NEEDED[item.granularity]}}
        if item.base is Base.FIXED:
            yield Line(item, fee(f"{item.code} {kind}", item.code, "10.60", **named), Decimal("10.60"), account)
            continue
        for base in BASES:
            told = fee(f"{item.code} {kind} {base}", item.code, base=base, rate="0.1", **named)
            amount = (Decimal(base) / 10).quantize(CENT, ROUNDED[item.rounding])
            yield Line(item, told, amount, account)


def book(line: Line) -> dict[tuple[str, str], Decimal]:
    """What the entry of a line says: side, account, amount."""
    item, rate = line.item, line.item.tax_inside
    tax = (line.amount * rate / (1 + rate)).quantize(CENT, ROUND_HALF_UP)
    is_credit = item.direction is Direction.CREDIT
    his, ours = ("C", "D") if is_credit else ("D", "C")
    parts = [
        ((his, line.account), line.amount),
        ((ours, item.contra), line.amount - tax),
        ((ours, "1240" if is_credit else "2105"), tax),
    ]
    return {place: part for place, part in parts if part}


async def test_every_item_rounds_and_books_its_lines_as_it_says(desk: Desk) -> None:
    lines = [line for item in STANDARD_ITEMS for line in list_lines(item)]

    made = await desk.accept(*(line.told for line in lines))

    amounts = {each.reference: Decimal(each.amount) / 100 for each in made}
    assert amounts == {line.told["id"]: line.amount for line in lines}
    for line in lines:
        found = await desk.lines(line.told["id"])
        assert {(side, code): Decimal(minor) / 100 for side, code, _, minor in found} == book(line), line.told["id"]


async def test_every_item_is_taken_back_whole_or_never_as_it_says(desk: Desk) -> None:
    lines = [line for item in STANDARD_ITEMS for line in list_lines(item)]
    await desk.accept(*(line.told for line in lines if line.item.is_reversible))
    assert {debit - credit for debit, credit in (await desk.market.accounts()).values()} != {0}

    await desk.accept(*(take_back(line) for line in lines if line.item.is_reversible))

    assert {debit - credit for debit, credit in (await desk.market.accounts()).values()} == {0}
    kept = [line for line in lines if not line.item.is_reversible]
    await desk.accept(*(line.told for line in kept))
    assert set(codes(await desk.submit(*(take_back(line) for line in kept)))) == {"FEE_NOT_REVERSIBLE"}


def take_back(line: Line) -> dict[str, Any]:
    name = line.told["id"]
    return back(f"back {name}", name, line.item.code, str(line.amount), party=line.told["party"])


async def test_every_item_asks_for_what_it_is_of_and_for_whom_it_is(desk: Desk) -> None:
    refused: list[tuple[dict[str, Any], str]] = []
    for item in STANDARD_ITEMS:
        told = next(list_lines(item)).told
        others = sorted(PARTY_ACCOUNTS.keys() - dict(item.accounts).keys())
        refused += [
            ({key: value for key, value in told.items() if key != each}, "FEE_REFERENCE_MISSING")
            for each in NEEDED[item.granularity]
        ]
        refused += [({**told, "party": ONE_OF_EACH[kind]}, "FEE_ITEM_NOT_FOR_PARTY") for kind in others]
        if item.base is Base.FIXED:
            refused.append(({**told, "base": "1.00", "rate": "0.5"}, "FEE_BASE_REFUSED"))

    outcomes = await desk.submit(*({**line, "id": f"L{place}"} for place, (line, _) in enumerate(refused)))

    assert codes(outcomes) == [code for _, code in refused]
    assert await desk.market.rows("SELECT 1 FROM fee_line") == []
