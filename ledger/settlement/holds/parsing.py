"""From a JSON object (an input of the API, what an approver granted) to a hold, refusing what it does not know."""

from collections.abc import Callable, Mapping

from ledger import fields, money
from ledger.approvals.digests import write_content
from ledger.errors import InvalidInput
from ledger.settlement.holds.errors import Why
from ledger.settlement.holds.model import (
    DATE_STEP,
    DISPUTE_HOLD,
    DISPUTE_STEP,
    HoldDraft,
    LiftDraft,
    Reason,
    ReleaseRule,
)
from ledger.settlement.payables import ACCRUED_CODES

_HOLD = {
    "reference",
    "party",
    "legalEntity",
    "currency",
    "amount",
    "reason",
    "legalGround",
    "releaseCondition",
    "expectedReleaseDate",
}
_HOLD_OPTIONAL = {"releaseRule", "accountCode", "sheet", "order", "line"}
_LIFT = {"hold", "reference", "reason"}
_STEPS = (DATE_STEP, DISPUTE_STEP)


def parse_hold(document: Mapping[str, object]) -> HoldDraft:
    """
    Read a hold: reference, party, legalEntity, currency, amount, reason, legalGround, releaseCondition,
    expectedReleaseDate; releaseRule (BY_HAND), account or sheet, order and line.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_HOLD, optional=_HOLD_OPTIONAL)
    if "accountCode" in given and "sheet" in given:
        raise InvalidInput(field=("sheet",), reason=Why.ACCOUNT_OR_SHEET)
    rule = fields.read_choice(given.get("releaseRule", "BY_HAND"), ReleaseRule, field=("releaseRule",))
    if rule is ReleaseRule.BY_DISPUTE:
        raise InvalidInput(field=("releaseRule",), reason=Why.HOLD_OF_DISPUTE)
    currency = fields.read_currency(given["currency"], field=("currency",))
    line = fields.read_optional_text(given, "line")
    if line and "order" not in given:
        raise InvalidInput(field=("order",), reason=fields.Shape.LINE_WITH_ORDER)
    return HoldDraft(
        # A step of a hold has a key of its own beside that of the hold.
        reference=_read_key(given, is_own=lambda key: key.startswith(DISPUTE_HOLD) or key in _STEPS),
        party=fields.read_text(given["party"], field=("party",)),
        legal_entity=fields.read_text(given["legalEntity"], field=("legalEntity",)),
        currency=currency,
        amount=money.parse_amount(given["amount"], currency=currency, field=("amount",)),
        reason=fields.read_choice(given["reason"], Reason, field=("reason",)),
        legal_ground=fields.read_text(given["legalGround"], field=("legalGround",)),
        release_condition=fields.read_text(given["releaseCondition"], field=("releaseCondition",)),
        release_rule=rule,
        expected_release_date=fields.read_day(given["expectedReleaseDate"], field=("expectedReleaseDate",)),
        account=_read_account(given),
        sheet_id=fields.read_number(given["sheet"], field=("sheet",)) if "sheet" in given else None,
        order=fields.read_optional_text(given, "order"),
        line=line,
        content=write_content(given),
    )


def parse_lift(document: Mapping[str, object]) -> LiftDraft:
    """
    Read a lifting: hold, reference, reason; amount and currency where not all of it is lifted.

    Refusals: InvalidInput naming the field; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_LIFT, optional={"amount", "currency"})
    if ("amount" in given) != ("currency" in given):
        raise InvalidInput(field=("amount",), reason=fields.Shape.AMOUNT_WITH_CURRENCY)
    amount, currency = None, ""
    if "amount" in given:
        currency = fields.read_text(given["currency"], field=("currency",))
        amount = money.parse_amount(given["amount"], currency=currency, field=("amount",))
    return LiftDraft(
        hold_id=fields.read_number(given["hold"], field=("hold",)),
        reference=_read_key(given, is_own=lambda key: key in _STEPS),
        reason=fields.read_text(given["reason"], field=("reason",)),
        amount=amount,
        currency=currency,
        content=write_content(given),
    )


def _read_key(given: Mapping[str, object], *, is_own: Callable[[str], bool]) -> str:
    """A caller's key: what happens by itself would take its own for done, or for somebody else's."""
    key = fields.read_text(given["reference"], field=("reference",))
    if is_own(key):
        raise InvalidInput(field=("reference",), reason=fields.Shape.KEY_OF_THE_WORKER, key=key)
    return key


def _read_account(given: Mapping[str, object]) -> str:
    account = fields.read_optional_text(given, "accountCode")
    if account and account not in ACCRUED_CODES:
        known = ", ".join(sorted(ACCRUED_CODES))
        raise InvalidInput(field=("accountCode",), reason=Why.HOLD_ACCOUNT, known=known)
    return account
