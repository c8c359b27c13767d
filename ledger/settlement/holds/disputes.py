"""
Holds of what is in dispute: while a chargeback is open, the merchant's share of it may not be paid.

What happened to orders is read from the log, in stretches: chargebacks, and splits and releases out of suspense that
make a merchant's what is in dispute already. The share is held where it is: of the closed sheet that the
disputed line is on, as far as it has not been paid, and for the rest of what the merchant has accrued. What has left
already cannot be held; it is written down, and held if the sheet gets it back (rests).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ledger.actor import Actor
from ledger.approvals.digests import write_content
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.model import AccountKey, EventDraft, Refused
from ledger.journal.telling import log_events
from ledger.noting import Noted, note
from ledger.parties.finding import find_parties, find_settlers
from ledger.settlement.following import Stretch, find_stretch, finish_stretch
from ledger.settlement.holds import rest_sql, sql
from ledger.settlement.holds.lifting import UNSETTLED, lift_of_disputes, lift_of_lost
from ledger.settlement.holds.model import DISPUTE_HOLD, HoldDraft, Reason, ReleaseRule
from ledger.settlement.holds.placing import find_accrued, place_holds
from ledger.settlement.sheets.claimed import DocumentLine, find_claims
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import find_local_day

FOLLOWER = "disputes"
MERCHANT_CODE = "2010"

# The longest that card schemes give both sides to answer; a dispute that is decided earlier ends its holds then.
LONGEST_DISPUTE = timedelta(days=120)

_ENDINGS = {"chargeback.won": note(Noted.CHARGEBACK_WON), "chargeback.lost": note(Noted.CHARGEBACK_LOST)}
_NOT_HELD = frozenset({Status.OPEN, Status.CLOSING, Status.PAID, Status.COMPLETED})


@dataclass(frozen=True, slots=True)
class Disputed:
    """
    A merchant's share of one disputed line. `sequence` is the place in the log of the event that made it his to be
    paid, or of the chargeback where it was that before; `place` is its own there, and `reference` both. `zone` is the
    merchant's.
    """

    sequence: int
    place: int
    reference: str
    dispute: str
    order: str
    line: str
    merchant: str
    merchant_id: int
    legal_entity: str
    book_id: int
    currency: str
    amount: int
    since: datetime
    zone: str

    @property
    def key(self) -> AccountKey:
        """The merchant's account that the share stands on until a sheet claims it."""
        return AccountKey(self.book_id, MERCHANT_CODE, self.merchant_id, self.currency)


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a stretch of the log says: why each chargeback that was decided ends, which of them took from their merchants,
    and the shares of the others, and of those that took where that is owed from a sheet that is not agreed yet.
    """

    stretch: Stretch
    endings: Mapping[str, str]
    taken: Collection[str]
    shares: Sequence[Disputed]


async def read_disputes(conn: Connection) -> Told | None:
    """What the log says of chargebacks that was not acted on yet, a stretch of it; None once caught up. It locks it."""
    stretch = await find_stretch(conn, name=FOLLOWER)
    if stretch is None:
        return None
    rows = await sql.find_disputes(conn, after=stretch.after, through=stretch.through)
    said = [(row, json.loads(row["payload"])) for row in rows]
    endings = {document["dispute"]: _ENDINGS[row["kind"]] for row, document in said if row["kind"] in _ENDINGS}
    taken = {document["dispute"] for _, document in said if document.get("liability") == "SPLIT"}
    shares = await read_shares(conn, rows)
    unsettled = await find_unsettled(conn, [share for share in shares if share.dispute in taken])
    held = [share for share in shares if share.dispute not in endings or share.reference in unsettled]
    return Told(stretch, endings, taken, held)


async def follow_disputes(conn: Connection, *, told: Told, now: datetime, actor: Actor) -> int:
    """
    Place holds for the chargebacks that were read and lift those of the ones that were decided; how many records of the
    log that was.

    A chargeback that is lost by everyone takes the merchant's share from what he accrues: what of it is held of a
    closed sheet stays on hold until that is on a sheet that is agreed, and is netted, or others have paid it; else it
    is paid beside the debt.
    It is held until then also where it is lost before anybody has looked.

    What is done follows from the log, once, whoever was killed in between.
    """
    await lift_of_disputes(conn, endings=told.endings, taken=told.taken, actor=actor, now=now)
    await lift_of_lost(conn, actor=actor, now=now)
    await _place(conn, told.shares, taken=told.taken, actor=actor, now=now)
    await finish_stretch(conn, name=FOLLOWER, through=told.stretch.through)
    return told.stretch.through - told.stretch.after


async def find_short_sheets(conn: Connection, *, shares: Sequence[Disputed]) -> list[int]:
    """
    The sheets of which these shares would hold more than they have left, because payouts have claimed it; the log is
    locked.
    """
    claims = await _find_claims(conn, shares) if shares else []
    sheets = await find_sheets(conn, sheet_ids={sheet_id for claim in claims for sheet_id, _ in claim})
    wanted: dict[int, int] = {}
    for share, claim in zip(shares, claims, strict=True):
        for sheet_id, claimed in claim:
            wanted[sheet_id] = wanted.get(sheet_id, 0) + max(min(share.amount, claimed), 0)
    return [
        sheet_id
        for sheet_id, amount in sorted(wanted.items())
        if amount > sheets[sheet_id].payable and sheets[sheet_id].payout > sheets[sheet_id].paid
    ]


async def read_shares(conn: Connection, rows: Sequence[sql.Row]) -> list[Disputed]:
    """The merchants' shares of the chargebacks among these records of the log, in their order."""
    said = [(row, json.loads(row["payload"])) for row in rows if row["kind"] not in _ENDINGS]
    entities = await find_parties(conn, references={_name_owing(document) for _, document in said})
    disputed = [
        (row, document, line, place)
        for row, document in said
        for place, line in enumerate(_list_lines(document), start=1)
        if line["merchantShareMinor"] > 0
    ]
    settlers = await find_settlers(conn, party_ids={line["merchantId"] for _, _, line, _ in disputed})
    return [
        _read(
            *(row, document, line),
            place=place,
            book_id=entities[_name_owing(document)].party_id,
            zone=settlers[line["merchantId"]].time_zone,
        )
        for row, document, line, place in disputed
    ]


async def find_unsettled(conn: Connection, shares: Sequence[Disputed]) -> set[str]:
    """
    The shares, by reference, of which what their chargebacks took is on no agreed sheet and not paid; one statement.
    """
    if not shares:
        return set()
    taken = [(share.order, share.line, share.merchant_id, share.dispute) for share in shares]
    places = await sql.find_unsettled(conn, taken=transpose(taken), unsettled=[status.value for status in UNSETTLED])
    return {shares[place - 1].reference for place in places}


async def _find_claims(conn: Connection, shares: Sequence[Disputed]) -> list[list[tuple[int, int]]]:
    lines = [DocumentLine(f"order/{each.order}", each.line, each.merchant_id) for each in shares]
    return await find_claims(conn, lines=lines)


def _name_owing(document: Mapping[str, object]) -> str:
    """The legal entity that owes the merchant: the one that collects, unless the order says another."""
    return str(document.get("settlingEntity", document["legalEntity"]))


def _list_lines(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of the chargeback that a record is of, or of all that it names; each says of which it is."""
    return [
        {**line, "dispute": each["dispute"]} for each in document.get("disputes", (document,)) for line in each["lines"]
    ]


def _read(
    row: sql.Row, document: dict[str, Any], line: dict[str, Any], *, place: int, book_id: int, zone: str
) -> Disputed:
    return Disputed(
        sequence=row["sequence"],
        place=place,
        reference=f"{DISPUTE_HOLD}{row['sequence']}/{place}",
        dispute=line["dispute"],
        order=str(document["order"]),
        line=line["line"],
        merchant=line["merchant"],
        merchant_id=line["merchantId"],
        legal_entity=_name_owing(document),
        book_id=book_id,
        currency=str(document["currency"]),
        amount=line["merchantShareMinor"],
        since=row["occurred_at"],
        zone=zone,
    )


async def _place(
    conn: Connection, shares: Sequence[Disputed], *, taken: Collection[str], actor: Actor, now: datetime
) -> None:
    """
    Hold each share where it is, as far as it is there; what is not there is written down with its sheet. What a
    chargeback has taken is off what the merchant accrues: of that one only what his sheets have claimed is held.
    """
    if not shares:
        return
    claims = await _find_claims(conn, shares)
    sheets = await find_sheets(conn, sheet_ids={sheet_id for claim in claims for sheet_id, _ in claim})
    payable = {sheet_id: find_held_from(sheet) for sheet_id, sheet in sheets.items()}
    accrued = await find_accrued(conn, keys={each.key for each in shares})
    drafts: list[HoldDraft] = []
    rests: list[tuple[int, int, int, int, str]] = []
    events: list[EventDraft] = []
    for share, claim in zip(shares, claims, strict=True):
        left = share.amount
        gone: list[tuple[int, int]] = []
        for sheet_id, claimed in claim:
            amount = max(min(left, payable[sheet_id], claimed), 0)
            if amount:
                drafts.append(draft_hold(share, amount, sheet_id))
                payable[sheet_id] -= amount
                left -= amount
            gone.append((sheet_id, claimed - amount))
        amount = 0 if share.dispute in taken else min(left, accrued[share.key])
        if amount > 0:
            drafts.append(draft_hold(share, amount, None))
            accrued[share.key] -= amount
            left -= amount
        short: dict[int, int] = {}
        for sheet_id, missing in gone:
            amount = min(left, missing)
            if amount > 0:
                short[sheet_id] = amount
                left -= amount
        if short:
            rests += [
                (share.sequence, share.place, sheet_id, amount, share.dispute) for sheet_id, amount in short.items()
            ]
            events.append(_tell_of_short(share, short, now=now))
    for outcome in await place_holds(conn, drafts=drafts, actor=actor, now=now, is_granted=True):
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"what is there can be held: {outcome.error}")
    if rests:
        await rest_sql.insert_rests(conn, rests=transpose(rests))
        await log_events(conn, events=events, actor=actor)


def _tell_of_short(share: Disputed, short: Mapping[int, int], *, now: datetime) -> EventDraft:
    """What the log says of a share that could not be held whole: what of it was gone, by sheet; pure."""
    said = {
        "order": share.order,
        "line": share.line,
        "dispute": share.dispute,
        "party": share.merchant,
        "legalEntity": share.legal_entity,
        "currency": share.currency,
        "sequence": share.sequence,
        "place": share.place,
        "sheets": [{"sheet": sheet_id, "amountMinor": amount} for sheet_id, amount in short.items()],
    }
    return EventDraft("chargeback.short", f"order/{share.order}", now, (share.merchant_id,), write_json(said))


def find_held_from(sheet: Sheet) -> int:
    """What of a sheet can be held now; pure."""
    return 0 if sheet.status in _NOT_HELD else sheet.payable


def draft_hold(share: Disputed, amount: int, sheet_id: int | None) -> HoldDraft:
    """The hold of a part of a share, of a sheet or of accrued money; pure."""
    reference = share.reference if sheet_id is None else f"{share.reference}/sheet/{sheet_id}"
    draft = HoldDraft(
        reference=reference,
        party=share.merchant,
        legal_entity=share.legal_entity,
        currency=share.currency,
        amount=amount,
        reason=Reason.DISPUTE,
        legal_ground=note(Noted.CHARGEBACK_TAKEN, dispute=share.dispute),
        release_condition=note(Noted.CHARGEBACK_DECIDED if sheet_id is None else Noted.CHARGEBACK_SETTLED),
        release_rule=ReleaseRule.BY_DISPUTE,
        expected_release_date=find_local_day(share.since + LONGEST_DISPUTE, share.zone),
        account="" if sheet_id is not None else MERCHANT_CODE,
        sheet_id=sheet_id,
        order=share.order,
        line=share.line,
        dispute=share.dispute,
    )
    return replace(draft, content=write_content({"reference": reference, "dispute": share.dispute, "amount": amount}))
