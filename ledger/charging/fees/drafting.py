"""From a fee line that counts to its entry and its event."""

from datetime import date

from ledger import money
from ledger.charging.drafting import Source
from ledger.charging.fees.items import CONTRAS
from ledger.charging.fees.metadata import write_fee_line
from ledger.charging.fees.model import Direction, FeeItem, FeeLine, LineSource
from ledger.compact_json import write_json
from ledger.journal.books import Book
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, EventDraft, LineDraft

TEMPLATE = "FEE_LINE"
OUTPUT_TAX, INPUT_TAX = "2105", "1240"


def draft_fee_entry(line: FeeLine, item: FeeItem, *, day: date, source: Source) -> EntryDraft:
    """
    Dr party A, Cr contra A less tax, Cr 2105 tax where he pays; the mirror where he gets, with 1240.
    A reversal moves the other way on the accounts of its original.
    """
    party = AccountKey(line.book_id, line.account_code, line.party_id, line.currency)
    contra_holder = line.party_id if CONTRAS[item.contra].kept_per == "PARTY" else None
    contra = AccountKey(line.book_id, item.contra, contra_holder, line.currency)
    tax_code = OUTPUT_TAX if item.direction is Direction.CHARGE else INPUT_TAX
    others = [(contra, line.amount - line.tax), (AccountKey(line.book_id, tax_code, None, line.currency), line.tax)]
    mine, theirs = (DEBIT, CREDIT) if line.direction is Direction.CHARGE else (CREDIT, DEBIT)
    opposite = [LineDraft(account, theirs, amount) for account, amount in others if amount]
    lines = [LineDraft(party, mine, line.amount)]
    return EntryDraft(
        # No key of an order's entry ends like this: theirs end in a template.
        key=f"{line.reference}/fee-line",
        book_id=line.book_id,
        business_date=day,
        lines=tuple(lines + opposite if mine == DEBIT else opposite + lines),
        source="RULE" if line.source is LineSource.PULLED else source,
        template=TEMPLATE,
        description=item.name,
        document=f"fee-line/{line.reference}",
        document_line=line.line,
        cause=line.reference,
        metadata=write_fee_line(line, item),
        moves_off_closed_day=True,
    )


def draft_fee_event(line: FeeLine, *, book: Book, party: str, entries: tuple[int, ...]) -> EventDraft:
    """What the log says about one line; its entry, if it has one, stands at that place among the drafts."""
    said = {
        "feeLine": line.reference,
        "item": line.item,
        "party": party,
        "legalEntity": book.reference,
        "currency": line.currency,
        "amount": money.format_amount(line.amount * line.direction.sign, currency=line.currency),
        "order": line.order,
        "line": line.line,
        "reverses": line.reverses or "",
        "source": line.source.value,
    }
    return EventDraft(
        kind="fee_line.noted" if line.compare_only else "fee_line.posted",
        subject=f"fee-line/{line.reference}",
        occurred_at=line.occurred_at,
        parties=(line.book_id, line.party_id),
        payload=write_json({key: value for key, value in said.items() if value}),
        entries=entries,
    )
