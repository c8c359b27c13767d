"""
Moving payouts on: what each step posts, takes or gives back, gathered and written together.

Steps are gathered pure; `write_moves` then asks the sheets, writes the payouts by one statement, and posts last.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.books import Book, resolve_books
from ledger.journal.model import EntryDraft, EventDraft, Refused
from ledger.journal.posting import write_entries
from ledger.parties.finding import find_parties_by_id
from ledger.parties.model import Party
from ledger.settlement.holds.rests import place_rests
from ledger.settlement.payouts import sql
from ledger.settlement.payouts.drafting import (
    draft_failed,
    draft_fee,
    draft_paid,
    draft_returned,
    draft_submitted,
)
from ledger.settlement.payouts.model import Payout, PayoutStatus, SheetClaim
from ledger.settlement.payouts.states import IN_TRANSIT, NEXT, STANDS
from ledger.settlement.sheets.model import MovementKind, Take
from ledger.settlement.sheets.payable import take_from_sheets

_S = PayoutStatus


@dataclass(slots=True)
class _Wave:
    """What one statement writes: each payout once, with the rows of its sheets."""

    payouts: dict[int, Payout] = field(default_factory=dict)
    claims: dict[tuple[int, int], SheetClaim] = field(default_factory=dict)


@dataclass(slots=True)
class Moves:
    """
    What a writer does to payouts. `books` and `parties` are those that are named; `payouts` is how they stand last. The
    database lets a payout take one step a statement, so a payout's further steps are in further waves: three at most.
    """

    now: datetime
    books: Mapping[int, Book]
    parties: Mapping[int, Party]
    payouts: dict[int, Payout] = field(default_factory=dict)
    waves: list[_Wave] = field(default_factory=list)
    takes: list[Take] = field(default_factory=list)
    drafts: list[EntryDraft] = field(default_factory=list)
    events: list[EventDraft] = field(default_factory=list)

    @classmethod
    async def open(cls, conn: Connection, *, payouts: Collection[Payout], now: datetime) -> "Moves":
        """Begin with nothing done, and with the books and parties of these payouts."""
        books = await resolve_books(conn, book_ids={payout.book_id for payout in payouts})
        parties = await find_parties_by_id(conn, party_ids={payout.party_id for payout in payouts})
        return cls(now, books, parties)

    def step(self, payout: Payout, status: PayoutStatus, *, at: datetime | None = None, fee: int = 0) -> Payout:
        """Take a payout one step on; its new facts (references, reason) are in `payout` already."""
        if status not in NEXT[payout.status]:
            raise InvariantBroken(f"payout {payout.payout_id} cannot go from {payout.status} to {status}")
        day = self._day(payout, at or self.now)
        before = len(self.drafts)
        self.drafts += _draft_step(payout, status, day=day, fee=fee)
        self.takes += _take_back(payout, status)
        ended = self.now if status in (_S.PAID, _S.RETURNED, _S.FAILED, _S.CANCELLED) else None
        moved = replace(payout, status=status, bank_fee=payout.bank_fee + fee, ended_at=ended)
        wave = self._wave(payout)
        if STANDS[status] != STANDS[payout.status]:
            moved = replace(moved, stands=(STANDS[status],) * len(moved.shares))
            _claim(wave, moved, moved.payout_id, STANDS[status])
        if moved.takes_from == "2016" and moved.replaces and status in (_S.FAILED, _S.CANCELLED):
            # What came back was not paid again after all: it waits with the payout that it came back from.
            _claim(wave, moved, moved.replaces, "RETURNED")
        wave.payouts[payout.payout_id] = self.payouts[payout.payout_id] = moved
        entries = tuple(range(before, len(self.drafts)))
        self.events.append(self.tell(moved, at=at, entries=entries))
        return moved

    def take_over(self, payout: Payout) -> None:
        """A payout of money that came back stands in for the rows of the one it came back from."""
        assert payout.replaces is not None, "only what replaces another stands in for its rows"
        if not self.waves:
            self.waves.append(_Wave())
        _claim(self.waves[0], payout, payout.replaces, "REPLACED")

    def tell(self, payout: Payout, *, at: datetime | None = None, entries: tuple[int, ...] = ()) -> EventDraft:
        """
        What the log says of a payout's step; the number of no bank account is in it. A bank tells of an end (`at`) some
        time after it: `heardAt` is when the payout and its sheets ended here.
        """
        currency = payout.currency
        said: dict[str, object] = {
            "payout": payout.payout_id,
            "party": self.parties[payout.party_id].reference,
            "legalEntity": self.books[payout.book_id].reference,
            "currency": currency,
            "amount": money.format_amount(payout.net, currency=currency),
            "withheld": money.format_amount(payout.withheld, currency=currency),
            "status": payout.status.value,
            "dueDate": payout.due_date.isoformat(),
            "sheets": [share.sheet_id for share in payout.shares],
        }
        optional = {"replaces": payout.replaces, "bankReference": payout.bank_reference, "reason": payout.reason}
        said |= {name: value for name, value in optional.items() if value}
        if payout.ended_at is not None:
            said["heardAt"] = payout.ended_at.isoformat()
        kind = f"payout.{payout.status.value.lower()}"
        payload = write_json(said)
        return EventDraft(kind, payout.subject, at or self.now, (payout.party_id,), payload, entries)

    def _wave(self, payout: Payout) -> _Wave:
        """The first statement that comes after everything this payout did before."""
        last = max((place for place, wave in enumerate(self.waves) if payout.payout_id in wave.payouts), default=-1)
        if last + 1 == len(self.waves):
            self.waves.append(_Wave())
        return self.waves[last + 1]

    def _day(self, payout: Payout, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.books[payout.book_id].time_zone)).date()


async def write_moves(conn: Connection, *, moves: Moves, actor: Actor) -> None:
    """
    Write what was gathered; the log is locked. A refusal here is raised: everything was judged before. Of what sheets
    get back, what was charged back meanwhile is held at once.
    """
    for taken in await take_from_sheets(conn, takes=moves.takes, actor=actor, now=moves.now) if moves.takes else ():
        if isinstance(taken, Refused):
            raise taken.error
        moves.events += taken.events
    for wave in moves.waves:
        await sql.move_payouts(conn, payouts=_payout_columns(wave), sheets=_claim_columns(wave))
    if not moves.drafts and not moves.events:
        return
    written = await write_entries(conn, drafts=moves.drafts, events=moves.events, actor=actor)
    for outcome in written.outcomes:
        if isinstance(outcome, Refused):
            raise outcome.error
    back = [take.sheet_id for take in moves.takes if take.kind is MovementKind.PAYOUT and take.amount < 0]
    if back:
        await place_rests(conn, sheet_ids=back, actor=actor, now=moves.now)


def _draft_step(payout: Payout, status: PayoutStatus, *, day: date, fee: int) -> list[EntryDraft]:
    match status:
        case _S.SUBMITTED:
            return [draft_submitted(payout, day=day)]
        case _S.FAILED if payout.status is not _S.CREATED:
            return [draft_failed(payout, day=day)]
        case _S.PAID:
            charged = draft_fee(payout, taken=fee, day=day)
            return [draft_paid(payout, day=day), *([charged] if charged else [])]
        case _S.RETURNED:
            charged = draft_fee(payout, taken=fee, day=day, what="RETURN_FEE")
            return [draft_returned(payout, day=day), *([charged] if charged else [])]
    return []


def _take_back(payout: Payout, status: PayoutStatus) -> list[Take]:
    """What a step says to the sheets: that their money arrived, came back, or is theirs again."""
    match status:
        case _S.PAID:
            arrived = [share for share in payout.shares if share.taken]
            return [_take(payout, share.sheet_id, MovementKind.PAID, share.taken) for share in arrived]
        case _S.RETURNED:
            return [_take(payout, sheet_id, MovementKind.PAID, -amount) for sheet_id, amount in list_returned(payout)]
        case _S.FAILED | _S.CANCELLED if payout.takes_from == "2015":
            failed = status is _S.FAILED
            return [
                take
                for share in payout.shares
                for take in (
                    _take(payout, share.sheet_id, MovementKind.PAYOUT, -share.taken, failed=failed),
                    _take(payout, share.sheet_id, MovementKind.WITHHELD, -share.withheld, failed=failed),
                )
                if take.amount
            ]
    return []


def list_returned(payout: Payout) -> list[tuple[int, int]]:
    """What of each sheet came back: what was taken of it, less the fee that the party bore, which did not."""
    rest = payout.fee
    listed: list[tuple[int, int]] = []
    for share in payout.shares:
        kept = min(rest, share.taken)
        rest -= kept
        if share.taken > kept:
            listed.append((share.sheet_id, share.taken - kept))
    return listed


def _claim(wave: _Wave, payout: Payout, owner: int, stands: str) -> None:
    """Say how the rows of these sheets stand, of the payout itself or of the one that it pays again."""
    for share in payout.shares:
        wave.claims[owner, share.sheet_id] = SheetClaim(owner, share.sheet_id, stands)


def _take(payout: Payout, sheet_id: int, kind: MovementKind, amount: int, *, failed: bool = False) -> Take:
    return Take(sheet_id, kind, amount, payout.subject, is_failure=failed)


def _payout_columns(wave: _Wave) -> list[list[object]]:
    rows = [
        (
            payout.payout_id,
            payout.status.value,
            payout.net if payout.status in IN_TRANSIT else 0,
            payout.submission_id or 0,
            payout.submitted_at,
            payout.ended_at,
            payout.bank_reference,
            payout.reason,
            payout.bank_fee,
        )
        for _, payout in sorted(wave.payouts.items())
    ]
    return transpose(rows) if rows else [[] for _ in range(9)]


def _claim_columns(wave: _Wave) -> list[list[object]]:
    rows = sorted(wave.claims.values())
    return transpose(rows) if rows else [[], [], []]
