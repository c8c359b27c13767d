"""Whether a receipt may be matched against a sheet or given back, and for how much. Pure."""

from dataclasses import replace

from ledger.errors import InvalidInput
from ledger.money import format_amount
from ledger.settlement.receipts.errors import (
    ReceiptEmpty,
    ReceiptExceeded,
    ReceiptMatchForeign,
    ReceiptRestTooLarge,
    Why,
)
from ledger.settlement.receipts.model import MatchDraft, Receipt, ReturnDraft
from ledger.settlement.sheets.errors import SheetNotPayable
from ledger.settlement.sheets.model import MovementKind, Sheet, Status, Take
from ledger.settlement.sheets.payable import judge_take

_IN_DISPUTE = frozenset((Status.DISPUTED, Status.ADJUSTED))


def judge_match(draft: MatchDraft, receipt: Receipt, sheet: Sheet, *, legal_entity: str) -> int:
    """
    How much of the receipt clears the sheet: what is asked for, else all that both have left. `legal_entity` is the
    reference of the receipt's. What a party disputes waits, as it does for netting.

    Refusals, first match wins: InvalidInput for another currency, ReceiptMatchForeign, SheetNotPayable, ReceiptEmpty,
        ReceiptExceeded, SheetPayableExceeded.
    Source: docs/unpaid.md "Receipts".
    """
    _check_currency(draft.currency, receipt)
    if (sheet.key.book_id, sheet.key.currency) != (receipt.book_id, receipt.currency):
        raise ReceiptMatchForeign(
            field=("sheet",),
            receipt=receipt.reference,
            entity=legal_entity,
            currency=receipt.currency,
            sheet=sheet.sheet_id,
        )
    _check_sheet(sheet)
    amount = min(receipt.unidentified, sheet.owed) if draft.amount is None else draft.amount
    _check_unidentified(amount, receipt)
    # Nothing may be owed of a sheet that still waits for approval; then even the least is too much.
    refusal = judge_take(sheet, Take(sheet.sheet_id, MovementKind.COLLECTED, amount or 1, receipt.subject))
    if refusal is not None:
        raise refusal
    return amount


def judge_rest(draft: MatchDraft, amount: int, sheet: Sheet, *, tolerance: int) -> int:
    """
    How much of the sheet is cleared beside the match of `amount`: all that would still be owed where that is asked for
    and at most the tolerance, else nothing.

    Refusals: ReceiptRestTooLarge.
    Source: docs/unpaid.md "Receipts".
    """
    rest = sheet.owed - amount if draft.clears_rest else 0
    if rest > tolerance:
        currency = sheet.key.currency
        raise ReceiptRestTooLarge(
            field=("clearRest",),
            sheet=sheet.sheet_id,
            rest=format_amount(rest, currency=currency),
            currency=currency,
            tolerance=format_amount(tolerance, currency=currency),
        )
    return rest


def judge_return(draft: ReturnDraft, receipt: Receipt) -> int:
    """
    How much of the receipt is given back: what is asked for, else all that is unidentified.

    Refusals, first match wins: InvalidInput for another currency, ReceiptEmpty, ReceiptExceeded.
    Source: docs/unpaid.md "Receipts".
    """
    _check_currency(draft.currency, receipt)
    amount = receipt.unidentified if draft.amount is None else draft.amount
    _check_unidentified(amount, receipt)
    return amount


def give_back(receipt: Receipt, amount: int) -> Receipt:
    """The receipt once so much more of it was given back."""
    return replace(receipt, returned=receipt.returned + amount)


def clear(receipt: Receipt, amount: int) -> Receipt:
    """The receipt once so much more of it is matched; below zero, unmatched."""
    return replace(receipt, matched=receipt.matched + amount)


def _check_currency(currency: str, receipt: Receipt) -> None:
    if currency not in ("", receipt.currency):
        facts = {"receipt": receipt.reference, "currency": receipt.currency}
        raise InvalidInput(field=("currency",), reason=Why.CURRENCY_OF_RECEIPT, **facts)


def _check_unidentified(amount: int, receipt: Receipt) -> None:
    """Refuse to take more of a receipt than is unidentified."""
    if not receipt.unidentified:
        raise ReceiptEmpty(field=("receipt",), receipt=receipt.reference)
    if amount > receipt.unidentified:
        raise ReceiptExceeded(
            field=("amount",),
            receipt=receipt.reference,
            unidentified=format_amount(receipt.unidentified, currency=receipt.currency),
            currency=receipt.currency,
            amount=format_amount(amount, currency=receipt.currency),
        )


def _check_sheet(sheet: Sheet) -> None:
    """Refuse what has no debt to clear, whatever the amount."""
    least = Take(sheet.sheet_id, MovementKind.COLLECTED, 1, "receipt")
    refusal = judge_take(sheet, least)
    if isinstance(refusal, SheetNotPayable):
        raise refusal
    if sheet.status in _IN_DISPUTE:
        raise SheetNotPayable(
            field=("sheet",),
            sheet=sheet.sheet_id,
            status=sheet.status,
            kind=MovementKind.COLLECTED,
            needed=Why.DISPUTE_ANSWER,
        )
