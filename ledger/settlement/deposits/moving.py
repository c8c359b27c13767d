"""The entries, events and rows of every step of a deposit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import SYSTEM, Actor
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.books import Book, resolve_books
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, EventDraft, LineDraft, Posted, Refused
from ledger.journal.posting import post_new, write_entries
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.asking import outdate_endings
from ledger.settlement.deposits.model import Agreement, Basis, DepositKind, Move, MoveKind, Release, Shortfall, Slice
from ledger.settlement.deposits.slicing import BILLED_CODE
from ledger.settlement.sheets.approving import renew_requests
from ledger.settlement.sheets.model import MovementKind, Take
from ledger.settlement.sheets.payable import take_from_sheets

DEPOSIT_CODE, CUSTOMERS_CODE, BANK_CODE = "2060", "2070", "1010"

_EVENTS: Mapping[MoveKind, str] = {
    MoveKind.BILLED: "deposit.due",
    MoveKind.RECEIVED: "deposit.held",
    MoveKind.PAID: "deposit.held",
    MoveKind.RETAINED: "deposit.retained",
    MoveKind.OFFSET: "deposit.retained",
    MoveKind.CLAIMED: "deposit.claimed",
    MoveKind.CLAIM_PAID: "deposit.claim_paid",
    MoveKind.RELEASED: "deposit.released",
    MoveKind.FORFEITED: "deposit.forfeited",
    MoveKind.LAPSED: "deposit.lapsed",
}
_OWN_CODE = {MoveKind.PAID: BILLED_CODE, MoveKind.OFFSET: BILLED_CODE, MoveKind.CLAIM_PAID: CUSTOMERS_CODE}
# These change what is billed and has not come in.
_OF_BILLS = frozenset({MoveKind.BILLED, MoveKind.PAID, MoveKind.OFFSET, MoveKind.LAPSED})
_OF_CLAIMS = frozenset({MoveKind.CLAIMED, MoveKind.CLAIM_PAID})
_OUT = frozenset({MoveKind.CLAIMED, MoveKind.CLAIM_PAID, MoveKind.RELEASED, MoveKind.FORFEITED, MoveKind.LAPSED})


async def post_moves(conn: Connection, *, moves: Sequence[Move], actor: Actor, now: datetime) -> list[int]:
    """
    Post each step's entry and event and write what it makes of its slice; the entries' places in the log, in order.

    A slice may take several steps; as it stands after its last is written. Refusals of the journal are raised.
    """
    if not moves:
        return []
    books = await resolve_books(conn, book_ids={move.after.book_id for move in moves})
    drafts = [_draft_entry(move, books[move.after.book_id], actor, now) for move in moves]
    events = [tell(move, place, book=books[move.after.book_id], now=now) for place, move in enumerate(moves)]
    of_sheets = [event for move in moves for event in move.sheet_events]
    sequences = await post_new(conn, drafts=drafts, events=[*events, *of_sheets], actor=actor)
    await _write(conn, moves, sequences, actor=actor, now=now)
    await outdate_endings(
        conn, agreements={move.after.agreement for move in moves if move.kind in _OF_BILLS}, actor=actor, now=now
    )
    changed = {move.sheet_id for move in moves if move.sheet_id is not None}
    await renew_requests(conn, sheet_ids=changed, actor=actor, now=now)
    return sequences


async def offer_moves(
    conn: Connection, *, moves: Sequence[Move], actor: Actor, now: datetime
) -> list[Posted | Refused]:
    """
    As `post_moves`, of steps that touch no sheet and that the journal may refuse: what it said to each, in order.

    What is refused leaves its neighbours alone and is not written.
    """
    if not moves:
        return []
    books = await resolve_books(conn, book_ids={move.after.book_id for move in moves})
    drafts = [_draft_entry(move, books[move.after.book_id], actor, now) for move in moves]
    events = [tell(move, place, book=books[move.after.book_id], now=now) for place, move in enumerate(moves)]
    written = await write_entries(conn, drafts=drafts, events=events, actor=actor)
    done = [
        (move, outcome.sequence)
        for move, outcome in zip(moves, written.outcomes, strict=True)
        if isinstance(outcome, Posted)
    ]
    if any(isinstance(outcome, Posted) and outcome.replayed for outcome in written.outcomes):
        raise InvariantBroken("a step of a deposit is posted once")
    if done:
        await _write(conn, [move for move, _ in done], [place for _, place in done], actor=actor, now=now)
    return written.outcomes


async def move_on_sheets(conn: Connection, *, moves: Sequence[Move], actor: Actor, now: datetime) -> list[Move]:
    """
    Take from the sheets what steps keep of them, or give back what steps release; the steps with their sheets' events.

    What does not fit is a bug of the caller, who has looked at the sheets under the log's lock.
    """
    of_sheets = [(place, move.sheet_id) for place, move in enumerate(moves) if move.sheet_id is not None]
    takes = [_take(moves[place], sheet_id) for place, sheet_id in of_sheets]
    taken = await take_from_sheets(conn, takes=takes, actor=actor, now=now)
    whole = list(moves)
    for (place, _), outcome in zip(of_sheets, taken, strict=True):
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"a deposit moves on its sheet what is there: {outcome.error}")
        whole[place] = replace(whole[place], sheet_events=outcome.events)
    return whole


def tell(move: Move, place: int, *, book: Book, now: datetime) -> EventDraft:
    """What the log says about a step."""
    part = move.after
    said: dict[str, str | int] = {
        "slice": part.slice_id,
        "agreement": part.agreement,
        "party": part.party,
        "legalEntity": book.reference,
        "currency": part.currency,
        "kind": part.kind.value,
        "step": move.kind.value,
        "amount": money.format_amount(move.amount, currency=part.currency),
        "left": money.format_amount(part.left, currency=part.currency),
        "received": money.format_amount(part.received, currency=part.currency),
        "due": money.format_amount(part.due, currency=part.currency),
        "releasableDate": part.releasable_date.isoformat(),
        "zone": part.zone,
        "why": move.reason,
        **({} if move.sheet_id is None else {"sheet": move.sheet_id}),
        **({"order": move.order} if move.order else {}),
    }
    concerned = (part.book_id, part.party_id, move.counter_party_id)
    return EventDraft(
        kind=_EVENTS[move.kind],
        subject=f"deposit/{part.slice_id}",
        occurred_at=now,
        parties=tuple(dict.fromkeys(party for party in concerned if party is not None)),
        payload=write_json(said),
        entries=(place,),
    )


def _take(move: Move, sheet_id: int) -> Take:
    amount = -move.amount if move.kind in _OUT else move.amount
    return Take(sheet_id, MovementKind.RETAINED, amount, f"deposit/{move.after.slice_id}")


def _draft_entry(move: Move, book: Book, actor: Actor, now: datetime) -> EntryDraft:
    part = move.after
    # What buyers are owed (2070) is kept per legal entity: they are no parties.
    owner = None if move.kind is MoveKind.CLAIM_PAID else part.party_id
    own = AccountKey(part.book_id, _OWN_CODE.get(move.kind, DEPOSIT_CODE), owner, part.currency)
    counter = AccountKey(part.book_id, move.counter_code, move.counter_party_id, part.currency)
    debit, credit = (own, counter) if move.kind in _OUT else (counter, own)
    subject = f"deposit/{part.slice_id}"
    return EntryDraft(
        key=f"{subject}/{move.kind}/{move.sheet_id or ''}/{move.reference}",
        book_id=part.book_id,
        business_date=now.astimezone(ZoneInfo(book.time_zone)).date(),
        lines=(LineDraft(debit, DEBIT, move.amount), LineDraft(credit, CREDIT, move.amount)),
        source="RULE" if actor == SYSTEM else "API",
        template=f"DEPOSIT_{move.kind}",
        description=move.reason,
        document=subject,
        document_line="" if move.sheet_id is None else str(move.sheet_id),
        cause=f"{subject}/{move.kind}/{move.reference}",
        moves_off_closed_day=True,
    )


async def _write(
    conn: Connection, moves: Sequence[Move], sequences: Sequence[int], *, actor: Actor, now: datetime
) -> None:
    last = {move.after.slice_id: move.after for move in moves}
    slices = [
        (
            *(part.slice_id, part.agreement_id, part.party_id, part.book_id, part.sheet_id, part.principal, part.due),
            *(part.claimed, part.released, part.forfeited, part.opened_at, part.start_date, part.end_date),
            *(part.releasable_date, part.currency, part.kind.value, part.release.value, part.status, part.lapsed),
            part.zone,
        )
        for _, part in sorted(last.items())
    ]
    steps = [
        (
            *(move.after.slice_id, sequence, move.sheet_id, _other(move), move.amount, now, move.kind.value),
            *(move.reference, move.reason, actor.name, move.order if move.kind in _OF_CLAIMS else ""),
        )
        for move, sequence in zip(moves, sequences, strict=True)
    ]
    await sql.write_slices(
        conn,
        slices=transpose(slices),
        moves=transpose(steps),
    )


def _other(move: Move) -> int | None:
    """Who got a claim, where it was a party."""
    return move.counter_party_id if move.kind is MoveKind.CLAIMED else None


def to_agreement(row: sql.Row) -> Agreement:
    """A row of the table as a value."""
    return Agreement(
        agreement_id=row["agreement_id"],
        reference=row["reference"],
        party_id=row["party_id"],
        party=row["party"],
        book_id=row["book_id"],
        role=row["role"],
        currency=row["currency"],
        kind=DepositKind(row["kind"]),
        basis=Basis(row["basis"]),
        rate=money.parse_rate(row["rate"]) if row["rate"] else None,
        target=row["target_minor"],
        cap=row["cap_minor"],
        months=row["months"],
        shortfall=Shortfall(row["shortfall"]),
        release=Release(row["release"]),
        agreed_at=row["agreed_at"],
        reached=row["reached"],
        left=row["left_minor"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"] or "",
        end_reason=row["end_reason"] or "",
        is_of_closed_party=row["is_closed"],
    )


def to_slice(row: sql.Row) -> Slice:
    """A row of the table as a value."""
    return Slice(
        slice_id=row["slice_id"],
        agreement_id=row["agreement_id"],
        agreement=row["agreement"],
        party_id=row["party_id"],
        party=row["party"],
        book_id=row["book_id"],
        role=row["role"],
        sheet_id=row["sheet_id"],
        currency=row["currency"],
        kind=DepositKind(row["kind"]),
        release=Release(row["release"]),
        zone=row["zone"],
        start_date=row["start_date"],
        end_date=row["end_date"],
        releasable_date=row["releasable_date"],
        opened_at=row["opened_at"],
        principal=row["principal_minor"],
        due=row["due_minor"],
        claimed=row["claimed_minor"],
        released=row["released_minor"],
        forfeited=row["forfeited_minor"],
        lapsed=row["lapsed_minor"],
        status=row["status"],
    )
