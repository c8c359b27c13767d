"""The mirror of an entry: every line with its side swapped, on the same account. Both stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.errors import EntryMissing
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Refused
from ledger.journal.posting import Outcome, post_entries


@dataclass(frozen=True, slots=True)
class Reversal:
    """`sequence` is the entry to mirror; `business_date` the day of the mirror."""

    key: str
    sequence: int
    business_date: date
    description: str = ""
    cause: str = ""
    moves_off_closed_day: bool = False


async def reverse_entries(conn: Connection, *, reversals: Sequence[Reversal], actor: Actor) -> list[Outcome]:
    """
    Post the mirrors of entries; one outcome per reversal, in order.

    Refusals, first match wins: EntryMissing, then those of `post_entries`, AlreadyReversed among them.
    """
    drafts = await mirror(conn, reversals=reversals)
    posted = iter(
        await post_entries(conn, drafts=[draft for draft in drafts if isinstance(draft, EntryDraft)], actor=actor)
    )
    return [next(posted) if isinstance(draft, EntryDraft) else draft for draft in drafts]


async def mirror(conn: Connection, *, reversals: Sequence[Reversal]) -> list[EntryDraft | Refused]:
    """The drafts of the mirrors, for callers that post them together with something else."""
    # Each entry once, however often it is named: its lines would come twice, and so would the mirror's.
    named = sorted({reversal.sequence for reversal in reversals})
    rows = await sql.find_entries_to_reverse(conn, sequences=named)
    originals = {sequence: list(lines) for sequence, lines in groupby(rows, key=lambda row: row["sequence"])}
    drafts: list[EntryDraft | Refused] = []
    for reversal in reversals:
        lines = originals.get(reversal.sequence)
        if lines is None:
            drafts.append(Refused(EntryMissing(field=("entry",), entry=reversal.sequence)))
            continue
        first = lines[0]
        drafts.append(
            EntryDraft(
                key=reversal.key,
                book_id=first["book_id"],
                business_date=reversal.business_date,
                lines=tuple(
                    LineDraft(
                        AccountKey(first["book_id"], row["code"], row["party_id"], row["currency"]),
                        "C" if row["side"] == "D" else "D",
                        row["amount"],
                    )
                    for row in lines
                ),
                source="REVERSAL",
                description=reversal.description,
                document=first["document"],
                document_line=first["document_line"],
                cause=reversal.cause,
                reversal_of=reversal.sequence,
                moves_off_closed_day=reversal.moves_off_closed_day,
            )
        )
    return drafts
