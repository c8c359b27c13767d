"""What an approval decided about adjustments: posted, rejected, or asked for again."""

from collections.abc import Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decided, Status
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.books import resolve_books
from ledger.journal.log import lock_log
from ledger.parties.finding import find_parties, find_parties_by_id
from ledger.settlement.adjustments import sql
from ledger.settlement.adjustments.model import Adjustment, AdjustmentDraft, AdjustmentKind
from ledger.settlement.adjustments.posting import post_adjustments, tell
from ledger.settlement.adjustments.proposing import check_receiver

_PREFIX = "adjustment/"
_REFUSED = (Status.REJECTED, Status.WITHDRAWN, Status.STALE)


async def apply_adjustments(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Post what was granted, and say what was refused, taken back or asked for again, in the transaction of the decision.
    What was proposed before its party closed is decided; to ask for it again afterwards is new business.

    Refusals: ApprovalStale where what was granted is not what was proposed, or was posted before;
        AdjustmentForClosedParty for what is asked for again; those of the journal. They are raised, and the decision is
        rolled back with them.
    """
    await lock_log(conn)
    references = [each.subject.removeprefix(_PREFIX) for each in decided]
    rows = {row["reference"]: row for row in await sql.find_adjustments(conn, references=references)}
    for each, reference in zip(decided, references, strict=True):
        row = rows.get(reference)
        is_other = each.granted and (row is None or row["fingerprint"] != each.digest)
        if is_other or (each.status not in _REFUSED and row is not None and row["status"] == "POSTED"):
            raise ApprovalStale(field=("approval",), approval=each.approval_id)
    found = await _resolve(conn, list(rows.values()))
    again = [
        found[name].draft for each, name in zip(decided, references, strict=True) if _is_new(each) and name in found
    ]
    parties = await find_parties(conn, references={name for each in again for name in _list_names(each)})
    for draft in again:
        check_receiver(draft, parties)
    books = await resolve_books(conn, book_ids={each.book_id for each in found.values()})
    pairs = [(each, found[name]) for each, name in zip(decided, references, strict=True) if name in found]
    granted = [(each, adjustment) for each, adjustment in pairs if each.granted]
    told = [
        tell(_word(each), adjustment, book=books[adjustment.book_id], now=now, why=each.comment)
        for each, adjustment in pairs
        if not each.granted
    ]
    posted = await post_adjustments(
        conn, adjustments=[adjustment for _, adjustment in granted], told=told, actor=actor, now=now
    )
    sequences = {each.approval_id: number for (each, _), number in zip(granted, posted, strict=True)}
    settled = [_settle(each, adjustment, sequences.get(each.approval_id), now) for each, adjustment in pairs]
    if settled:
        await sql.settle_adjustments(conn, rows=transpose(settled))


def _is_new(decided: Decided) -> bool:
    """Whether it was asked for again, and nobody else has agreed to it."""
    return decided.status is Status.PENDING or (decided.granted and decided.actor == decided.maker)


def _list_names(draft: AdjustmentDraft) -> list[str]:
    return [name for name in (draft.party, draft.counterparty) if name]


def _word(decided: Decided) -> str:
    return "proposed" if decided.status is Status.PENDING else "rejected"


def _settle(decided: Decided, adjustment: Adjustment, sequence: int | None, now: datetime) -> tuple[object, ...]:
    reference = adjustment.draft.reference
    if decided.granted:
        return (reference, "POSTED", sequence, decided.approval_id, decided.actor, now, "")
    if decided.status is Status.PENDING:
        return (reference, "PROPOSED", None, decided.approval_id, "", None, "")
    return (reference, "REJECTED", None, decided.approval_id, decided.actor, now, decided.comment)


async def _resolve(conn: Connection, rows: Sequence[sql.Row]) -> dict[str, Adjustment]:
    """Adjustments as they were proposed, by reference."""
    ids = {row[name] for row in rows for name in ("party_id", "counterparty_id", "book_id") if row[name] is not None}
    parties = {party_id: party.reference for party_id, party in (await find_parties_by_id(conn, party_ids=ids)).items()}
    return {
        row["reference"]: Adjustment(
            AdjustmentDraft(
                reference=row["reference"],
                kind=AdjustmentKind(row["kind"]),
                party=parties[row["party_id"]],
                legal_entity=parties[row["book_id"]],
                currency=row["currency"],
                amount=row["amount_minor"],
                reason=row["reason"],
                counterparty=parties.get(row["counterparty_id"], ""),
                order=row["order_reference"],
                line=row["line_reference"],
                evidence_sha256=row["attachment_sha256"],
            ),
            row["party_id"],
            row["counterparty_id"],
            row["book_id"],
            row["debit_code"],
            row["credit_code"],
        )
        for row in rows
    }
