"""The demo marketplace into a store, through the same writers as a file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from app.demo.marketplace import Marketplace
from app.demo.parties import OPERATOR
from app.importing.batches import Parse
from app.importing.events import make_event_writer
from app.importing.lines import NumberedLine
from app.importing.outcomes import Counts, Refusal, Rejected
from app.importing.plans import publish_document
from app.importing.running import Item, import_lines
from app.importing.writers import PartyWriter, Send
from app.platforms import choose_platform
from ledger.actor import Actor
from ledger.charging.parsing import parse_event
from ledger.compact_json import write_json
from ledger.db.connecting import Database
from ledger.parties.parsing import parse_party


async def load_marketplace(
    database: Database,
    marketplace: Marketplace,
    *,
    platform: str,
    actor: Actor,
    counts: Counts,
    on_batch: Callable[[int, Sequence[Rejected]], None],
) -> None:
    """
    Load parties, fee plans and events into the platform of that name, made where there is none.

    `on_batch` hears how many orders have been paid so far, and what was refused. The same marketplace again changes
    nothing.
    """

    async def load(documents: Iterable[dict[str, Any]], parse: Parse[Item], send: Send[Item]) -> None:
        await import_lines(_write_lines(documents), parse=parse, send=send, counts=counts, on_batch=report)

    def report(rejected: Sequence[Rejected]) -> None:
        on_batch(orders.paid, rejected)

    orders = _Orders()
    parties = PartyWriter(database, platform=None, actor=actor)
    await load(_rename(marketplace.generate_parties(), platform), parse_party, parties.send)
    chosen = await choose_platform(database, platform)
    for number, plan in enumerate(marketplace.fee_plans(), start=1):
        outcome = await publish_document(database, chosen.platform_id, plan, actor=actor)
        if isinstance(outcome, Refusal):
            report([Rejected(number, outcome)])
    events = make_event_writer(database, chosen.platform_id, actor=actor)
    await load(orders.count(marketplace.generate_events()), parse_event, events.send)


class _Orders:
    """Counts the orders that pass by."""

    def __init__(self) -> None:
        self.paid = 0

    def count(self, events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for event in events:
            self.paid += event["event"] == "order.paid"
            yield event


def _rename(parties: Iterable[dict[str, Any]], operator: str) -> Iterator[dict[str, Any]]:
    """Give the operator, and so the platform, another name."""
    for party in parties:
        names = {key: operator for key in ("reference", "parent") if party.get(key) == OPERATOR}
        yield {**party, **names}


def _write_lines(documents: Iterable[dict[str, Any]]) -> Iterator[NumberedLine]:
    for number, document in enumerate(documents, start=1):
        raw = write_json(document).encode()
        yield NumberedLine(number, raw, len(raw))
