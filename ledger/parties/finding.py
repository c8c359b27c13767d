"""Parties by reference and by id, as they stand now."""

from collections.abc import Iterable

from ledger.db.transacting import Connection
from ledger.parties import sql
from ledger.parties.errors import PartyMissing
from ledger.parties.model import Party, Settler


async def find_parties(conn: Connection, *, references: Iterable[str]) -> dict[str, Party]:
    """Those of these references that are registered; one statement."""
    rows = await sql.find_parties(conn, references=list(set(references)))
    return {row["reference"]: to_party(row) for row in rows}


async def find_parties_by_id(conn: Connection, *, party_ids: Iterable[int]) -> dict[int, Party]:
    """Those of these ids that are registered; one statement."""
    rows = await sql.find_parties_by_id(conn, party_ids=list(set(party_ids)))
    return {row["party_id"]: to_party(row) for row in rows}


async def find_settlers(conn: Connection, *, party_ids: Iterable[int]) -> dict[int, Settler]:
    """Those of these ids that are registered, with their time zones and terms of registration; one statement."""
    rows = await sql.find_settlers(conn, party_ids=sorted(set(party_ids)))
    return {
        row["party_id"]: Settler(
            row["party_id"], row["reference"], row["kind"], row["settlement"] or "", row["time_zone"]
        )
        for row in rows
    }


async def get_party(conn: Connection, *, reference: str, field: str = "reference") -> Party:
    """One party. Refusals: PartyMissing, naming `field`."""
    party = (await find_parties(conn, references=[reference])).get(reference)
    if party is None:
        raise PartyMissing(field=(field,), reference=reference)
    return party


def to_party(row: sql.Row) -> Party:
    """A row of the table as a value."""
    names = ("party_id", "reference", "kind", "name", "parent_id", "status", "currency", "time_zone")
    return Party(*(row[name] for name in names))
