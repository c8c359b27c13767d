"""
What happens in the demo's year besides orders, done through the functions that a caller's mutation ends in.

What needs a sheet happens to the sheets that wait for their parties that day; a year without sales has none.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from app.approving import decide_all
from app.demo import incidents
from app.demo.regions import CHINA
from ledger import money
from ledger.access.keys import create_key
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.defining import FlowDraft, define_flow
from ledger.approvals.model import ANY_OPERATOR, Decision, Kind, Step, Verdict
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.submitting import submit_fee_lines
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.parties.finding import find_parties_by_id, get_party
from ledger.reporting import approvals, sheets, withholding
from ledger.reporting.model import Span
from ledger.reporting.sheets import SheetRow
from ledger.settlement.adjustments.answering import answer_with_adjustments
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.parsing import parse_agreement, parse_receipt
from ledger.settlement.deposits.receiving import record_cash
from ledger.settlement.holds.lifting import lift_holds
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.holds.placing import place_holds
from ledger.settlement.sheets.disputing import Answer, Objection, dispute_sheet

# By then the checker has left; no newcomer's clock is before it.
_CHECKER_UNTIL = datetime(2026, 2, 1, tzinfo=UTC)
_ALL = Span(limit=1_000)


class _Waiting(NamedTuple):
    """A sheet that waits for its party, and the party's reference."""

    sheet: SheetRow
    party: str


async def begin(database: Database, platform_id: int, actor: Actor, *, now: datetime) -> None:
    """Say who has to agree, and make the agreements of the year. Refusals: those of what it calls; none with ours."""
    async with database.write(platform_id) as conn:
        # A key that nobody has: its secret is thrown away.
        pepper, name = secrets.token_bytes(32), incidents.CHECKER
        await create_key(conn, role=Role.OPERATOR, name=name, pepper=pepper, now=now, expires_at=_CHECKER_UNTIL)
        flow = FlowDraft(
            kind=Kind.ADJUSTMENT,
            name="Adjustments from CNY 500.00 on",
            steps=(Step(approvers=(ANY_OPERATOR,)),),
            currency=CHINA.currency,
            from_amount_minor=incidents.APPROVED_FROM_MINOR,
        )
        await define_flow(conn, draft=flow, actor=actor, now=now)
        agreed = [parse_agreement(document) for document in incidents.agreements()]
        check_outcomes(await agree_deposits(conn, drafts=agreed, actor=actor, now=now))
        received = [parse_receipt(document) for document in incidents.receipts()]
        check_outcomes(await record_cash(conn, drafts=received, actor=actor, now=now))


async def happen(database: Database, platform_id: int, actor: Actor, *, now: datetime) -> None:
    """Let happen what the demo tells of this day. Refusals: those of what it calls; none with ours."""
    await _decide(database, platform_id, now=now)
    async with database.write(platform_id) as conn:
        lines = [parse_fee_line(document) for document in incidents.fee_lines(now)]
        check_outcomes(await submit_fee_lines(conn, lines=lines, actor=actor, now=now))
        drafts = [parse_adjustment(document) for document in incidents.adjustments(now)]
        check_outcomes(await propose_adjustments(conn, drafts=drafts, maker=actor, now=now))
        await _answer(conn, actor, now=now)
        await _lift(conn, actor, now=now)
        # A sheet is either held or disputed, and has room for one hold.
        waiting = await _list_waiting(conn)
        await _hold(conn, waiting, actor, now=now)
        await _object(conn, waiting, now=now)


def check_outcomes(outcomes: Sequence[object]) -> None:
    """Raise the first refusal among them."""
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise outcome.error


async def _decide(database: Database, platform_id: int, *, now: datetime) -> None:
    decisions = []
    for each in incidents.decisions(now):
        async with database.read(platform_id) as conn:
            (approval,) = await approvals.list_approvals(
                conn,
                actor=incidents.CHECKER,
                status=None,
                kind=None,
                subject=f"adjustment/{each.adjustment}",
                now=now,
                span=_ALL,
            )
        decisions.append(Decision(approval.approval_id, approval.digest, Verdict(each.verdict), each.comment))
    if decisions:
        checker = Actor(incidents.CHECKER)
        check_outcomes(await decide_all(database, platform_id, decisions, actor=checker, now=now))


async def _answer(conn: Connection, actor: Actor, *, now: datetime) -> None:
    for text, references in incidents.answers(now):
        rows = await _list_sheets(conn, status="DISPUTED")
        parties = await find_parties_by_id(conn, party_ids=[row.party_id for row in rows])
        for row in rows:
            # In a small demo somebody else may have objected, for whom no adjustment was made.
            own = references if parties[row.party_id].reference == incidents.OBJECTOR else ()
            answer = Answer(row.sheet_id, text, own)
            await answer_with_adjustments(conn, answer=answer, actor=actor, now=now)


async def _lift(conn: Connection, actor: Actor, *, now: datetime) -> None:
    rows = await withholding.list_holds(conn, party_id=None, order=None, is_open=True, scope=None, span=_ALL)
    numbers = {row.reference: row.hold_id for row in rows}
    drafts = [
        parse_lift({"hold": numbers[reference], **document})
        for reference, document in incidents.lifts(now)
        if reference in numbers
    ]
    check_outcomes(await lift_holds(conn, drafts=drafts, actor=actor, now=now))


async def _hold(conn: Connection, waiting: list[_Waiting], actor: Actor, *, now: datetime) -> None:
    drafts = []
    for each in incidents.holds(now):
        found = _take_best(waiting, party=each.party, least=each.part)
        if found is None:
            continue
        amount = found.sheet.payable_minor // each.part
        document = {
            "party": found.party,
            "legalEntity": CHINA.entity,
            "currency": CHINA.currency,
            "amount": money.format_amount(amount, currency=CHINA.currency),
            "sheet": found.sheet.sheet_id,
        }
        drafts.append(parse_hold({**document, **each.document}))
    check_outcomes(await place_holds(conn, drafts=drafts, actor=actor, now=now))


async def _object(conn: Connection, waiting: list[_Waiting], *, now: datetime) -> None:
    for each in incidents.objections(now):
        found = _take_best(waiting, party=each.party, least=1)
        if found is None:
            continue
        number = found.sheet.sheet_id
        (line,) = await sheets.list_lines(conn, sheet_id=number, is_open=False, span=Span(limit=1))
        objection = Objection(number, each.reason, lines=[(line.sequence, line.position)])
        await dispute_sheet(conn, objection=objection, actor=Actor(found.party), now=now)


def _take_best(waiting: list[_Waiting], *, party: str, least: int) -> _Waiting | None:
    """Take the sheet with the most to pay out of those that wait: the party's if it has one, else anybody's."""
    fitting = [each for each in waiting if each.sheet.payable_minor >= least]
    if not fitting:
        return None
    best = max(fitting, key=lambda each: (each.party == party, each.sheet.payable_minor, each.sheet.sheet_id))
    waiting.remove(best)
    return best


async def _list_waiting(conn: Connection) -> list[_Waiting]:
    rows = await _list_sheets(conn, status="CONFIRM_PENDING")
    parties = await find_parties_by_id(conn, party_ids=[row.party_id for row in rows])
    return [_Waiting(row, parties[row.party_id].reference) for row in rows]


async def _list_sheets(conn: Connection, *, status: str) -> list[SheetRow]:
    book = await get_party(conn, reference=CHINA.entity)
    rows = await sheets.list_sheets(
        conn, party_id=None, scope=None, role="MERCHANT", book_id=book.party_id, statuses=[status], span=_ALL
    )
    return [row for row in rows if row.currency == CHINA.currency]
