"""From JSON objects (inputs of the API) to what is asked of receipts, refusing what they do not know."""

from collections.abc import Mapping

from ledger import fields, money
from ledger.approvals.digests import write_content
from ledger.errors import InvalidInput
from ledger.settlement.receipts.model import MatchDraft, ReceiptDraft, UnmatchDraft

Document = Mapping[str, object]
_RECEIPT = {"reference", "legalEntity", "bankAccount", "currency", "amount", "valueDate"}
_MATCH = {"reference", "receipt", "sheet"}


def parse_bank_receipt(document: Document) -> ReceiptDraft:
    """
    Read a receipt: reference, legalEntity, bankAccount, currency, amount, valueDate; payer.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_RECEIPT, optional={"payer"})
    currency = _read_currency(given)
    return ReceiptDraft(
        reference=fields.read_text(given["reference"], field=("reference",)),
        legal_entity=fields.read_text(given["legalEntity"], field=("legalEntity",)),
        bank_account=fields.read_text(given["bankAccount"], field=("bankAccount",)),
        currency=currency,
        amount=money.parse_amount(given["amount"], currency=currency, field=("amount",)),
        value_date=fields.read_day(given["valueDate"], field=("valueDate",)),
        payer=fields.read_text(given["payer"], field=("payer",)) if "payer" in given else "",
        content=write_content(given),
    )


def parse_match(document: Document) -> MatchDraft:
    """
    Read a match: reference, receipt and sheet (numbers); amount with its currency, else all that both have left.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_MATCH, optional={"amount", "currency"})
    if ("amount" in given) != ("currency" in given):
        raise InvalidInput(field=("amount",), reason="An amount and its currency are named together.")
    currency = _read_currency(given) if "currency" in given else ""
    return MatchDraft(
        reference=fields.read_text(given["reference"], field=("reference",)),
        receipt_id=_read_number(given, "receipt"),
        sheet_id=_read_number(given, "sheet"),
        amount=money.parse_amount(given["amount"], currency=currency, field=("amount",)) if currency else None,
        currency=currency,
    )


def parse_unmatch(document: Document) -> UnmatchDraft:
    """
    Read what undoes a match: match (its number), reason.

    Refusals: InvalidInput naming the field.
    """
    given = fields.read_object(document, required={"match", "reason"})
    return UnmatchDraft(_read_number(given, "match"), fields.read_text(given["reason"], field=("reason",)))


def _read_currency(given: Document) -> str:
    currency = fields.read_text(given["currency"], field=("currency",))
    money.exponent(currency, field=("currency",))
    return currency


def _read_number(given: Document, key: str) -> int:
    value = given[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise InvalidInput(field=(key,), reason=f"{key} must be the number of one, given: {money.describe(value)}.")
    return value
