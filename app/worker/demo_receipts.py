"""
Receipts of the demo: what came to the bank beside payments, matched against what parties owe that day. Where nobody
owes anything, as in a small demo, what came in stays unidentified.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.demo.bank_lines import BankLine, bank_lines
from app.demo.regions import CHINA
from app.demo.settlement import paying_accounts
from app.worker.demo_incidents import check_outcomes
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.money import format_amount
from ledger.parties.finding import get_party
from ledger.reporting import sheets
from ledger.reporting.model import Span
from ledger.reporting.sheets import SheetRow
from ledger.settlement.receipts.matching import match_receipts
from ledger.settlement.receipts.parsing import parse_bank_receipt, parse_match
from ledger.settlement.receipts.recording import record_receipts

_OWING = ("RECEIVABLE", "CARRIED_FORWARD", "COLLECTING")
_ALL = Span(limit=1_000)


async def receive(database: Database, platform_id: int, actor: Actor, *, now: datetime) -> None:
    """Record what came in this day and match it. Refusals: those of what it calls; none with ours."""
    lines = bank_lines(now)
    if not lines:
        return
    async with database.write(platform_id) as conn:
        debts = await _list_debts(conn)
        paid = list(_choose_debts(lines, debts))
        drafts = [
            parse_bank_receipt(_describe(line, line.more + _part(line, debt)))
            for line, debt in zip(lines, paid, strict=True)
        ]
        outcomes = await record_receipts(conn, drafts=drafts, actor=actor, now=now)
        matches = [
            parse_match(
                {
                    "reference": f"match of {line.reference}",
                    "receipt": outcome.receipt_id,
                    "sheet": debt.sheet_id,
                    **_write_amount(_part(line, debt)),
                }
            )
            for line, debt, outcome in zip(lines, paid, outcomes, strict=True)
            if debt is not None and not isinstance(outcome, Refused)
        ]
        check_outcomes(outcomes)
        check_outcomes(await match_receipts(conn, drafts=matches, actor=actor, now=now))


async def _list_debts(conn: Connection) -> list[SheetRow]:
    """What is owed in China, the largest first."""
    book = await get_party(conn, reference=CHINA.entity)
    rows = await sheets.list_sheets(conn, party_id=None, scope=None, book_id=book.party_id, statuses=_OWING, span=_ALL)
    return sorted(
        (row for row in rows if row.currency == CHINA.currency and row.owed_minor > 1),
        key=lambda row: (-row.owed_minor, row.sheet_id),
    )


def _choose_debts(lines: Sequence[BankLine], debts: Sequence[SheetRow]) -> Iterator[SheetRow | None]:
    """A debt of its own for each line that pays one, while there are any."""
    left = iter(debts)
    for line in lines:
        yield next(left, None) if line.part else None


def _part(line: BankLine, debt: SheetRow | None) -> int:
    return 0 if debt is None else debt.owed_minor // line.part


def _describe(line: BankLine, amount: int) -> dict[str, object]:
    (account,) = [each.number for each in paying_accounts() if each.owner == CHINA.entity]
    return {
        "reference": line.reference,
        "legalEntity": CHINA.entity,
        "bankAccount": account,
        # A line that would have paid a debt brings something where there is none, too.
        **_write_amount(amount or 10_00),
        "valueDate": line.day.isoformat(),
        "reason": line.reason,
        **({"payer": line.payer} if line.payer else {}),
    }


def _write_amount(minor: int) -> dict[str, str]:
    return {"currency": CHINA.currency, "amount": format_amount(minor, currency=CHINA.currency)}
