"""
What a party owes from earlier sheets is taken from what it is to be paid, the oldest first.

Within one legal entity and currency, after both documents have closed: always between sheets of the same role and mode,
between others where the party's terms allow it. A debt in dispute waits; one that is netted before its party has agreed
to it may still be disputed, and ends once it is agreed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.books import resolve_books
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft
from ledger.money import format_amount
from ledger.settlement.sheets import lifecycle_sql
from ledger.settlement.sheets.fixing import PAYABLE_CODE, RECEIVABLE_CODE, cut_amount
from ledger.settlement.sheets.model import MovementKind, Sheet, Status, Take
from ledger.settlement.sheets.payable import judge_take, record_take
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.stepping import Steps, to_sheet

IN_DISPUTE = frozenset((Status.DISPUTED, Status.ADJUSTED))


class Owner(NamedTuple):
    """Within what debts are netted."""

    party_id: int
    book_id: int
    currency: str


Debts = dict[Owner, list[Sheet]]


class Netting(NamedTuple):
    """What a sheet pays of a debt, in minor units of their currency."""

    payer_id: int
    debtor_id: int
    amount: int


def owner_of(sheet: Sheet) -> Owner:
    """Whose debts a sheet may be netted with."""
    return Owner(sheet.key.party_id, sheet.key.book_id, sheet.key.currency)


async def find_debts(conn: Connection, *, sheets: Iterable[Sheet]) -> Debts:
    """
    What the parties of these sheets still owe from closed ones, the oldest first and at most a thousand of each; one
    statement.
    """
    debts: Debts = defaultdict(list)
    owners = sorted({owner_of(sheet) for sheet in sheets})
    if owners:
        for row in await lifecycle_sql.find_debts(conn, owners=owners):
            sheet = to_sheet(row)
            debts[owner_of(sheet)].append(sheet)
    return debts


async def net_sheets(
    conn: Connection, *, steps: Steps, sheets: Sequence[Sheet], debts: Debts, rules: Rules
) -> list[Sheet]:
    """
    Take from sheets, in their order, what their parties owe, and return them as they stand then. Movements, entries and
    events are gathered, and the debts as they stand then, in `steps`. At most one statement.
    """
    books = await resolve_books(conn, book_ids={owner.book_id for owner in debts})
    known = {debt.sheet_id: debt for owed in debts.values() for debt in owed}
    known |= {sheet.sheet_id: sheet for sheet in sheets}
    known |= {number: steps.sheets[number] for number in known.keys() & steps.sheets.keys()}
    standing = {owner: [known[debt.sheet_id] for debt in owed] for owner, owed in debts.items()}
    for netting in plan_nettings([known[sheet.sheet_id] for sheet in sheets], debts=standing, rules=rules):
        payer, debtor = known[netting.payer_id], known[netting.debtor_id]
        after = _net(steps, payer, debtor, netting.amount, zone=books[payer.key.book_id].time_zone)
        known |= {sheet.sheet_id: sheet for sheet in after}
    # A sheet may have been somebody's debt after its own turn.
    return [known[sheet.sheet_id] for sheet in sheets]


def plan_nettings(sheets: Iterable[Sheet], *, debts: Debts, rules: Rules) -> list[Netting]:
    """What these sheets, in their order, pay of what their parties owe, the oldest debt first; pure."""
    left = {debt.sheet_id: debt.owed for owed in debts.values() for debt in owed if debt.status not in IN_DISPUTE}
    planned = []
    for sheet in sheets:
        payable = sheet.payable
        for debt in debts.get(owner_of(sheet), ()) if payable > 0 else ():
            amount = min(payable, left.get(debt.sheet_id, 0))
            if amount > 0 and _may_net(sheet, debt, rules):
                planned.append(Netting(sheet.sheet_id, debt.sheet_id, amount))
                payable -= amount
                left[debt.sheet_id] -= amount
    return planned


def _may_net(payer: Sheet, debtor: Sheet, rules: Rules) -> bool:
    return payer.key == debtor.key or rules.plan_again(payer).terms.netting


def _net(steps: Steps, payer: Sheet, debtor: Sheet, amount: int, *, zone: str) -> tuple[Sheet, Sheet]:
    after = []
    for sheet, other in ((payer, debtor), (debtor, payer)):
        take = Take(sheet.sheet_id, MovementKind.NETTED, amount, other.subject)
        refusal = judge_take(sheet, take)
        if refusal is not None:
            raise InvariantBroken(f"netting takes no more than both sheets have: {refusal}")
        after.append(record_take(steps, sheet, take))
    netted, cleared = after
    formatted = format_amount(amount, currency=payer.key.currency)
    draft = _draft(steps, netted, cleared, amount, zone=zone)
    steps.post(draft, sheet=netted, kind="sheet.netted", amount=formatted, debt=debtor.sheet_id)
    return netted, cleared


def _draft(steps: Steps, payer: Sheet, debtor: Sheet, amount: int, *, zone: str) -> EntryDraft:
    party_id, book_id, _, _, currency = payer.key
    return EntryDraft(
        # With spaces, which no caller's key has. What was netted of a sheet grows each time; what it has left may grow
        # again by what comes back.
        key=f"sheet {payer.sheet_id} netted {debtor.sheet_id} up to {debtor.netted} and {payer.netted}",
        book_id=book_id,
        business_date=steps.now.astimezone(ZoneInfo(zone)).date(),
        lines=tuple(
            LineDraft(AccountKey(book_id, code, party_id, currency), side, part)
            for code, side in ((PAYABLE_CODE, DEBIT), (RECEIVABLE_CODE, CREDIT))
            for part in cut_amount(amount)
        ),
        source="RULE",
        template="SHEET_NETTED",
        document=payer.subject,
        document_line=str(debtor.sheet_id),
        cause=payer.subject,
        moves_off_closed_day=True,
    )
