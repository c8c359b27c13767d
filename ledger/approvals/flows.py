"""Flows: who has to agree to what, chosen by the narrowest conditions that fit."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ledger.approvals import sql
from ledger.approvals.model import ALWAYS_APPROVED, ANY_OPERATOR, ApprovalRequest, Flow, Kind, Rule, Seat, Step
from ledger.approvals.sql import Row
from ledger.compact_json import write_json
from ledger.db.transacting import Connection

# What asks for a second person where nobody defined anything.
_SECOND_PERSON = (Step(approvers=(ANY_OPERATOR,)),)


async def find_flows(conn: Connection, *, kinds: Iterable[Kind]) -> list[Flow]:
    """The last definitions for these kinds, also retired ones, which fit nothing; empty where there never was one."""
    return [_read_flow(row) for row in await sql.find_flows(conn, kinds=sorted(kinds))]


def choose_flow(flows: Sequence[Flow], *, request: ApprovalRequest) -> Flow | None:
    """
    Choose what is asked for a request: the narrowest flow that fits, by party, then book, then the greatest amount
    reached, then currency. None when none fits and the kind needs no approval by itself.

    An amount counts in its own currency only; a flow without an amount fits requests of any. A flow of the party that
    gets something counts where none fits on behalf of the one that gives it.
    """
    fitting = [flow for flow in flows if _fits(flow, request)]
    if fitting:
        return max(fitting, key=_narrowness)
    if request.counterparty_id is not None:
        return choose_flow(flows, request=replace(request, party_id=request.counterparty_id, counterparty_id=None))
    if request.kind in ALWAYS_APPROVED:
        return Flow(request.kind, "second person", _SECOND_PERSON)
    return None


def seats_of(flow: Flow) -> tuple[Seat, ...]:
    """The places that a flow asks to be taken: one for a step of any, one for each approver for a step of all."""
    seats = []
    for number, step in enumerate(flow.steps, start=1):
        groups = [step.approvers] if step.rule is Rule.ANY else [(name,) for name in step.approvers]
        for place, approvers in enumerate(groups, start=1):
            seats.append(Seat(number, place, approvers, step.substitutes, step.escalates_to, step.due_hours))
    return tuple(seats)


def write_steps(steps: Sequence[Step]) -> str:
    """Steps as JSON text, as a definition keeps them."""
    return write_json([_step_document(step) for step in steps])


def read_steps(text: str) -> tuple[Step, ...]:
    """Steps from the JSON text of a definition."""
    return tuple(
        Step(
            approvers=tuple(step["approvers"]),
            rule=Rule(step["rule"]),
            substitutes=tuple(step["substitutes"]),
            escalates_to=tuple(step["escalatesTo"]),
            due_hours=step["dueHours"],
        )
        for step in json.loads(text)
    )


def _step_document(step: Step) -> dict[str, object]:
    return {
        "approvers": step.approvers,
        "rule": step.rule.value,
        "substitutes": step.substitutes,
        "escalatesTo": step.escalates_to,
        "dueHours": step.due_hours,
    }


def _read_flow(row: Row) -> Flow:
    return Flow(
        kind=Kind(row["kind"]),
        name=row["name"],
        steps=read_steps(row["steps"]),
        book_id=row["book_id"],
        party_id=row["party_id"],
        currency=row["currency"],
        from_amount_minor=row["from_amount_minor"],
        is_retired=row["is_retired"],
        flow_version=row["flow_version"],
    )


def _fits(flow: Flow, request: ApprovalRequest) -> bool:
    reached = flow.from_amount_minor == 0 or (
        request.amount_minor is not None and abs(request.amount_minor) >= flow.from_amount_minor
    )
    return (
        flow.kind is request.kind
        and not flow.is_retired
        and flow.book_id in (None, request.book_id)
        and flow.party_id in (None, request.party_id)
        and flow.currency in (None, request.currency)
        and reached
    )


def _narrowness(flow: Flow) -> tuple[bool, bool, int, bool]:
    return (
        flow.party_id is not None,
        flow.book_id is not None,
        flow.from_amount_minor,
        flow.currency is not None,
    )
