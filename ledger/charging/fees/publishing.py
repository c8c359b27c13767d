"""The catalogue: a version of an item is published once and never changes; the last one is in force."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from ledger.actor import Actor
from ledger.charging.fees import sql
from ledger.charging.fees.errors import FeeItemMissing
from ledger.charging.fees.items import parse_item, write_item
from ledger.charging.fees.model import FeeItem, ItemInForce, ItemPublished, Items
from ledger.charging.fees.standard_items import STANDARD_ITEMS
from ledger.compact_json import write_json, write_sorted_json
from ledger.db.columns import digests, flags, numbers, texts
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


async def publish_fee_items(
    conn: Connection, *, items: Sequence[FeeItem], actor: Actor, now: datetime
) -> list[ItemPublished]:
    """
    Publish items of the catalogue; one outcome per item, in order. What the version in force says already is a replay,
    anything else a new version. Lines keep the version that they were posted with; those of sources that were refused
    as there was no such item are due now.
    """
    await lock_log(conn)
    in_force = await load_items(conn)
    await keep_standard_items(conn, in_force=in_force, codes=in_force)
    outcomes, fresh = [], []
    for item in items:
        known = in_force.get(item.code)
        version = known.version if known else 0
        replayed = known is not None and known.item == item
        if not replayed:
            version += 1
            fresh.append(ItemInForce(item, version))
        outcomes.append(ItemPublished(item.code, version, replayed))
    if fresh:
        payload = write_json({"items": [_describe(each) for each in fresh]})
        event = EventDraft("fee_items.published", "fee-items", now, (), payload)
        (recorded,) = await log_events(conn, events=[event], actor=actor)
        await _insert(conn, fresh, sequence=recorded.sequence)
        published = [each.item.code for each in fresh]
        await sql.bring_refusals_forward(conn, code=FeeItemMissing.code, items=published, now=now)
    return outcomes


async def load_items(conn: Connection) -> Items:
    """
    The items in force by code: those that the platform published, and of the standard catalogue those that it did not.
    A standard item that no line uses yet has no row; it counts as version 1.
    """
    rows = await sql.find_items(conn)
    items = {item.code: ItemInForce(item, 1) for item in STANDARD_ITEMS}
    items.update({row["code"]: ItemInForce(read_item(row["content"]), row["version"]) for row in rows})
    return items


async def keep_standard_items(conn: Connection, *, in_force: Items, codes: Iterable[str]) -> None:
    """Write down those of these items that came with the program and have no row yet; the caller holds the log."""
    stored = {row["code"] for row in await sql.find_items(conn)}
    missing = sorted({code for code in codes if code in in_force} - stored)
    if missing:
        await _insert(conn, [in_force[code] for code in missing], sequence=0)


@lru_cache(maxsize=5_000)
def read_item(content: str) -> FeeItem:
    """An item as it is stored."""
    document = json.loads(content)
    return parse_item({key: value for key, value in document.items() if value is not None})


def _write_content(item: FeeItem) -> str:
    return write_sorted_json(write_item(item))


def _describe(item: ItemInForce) -> dict[str, object]:
    mark = hashlib.sha256(_write_content(item.item).encode()).hexdigest()
    return {"code": item.item.code, "version": item.version, "sha256": mark}


async def _insert(conn: Connection, items: Sequence[ItemInForce], *, sequence: int) -> None:
    contents = [_write_content(each.item) for each in items]
    columns = (
        texts([each.item.code for each in items]),
        numbers([each.version for each in items]),
        flags([each.item.is_reversible for each in items]),
        texts(contents),
        digests([hashlib.sha256(content.encode()).digest() for content in contents]),
    )
    await sql.insert_items(conn, items=columns, sequence=sequence)
