"""
From sheets that are due to payouts, pure.

One payout per bank account of the party, legal entity and currency. A payout moves a multiple of the channel's step;
what is below it stays on its sheet. The order is by due date, then sheet, everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from ledger import money
from ledger.settlement.payouts.model import DueSheet, PayeeAccount, PayingAccount, PayoutDraft, Share, Waiting
from ledger.settlement.payouts.withholding import Month, WithholdingRule, find_rule, withhold


class Reason(StrEnum):
    """Why a sheet that is due is not paid now."""

    NO_PAYING_ACCOUNT = "NO_PAYING_ACCOUNT"
    NO_PAYEE_ACCOUNT = "NO_PAYEE_ACCOUNT"
    PARTY_BLOCKED = "PARTY_BLOCKED"
    BELOW_STEP = "BELOW_STEP"
    NOTHING_AFTER_TAX_AND_FEE = "NOTHING_AFTER_TAX_AND_FEE"
    APPROVAL_PENDING = "APPROVAL_PENDING"
    APPROVAL_REJECTED = "APPROVAL_REJECTED"
    BANK_BALANCE = "BANK_BALANCE"
    BEHIND_ANOTHER = "BEHIND_ANOTHER"
    CLAIMED_MEANWHILE = "CLAIMED_MEANWHILE"
    BANK_SAYS_PAID = "BANK_SAYS_PAID"
    PAYEE_ACCOUNT_RETIRED = "PAYEE_ACCOUNT_RETIRED"
    PAYING_ACCOUNT_RETIRED = "PAYING_ACCOUNT_RETIRED"
    TAX_MONTH_PASSED = "TAX_MONTH_PASSED"
    TAX_CHANGED = "TAX_CHANGED"
    CHARGED_BACK = "CHARGED_BACK"


@dataclass(frozen=True, slots=True)
class World:
    """
    What planning goes by: accounts by (book, currency) and (party, currency), blocked parties, the day that what is
    posted now is dated in each book, the plug-ins, and what each party was paid this month under them by (book, party,
    currency).
    """

    paying: Mapping[tuple[int, str], PayingAccount]
    payees: Mapping[tuple[int, str], PayeeAccount]
    blocked: frozenset[int]
    days: Mapping[int, date]
    rules: Sequence[WithholdingRule]
    months: Mapping[tuple[int, int, str], Month]


def plan_payouts(sheets: Sequence[DueSheet], *, world: World) -> tuple[list[PayoutDraft], list[Waiting]]:
    """
    The payouts that these sheets make, in the order of their due dates, and what waits: the one and the other are all
    that is payable, also where a payout leaves something of a sheet.

    A payout is due when the first of its sheets is. Reasons, first match wins: BEHIND_ANOTHER for what is above the
    largest amount of the ledger, PARTY_BLOCKED, NO_PAYEE_ACCOUNT, NO_PAYING_ACCOUNT, BELOW_STEP,
    NOTHING_AFTER_TAX_AND_FEE.
    """
    drafts: list[PayoutDraft] = []
    waiting: list[Waiting] = []
    ordered = sorted(sheets, key=lambda sheet: (*_target(sheet), sheet.due_date, sheet.sheet_id))
    for _, group in groupby(ordered, key=_target):
        batch, behind = _cut(list(group))
        waiting += [wait(sheet, Reason.BEHIND_ANOTHER) for sheet in behind]
        planned = _plan_one(batch, world)
        if isinstance(planned, Reason):
            waiting += [wait(sheet, planned) for sheet in batch]
            continue
        drafts.append(planned)
        waiting += [wait(rest, Reason.BELOW_STEP) for rest in _find_rests(batch, planned)]
    drafts.sort(key=lambda draft: (draft.due_date, draft.shares[0].sheet_id))
    waiting.sort(key=lambda each: (each.due_date, each.sheet_ids))
    return drafts, waiting


def wait(sheet: DueSheet, reason: Reason) -> Waiting:
    """One sheet that waits."""
    return Waiting(
        0, (sheet.sheet_id,), sheet.party_id, sheet.book_id, sheet.currency, sheet.due_date, sheet.payable, reason.value
    )


def _target(sheet: DueSheet) -> tuple[int, int, str]:
    return sheet.book_id, sheet.party_id, sheet.currency


def _cut(sheets: Sequence[DueSheet]) -> tuple[list[DueSheet], list[DueSheet]]:
    """What one payout can carry, the last of the sheets perhaps in part, and what is behind that."""
    left = money.MAX_AMOUNT_MINOR
    carried: list[DueSheet] = []
    behind: list[DueSheet] = []
    for sheet in sheets:
        part = min(sheet.payable, left)
        left -= part
        carried += [sheet._replace(payable=part)] if part else []
        behind += [sheet._replace(payable=sheet.payable - part)] if part < sheet.payable else []
    return carried, behind


def _find_rests(sheets: Sequence[DueSheet], planned: PayoutDraft) -> list[DueSheet]:
    """What a payout leaves of its sheets."""
    taken = {share.sheet_id: share.taken + share.withheld for share in planned.shares}
    rests = [sheet._replace(payable=sheet.payable - taken.get(sheet.sheet_id, 0)) for sheet in sheets]
    return [rest for rest in rests if rest.payable]


def _plan_one(sheets: Sequence[DueSheet], world: World) -> PayoutDraft | Reason:
    book_id, party_id, currency = _target(sheets[0])
    payee = world.payees.get((party_id, currency))
    paying = world.paying.get((book_id, currency))
    if party_id in world.blocked:
        return Reason.PARTY_BLOCKED
    if payee is None:
        return Reason.NO_PAYEE_ACCOUNT
    if paying is None:
        return Reason.NO_PAYING_ACCOUNT
    day = world.days[book_id]
    payable = sum(sheet.payable for sheet in sheets)
    if payable < paying.step_minor:
        return Reason.BELOW_STEP
    rule = find_rule(payee.withholding_rule, currency=currency, day=day, rules=world.rules)
    month = world.months.get((book_id, party_id, currency), Month())
    taken, tax = floor_to_step(payable, step=paying.step_minor, fee=paying.fee_minor, rule=rule, month=month)
    if taken - tax - paying.fee_minor <= 0:
        return Reason.NOTHING_AFTER_TAX_AND_FEE
    return PayoutDraft(
        party_id=party_id,
        book_id=book_id,
        currency=currency,
        paying_account_id=paying.paying_account_id,
        payee=payee,
        due_date=min(sheet.due_date for sheet in sheets),
        shares=share_out(sheets, tax=tax, rest=payable - taken),
        fee=paying.fee_minor,
        taxed=taken if rule else 0,
        tax_rule=rule.code if rule else "",
        tax_month=day.replace(day=1) if rule else None,
    )


def floor_to_step(payable: int, *, step: int, fee: int, rule: WithholdingRule | None, month: Month) -> tuple[int, int]:
    """
    What is taken of what is payable, and the tax in it: after tax and fee it is the most that the channel can move, in
    multiples of its step. (0, 0) where nothing is left to move. What is not taken is not taxed either.
    """

    def tax_on(amount: int) -> int:
        return withhold(rule, month, amount) if rule else 0

    most = payable - tax_on(payable) - fee
    moved = most - most % step
    if moved <= 0:
        return 0, 0
    # The largest amount that leaves no more than that: found by halves, as what is left never falls for more.
    low, high = moved + fee, payable
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle - tax_on(middle) - fee <= moved else (low, middle - 1)
    tax = tax_on(low)
    if low - tax - fee != moved:
        # Where a law takes its tax in leaps no amount leaves just that: the tax of all of it is withheld then.
        tax = tax_on(payable)
    return moved + fee + tax, tax


def share_out(sheets: Sequence[DueSheet], *, tax: int, rest: int) -> tuple[Share, ...]:
    """
    What is taken of each sheet. The rest that cannot be moved stays on the last sheets; tax is spread by what is taken
    of each, largest remainder, so that it adds up.
    """
    taken = [sheet.payable for sheet in sheets]
    for place in reversed(range(len(taken))):
        left = min(rest, taken[place])
        taken[place] -= left
        rest -= left
    taxes = money.allocate(tax, taken) if tax else (0,) * len(taken)
    return tuple(
        Share(sheet.sheet_id, amount - withheld, withheld)
        for sheet, amount, withheld in zip(sheets, taken, taxes, strict=True)
        if amount
    )
