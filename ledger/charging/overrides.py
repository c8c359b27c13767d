"""A merchant's own rates on their way: asked for, agreed to by a second person, and in force from then on."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.model import ApprovalRequest, Decided, Kind, Requested, Status
from ledger.approvals.requesting import request_approvals
from ledger.charging import override_sql
from ledger.charging.errors import OverrideUnfit, PartyOfKindMissing
from ledger.charging.override import OverrideDraft, RateOverride, check_own, find_unfit, parse_override
from ledger.charging.plans import load_plans
from ledger.charging.rates import FeePlan
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events
from ledger.parties.errors import PartyNotActive
from ledger.parties.finding import find_parties


async def request_override(conn: Connection, *, draft: OverrideDraft, maker: Actor, now: datetime) -> Requested:
    """
    Ask for rates of a merchant's own; a second person always decides. Payments that were recorded before keep what
    they were paid with.

    Refusals, first match wins: PartyOfKindMissing, PartyNotActive when the merchant is closed; with a plan that is in
        force on one of its days RatesExceedWhole, and DepthExceeded and SplitRatioExceeded for a channel that it names.
    """
    await lock_log(conn)
    party_id = await _check_new(conn, draft)
    content = write_content(draft.to_document())
    days = f"{draft.valid_from.isoformat()}/{draft.valid_through.isoformat()}"
    request = ApprovalRequest(
        kind=Kind.RATE_OVERRIDE,
        subject=f"rate-override/{draft.party}/{days}/{digest_content(draft.category or '').hex()[:8]}",
        digest=digest_content(content),
        amount_minor=None,
        currency=None,
        book_id=None,
        party_id=party_id,
        description=f"Rates of {draft.party}'s own for payments of {days}: {draft.reason}",
        content=content,
    )
    (requested,) = await request_approvals(conn, requests=[request], maker=maker, now=now)
    return requested


async def apply_overrides(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Put the rates that were granted in force, by one event each. What was asked for before its merchant closed is
    decided; to ask for it again afterwards is new business.

    Refusals: those of request_override with a plan that was published since they were asked for; all of them for what
        is asked for again.
    """
    for each in decided:
        if each.status not in (Status.GRANTED, Status.PENDING):
            continue
        draft = parse_override(json.loads(each.content))
        if not each.granted:
            await _check_new(conn, draft)
            continue
        await _check_plans(conn, draft)
        party = (await find_parties(conn, references=[draft.party]))[draft.party]
        event = EventDraft("rates.overridden", f"party/{draft.party}", now, (party.party_id,), each.content)
        (recorded,) = await log_events(conn, events=[event], actor=Actor(each.maker))
        await override_sql.insert_override(
            conn,
            party_id=party.party_id,
            approval_id=each.approval_id,
            sequence=recorded.sequence,
            valid_from=draft.valid_from,
            valid_through=draft.valid_through,
            content=each.content,
        )


async def load_overrides(conn: Connection) -> Mapping[int, Sequence[RateOverride]]:
    """Every override by its merchant; one statement that returns only what is new to this process."""
    last, known = conn.memory.get("overrides", (0, {}))
    rows = await override_sql.find_overrides(conn, after=last)
    if not rows:
        return known  # type: ignore[no-any-return]  # the memory holds what this function put there
    by_party: dict[int, Sequence[RateOverride]] = dict(known)
    for row in rows:
        draft = parse_override(json.loads(row["content"]))
        added = RateOverride(row["override_version"], row["party_id"], draft)
        by_party[added.party_id] = (*by_party.get(added.party_id, ()), added)
    conn.after_commit(lambda: conn.memory.update(overrides=(rows[-1]["override_version"], by_party)))
    return by_party


async def check_granted(conn: Connection, *, plan: FeePlan) -> None:
    """
    Check a plan that is about to be published against the rates that were granted before, on the days it will be in
    force; the log is locked.

    Refusals: OverrideUnfit, which names the first merchant and says how many others there are.
    """
    later = [each.plan.valid_from for each in await load_plans(conn) if each.plan.valid_from > plan.valid_from]
    until = min(later, default=None)
    found = [find_unfit(own, plan=plan, until=until) for _, own in sorted((await load_overrides(conn)).items())]
    unfit = [each for each in found if each is not None]
    if unfit:
        draft, refusal = unfit[0][0].draft, unfit[0][1]
        raise OverrideUnfit(
            party=draft.party,
            valid_from=draft.valid_from.isoformat(),
            valid_through=draft.valid_through.isoformat(),
            because=refusal.code,
            others=len(unfit) - 1,
        )


async def _check_new(conn: Connection, draft: OverrideDraft) -> int:
    """Check what is asked for; the merchant's number. Refusals as request_override."""
    party = (await find_parties(conn, references=[draft.party])).get(draft.party)
    if party is None or party.kind != "MERCHANT":
        raise PartyOfKindMissing(field=("party",), kind="MERCHANT", reference=draft.party)
    if party.status == "CLOSED":
        raise PartyNotActive(field=("party",), reference=draft.party, status=party.status)
    await _check_plans(conn, draft)
    return party.party_id


async def _check_plans(conn: Connection, draft: OverrideDraft) -> None:
    for plan in await _find_plans(conn, draft):
        check_own(draft.apply(plan))


async def _find_plans(conn: Connection, draft: OverrideDraft) -> list[FeePlan]:
    """The plans that may be in force on a day of the override, as far as they are published."""
    plans = [each.plan for each in await load_plans(conn)]
    first = max((plan.valid_from for plan in plans if plan.valid_from <= draft.valid_from), default=draft.valid_from)
    return [plan for plan in plans if first <= plan.valid_from <= draft.valid_through]
