"""From JSON objects (inputs of the API) to what is asked of receipts, refusing what they do not know."""

from collections.abc import Mapping

from ledger import fields, money
from ledger.approvals.digests import write_content
from ledger.errors import InvalidInput
from ledger.settlement.receipts.errors import Why
from ledger.settlement.receipts.model import (
    UNMATCHED_REASON,
    AssignmentDraft,
    MatchDraft,
    ReceiptDraft,
    ReturnDraft,
    ToleranceDraft,
    UnmatchDraft,
)

Document = Mapping[str, object]
_RECEIPT = {"reference", "legalEntity", "bankAccount", "currency", "amount", "valueDate"}
_MATCH = {"reference", "receipt", "sheet"}


def parse_bank_receipt(document: Document) -> ReceiptDraft:
    """
    Read a receipt: reference, legalEntity, bankAccount, currency, amount, valueDate; payer, reason, owner.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_RECEIPT, optional={"payer", "reason", "owner"})
    currency = fields.read_currency(given["currency"], field=("currency",))
    amount = money.parse_amount(given["amount"], currency=currency, field=("amount",))
    return ReceiptDraft(
        reference=fields.read_text(given["reference"], field=("reference",)),
        legal_entity=fields.read_text(given["legalEntity"], field=("legalEntity",)),
        bank_account=fields.read_text(given["bankAccount"], field=("bankAccount",)),
        currency=currency,
        amount=amount,
        value_date=fields.read_day(given["valueDate"], field=("valueDate",)),
        payer=_read_optional(given, "payer") or "",
        reason=_read_optional(given, "reason") or UNMATCHED_REASON,
        owner=_read_optional(given, "owner") or "",
        # An amount has one spelling there, so that a file and the API say the same.
        content=write_content({**given, "amount": money.format_amount(amount, currency=currency)}),
    )


def parse_match(document: Document) -> MatchDraft:
    """
    Read a match: reference, receipt and sheet (numbers); amount with its currency, else all that both have left;
    clearRest where a small rest of the debt goes with it.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_MATCH, optional={"amount", "currency", "clearRest"})
    clears_rest = fields.read_boolean(given.get("clearRest", False), field=("clearRest",))
    amount, currency = _read_part(given)
    return MatchDraft(
        reference=fields.read_text(given["reference"], field=("reference",)),
        receipt_id=fields.read_number(given["receipt"], field=("receipt",)),
        sheet_id=fields.read_number(given["sheet"], field=("sheet",)),
        amount=amount,
        currency=currency,
        clears_rest=clears_rest,
    )


def parse_unmatch(document: Document) -> UnmatchDraft:
    """
    Read what undoes a match: match (its number), reason.

    Refusals: InvalidInput naming the field.
    """
    given = fields.read_object(document, required={"match", "reason"})
    return UnmatchDraft(
        fields.read_number(given["match"], field=("match",)), fields.read_text(given["reason"], field=("reason",))
    )


def parse_return(document: Document) -> ReturnDraft:
    """
    Read what shall be given back: reference, receipt (its number), reason; amount with its currency, else all that is
    unidentified.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required={"reference", "receipt", "reason"}, optional={"amount", "currency"})
    amount, currency = _read_part(given)
    return ReturnDraft(
        reference=fields.read_text(given["reference"], field=("reference",)),
        receipt_id=fields.read_number(given["receipt"], field=("receipt",)),
        reason=fields.read_text(given["reason"], field=("reason",)),
        amount=amount,
        currency=currency,
        content=write_content(given),
    )


def parse_assignment(document: Document) -> AssignmentDraft:
    """
    Read who sees to a receipt: receipt (its number), and owner, reason or both.

    Refusals: InvalidInput naming the field.
    """
    given = fields.read_object(document, required={"receipt"}, optional={"owner", "reason"})
    if len(given) == 1:
        raise InvalidInput(field=("owner",), reason=Why.OWNER_OR_REASON)
    return AssignmentDraft(
        fields.read_number(given["receipt"], field=("receipt",)),
        _read_optional(given, "owner"),
        _read_optional(given, "reason"),
    )


def parse_tolerance(document: Document) -> ToleranceDraft:
    """
    Read what is tolerated: legalEntity, currency, amount, which may be 0.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required={"legalEntity", "currency", "amount"})
    currency = fields.read_currency(given["currency"], field=("currency",))
    return ToleranceDraft(
        legal_entity=fields.read_text(given["legalEntity"], field=("legalEntity",)),
        currency=currency,
        amount=money.parse_amount(given["amount"], currency=currency, field=("amount",), allow_zero=True),
    )


def _read_optional(given: Document, key: str) -> str | None:
    return fields.read_text(given[key], field=(key,)) if key in given else None


def _read_part(given: Document) -> tuple[int | None, str]:
    """An amount and its currency, or neither."""
    if ("amount" in given) != ("currency" in given):
        raise InvalidInput(field=("amount",), reason=fields.Shape.AMOUNT_WITH_CURRENCY)
    if "amount" not in given:
        return None, ""
    currency = fields.read_currency(given["currency"], field=("currency",))
    return money.parse_amount(given["amount"], currency=currency, field=("amount",)), currency
