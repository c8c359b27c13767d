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

_DEFINITION = "approval-flow/"


async def find_flows(conn: Connection, *, kinds: Iterable[Kind]) -> list[Flow]:
    """The last definitions for these kinds, also retired ones, which fit nothing; empty where there never was one."""
    return [_read_flow(row) for row in await sql.find_flows(conn, kinds=sorted(kinds))]


async def find_flows_for(conn: Connection, *, requests: Iterable[ApprovalRequest]) -> list[Flow]:
    """What choose_flow has to know for these requests: the flows of their kinds, and of the kinds that they define."""
    kinds = {kind for request in requests for kind in (request.kind, _find_defined_kind(request)) if kind is not None}
    return await find_flows(conn, kinds=kinds)


def choose_flow(flows: Sequence[Flow], *, request: ApprovalRequest) -> Flow | None:
    """
    Choose what is asked for a request: the narrowest flow that fits, by party, then book, then the greatest amount
    reached, then currency. None when none fits and the kind needs no approval by itself.

    A definition needs a second person where a flow of the kind that it defines is in force (see find_flows_for): who
    may not decide alone may not decide alone who decides, either. The first one of a kind takes nothing from anybody.

    An amount counts in its own currency only; a flow without an amount fits requests of any. A flow of the party that
    gets something counts where none fits on behalf of the one that gives it.
    """
    fitting = [flow for flow in flows if _fits(flow, request)]
    if fitting:
        return max(fitting, key=_narrowness)
    if request.counterparty_id is not None:
        return choose_flow(flows, request=replace(request, party_id=request.counterparty_id, counterparty_id=None))
    if request.kind in ALWAYS_APPROVED or _is_in_force(flows, _find_defined_kind(request)):
        return find_built_in(request.kind)
    return None


def find_built_in(kind: Kind) -> Flow | None:
    """The flow of what asks for a second person without any definition, always or sometimes."""
    if kind in ALWAYS_APPROVED or kind is Kind.FLOW_DEFINITION:
        return Flow(kind, "second person", _SECOND_PERSON)
    return None


def name_definition(kind: Kind, conditions: str) -> str:
    """The subject of a request to define a flow, by which its kind is known again."""
    return f"{_DEFINITION}{kind}/{conditions}"


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


def _find_defined_kind(request: ApprovalRequest) -> Kind | None:
    if request.kind is not Kind.FLOW_DEFINITION:
        return None
    return Kind(request.subject.removeprefix(_DEFINITION).split("/", 1)[0])


def _is_in_force(flows: Sequence[Flow], kind: Kind | None) -> bool:
    return any(flow.kind is kind and not flow.is_retired for flow in flows)


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
