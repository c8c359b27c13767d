"""
Lines of sources that were refused. The watermark has passed them, so each is kept whole and tried again: by the pull
that brought it, since what it waits for may have come behind it, and then less and less often.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.actor import Actor
from ledger.charging.fees import sql
from ledger.charging.fees.errors import LineBroken, RefusedLineMissing, Why
from ledger.charging.fees.model import FeeLineDraft, LineSource
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.submitting import Outcome, submit_fee_lines
from ledger.compact_json import write_json
from ledger.db.columns import SEPARATOR, digests, numbers, texts
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.telling import log_events
from ledger.keeping import keep_facts

# The gaps between tries double, from the source's interval to this; a source that is asked less often sets its own.
LONGEST_GAP = timedelta(days=1)
# A source is asked each second at most, and a day is less than 2^17 seconds.
_MOST_DOUBLED = 17


class DueRefusal(NamedTuple):
    """A refused line that is to be tried again; one that met a bug is tried alone, as it would take others with it."""

    refusal: int
    met_bug: bool


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of lines that were tried again, in their order; `resolved` were accepted by that."""

    outcomes: list[Outcome]
    resolved: int


async def keep_refusals(
    conn: Connection, *, source: str, refused: Sequence[tuple[object, LedgerError]], actor: Actor, now: datetime
) -> None:
    """Keep lines of a source that were refused, each once; those that are new are told of by what seals them."""
    await lock_log(conn)
    documents = [json.dumps(document, sort_keys=True, separators=(",", ":")) for document, _ in refused]
    columns = (
        texts(documents),
        *_write_reasons(error for _, error in refused),
        digests([hashlib.sha256(document.encode()).digest() for document in documents]),
    )
    kept = await sql.insert_refusals(conn, source=source, refusals=columns, now=now)
    await _tell_reasons(conn, "source.lines_refused", source, kept, actor=actor, now=now)


async def find_due_refusals(conn: Connection, *, source: str, now: datetime, limit: int) -> list[DueRefusal]:
    """The lines of a source whose next try has come, the longest overdue first."""
    rows = await sql.find_due_refusals(conn, source=source, now=now, limit=limit)
    return [DueRefusal(row["refusal"], row["code"] == LineBroken.code) for row in rows]


async def retry_refused(conn: Connection, *, refusals: Sequence[int], actor: Actor, now: datetime) -> Retried:
    """
    Try these lines again, those that were accepted meanwhile as replays; one outcome per number, in order. What is
    refused still has to wait for longer than before.

    Refusals of a line: RefusedLineMissing, those of submit_fee_lines.
    """
    await lock_log(conn)
    rows = await sql.find_refused_documents(conn, refusals=sorted(set(refusals)))
    outcomes = await submit_documents(conn, [json.loads(row["document"]) for row in rows], actor=actor, now=now)
    found = {row["refusal"]: outcome for row, outcome in zip(rows, outcomes, strict=True)}
    still = [(number, outcome.error) for number, outcome in found.items() if isinstance(outcome, Refused)]
    await put_off_refusals(conn, refused=still, actor=actor, now=now)
    accepted = defaultdict(list)
    for row, outcome in zip(rows, outcomes, strict=True):
        if row["resolved_at"] is None and not isinstance(outcome, Refused):
            accepted[row["source"]].append(row["refusal"])
    for source, resolved in accepted.items():
        await sql.resolve_refusals(conn, refusals=resolved, now=now)
        said = {"source": source, "refusals": resolved}
        await tell_of_source(conn, "source.lines_accepted", source, said, actor=actor, now=now)
    missing = {number: Refused(RefusedLineMissing(number=number)) for number in refusals}
    return Retried([found.get(number, missing[number]) for number in refusals], sum(map(len, accepted.values())))


async def put_off_refusals(
    conn: Connection, *, refused: Sequence[tuple[int, LedgerError]], actor: Actor, now: datetime
) -> None:
    """Lines were tried again in vain. Those that are refused for another reason than before are told of anew."""
    if not refused:
        return
    await lock_log(conn)
    columns = (numbers([number for number, _ in refused]), *_write_reasons(error for _, error in refused))
    changed = await sql.put_off_refusals(conn, refusals=columns, most=LONGEST_GAP, most_doubled=_MOST_DOUBLED, now=now)
    by_source = defaultdict(list)
    for row in changed:
        by_source[row["source"]].append(row)
    for source, rows in by_source.items():
        await _tell_reasons(conn, "source.lines_refused_again", source, rows, actor=actor, now=now)


async def submit_documents(
    conn: Connection, documents: Sequence[object], *, actor: Actor, now: datetime
) -> list[Outcome]:
    """Take lines of a source as they came; one outcome per line, in order."""
    answers: list[Refused | None] = []
    drafts: list[FeeLineDraft] = []
    for document in documents:
        try:
            if not isinstance(document, Mapping):
                raise InvalidInput(reason=Why.FEE_LINE_IS_NO_OBJECT)
            drafts.append(replace(parse_fee_line(document), source=LineSource.PULLED))
            answers.append(None)
        except LedgerError as refusal:
            answers.append(Refused(refusal))
    outcomes = iter(await submit_fee_lines(conn, lines=drafts, actor=actor, now=now, source="RULE"))
    return [answer or next(outcomes) for answer in answers]


async def tell_of_source(
    conn: Connection, kind: str, source: str, said: Mapping[str, object], *, actor: Actor, now: datetime
) -> None:
    """Log an event of a source."""
    event = EventDraft(kind, f"source/{source}", now, (), write_json(said))
    await log_events(conn, events=[event], actor=actor)


async def _tell_reasons(
    conn: Connection, kind: str, source: str, rows: Sequence[sql.Row], *, actor: Actor, now: datetime
) -> None:
    if rows:
        refusals = [{"refusal": row["refusal"], "sha256": _seal_refusal(row)} for row in rows]
        await tell_of_source(conn, kind, source, {"source": source, "refusals": refusals}, actor=actor, now=now)


def _write_reasons(refused: Iterable[LedgerError]) -> tuple[str, str, str]:
    errors = list(refused)
    return (
        texts([error.code for error in errors]),
        texts([str(error).replace(SEPARATOR, " ") for error in errors]),
        texts([keep_facts(error) for error in errors]),
    )


def _seal_refusal(row: sql.Row) -> str:
    """A digest of what came and of what was said to it: the log tells it, and the texts are nobody else's business."""
    return hashlib.sha256(SEPARATOR.join((row["document"], row["code"], row["message"])).encode()).hexdigest()
