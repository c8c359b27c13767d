"""A platform that takes fee lines, told with the documents that partners send."""

from datetime import UTC, datetime
from typing import Any

from ledger.charging.fees.items import parse_items
from ledger.charging.fees.model import ItemPublished, Submitted
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.publishing import publish_fee_items
from ledger.charging.fees.submitting import Outcome, submit_fee_lines
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.ledger.outcomes import codes

Document = dict[str, Any]
AT = "2025-03-05T04:00:00Z"
OCCURRED = datetime(2025, 3, 5, 4, tzinfo=UTC)


def fee(key: str, item: str, amount: str = "", **more: Any) -> Document:
    """A fee line of M1; without an amount the caller gives base and rate."""
    line = {"id": key, "party": "M1", "settlementEntity": "LE", "item": item, "currency": "CNY", "occurredAt": AT}
    return {**line, **({"amount": amount} if amount else {}), **more}


def back(key: str, of: str, item: str, amount: str = "", **more: Any) -> Document:
    """A line that takes another one back."""
    return fee(key, item, amount, reverses=of, **more)


class Desk:
    """What submits to one market."""

    def __init__(self, market: Market) -> None:
        self.market = market

    async def submit(self, *documents: Document) -> list[Outcome]:
        """Submit lines as one batch; what cannot be read is refused in its place."""
        parsed: list[Any] = []
        for document in documents:
            try:
                parsed.append(parse_fee_line(document))
            except LedgerError as refusal:
                parsed.append(Refused(refusal))
        lines = [each for each in parsed if not isinstance(each, Refused)]
        async with self.market.database.write(self.market.platform_id) as conn:
            outcomes = iter(await submit_fee_lines(conn, lines=lines, actor=ACTOR, now=NOW))
        return [each if isinstance(each, Refused) else next(outcomes) for each in parsed]

    async def accept(self, *documents: Document) -> list[Submitted]:
        """Submit lines, all of which are accepted."""
        outcomes = await self.submit(*documents)
        assert codes(outcomes) == [""] * len(documents)
        return [outcome for outcome in outcomes if isinstance(outcome, Submitted)]

    async def refuse(self, document: Document) -> str:
        """Submit a line that is refused, and return why; nothing is written."""
        before = await self.count_rows()
        (outcome,) = await self.submit(document)
        assert isinstance(outcome, Refused), outcome
        assert await self.count_rows() == before
        return outcome.error.code

    async def publish(self, *items: Document) -> list[ItemPublished]:
        async with self.market.database.write(self.market.platform_id) as conn:
            return await publish_fee_items(conn, items=parse_items({"items": list(items)}), actor=ACTOR, now=NOW)

    async def count_rows(self) -> list[int]:
        (row,) = await self.market.rows("SELECT (SELECT count(*) FROM fee_line), (SELECT count(*) FROM fee_item)")
        return [*await self.market.count_rows(), *map(int, row)]

    async def lines(self, of: str) -> list[tuple[str, str, str, int]]:
        """The lines of a fee line's entry: side, code, party, amount."""
        rows = await self.market.rows(
            """
            SELECT l.side, a.code, coalesce(a.party_reference, '') AS party, l.amount FROM entry AS e
            INNER JOIN line AS l ON l.sequence = e.sequence INNER JOIN account AS a ON a.account_id = l.account_id
            WHERE e.document = $1 ORDER BY l.position
            """,
            f"fee-line/{of}",
        )
        return [tuple(row) for row in rows]
