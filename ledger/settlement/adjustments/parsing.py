"""From a JSON object (an input of the API) to an adjustment, refusing what it does not know."""

import re
from collections.abc import Mapping

from ledger import fields, money
from ledger.approvals.digests import write_content
from ledger.errors import InvalidInput
from ledger.settlement.adjustments.errors import Why
from ledger.settlement.adjustments.model import AdjustmentDraft, AdjustmentKind
from ledger.settlement.payables import ACCRUED_CODES

_REQUIRED = {"reference", "kind", "party", "legalEntity", "currency", "amount", "reason"}
_OPTIONAL = {"accountCode", "counterparty", "counterAccountCode", "order", "line", "evidenceSha256"}
_BETWEEN_PARTIES = (AdjustmentKind.CORRECTION, AdjustmentKind.TRANSFER)
_SHA256 = re.compile("[0-9a-f]{64}")


def parse_adjustment(document: Mapping[str, object]) -> AdjustmentDraft:
    """
    Read an adjustment: reference, kind, party, legalEntity, currency, amount, reason; accountCode, counterparty and
    counterAccountCode, order and line, evidenceSha256 (64 hexadecimal digits).

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_REQUIRED, optional=_OPTIONAL)
    kind = fields.read_choice(given["kind"], AdjustmentKind, field=("kind",))
    if (kind in _BETWEEN_PARTIES) != ("counterparty" in given):
        reason = Why.COUNTERPARTY_NEEDED if kind in _BETWEEN_PARTIES else Why.NO_COUNTERPARTY
        raise InvalidInput(field=("counterparty",), reason=reason, kind=kind)
    if "counterAccountCode" in given and kind is not AdjustmentKind.TRANSFER:
        raise InvalidInput(field=("counterAccountCode",), reason=Why.SECOND_ACCOUNT)
    if "line" in given and "order" not in given:
        raise InvalidInput(field=("order",), reason=fields.Shape.LINE_WITH_ORDER)
    currency = fields.read_currency(given["currency"], field=("currency",))
    return AdjustmentDraft(
        reference=fields.read_text(given["reference"], field=("reference",)),
        kind=kind,
        party=fields.read_text(given["party"], field=("party",)),
        legal_entity=fields.read_text(given["legalEntity"], field=("legalEntity",)),
        currency=currency,
        amount=money.parse_amount(given["amount"], currency=currency, field=("amount",)),
        reason=fields.read_text(given["reason"], field=("reason",)),
        account=_read_account(given, "accountCode"),
        counterparty=fields.read_optional_text(given, "counterparty"),
        counter_account=_read_account(given, "counterAccountCode"),
        order=fields.read_optional_text(given, "order"),
        line=fields.read_optional_text(given, "line"),
        evidence_sha256=_read_digest(given),
        content=write_content(given),
    )


def _read_account(given: Mapping[str, object], key: str) -> str:
    account = fields.read_optional_text(given, key)
    if account and account not in ACCRUED_CODES:
        known = ", ".join(sorted(ACCRUED_CODES))
        raise InvalidInput(field=(key,), reason=Why.ADJUSTMENT_ACCOUNT, known=known)
    return account


def _read_digest(given: Mapping[str, object]) -> bytes | None:
    if "evidenceSha256" not in given:
        return None
    text = given["evidenceSha256"]
    if not isinstance(text, str) or _SHA256.fullmatch(text) is None:
        raise InvalidInput(field=("evidenceSha256",), reason=Why.EVIDENCE_DIGEST, given=money.describe(text))
    return bytes.fromhex(text)
