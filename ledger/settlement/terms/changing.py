"""Terms change by versions, of a role on the whole platform or of one party in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.actor import Actor
from ledger.calendars.errors import CalendarMissing
from ledger.calendars.finding import check_calendars
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.platforms import get_own_platform
from ledger.journal.telling import log_events
from ledger.parties.errors import PartyMissing
from ledger.parties.finding import find_parties, find_settlers
from ledger.parties.model import Settler
from ledger.settlement.terms import sql
from ledger.settlement.terms.errors import TermsNotForward, TermsOfNobody, TermsRoleMissing, Why
from ledger.settlement.terms.finding import Versions, find_versions
from ledger.settlement.terms.model import NOTHING, ChangedTerms, Cycle, Layer, Role, TermsChange, TermsVersion, to_zone

Outcome = ChangedTerms | Refused


async def change_terms(
    conn: Connection, *, changes: Sequence[TermsChange], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Change terms of roles and parties; one outcome per change, in order.

    A change adds a version that says what the one before said, with what the change says in its place; each is an
    event, terms.changed. What is settled already stays: the next period begins where the last one ended, also when a
    change is dated back. A change that was made before, or says what is said already, is a replay. Statements: at most
    eight and those of posting, whatever the number of changes.

    Refusals, first match wins: TermsRoleMissing, PartyMissing, TermsOfNobody, CalendarMissing, InvalidInput (T+N
        without its days), TermsNotForward.
    """
    await lock_log(conn)
    world = await _load(conn, changes, now=now)
    outcomes = [world.admit(change) for change in changes]
    await _write(conn, world.admitted, actor=actor, now=now)
    return outcomes


@dataclass(frozen=True, slots=True)
class _Admitted:
    role: Role
    settler: Settler | None
    version: TermsVersion


@dataclass(slots=True)
class _World:
    """What changes are judged by, moved forward change by change."""

    settlers: Mapping[str, Settler]
    versions: Versions
    missing_calendars: set[str]
    now: datetime
    platform_zone: str
    admitted: list[_Admitted] = field(default_factory=list)

    def admit(self, change: TermsChange) -> Outcome:
        settler = self.settlers.get(change.party) if change.party else None
        refusal = self._refuse(change, settler)
        if refusal is not None:
            return Refused(refusal)
        role = change.role or Role(settler.kind if settler else "")
        party_id = settler.party_id if settler else None
        versions = self.versions.setdefault((party_id, role), [])
        latest = versions[-1] if versions else None
        layer = (latest.layer if latest else NOTHING)._replace(**change.said)
        known = _find_same(change, versions, layer)
        if known is not None:
            return ChangedTerms(role, party_id, known.version, known.valid_from, replayed=True)
        if layer.cycle is Cycle.T_PLUS and layer.due_days is None:
            return Refused(InvalidInput(field=("dueDays",), reason=Why.T_PLUS_NEEDS_CYCLE))
        zone = to_zone(settler.time_zone if settler else self.platform_zone)
        valid_from = change.valid_from or self.now.astimezone(zone).date()
        if latest is not None and valid_from < latest.valid_from:
            begins, before = valid_from.isoformat(), latest.valid_from.isoformat()
            return Refused(TermsNotForward(field=("validFrom",), valid_from=begins, latest=before))
        version = TermsVersion(latest.version + 1 if latest else 1, valid_from, change.effect, layer)
        versions.append(version)
        self.admitted.append(_Admitted(role, settler, version))
        return ChangedTerms(role, party_id, version.version, valid_from, replayed=False)

    def _refuse(self, change: TermsChange, settler: Settler | None) -> LedgerError | None:
        if change.party is None:
            return TermsRoleMissing(field=("role",)) if change.role is None else self._refuse_calendar(change)
        if settler is None:
            return PartyMissing(field=("party",), reference=change.party)
        if settler.kind not in Role.__members__:
            return TermsOfNobody(field=("party",), party=settler.reference, kind=settler.kind)
        return self._refuse_calendar(change)

    def _refuse_calendar(self, change: TermsChange) -> LedgerError | None:
        name = change.said.get("calendar")
        return CalendarMissing(field=("calendar",), calendar=name) if name in self.missing_calendars else None


def _find_same(change: TermsChange, versions: Sequence[TermsVersion], layer: Layer) -> TermsVersion | None:
    """
    The version that this change made before: with a first day the one of that day that says it, so that a file of
    changes can be sent again; without one the latest, if it says that already.
    """
    if change.valid_from is None:
        return versions[-1] if versions and versions[-1].layer == layer else None
    for version in reversed(versions):
        said = version.layer._replace(**change.said) == version.layer
        if said and (version.valid_from, version.effect) == (change.valid_from, change.effect):
            return version
    return None


async def _load(conn: Connection, changes: Sequence[TermsChange], *, now: datetime) -> _World:
    parties = await find_parties(conn, references=[change.party for change in changes if change.party])
    settlers = await find_settlers(conn, party_ids=[party.party_id for party in parties.values()])
    names = {change.said.get("calendar") for change in changes} - {None}
    return _World(
        settlers={settler.reference: settler for settler in settlers.values()},
        versions=await find_versions(conn, party_ids=settlers),
        missing_calendars=await check_calendars(conn, names=[str(name) for name in names]),
        now=now,
        platform_zone=(await get_own_platform(conn)).time_zone,
    )


async def _write(conn: Connection, admitted: Sequence[_Admitted], *, actor: Actor, now: datetime) -> None:
    if not admitted:
        return
    events = [_to_event(item, now=now) for item in admitted]
    recorded = await log_events(conn, events=events, actor=actor)
    rows = []
    for item, event in zip(admitted, recorded, strict=True):
        party_id = item.settler.party_id if item.settler else None
        version = item.version
        head = (party_id, item.role, event.sequence, version.version, version.valid_from, version.effect)
        rows.append((*head, *version.layer))
    await sql.insert_versions(conn, columns=transpose(rows))


def _to_event(item: _Admitted, *, now: datetime) -> EventDraft:
    settler, version = item.settler, item.version
    payload = {
        "role": item.role,
        "party": settler.reference if settler else None,
        "version": version.version,
        "validFrom": version.valid_from.isoformat(),
        "effect": version.effect,
        "terms": {name: value for name, value in version.layer._asdict().items() if value is not None},
    }
    return EventDraft(
        kind="terms.changed",
        subject=f"party/{settler.reference}" if settler else f"role/{item.role}",
        occurred_at=now,
        parties=(settler.party_id,) if settler else (),
        payload=write_json(payload),
    )
