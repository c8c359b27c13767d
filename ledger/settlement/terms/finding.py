"""The terms of many parties at once: three statements, whatever their number."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ledger.calendars.model import Anchor
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.parties.finding import find_settlers
from ledger.settlement.terms import sql
from ledger.settlement.terms.history import build_history
from ledger.settlement.terms.model import (
    Confirmation,
    Cycle,
    Effect,
    Layer,
    Mode,
    PartyTerms,
    Role,
    TermsVersion,
    to_zone,
)
from ledger.settlement.terms.parsing import read_registration

Versions = dict[tuple[int | None, Role], list[TermsVersion]]


async def find_terms(conn: Connection, *, parties: Sequence[tuple[int, Role]]) -> list[PartyTerms]:
    """
    How each of these parties, given by id, settles in that role: its time zone and the history of its terms, in order.

    A version of the role, the party's registration and the party's own versions are laid over what is built in. Raises
    InvariantBroken for a party that is not registered: an account says it is.
    """
    settlers = await find_settlers(conn, party_ids=[party_id for party_id, _ in parties])
    versions = await find_versions(conn, party_ids=settlers)
    registrations = {settler.settlement: read_registration(settler.settlement) for settler in settlers.values()}
    found: list[PartyTerms] = []
    for party_id, role in parties:
        settler = settlers.get(party_id)
        if settler is None:
            raise InvariantBroken(f"party {party_id} has an account and is not registered")
        layer, unreadable = registrations[settler.settlement]
        history = build_history(
            role=versions.get((None, role), ()), registration=layer, party=versions.get((party_id, role), ())
        )
        found.append(PartyTerms(party_id, role, to_zone(settler.time_zone), history, unreadable))
    return found


async def find_versions(conn: Connection, *, party_ids: Iterable[int]) -> Versions:
    """The versions of the platform's roles (under None), and those of these parties; each list in order."""
    versions: Versions = defaultdict(list)
    for row in await sql.find_role_versions(conn):
        versions[None, Role(row["role"])].append(_to_version(row))
    for row in await sql.find_party_versions(conn, party_ids=sorted(party_ids)):
        versions[row["party_id"], Role(row["role"])].append(_to_version(row))
    return dict(versions)


async def find_changed(conn: Connection, *, after: int, through: int) -> set[int | None]:
    """The parties whose own terms changed in this stretch of the log; None among them when those of a role did."""
    return {row["party_id"] for row in await sql.find_changed(conn, after=after, through=through)}


def _to_version(row: sql.Row) -> TermsVersion:
    layer = Layer(
        cycle=row["cycle"] and Cycle(row["cycle"]),
        due_days=row["due_days"],
        calendar=row["calendar"],
        anchor=row["anchor"] and Anchor(row["anchor"]),
        confirmation=row["confirmation"] and Confirmation(row["confirmation"]),
        confirmation_days=row["confirmation_days"],
        netting=row["netting"],
        carry_limit_minor=row["carry_limit_minor"],
        carry_cycles=row["carry_cycles"],
        mode=row["mode"] and Mode(row["mode"]),
    )
    return TermsVersion(row["version"], row["valid_from"], Effect(row["effect"]), layer)
