"""A dispute is answered with what was done for it: adjustments that are of its sheet's party, entity and currency."""

from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.journal.log import lock_log
from ledger.settlement.adjustments import sql
from ledger.settlement.adjustments.errors import AdjustmentElsewhere, AdjustmentMissing, AdjustmentRejected, Why
from ledger.settlement.sheets.disputing import Answer, Disputed, answer_dispute
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.payable import find_sheets

MOST_NAMED = 1_000


async def answer_with_adjustments(conn: Connection, *, answer: Answer, actor: Actor, now: datetime) -> Disputed:
    """
    Answer a sheet's dispute, and name the adjustments that were made for it: posted, or waiting for approval. One of
    its party's, on either side, by its legal entity and in its currency.

    Refusals, first match wins: InvalidInput for one that is named twice or too many; of a sheet that is in dispute
        AdjustmentMissing, AdjustmentElsewhere, AdjustmentRejected; those of answer_dispute.
    """
    names = list(answer.adjustments)
    if len(set(names)) < len(names) or len(names) > MOST_NAMED:
        raise InvalidInput(field=("adjustments",), reason=Why.ADJUSTMENTS_NAMED, most=MOST_NAMED)
    await lock_log(conn)
    sheet = (await find_sheets(conn, sheet_ids=[answer.sheet_id])).get(answer.sheet_id)
    if names and sheet is not None and sheet.status is Status.DISPUTED:
        rows = {row["reference"]: row for row in await sql.find_adjustments(conn, references=names)}
        for place, name in enumerate(names):
            _check(sheet, rows.get(name), name, field=("adjustments", str(place)))
    return await answer_dispute(conn, answer=answer, actor=actor, now=now)


def _check(sheet: Sheet, row: sql.Row | None, reference: str, *, field: tuple[str, ...]) -> None:
    if row is None:
        raise AdjustmentMissing(field=field, reference=reference)
    key = sheet.key
    is_of_party = key.party_id in (row["party_id"], row["counterparty_id"])
    if not is_of_party or (row["book_id"], row["currency"]) != (key.book_id, key.currency):
        raise AdjustmentElsewhere(
            field=field,
            reference=reference,
            sheet=sheet.sheet_id,
            party=sheet.party,
            legal_entity=sheet.legal_entity,
            currency=key.currency,
        )
    if row["status"] == "REJECTED":
        raise AdjustmentRejected(field=field, reference=reference)
