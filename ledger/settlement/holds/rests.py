"""
What a chargeback could not hold, as its sheet did not have it: held once the sheet has it again.

It is written down when the chargeback is read (disputes), and ends when the chargeback is decided; where that took
from the merchant, when what it took is on a sheet that is agreed, or others have paid it: before, it would be paid
beside the debt.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.digests import write_content
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.settlement.holds import rest_sql
from ledger.settlement.holds.disputes import draft_hold, find_held_from, find_unsettled, read_shares
from ledger.settlement.holds.placing import place_holds
from ledger.settlement.sheets.payable import find_sheets


async def place_rests(conn: Connection, *, actor: Actor, now: datetime, sheet_ids: Sequence[int] | None = None) -> int:
    """
    Hold what open chargebacks found gone, as far as these sheets (None: all) have something to be paid again, the
    oldest chargeback first; how many holds were placed. The number of statements does not depend on how many.

    Whoever gives money back to sheets calls it in the same transaction, so nothing can pay that before it is held.
    """
    await lock_log(conn)
    rows = (
        await rest_sql.find_rests(conn)
        if sheet_ids is None
        else await rest_sql.find_rests_of_sheets(conn, sheet_ids=sorted(set(sheet_ids)))
    )
    if not rows:
        return 0
    said = await rest_sql.find_chargebacks(conn, sequences=sorted({row["sequence"] for row in rows}))
    shares = {(share.sequence, share.place): share for share in await read_shares(conn, said)}
    sheets = await find_sheets(conn, sheet_ids={row["sheet_id"] for row in rows})
    payable = {sheet_id: find_held_from(sheet) for sheet_id, sheet in sheets.items()}
    drafts, held = [], []
    for row in rows:
        sheet_id = row["sheet_id"]
        amount = min(row["left_minor"], payable[sheet_id])
        if amount <= 0:
            continue
        payable[sheet_id] -= amount
        total = row["held_minor"] + amount
        draft = draft_hold(shares[row["sequence"], row["place"]], amount, sheet_id)
        reference = f"{draft.reference}/{total}"
        content = write_content({"reference": reference, "dispute": draft.dispute, "amount": amount})
        drafts.append(replace(draft, reference=reference, content=content))
        held.append((row["sequence"], row["place"], sheet_id, total))
    if not drafts:
        return 0
    for outcome in await place_holds(conn, drafts=drafts, actor=actor, now=now, is_granted=True):
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"what is there can be held: {outcome.error}")
    await rest_sql.hold_rests(conn, rests=transpose(held))
    return len(held)


async def end_rests(conn: Connection) -> None:
    """
    End what nothing more is held of, as its chargeback is decided and what it took, if it did, is on an agreed sheet or
    paid; the log is locked.
    """
    rows = await rest_sql.find_decided(conn)
    if not rows:
        return
    said = await rest_sql.find_chargebacks(
        conn, sequences=sorted({row["sequence"] for row in rows if row["has_taken"]})
    )
    shares = await read_shares(conn, said)
    unsettled = await find_unsettled(conn, shares)
    waiting = {(share.sequence, share.place) for share in shares if share.reference in unsettled}
    ended = [row for row in rows if (row["sequence"], row["place"]) not in waiting]
    keys = [(row["sequence"], row["place"], row["sheet_id"]) for row in ended]
    if keys:
        await rest_sql.end_rests(conn, rests=transpose(keys))


async def has_rests(conn: Connection) -> bool:
    """Whether open chargebacks found something gone of sheets that have something again."""
    return bool(await rest_sql.find_rests(conn))


async def find_disputed_sheets(conn: Connection, *, sheet_ids: Sequence[int]) -> set[int]:
    """Those of these sheets of which something is still to be held: what came back of them is not paid again."""
    return {row["sheet_id"] for row in await rest_sql.find_rests_of_sheets(conn, sheet_ids=sorted(set(sheet_ids)))}
