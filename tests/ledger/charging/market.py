"""A platform on a real store whose orders are told with the documents that the import files hold."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from ledger.actor import Actor
from ledger.charging.parsing import parse_event
from ledger.charging.plan import parse_plan
from ledger.charging.publishing import Published, publish_plan
from ledger.charging.recording import Outcome, record_order_events
from ledger.charging.suspense import Destination, Released, release_suspense
from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.parties.model import Registered
from ledger.parties.parsing import parse_party
from ledger.parties.registering import register_parties
from ledger.parties.status import block_party, close_party, unblock_party
from tests.oracle.charging_oracle import Sides
from tests.oracle.small_world import PARTIES, plan
from tests.platforms import open_platform

ACTOR = Actor("tester")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
Document = dict[str, Any]
# Template, line, gross debit and credit per account, as the oracle expects them.
Entries = list[tuple[str, str, Sides]]
_numbers = itertools.count(1)

# Refusals that an amount can meet; the oracle says them all with one word.
MALFORMED = {"INVALID_INPUT", "AMOUNT_INVALID", "AMOUNT_TOO_PRECISE", "AMOUNT_NOT_POSITIVE", "AMOUNT_TOO_LARGE"}


class Market:
    """One platform in a store that others may share."""

    def __init__(self, database: Database, platform_id: int) -> None:
        self.database = database
        self.platform_id = platform_id

    @classmethod
    async def open(
        cls, database: Database, *, parties: Iterable[Document] = PARTIES, plans: Sequence[Document] | None = None
    ) -> "Market":
        """A new platform with these parties and plans. Its operator gets a name of its own: many share the store."""
        listed = list(parties)
        operator = next(party["reference"] for party in listed if party["kind"] == "OPERATOR")
        unique = f"{operator}-{next(_numbers)}"
        named = [{key: unique if value == operator else value for key, value in party.items()} for party in listed]
        drafts = [parse_party(party) for party in named]
        platform = await open_platform(database, operator=drafts[0], actor=ACTOR, now=NOW)
        market = cls(database, platform.platform_id)
        async with database.write(market.platform_id) as conn:
            registered = await register_parties(conn, drafts=drafts[1:], actor=ACTOR, now=NOW)
        assert all(isinstance(outcome, Registered) for outcome in registered)
        for each in [plan()] if plans is None else plans:
            await market.publish(each)
        return market

    async def publish(self, document: Document) -> Published:
        async with self.database.write(self.platform_id) as conn:
            return await publish_plan(conn, plan=parse_plan(document), actor=ACTOR, now=NOW)

    async def record(self, *documents: Document, size: int = 500) -> list[Outcome]:
        """Record events in batches of this size; what cannot be read is refused in its place, as an import does."""
        outcomes: list[Outcome] = []
        for start in range(0, len(documents), size):
            outcomes += await self._record_batch(documents[start : start + size])
        return outcomes

    async def accept(self, *documents: Document) -> None:
        """Record events, all of which are accepted."""
        assert codes(await self.record(*documents)) == [""] * len(documents)

    async def refuse(self, document: Document) -> str:
        """Record an event that is refused, and return why; nothing is written."""
        before = await self.count_rows()
        (outcome,) = await self.record(document)
        assert isinstance(outcome, Refused), outcome
        assert await self.count_rows() == before
        return outcome.error.code

    async def block(self, reference: str) -> None:
        async with self.database.write(self.platform_id) as conn:
            await block_party(conn, reference=reference, reason="test", actor=ACTOR, now=NOW)

    async def unblock(self, reference: str) -> None:
        async with self.database.write(self.platform_id) as conn:
            await unblock_party(conn, reference=reference, reason="test", actor=ACTOR, now=NOW)

    async def register(self, *documents: Document) -> None:
        """Register parties besides those that it was opened with."""
        async with self.database.write(self.platform_id) as conn:
            drafts = [parse_party(document) for document in documents]
            outcomes = await register_parties(conn, drafts=drafts, actor=ACTOR, now=NOW)
        assert all(isinstance(outcome, Registered) for outcome in outcomes), outcomes

    async def close(self, reference: str) -> None:
        async with self.database.write(self.platform_id) as conn:
            await close_party(conn, reference=reference, reason="test", actor=ACTOR, now=NOW)

    async def release(self, item: int, to: Literal["OWNER", "SPLITTER"], *, opening: int | None = None) -> Released:
        async with self.database.write(self.platform_id) as conn:
            to_whom = Destination(to)
            return await release_suspense(conn, item=item, to=to_whom, actor=ACTOR, now=NOW, opening=opening)

    async def rows(self, statement: str, *arguments: Any) -> list[Any]:
        async with self.database.read(self.platform_id) as conn:
            return await conn.fetch(statement, *arguments)

    async def count_rows(self) -> list[int]:
        """How much is written of everything that a recording writes."""
        tables = "log_record entry line log_event order_head order_line order_share order_refund order_refund_line"
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in f"{tables} order_event suspense_item".split())
        return [int(count) for count in (await self.rows(f"SELECT {counts}"))[0]]

    async def accounts(self) -> dict[tuple[str, str, str, str], tuple[int, int]]:
        """Gross debit and credit ever posted, by legal entity, code, party or "", currency."""
        rows = await self.rows(
            """
            SELECT a.book_reference, a.code, coalesce(a.party_reference, '') AS party, a.currency,
                l.debit_after, l.credit_after
            FROM account AS a CROSS JOIN LATERAL (
                SELECT * FROM line AS o WHERE o.account_id = a.account_id ORDER BY o.version DESC LIMIT 1
            ) AS l
            """
        )
        return {tuple(row)[:4]: (row["debit_after"], row["credit_after"]) for row in rows}

    async def net(self, codes_and_parties: str) -> list[int]:
        """What stands on each account on its credit side, for accounts such as "2010 M1" separated by commas."""
        sums: dict[str, int] = {}
        for (_, code, party, _), (debit, credit) in (await self.accounts()).items():
            name = f"{code} {party}".strip()
            sums[name] = sums.get(name, 0) + credit - debit
        return [sums.get(name.strip(), 0) for name in codes_and_parties.split(",")]

    async def entries(self) -> dict[str, Entries]:
        """Every entry of every order, in the order of the log."""
        rows = await self.rows(
            """
            SELECT e.sequence, e.document, e.template, e.document_line, a.code,
                coalesce(a.party_reference, '') AS party,
                coalesce(sum(l.amount) FILTER (WHERE l.side = 'D'), 0)::bigint AS debit,
                coalesce(sum(l.amount) FILTER (WHERE l.side = 'C'), 0)::bigint AS credit
            FROM entry AS e INNER JOIN line AS l ON l.sequence = e.sequence
            INNER JOIN account AS a ON a.account_id = l.account_id
            GROUP BY e.platform_id, e.sequence, e.document, e.template, e.document_line, a.code, a.party_reference
            ORDER BY e.sequence
            """
        )
        orders: dict[str, Entries] = {}
        for (_, document, template, line), group in itertools.groupby(rows, key=lambda row: tuple(row)[:4]):
            sides = {(row["code"], row["party"]): (row["debit"], row["credit"]) for row in group}
            orders.setdefault(document.removeprefix("order/"), []).append((template, line, sides))
        return orders

    async def _record_batch(self, documents: Sequence[Document]) -> list[Outcome]:
        parsed: list[Any] = []
        for document in documents:
            try:
                parsed.append(parse_event(document))
            except LedgerError as refusal:
                parsed.append(Refused(refusal))
        events = [each for each in parsed if not isinstance(each, Refused)]
        async with self.database.write(self.platform_id) as conn:
            recorded = await record_order_events(conn, events=events, actor=ACTOR, now=NOW, source="IMPORT")
        outcomes: Iterator[Outcome] = iter(recorded)
        return [each if isinstance(each, Refused) else next(outcomes) for each in parsed]


def codes(outcomes: Iterable[Outcome]) -> list[str]:
    """The code of each refusal as the oracle says it, "" for what was accepted or known already."""
    found = [outcome.error.code if isinstance(outcome, Refused) else "" for outcome in outcomes]
    return ["INVALID_INPUT" if code in MALFORMED else code for code in found]
