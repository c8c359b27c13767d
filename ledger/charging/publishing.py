"""A fee plan is published once and never changes; what comes later is another version."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from ledger.actor import Actor
from ledger.charging import plan_sql
from ledger.charging.errors import PlanConflict
from ledger.charging.overrides import check_granted
from ledger.charging.rates import FeePlan
from ledger.compact_json import write_json, write_sorted_json
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


@dataclass(frozen=True, slots=True)
class Published:
    """`replayed` when the plan was published before with the same content; `sequence` is its place in the log."""

    plan: str
    version: int
    valid_from: date
    sequence: int
    replayed: bool


async def publish_plan(conn: Connection, *, plan: FeePlan, actor: Actor, now: datetime) -> Published:
    """
    Publish a version of a fee plan. It is in force for payments from its first day on, until the first day of a later
    one; of two with one first day the one published last counts.

    Refusals, first match wins: PlanConflict, when this plan was published for this day with other content;
        OverrideUnfit, when a merchant was granted rates for a day of it that do not go with it.
    """
    await lock_log(conn)
    published = await find_published(conn, plan=plan)
    if published is not None:
        return published
    await check_granted(conn, plan=plan)
    content, mark = _write(plan)
    version = await plan_sql.find_last_version(conn) + 1
    said = {"plan": plan.name, "version": version, "validFrom": plan.valid_from.isoformat(), "sha256": mark.hex()}
    payload = write_json(said)
    event = EventDraft("plan.published", f"plan/{plan.name}", now, (), payload)
    (recorded,) = await log_events(conn, events=[event], actor=actor)
    await plan_sql.insert_plan(
        conn,
        version=version,
        plan=plan.name,
        valid_from=plan.valid_from,
        content=content,
        fingerprint=mark,
        sequence=recorded.sequence,
    )
    return Published(plan.name, version, plan.valid_from, recorded.sequence, replayed=False)


async def find_published(conn: Connection, *, plan: FeePlan) -> Published | None:
    """This version of a plan where it was published before. Refusals: PlanConflict, where it was with other content."""
    known = await plan_sql.find_plan(conn, plan=plan.name, valid_from=plan.valid_from)
    if known is None:
        return None
    _, mark = _write(plan)
    if known["fingerprint"] != mark:
        raise PlanConflict(field=("validFrom",), plan=plan.name, valid_from=plan.valid_from.isoformat())
    return Published(plan.name, known["version"], plan.valid_from, known["sequence"], replayed=True)


def _write(plan: FeePlan) -> tuple[str, bytes]:
    """What is kept of a plan, and its mark."""
    content = write_sorted_json(plan.to_document())
    return content, hashlib.sha256(content.encode()).digest()
