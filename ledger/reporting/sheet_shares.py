"""
What became of each document that is on a closed sheet: what of it was paid, is held, retained, netted, on its way, and
what is still to be paid. See apportioning for how a sheet's money is divided among what is on it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ledger import money
from ledger.db.transacting import Connection
from ledger.noting import Noted, note
from ledger.reporting import sql_sheet_shares as sql
from ledger.reporting.apportioning import Claim, apportion, spread


class Share(NamedTuple):
    """
    A part of what a document brought to a sheet; fields as those of unpaid.UnpaidPart. `order` is the reference of the
    order that it was taken for, "" where it was taken of the sheet as a whole.
    """

    state: str
    code: str
    amount_minor: int
    awaits: str
    until: date | None
    document: str
    ground: str
    order: str = ""


# sheet -> document ("order/O1") -> its parts
Shares = Mapping[int, Mapping[str, Sequence[Share]]]

_UNDER_WAY = ("SUBMITTED", "UNKNOWN", "ACCEPTED")
_CODES = {"NETTED": "1200", "COLLECTED": "1200", "WRITTEN_OFF": "1200", "WITHHELD": "2110"}


async def load_sheet_shares(conn: Connection, *, sheet_ids: Sequence[int], tells_all: bool = True) -> Shares:
    """
    Every part of every document on these sheets, by sheet and document; three statements. Of a document its parts sum
    to what it brought, of a claim to what it took, of all to the sheet's total. All that is of one order is one
    document. A sheet that is still closing is left out: what is on it is not all there.

    States: ON_SHEET or OWED what is left, IN_PAYOUT, IN_TRANSIT, RETURNED, PAID, ON_HOLD, RETENTION, DEPOSIT; NETTED
    with another sheet, WITHHELD as tax, CLAIMED and FORFEITED out of a slice, COLLECTED, WRITTEN_OFF; SET_OFF against
    what counted the other way on the same sheet. `tells_all` as for load_unpaid.
    """
    if not sheet_ids:
        return {}
    documents: dict[int, list[sql.Row]] = defaultdict(list)
    claims: dict[int, list[Share]] = defaultdict(list)
    payments: dict[int, list[Share]] = defaultdict(list)
    for row in await sql.list_documents(conn, sheet_ids=sheet_ids, tells_all=tells_all):
        documents[row["position"]].append(row)
    for row in await sql.list_takes(conn, sheet_ids=sheet_ids):
        claims[row["position"]] += list(_read_take(row))
    for row in await sql.list_paying(conn, sheet_ids=sheet_ids, tells_all=tells_all):
        payments[row["position"]] += list(_read_payment(row))
    return {
        rows[0]["sheet_id"]: _divide(rows, [*_complete(rows[0], payments[position]), *claims[position]])
        for position, rows in documents.items()
        if rows[0]["status"] != "CLOSING"
    }


def _divide(rows: Sequence[sql.Row], taken: Sequence[Share]) -> dict[str, list[Share]]:
    """The parts of every document of one sheet."""
    sheet, names = rows[0], [row["document"] for row in rows]
    whole = [_find_rest(sheet, taken), *taken]
    claims = [Claim(share.amount_minor, _find_place(share, names)) for share in whole]
    divided = apportion([row["amount_minor"] for row in rows], claims)
    held, gaps = _hold_back(rows, divided.set_off)
    parts: dict[str, list[Share]] = {name: [] for name in names}
    for share, row in zip([*whole, *held], [*divided.shares, *gaps], strict=True):
        for name, amount in zip(names, row, strict=True):
            if amount:
                parts[name].append(share._replace(amount_minor=amount))
    for place, name in enumerate(names):
        rest = divided.set_off[place] - sum(row[place] for row in gaps)
        if rest:
            parts[name].append(Share("SET_OFF", "2015", rest, "", None, f"sheet/{sheet['sheet_id']}", ""))
    return parts


def _find_place(share: Share, names: Sequence[str]) -> int | None:
    named = f"order/{share.order}"
    return names.index(named) if share.order and named in names else None


def _find_rest(sheet: sql.Row, taken: Sequence[Share]) -> Share:
    """What is left of the sheet, to be paid or, of a negative one, owed."""
    left = abs(sheet["total_minor"]) - sum(share.amount_minor for share in taken)
    state, code = ("OWED", "1200") if sheet["total_minor"] < 0 else ("ON_SHEET", "2015")
    return Share(state, code, left, sheet["awaits"], sheet["until"], f"sheet/{sheet['sheet_id']}", "")


def _complete(sheet: sql.Row, payments: Sequence[Share]) -> list[Share]:
    """The payouts' parts, and what the sheet says of payouts besides."""
    paid = sum(share.amount_minor for share in payments if share.state == "PAID")
    rest = sheet["paid_minor"] - paid
    going = sheet["payout_minor"] - sum(share.amount_minor for share in payments) - rest
    shares = [*payments]
    if rest:
        shares.append(Share("PAID", "2015", rest, "", None, "", ""))
    if going:
        shares.append(Share("IN_PAYOUT", "2015", going, "SUBMISSION", None, "", ""))
    return shares


def _hold_back(rows: Sequence[sql.Row], set_off: Sequence[int]) -> tuple[list[Share], list[list[int]]]:
    """
    Holds of accrued money that name no order count down on a positive sheet: what the others gave for them is on hold,
    as far as they are not lifted.
    """
    held: list[Share] = []
    if rows[0]["total_minor"] >= 0:
        for row in rows:
            amount = min(-row["amount_minor"], row["held_minor"] or 0)
            if amount > 0:
                held.append(
                    Share(
                        "ON_HOLD",
                        "2050",
                        amount,
                        row["release_condition"],
                        row["expected_release_date"],
                        row["document"],
                        row["legal_ground"],
                    )
                )
    gaps = [max(each, 0) if row["amount_minor"] > 0 else 0 for each, row in zip(set_off, rows, strict=True)]
    return held, spread(gaps, [Claim(share.amount_minor) for share in held])


def _read_take(row: sql.Row) -> Iterator[Share]:
    kind, reference, amount = row["kind"], row["reference"], row["amount_minor"]
    if kind == "HELD":
        condition, ground = row["release_condition"] or "", row["legal_ground"] or ""
        held = Share("ON_HOLD", "2050", amount, condition, row["expected_release_date"], reference, ground)
        yield held._replace(order=row["order_reference"] or "")
    elif kind == "RETAINED" and row["slice_kind"] is not None:
        weights = [row["left_minor"], row["claimed_minor"], row["forfeited_minor"]]
        parts = money.allocate(amount, weights) if any(weights) else (amount, 0, 0)
        kept = "DEPOSIT" if row["slice_kind"] == "SEC" else "RETENTION"
        for state, part in zip((kept, "CLAIMED", "FORFEITED"), parts, strict=True):
            awaits, until = (row["slice_status"], row["releasable_date"]) if state == kept else ("", None)
            if part:
                yield Share(state, "2060", part, awaits, until, reference, row["slice_ground"])
    else:
        state = "RETENTION" if kind == "RETAINED" else kind
        yield Share(state, _CODES.get(kind, "2060"), amount, "", None, reference, "")


def _read_payment(row: sql.Row) -> Iterator[Share]:
    """What a payout has of a sheet now: nothing once it failed; of one that came back, what the bank kept."""
    document, arrived = f"payout/{row['payout_id']}", row["arrived_minor"]
    if arrived:
        yield Share("PAID", "2015", arrived, "", None, document, "")
    rest = row["taken_minor"] - arrived
    if row["stands"] == "CLAIMED" and rest:
        if row["status"] in _UNDER_WAY:
            yield Share("IN_TRANSIT", "2190", rest, row["awaits"], None, document, row["reason"])
        else:
            yield Share("IN_PAYOUT", row["takes_from"], rest, row["awaits"], row["due_date"], document, row["reason"])
    elif row["stands"] == "RETURNED" and rest:
        dispute = row["dispute_reference"]
        # What came back is paid again whole, so all of it waits for the end of the chargeback.
        ground = note(Noted.CAME_BACK_DISPUTED, dispute=dispute) if dispute else note(Noted.CAME_BACK)
        yield Share("RETURNED", "2016", rest, row["awaits"], None, document, ground)
