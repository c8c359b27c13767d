"""Defining flows. Where one of the kind is in force, a second person decides about definitions, too."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.approvals import sql
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.errors import Why
from ledger.approvals.finding import find_same
from ledger.approvals.flows import name_definition, read_steps, write_steps
from ledger.approvals.loading import load_present
from ledger.approvals.model import (
    ANY_OPERATOR,
    WITHOUT_AMOUNT,
    WITHOUT_BOOK,
    WITHOUT_PARTY,
    ApprovalRequest,
    Decided,
    Flow,
    Kind,
    Rule,
    Status,
    Step,
)
from ledger.approvals.requesting import request_approvals
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.journal.errors import BookMissing
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events
from ledger.parties.errors import PartyMissing
from ledger.parties.finding import find_parties
from ledger.parties.model import Party

MOST_STEPS = 10
MOST_NAMES = 100
MOST_DUE_HOURS = 24 * 366

# What would be read as something else between the slashes of a subject: several names, none, or one with its length.
_AMBIGUOUS = re.compile(r".*/|\*\Z|[0-9]+:", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FlowDraft:
    """A flow whose legal entity and party are named by reference; see `model.Flow`."""

    kind: Kind
    name: str
    steps: tuple[Step, ...]
    legal_entity: str | None = None
    party: str | None = None
    currency: str | None = None
    from_amount_minor: int = 0
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Defined:
    """`flow_version` is its number, None while it waits for `approval_id`."""

    flow_version: int | None
    approval_id: int | None


async def define_flow(conn: Connection, *, draft: FlowDraft, actor: Actor, now: datetime) -> Defined:
    """
    Define who has to agree under some conditions, in the place of what was defined for the same conditions before. It
    counts for what is asked from then on.

    Where there is a flow for FLOW_DEFINITION the definition waits for it; else, where any flow of this kind is in
    force, for another operator: one person alone takes no approval away.

    Refusals, first match wins: InvalidInput, BookMissing, PartyMissing.
    """
    await lock_log(conn)
    _check_shape(draft)
    parties = await find_parties(conn, references=[name for name in (draft.legal_entity, draft.party) if name])
    flow = _resolve(draft, parties)
    if not draft.is_retired:
        _check_people(draft, (await load_present(conn, actor=actor.name, now=now)).operators)
    content = write_content(_to_document(draft))
    conditions = (draft.legal_entity, draft.party, draft.currency)
    where = "/".join("*" if name is None else _write_name(name) for name in conditions)
    request = ApprovalRequest(
        kind=Kind.FLOW_DEFINITION,
        subject=name_definition(draft.kind, f"{where}/{draft.from_amount_minor}"),
        digest=digest_content(content),
        amount_minor=None,
        currency=None,
        book_id=flow.book_id,
        party_id=flow.party_id,
        description=f"{'Retire' if draft.is_retired else 'Define'} the approval flow {draft.name} for {draft.kind}",
        content=content,
    )
    # In an older store names stood there as they are.
    where = "/".join(name or "*" for name in conditions)
    older = replace(request, subject=name_definition(draft.kind, f"{where}/{draft.from_amount_minor}"))
    if older.subject != request.subject and (waiting := await find_same(conn, requests={0: older})):
        return Defined(None, waiting[0])
    (requested,) = await request_approvals(conn, requests=[request], maker=actor, now=now)
    if requested.state is Status.PENDING:
        return Defined(None, requested.approval_id)
    return Defined(await _write(conn, flow, content, actor, now), None)


async def apply_definitions(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """Write the definitions that were granted, as defined by who asked for them."""
    for each in decided:
        if each.granted:
            draft = _from_document(json.loads(each.content))
            parties = await find_parties(conn, references=[name for name in (draft.legal_entity, draft.party) if name])
            await _write(conn, _resolve(draft, parties), each.content, Actor(each.maker), now)


async def _write(conn: Connection, flow: Flow, content: str, actor: Actor, now: datetime) -> int:
    version = await sql.insert_flow(conn, flow=flow, steps=write_steps(flow.steps), actor=actor.name, now=now)
    event = EventDraft("approval.flow_defined", f"approval-flow/{version}", now, (), content)
    await log_events(conn, events=[event], actor=actor)
    return version


def _write_name(name: str) -> str:
    """A name as it stands in a subject: before one that could be read otherwise goes how long it is. Pure."""
    return f"{len(name)}:{name}" if _AMBIGUOUS.match(name) else name


def _check_shape(draft: FlowDraft) -> None:
    """Refusals: InvalidInput, CurrencyUnknown."""
    if not 1 <= len(draft.name) <= 200:
        raise InvalidInput(field=("name",), reason=Why.FLOW_NAME)
    if draft.from_amount_minor < 0 or (draft.from_amount_minor > 0 and draft.currency is None):
        raise InvalidInput(field=("from_amount",), reason=Why.FLOW_AMOUNT)
    if draft.currency is not None:
        money.exponent(draft.currency)
    if not draft.is_retired:
        _check_conditions(draft)
    if not 1 <= len(draft.steps) <= MOST_STEPS:
        raise InvalidInput(field=("steps",), reason=Why.STEP_COUNT, most=MOST_STEPS)
    for place, step in enumerate(draft.steps):
        _check_step(step, field=("steps", str(place)))
    named = [name for step in draft.steps for name in step.approvers if name != ANY_OPERATOR]
    if len(named) != len(set(named)):
        raise InvalidInput(field=("steps",), reason=Why.ONE_WORD_EACH)


def _check_conditions(draft: FlowDraft) -> None:
    """Who defines a flow relies on it: one that could never be asked is refused, and may only be retired."""
    named = (
        (draft.currency, WITHOUT_AMOUNT, "from_amount", Why.NEVER_ASKED_AMOUNT),
        (draft.legal_entity, WITHOUT_BOOK, "legal_entity", Why.NEVER_ASKED_BOOK),
        (draft.party, WITHOUT_PARTY, "party", Why.NEVER_ASKED_PARTY),
    )
    for given, kinds, field, reason in named:
        if given is not None and draft.kind in kinds:
            raise InvalidInput(field=(field,), reason=reason, kind=draft.kind)


def _check_step(step: Step, *, field: tuple[str, ...]) -> None:
    if not step.approvers or not step.escalates_to:
        raise InvalidInput(field=field, reason=Why.STEP_NAMES_NOBODY)
    if sum(map(len, (step.approvers, step.substitutes, step.escalates_to))) > MOST_NAMES:
        raise InvalidInput(field=field, reason=Why.STEP_NAMES, most=MOST_NAMES)
    if step.rule is Rule.ANY and step.approvers.count(ANY_OPERATOR) > 1:
        raise InvalidInput(field=field, reason=Why.ANY_OPERATOR_ONCE)
    if step.due_hours is not None and not 1 <= step.due_hours <= MOST_DUE_HOURS:
        raise InvalidInput(field=field, reason=Why.DUE_HOURS, most=MOST_DUE_HOURS)


def _check_people(draft: FlowDraft, operators: frozenset[str]) -> None:
    """A name that nobody bears would wait for nobody."""
    for place, step in enumerate(draft.steps):
        for name in _people(step):
            if name not in operators:
                field = ("steps", str(place))
                raise InvalidInput(field=field, reason=Why.NO_LIVE_KEY, actor=name)


def _people(step: Step) -> Iterator[str]:
    for name in (*step.approvers, *step.substitutes, *step.escalates_to):
        if name != ANY_OPERATOR:
            yield name


def _resolve(draft: FlowDraft, parties: Mapping[str, Party]) -> Flow:
    """Refusals, first match wins: BookMissing, PartyMissing."""
    entity = parties.get(draft.legal_entity or "")
    if draft.legal_entity is not None and (entity is None or entity.kind != "LEGAL_ENTITY"):
        raise BookMissing(field=("legal_entity",), book=draft.legal_entity)
    party = parties.get(draft.party or "")
    if draft.party is not None and party is None:
        raise PartyMissing(field=("party",), reference=draft.party)
    return Flow(
        kind=draft.kind,
        name=draft.name,
        steps=draft.steps,
        book_id=entity.party_id if entity and draft.legal_entity else None,
        party_id=party.party_id if party else None,
        currency=draft.currency,
        from_amount_minor=draft.from_amount_minor,
        is_retired=draft.is_retired,
    )


def _to_document(draft: FlowDraft) -> dict[str, object]:
    return {
        "kind": draft.kind.value,
        "name": draft.name,
        "steps": json.loads(write_steps(draft.steps)),
        "legalEntity": draft.legal_entity,
        "party": draft.party,
        "currency": draft.currency,
        "fromAmountMinor": draft.from_amount_minor,
        "isRetired": draft.is_retired,
    }


def _from_document(document: Mapping[str, object]) -> FlowDraft:
    def text(key: str) -> str | None:
        value = document[key]
        return None if value is None else str(value)

    return FlowDraft(
        kind=Kind(str(document["kind"])),
        name=str(document["name"]),
        steps=read_steps(json.dumps(document["steps"])),
        legal_entity=text("legalEntity"),
        party=text("party"),
        currency=text("currency"),
        from_amount_minor=int(str(document["fromAmountMinor"])),
        is_retired=bool(document["isRetired"]),
    )
