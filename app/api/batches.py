"""Mutations that take a list: one answer per item, and a refused item leaves its neighbours alone."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from app.api.context import Context
from app.api.mutations import Payload
from app.lanes.calls import Call
from app.lanes.registry import LaneKind
from ledger.errors import LedgerError
from ledger.journal.model import Refused

Input = TypeVar("Input")
Value = TypeVar("Value")
Outcome = TypeVar("Outcome")
Result = TypeVar("Result", bound=Payload)


async def submit_each(
    context: Context,
    kind: LaneKind[Call[Value], Outcome | Refused],
    items: Sequence[Input],
    *,
    read: Callable[[Input], Value],
    refused: Mapping[int, LedgerError] = MappingProxyType({}),
) -> list[Outcome | Exception]:
    """
    Read each item and submit those that could be read, in their order; an outcome or a refusal per item. Those at the
    places of `refused` are not read.

    Refusals: LaneFull, LaneClosed.
    """
    now = context.services.now()
    answers: list[Outcome | Exception] = []
    calls: dict[int, Call[Value]] = {}
    for place, item in enumerate(items):
        if place in refused:
            answers.append(refused[place])
            continue
        try:
            calls[place] = Call(context.viewer.actor, now, read(item))
        except LedgerError as refusal:
            answers.append(refusal)
        else:
            answers.append(LedgerError())  # until the lane has answered
    outcomes = await context.submit_many(kind, list(calls.values()))
    for place, outcome in zip(calls, outcomes, strict=True):
        answers[place] = outcome.error if isinstance(outcome, Refused) else outcome
    return answers


async def submit_one(
    context: Context,
    kind: LaneKind[Call[Value], Outcome | Refused],
    value: Value,
) -> Outcome:
    """
    Submit one item and return its outcome.

    Refusals: those of the kind, and of Lane.submit.
    """
    outcome = await context.submit(kind, Call(context.viewer.actor, context.services.now(), value))
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome


def write_each(
    context: Context,
    answers: Sequence[Outcome | Exception],
    *,
    field: str,
    refused: Callable[[], Result],
    done: Callable[[Outcome], Result],
    has_fields: bool = True,
) -> list[Result]:
    """
    Write one result per answer; a refusal's path begins at the item in the input, and ends there where an item is one
    id and has no fields.
    """
    results = []
    for place, answer in enumerate(answers):
        if isinstance(answer, Exception):
            result = refused()
            error = context.refuse(answer, prefix=(field, place))
            if not has_fields:
                error.field = [field, str(place)]
            result.user_errors = [error]
        else:
            result = done(answer)
        results.append(result)
    return results
