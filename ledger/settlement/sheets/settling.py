"""
From confirmation to what is to be paid or collected.

    CONFIRMED -> debts are netted -> approval is asked for -> APPROVED
    APPROVED  -> purchase: INVOICE_PENDING; else, by the figures: PAYMENT_PENDING | COMPLETED | RECEIVABLE
    RECEIVABLE -> carried forward into the party's next sheets, within the limits of its terms, else collected
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.model import ApprovalRequest, Kind, Requested
from ledger.approvals.model import Status as ApprovalStatus
from ledger.approvals.requesting import request_approvals
from ledger.db.transacting import Connection
from ledger.money import format_amount
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.netting import IN_DISPUTE, Debts, find_debts, net_sheets, owner_of
from ledger.settlement.sheets.payable import settle_status
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.stepping import Steps


async def settle_confirmed(
    conn: Connection,
    *,
    steps: Steps,
    sheets: Sequence[Sheet],
    rules: Rules,
    makers: Mapping[int, Actor] = MappingProxyType({}),
) -> None:
    """
    Net sheets that were confirmed, ask for approval, and settle those that need none; gathered in `steps`, under the
    log's lock. `makers` names by sheet who asks, where it is not the actor of the steps. The number of statements
    depends on how many ask, not on the list.
    """
    if not sheets:
        return
    debts = await find_debts(conn, sheets=sheets)
    waiting = []
    for sheet in await net_sheets(conn, steps=steps, sheets=sheets, debts=debts, rules=rules):
        if sheet.total >= 0 or sheet.owed:
            waiting.append(sheet)
        elif sheet.status is Status.CONFIRMED:
            # Others had paid it whole: nobody is asked about it.
            settle_figures(steps, sheet, debts=debts, rules=rules)
    requests = [request_payment(sheet) for sheet in waiting]
    asking = [makers.get(sheet.sheet_id, steps.actor) for sheet in waiting]
    answers: dict[str, Requested] = {}
    for maker in dict.fromkeys(asking):
        own = [request for request, who in zip(requests, asking, strict=True) if who == maker]
        answered = await request_approvals(conn, requests=own, maker=maker, now=steps.now)
        answers.update(zip([request.subject for request in own], answered, strict=True))
    for sheet, request in zip(waiting, requests, strict=True):
        answer = answers[request.subject]
        if answer.state is ApprovalStatus.NOT_REQUIRED:
            settle_approved(steps, steps.move(sheet, Status.APPROVED), debts=debts, rules=rules)
        else:
            asked = sheet._replace(digest=request.digest)
            steps.move(asked, Status.APPROVAL, approval=answer.approval_id)


def settle_approved(steps: Steps, sheet: Sheet, *, debts: Debts, rules: Rules) -> None:
    """What becomes of a sheet once it is approved; pure but for what it gathers."""
    if sheet.total > 0 and sheet.key.mode == "PURCHASE":
        steps.move(sheet, Status.INVOICE_PENDING)
    else:
        settle_figures(steps, sheet, debts=debts, rules=rules)


def settle_figures(steps: Steps, sheet: Sheet, *, debts: Debts, rules: Rules) -> None:
    """What becomes of a sheet by its figures alone: it is paid, complete, or owed; pure but for what it gathers."""
    if sheet.total >= 0:
        steps.move(sheet, settle_status(sheet._replace(status=Status.PAYMENT_PENDING)))
    elif not sheet.owed:
        steps.move(sheet, Status.COLLECTED)
    else:
        carry(steps, steps.move(sheet, Status.RECEIVABLE), debts=debts, rules=rules)


def carry(steps: Steps, sheet: Sheet, *, debts: Debts, rules: Rules) -> None:
    """
    Carry a debt forward within the limits of the party's terms, else collect it; pure but for what it gathers.

    The limit is of all that the party owes since its sheets closed, as it is netted: without what it disputes.
    """
    terms = rules.plan_again(sheet).terms
    known = {debt.sheet_id: debt for debt in debts.get(owner_of(sheet), ())} | {sheet.sheet_id: sheet}
    standing = [steps.sheets.get(number, debt) for number, debt in known.items()]
    owed = sum(debt.owed for debt in standing if debt.status not in IN_DISPUTE)
    if terms.carry_limit_minor is not None and owed > terms.carry_limit_minor:
        limit = format_amount(terms.carry_limit_minor, currency=sheet.key.currency)
        steps.move(sheet, Status.COLLECTING, reason=f"more is owed than {limit}")
    elif terms.carry_cycles is not None and sheet.carried_cycles >= terms.carry_cycles:
        steps.move(sheet, Status.COLLECTING, reason=f"carried through {sheet.carried_cycles} closings")
    elif sheet.status is not Status.CARRIED_FORWARD:
        steps.move(sheet, Status.CARRIED_FORWARD)


def age_debts(steps: Steps, sheets: Iterable[Sheet], *, debts: Debts, rules: Rules) -> None:
    """The debts that are carried forward have met one more closing of their key; some are to be collected now."""
    for sheet in sheets:
        for debt in debts.get(owner_of(sheet), ()):
            carried = steps.sheets.get(debt.sheet_id, debt)
            is_earlier = carried.key == sheet.key and carried.period_start < sheet.period_start
            if is_earlier and carried.status is Status.CARRIED_FORWARD and carried.owed:
                aged = steps.keep(carried._replace(carried_cycles=carried.carried_cycles + 1))
                carry(steps, aged, debts=debts, rules=rules)


def describe_payment(sheet: Sheet) -> str:
    """Exactly what will be paid or collected, as the text that is approved."""
    return write_content(
        {
            "action": "SETTLE",
            "sheet": sheet.sheet_id,
            "party": sheet.party,
            "legalEntity": sheet.legal_entity,
            "role": sheet.key.role,
            "mode": sheet.key.mode,
            "currency": sheet.key.currency,
            "periodStart": sheet.period_start.isoformat(),
            "periodEnd": sheet.period_end.isoformat(),
            "throughSequence": sheet.through_sequence,
            "dueDate": sheet.due_date.isoformat(),
            "totalMinor": sheet.total,
            "nettedMinor": sheet.netted,
            "retainedMinor": sheet.retained,
            "heldMinor": sheet.held,
            "payableMinor": sheet.payable,
            "owedMinor": sheet.owed,
        }
    )


def request_payment(sheet: Sheet) -> ApprovalRequest:
    """What is asked for before a sheet is paid or collected."""
    content = describe_payment(sheet)
    return ApprovalRequest(
        kind=Kind.SHEET,
        subject=sheet.subject,
        digest=digest_content(content),
        amount_minor=sheet.at_stake,
        currency=sheet.key.currency,
        book_id=sheet.key.book_id,
        party_id=sheet.key.party_id,
        description=f"Sheet {sheet.sheet_id} of {sheet.party}",
        content=content,
    )
