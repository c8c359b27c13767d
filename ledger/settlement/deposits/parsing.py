"""From JSON objects (inputs of the API, what an approver granted) to what is asked of deposits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ledger import fields, money
from ledger.approvals.digests import write_content
from ledger.errors import InvalidInput
from ledger.settlement.deposits.errors import Why
from ledger.settlement.deposits.model import (
    DATE_STEP,
    AgreementDraft,
    Basis,
    CashDraft,
    ClaimPaymentDraft,
    DepositKind,
    DischargeDraft,
    EndingDraft,
    MoveKind,
    Release,
    Shortfall,
)
from ledger.settlement.payables import ACCRUED_CODES, ROLE_CODES

Document = Mapping[str, object]
_AGREEMENT = {"reference", "party", "legalEntity", "currency", "kind", "basis", "months", "legalGround"}
_AGREEMENT_OPTIONAL = {"rate", "base", "amount", "cap", "shortfall", "release", "role"}
_CASH = {"reference", "agreement", "currency", "amount", "startDate"}
_DISCHARGE = {"step", "slice", "reference", "reason"}
_DISCHARGE_OPTIONAL = {"amount", "currency", "party", "accountCode", "order"}
_CLAIM_PAYMENT = {"slice", "claim", "reason"}
_ENDING = {"agreement", "reason"}
# The step that what an approver is asked about names.
ENDING = "ENDED"
_OUT = (MoveKind.CLAIMED, MoveKind.RELEASED, MoveKind.FORFEITED)

MAX_MONTHS = 600
# So that the longest deposit ends within the calendar.
LAST_YEAR = 9000


def parse_agreement(document: Document) -> AgreementDraft:
    """
    Read an agreement: reference, party, legalEntity, currency, kind, basis, months, legalGround; of a PERIOD_NET rate
    and perhaps cap, of a TARGET amount or rate and base; shortfall (WAIT), release (BY_HAND), role.

    Refusals, first match wins: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin; RateInvalid.
    """
    given = fields.read_object(document, required=_AGREEMENT, optional=_AGREEMENT_OPTIONAL)
    basis = fields.read_choice(given["basis"], Basis, field=("basis",))
    currency = fields.read_currency(given["currency"], field=("currency",))
    _check_basis(given, basis)
    rate = None
    if "rate" in given:
        rate = money.parse_rate(given["rate"], field=("rate",))
        if rate == 0:
            raise InvalidInput(field=("rate",), reason=Why.RATE_OF_NOTHING)
    base = _read_amount(given, "base", currency)
    target = _read_amount(given, "amount", currency)
    if base is not None and rate is not None:
        target = money.multiply(base, rate, money.Rounding.HALF_UP)
    if basis is Basis.TARGET and not target:
        raise InvalidInput(field=("base",), reason=Why.RATE_TOO_SMALL)
    role = fields.read_optional_text(given, "role")
    if role and role not in ROLE_CODES:
        raise InvalidInput(field=("role",), reason=Why.DEPOSIT_ROLE, known=", ".join(ROLE_CODES))
    return AgreementDraft(
        reference=fields.read_text(given["reference"], field=("reference",)),
        party=fields.read_text(given["party"], field=("party",)),
        legal_entity=fields.read_text(given["legalEntity"], field=("legalEntity",)),
        currency=currency,
        kind=fields.read_choice(given["kind"], DepositKind, field=("kind",)),
        basis=basis,
        months=_read_months(given["months"]),
        shortfall=fields.read_choice(given.get("shortfall", "WAIT"), Shortfall, field=("shortfall",)),
        release=fields.read_choice(given.get("release", "BY_HAND"), Release, field=("release",)),
        legal_ground=fields.read_text(given["legalGround"], field=("legalGround",)),
        role=role,
        rate=rate,
        base=base,
        target=target,
        cap=_read_amount(given, "cap", currency),
        content=write_content(given),
    )


def parse_receipt(document: Document) -> CashDraft:
    """
    Read a deposit that came in: reference, agreement, currency, amount, startDate (the first day it secures).

    Refusals: InvalidInput naming the field; CurrencyUnknown; AmountInvalid and its kin.
    """
    return _read_cash(document, MoveKind.RECEIVED)


def parse_bill(document: Document) -> CashDraft:
    """Read a deposit that is billed; as `parse_receipt`."""
    return _read_cash(document, MoveKind.BILLED)


def parse_discharge(document: Document) -> DischargeDraft:
    """
    Read what shall go out of a slice: step (CLAIMED, RELEASED, FORFEITED), slice, reference, reason; amount with
    currency where it is not all; of a claim the order whose customer gets it, or the party with its account.

    Refusals: InvalidInput naming the field; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_DISCHARGE, optional=_DISCHARGE_OPTIONAL)
    kind = fields.read_choice(given["step"], MoveKind, field=("step",))
    if kind not in _OUT:
        raise InvalidInput(field=("step",), reason=Why.DEPOSIT_STEP, known=", ".join(_OUT))
    if ("amount" in given) != ("currency" in given):
        raise InvalidInput(field=("amount",), reason=fields.Shape.AMOUNT_WITH_CURRENCY)
    if kind is not MoveKind.CLAIMED and ("party" in given or "accountCode" in given):
        raise InvalidInput(field=("party",), reason=Why.PARTY_OF_NO_CLAIM)
    if "accountCode" in given and "party" not in given:
        raise InvalidInput(field=("accountCode",), reason=Why.ACCOUNT_WITH_PARTY)
    if kind is MoveKind.CLAIMED and "party" not in given and "order" not in given:
        raise InvalidInput(field=("order",), reason=Why.CLAIM_FOR_NOBODY)
    account = fields.read_optional_text(given, "accountCode")
    if account and account not in ACCRUED_CODES:
        known = ", ".join(sorted(ACCRUED_CODES))
        raise InvalidInput(field=("accountCode",), reason=Why.DEPOSIT_ACCOUNT, known=known)
    currency = fields.read_currency(given["currency"], field=("currency",)) if "currency" in given else ""
    reference = fields.read_text(given["reference"], field=("reference",))
    if reference == DATE_STEP:
        raise InvalidInput(field=("reference",), reason=fields.Shape.KEY_OF_THE_WORKER, key=reference)
    return DischargeDraft(
        kind=kind,
        slice_id=fields.read_number(given["slice"], field=("slice",)),
        reference=reference,
        reason=fields.read_text(given["reason"], field=("reason",)),
        amount=_read_amount(given, "amount", currency),
        currency=currency,
        party=fields.read_optional_text(given, "party"),
        account=account,
        order=fields.read_optional_text(given, "order"),
        content=write_content(given),
    )


def parse_claim_payment(document: Document) -> ClaimPaymentDraft:
    """
    Read that a claim was paid to the buyers: slice, claim (its reference), reason.

    Refusals: InvalidInput naming the field.
    """
    given = fields.read_object(document, required=_CLAIM_PAYMENT)
    return ClaimPaymentDraft(
        slice_id=fields.read_number(given["slice"], field=("slice",)),
        claim=fields.read_text(given["claim"], field=("claim",)),
        reason=fields.read_text(given["reason"], field=("reason",)),
    )


def parse_ending(document: Document) -> EndingDraft:
    """
    Read that an agreement shall end: agreement, reason.

    Refusals: InvalidInput naming the field.
    """
    given = fields.read_object(document, required=_ENDING)
    return EndingDraft(
        agreement=fields.read_text(given["agreement"], field=("agreement",)),
        reason=fields.read_text(given["reason"], field=("reason",)),
    )


def parse_granted_ending(document: Document) -> EndingDraft:
    """
    Read what people were asked about: also step (ENDED), currency, and amount where something is billed that lapses.

    Refusals: InvalidInput naming the field; AmountInvalid and its kin.
    """
    given = fields.read_object(document, required=_ENDING | {"step", "currency"}, optional={"amount"})
    currency = fields.read_currency(given["currency"], field=("currency",))
    draft = parse_ending({key: given[key] for key in _ENDING})
    return replace(draft, due=_read_amount(given, "amount", currency) or 0)


def _read_cash(document: Document, kind: MoveKind) -> CashDraft:
    given = fields.read_object(document, required=_CASH)
    currency = fields.read_currency(given["currency"], field=("currency",))
    start: date = fields.read_day(given["startDate"], field=("startDate",))
    if start.year > LAST_YEAR:
        raise InvalidInput(field=("startDate",), reason=Why.START_YEAR, last=LAST_YEAR)
    return CashDraft(
        kind=kind,
        reference=fields.read_text(given["reference"], field=("reference",)),
        agreement=fields.read_text(given["agreement"], field=("agreement",)),
        currency=currency,
        amount=money.parse_amount(given["amount"], currency=currency, field=("amount",)),
        start_date=start,
    )


def _check_basis(given: Document, basis: Basis) -> None:
    if basis is Basis.PERIOD_NET:
        needed, foreign = {"rate"}, {"base", "amount", "shortfall"}
    else:
        needed = {"amount"} if "amount" in given else {"rate", "base"}
        foreign = {"cap"} | ({"rate", "base"} if "amount" in given else set())
    for key in sorted(foreign & given.keys()):
        raise InvalidInput(field=(key,), reason=Why.NOT_OF_BASIS, key=key, basis=basis)
    for key in sorted(needed - given.keys()):
        raise InvalidInput(field=(key,), reason=Why.BASIS_NEEDS, key=key, basis=basis)


def _read_amount(given: Document, key: str, currency: str) -> int | None:
    return money.parse_amount(given[key], currency=currency, field=(key,)) if key in given else None


def _read_months(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_MONTHS:
        raise InvalidInput(field=("months",), reason=Why.MONTHS, most=MAX_MONTHS)
    return value
