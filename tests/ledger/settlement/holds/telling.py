"""How tests tell holds: documents as the API gives them, done on a real store."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ledger.actor import Actor
from ledger.settlement.holds import lifting, placing
from ledger.settlement.holds.model import Lifted, Placed
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from tests.ledger.charging.market import ACTOR, Market

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SYSTEM = Actor("system")
Document = dict[str, Any]

HOLDS = """
    SELECT h.reference, p.reference AS party, h.account_code, h.amount_minor, h.lifted_minor
    FROM hold AS h INNER JOIN party AS p ON p.party_id = h.party_id ORDER BY h.hold_id
"""


def hold(amount: str, reference: str = "H1", **more: Any) -> Document:
    return {
        "reference": reference,
        "party": "M1",
        "legalEntity": "LE",
        "currency": "CNY",
        "amount": amount,
        "reason": "RISK_REVIEW",
        "legalGround": "Contract 7.2",
        "releaseCondition": "The review is done.",
        "expectedReleaseDate": "2026-02-01",
        **more,
    }


async def place_all(market: Market, *documents: Document, now: datetime = NOW) -> list[placing.Outcome]:
    async with market.database.write(market.platform_id) as conn:
        return await placing.place_holds(conn, drafts=[parse_hold(each) for each in documents], actor=ACTOR, now=now)


async def place_all_of(market: Market, documents: Sequence[Document], *, together: bool) -> list[placing.Outcome]:
    """These in one call, or each in one of its own."""
    calls = [documents] if together else [[document] for document in documents]
    return [outcome for call in calls for outcome in await place_all(market, *call)]


async def place(market: Market, document: Document) -> Placed:
    (placed,) = await place_all(market, document)
    assert isinstance(placed, Placed), placed
    return placed


async def lift_all(market: Market, *documents: Document, now: datetime = NOW) -> list[lifting.Outcome]:
    async with market.database.write(market.platform_id) as conn:
        return await lifting.lift_holds(conn, drafts=[parse_lift(each) for each in documents], actor=ACTOR, now=now)


async def lift_all_of(market: Market, documents: Sequence[Document], *, together: bool) -> list[lifting.Outcome]:
    """These in one call, or each in one of its own."""
    calls = [documents] if together else [[document] for document in documents]
    return [outcome for call in calls for outcome in await lift_all(market, *call)]


async def lift(
    market: Market, hold_id: int | None, amount: str = "", reference: str = "L1", *, now: datetime = NOW
) -> Lifted:
    some = {"amount": amount, "currency": "CNY"} if amount else {}
    step = {"hold": hold_id, "reference": reference, "reason": "Reviewed.", **some}
    (lifted,) = await lift_all(market, step, now=now)
    assert isinstance(lifted, Lifted), lifted
    return lifted


async def release_due(market: Market, now: datetime) -> int:
    async with market.database.write(market.platform_id) as conn:
        return await lifting.release_due_holds(conn, now=now, actor=SYSTEM)
