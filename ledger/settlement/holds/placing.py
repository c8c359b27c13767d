"""Holds placed: on accrued money or on a closed sheet, never more than is there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger import money
from ledger.actor import Actor
from ledger.approvals.digests import digest_content
from ledger.approvals.requesting import request_by_place
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.accounts import resolve_accounts
from ledger.journal.balances import balances
from ledger.journal.errors import BookMissing
from ledger.journal.log import lock_log
from ledger.journal.model import AccountKey, EventDraft, Refused
from ledger.parties.errors import PartyMissing
from ledger.parties.finding import find_parties, find_settlers
from ledger.parties.model import Party
from ledger.settlement.deposits.retaining import retain_from_closed
from ledger.settlement.holds import sql
from ledger.settlement.holds.asking import draft_request, find_asked, find_waiting_holds
from ledger.settlement.holds.errors import HoldConflict, HoldExceedsPayable, Why
from ledger.settlement.holds.model import Hold, HoldDraft, Placed
from ledger.settlement.holds.moving import Part, Step, post_steps
from ledger.settlement.naming import check_named, find_unknown
from ledger.settlement.payables import get_code
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first
from ledger.settlement.sheets.approving import renew_requests
from ledger.settlement.sheets.claimed import find_ended
from ledger.settlement.sheets.keys import find_kind, list_codes
from ledger.settlement.sheets.model import MovementKind, Sheet, Take
from ledger.settlement.sheets.payable import apply_take, find_sheets, judge_take, take_from_sheets

Outcome = Placed | Refused


@dataclass(frozen=True, slots=True)
class _Fit:
    """A draft that nothing stands against yet; `account` is where accrued money is taken from, 2015 for a sheet."""

    draft: HoldDraft
    party: Party
    book_id: int
    account: str

    @property
    def key(self) -> AccountKey:
        return AccountKey(self.book_id, self.account, self.party.party_id, self.draft.currency)


async def place_holds(
    conn: Connection, *, drafts: Sequence[HoldDraft], actor: Actor, now: datetime, is_granted: bool = False
) -> list[Outcome]:
    """
    Place holds; one outcome per draft, in order. The same hold again is a replay.

    Where a flow asks for approval a hold that could be placed waits, and nothing moves before it is granted
    (`is_granted`). Written under the log's lock with events hold.placed. What was held of accrued money is on the
    party's open sheet as a line.

    Refusals, first match wins: HoldConflict, PartyMissing, BookMissing, InvalidInput for a sheet of somebody else,
        PartyEarnsNothing, NamedOrderMissing, NamedLineMissing, HoldExceedsPayable; SheetMissing, SheetNotPayable,
        SheetPayableExceeded.
    """
    await lock_log(conn)
    if not is_granted:
        await retain_first(conn, drafts=drafts, actor=actor, now=now)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=_get_key):
        outcomes += await _place_stretch(conn, stretch, actor=actor, now=now, is_granted=is_granted)
    return outcomes


async def _place_stretch(
    conn: Connection, drafts: Sequence[HoldDraft], *, actor: Actor, now: datetime, is_granted: bool
) -> list[Outcome]:
    first = find_first(map(_get_key, drafts))
    verdicts: dict[int, Outcome] = {}
    fits = await _judge(conn, drafts, first, verdicts)
    requests = {
        place: draft_request(fit.draft, book_id=fit.book_id, party_id=fit.party.party_id)
        for place, fit in fits.items()
        if not is_granted
    }
    asked = await find_asked(conn, requests=requests)
    for place, approval_id in (await find_waiting_holds(conn, requests=asked)).items():
        verdicts[place] = Placed(None, drafts[place].reference, 0, True, approval_id)
    await _cover(conn, fits, verdicts, asked=asked)
    requests = {place: request for place, request in requests.items() if place not in verdicts}
    for place, answer in (await request_by_place(conn, requests=requests, maker=actor, now=now)).items():
        verdicts[place] = Placed(None, drafts[place].reference, 0, answer.replayed, answer.approval_id)
    events = await _take(conn, fits, verdicts, actor=actor, now=now)
    going = [(place, fit) for place, fit in fits.items() if place not in verdicts]
    for (place, fit), placed in zip(going, await _place(conn, going, events, actor=actor, now=now), strict=True):
        verdicts[place] = Placed(placed[0], fit.draft.reference, placed[1], False)
    return answer_each(verdicts, first=first)


async def check_hold(conn: Connection, *, draft: HoldDraft) -> bool:
    """
    Check that a hold could be placed so, were it agreed to now; False where it was placed already. The log is locked.

    Refusals: those of place_holds.
    """
    verdicts: dict[int, Outcome] = {}
    fits = await _judge(conn, [draft], [0], verdicts)
    await _cover(conn, fits, verdicts, asked=fits)
    if isinstance(refused := verdicts.get(0), Refused):
        raise refused.error
    return bool(fits)


async def retain_first(conn: Connection, *, drafts: Sequence[HoldDraft], actor: Actor, now: datetime) -> None:
    """
    Retain what agreements take of sheets before these holds take of them: once a hold is lifted, what it had of that
    would be paid. Who holds what was disputed has done so before looking at what there is to hold.
    """
    if any(draft.sheet_id is not None for draft in drafts):
        await retain_from_closed(conn, now=now, actor=actor)


async def _judge(
    conn: Connection, drafts: Sequence[HoldDraft], first: Sequence[int], verdicts: dict[int, Outcome]
) -> dict[int, _Fit]:
    """Judge what does not depend on money; what fits is returned by its place, the first of each reference only."""
    known = {r["reference"]: r for r in await sql.find_placed(conn, references=[d.reference for d in drafts])}
    parties = await find_parties(conn, references={name for d in drafts for name in (d.party, d.legal_entity)})
    sheets = await find_sheets(conn, sheet_ids=sorted({d.sheet_id for d in drafts if d.sheet_id is not None}))
    unknown = await find_unknown(conn, named={(d.order, d.line) for d in drafts if d.reference not in known})
    fits: dict[int, _Fit] = {}
    for place, draft in enumerate(drafts):
        if first[place] != place:
            continue
        row = known.get(draft.reference)
        try:
            if row is not None:
                if digest_content(draft.content) != row["fingerprint"]:
                    raise HoldConflict(field=("reference",), reference=draft.reference)
                verdicts[place] = Placed(row["hold_id"], draft.reference, row["sequence"], True)
            else:
                fit = _fit(draft, parties, sheets)
                check_named(draft.order, draft.line, unknown=unknown)
                fits[place] = fit
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    return fits


def _get_key(draft: HoldDraft) -> str:
    return draft.reference


def _fit(draft: HoldDraft, parties: Mapping[str, Party], sheets: Mapping[int, Sheet]) -> _Fit:
    party, entity = parties.get(draft.party), parties.get(draft.legal_entity)
    if party is None:
        raise PartyMissing(field=("party",), reference=draft.party)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise BookMissing(field=("legalEntity",), book=draft.legal_entity)
    if draft.sheet_id is not None:
        # One that does not exist is refused by the sheets themselves, with their own word.
        sheet = sheets.get(draft.sheet_id)
        whose = None if sheet is None else (sheet.key.party_id, sheet.key.book_id, sheet.key.currency)
        if whose not in (None, (party.party_id, entity.party_id, draft.currency)):
            raise InvalidInput(
                field=("sheet",),
                reason=Why.SHEET_OF_OTHERS,
                sheet=draft.sheet_id,
                party=draft.party,
                legal_entity=draft.legal_entity,
                currency=draft.currency,
            )
        return _Fit(draft, party, entity.party_id, "2015")
    return _Fit(draft, party, entity.party_id, get_code(party, draft.account, field="party"))


async def _cover(
    conn: Connection, fits: Mapping[int, _Fit], verdicts: dict[int, Outcome], *, asked: Collection[int]
) -> None:
    """
    Judge holds by the money that is there, each after those before it that go on at once; what is `asked` of people
    leaves it there. Where nothing is asked of sheets, they judge by themselves what is taken of them.
    """
    await _cover_accrued(conn, fits, verdicts, asked=asked)
    takes = {
        place: Take(fit.draft.sheet_id, MovementKind.HELD, fit.draft.amount, fit.draft.reference)
        for place, fit in fits.items()
        if place not in verdicts and fit.draft.sheet_id is not None
    }
    if takes.keys().isdisjoint(asked):
        return
    sheets = await find_sheets(conn, sheet_ids=sorted({take.sheet_id for take in takes.values()}))
    for place, take in takes.items():
        if refusal := judge_take(sheets.get(take.sheet_id), take):
            verdicts[place] = Refused(refusal)
        elif place not in asked:
            sheets[take.sheet_id] = apply_take(sheets[take.sheet_id], take)


async def _cover_accrued(
    conn: Connection, fits: Mapping[int, _Fit], verdicts: dict[int, Outcome], *, asked: Collection[int]
) -> None:
    going = {place: fit for place, fit in fits.items() if place not in verdicts and fit.draft.sheet_id is None}
    beside = {fit.key: _list_beside(fit.key) for fit in going.values()}
    left = await find_accrued(conn, keys={key for keys in beside.values() for key in keys})
    for place, fit in going.items():
        # What one account of a sheet has may be owed on another: held, the sheet would say that its party owes it.
        available = min(left[fit.key], sum(left[key] for key in beside[fit.key]))
        if available < fit.draft.amount:
            verdicts[place] = Refused(
                HoldExceedsPayable(
                    field=("amount",),
                    party=fit.draft.party,
                    account=fit.account,
                    currency=fit.draft.currency,
                    available=money.format_amount(max(available, 0), currency=fit.draft.currency),
                    amount=money.format_amount(fit.draft.amount, currency=fit.draft.currency),
                )
            )
        elif place not in asked:
            left[fit.key] -= fit.draft.amount


def _list_beside(key: AccountKey) -> list[AccountKey]:
    """The accounts that one sheet settles together with this one, and this one itself."""
    kind = find_kind(key.code)
    return [key] if kind is None else [key._replace(code=code) for code in list_codes(*kind)]


async def find_accrued(conn: Connection, *, keys: set[AccountKey]) -> dict[AccountKey, int]:
    """What stands on these accounts on their credit side now; the log is locked. Unknown ones stand at nothing."""
    accounts = await resolve_accounts(conn, keys=keys)
    found = await balances(conn, account_ids=[account.account_id for account in accounts.values()])
    stands = {key: balance.credit - balance.debit for key, balance in zip(accounts, found, strict=True)}
    return {key: stands.get(key, 0) for key in keys}


async def _take(
    conn: Connection, fits: Mapping[int, _Fit], verdicts: dict[int, Outcome], *, actor: Actor, now: datetime
) -> dict[int, tuple[int, tuple[EventDraft, ...]]]:
    """Number what goes on, and take from the sheets; by place the number and the events of its sheet."""
    going = [place for place in fits if place not in verdicts]
    numbers = dict(zip(going, await sql.reserve_ids(conn, count=len(going)), strict=True))
    of_sheets = [(place, sheet_id) for place in going if (sheet_id := fits[place].draft.sheet_id) is not None]
    takes = [
        Take(sheet_id, MovementKind.HELD, fits[place].draft.amount, f"hold/{numbers[place]}")
        for place, sheet_id in of_sheets
    ]
    taken = await take_from_sheets(conn, takes=takes, actor=actor, now=now) if takes else []
    events: dict[int, tuple[int, tuple[EventDraft, ...]]] = {place: (numbers[place], ()) for place in going}
    for (place, _), outcome in zip(of_sheets, taken, strict=True):
        if isinstance(outcome, Refused):
            verdicts[place] = outcome
        else:
            events[place] = (numbers[place], outcome.events)
    return events


async def _place(
    conn: Connection,
    going: Sequence[tuple[int, _Fit]],
    numbered: Mapping[int, tuple[int, tuple[EventDraft, ...]]],
    *,
    actor: Actor,
    now: datetime,
) -> list[tuple[int, int]]:
    """Post the entries and write the holds; the number and the entry's place of each."""
    if not going:
        return []
    parts = await _divide(conn, [(place, fit) for place, fit in going if fit.draft.sheet_id is None], now=now)
    settlers = await find_settlers(conn, party_ids={fit.party.party_id for _, fit in going})
    zones = [settlers[fit.party.party_id].time_zone for _, fit in going]
    steps = [
        _step(fit, zone, *numbered[place], parts.get(place, [(None, fit.draft.amount)]))
        for (place, fit), zone in zip(going, zones, strict=True)
    ]
    movements = await post_steps(conn, steps=steps, actor=actor, now=now)
    holds = [
        (
            *(step.hold.hold_id, fit.draft.reference, fit.party.party_id, fit.book_id, fit.draft.sheet_id),
            *(fit.draft.amount, fit.account, fit.draft.currency, fit.draft.reason.value, fit.draft.legal_ground),
            *(fit.draft.release_condition, fit.draft.release_rule.value, fit.draft.expected_release_date),
            *(fit.draft.order, fit.draft.line, fit.draft.dispute, actor.name, now, digest_content(fit.draft.content)),
            zone,
        )
        for (_, fit), step, zone in zip(going, steps, zones, strict=True)
    ]
    await sql.insert_holds(
        conn, holds=transpose(holds), movements=transpose([movement for each in movements for movement in each])
    )
    of_sheets = {fit.draft.sheet_id for _, fit in going if fit.draft.sheet_id is not None}
    await renew_requests(conn, sheet_ids=of_sheets, actor=actor, now=now)
    return [(of_hold[0].hold_id, of_hold[0].sequence) for of_hold in movements]


async def _divide(
    conn: Connection, going: Sequence[tuple[int, _Fit]], *, now: datetime
) -> dict[int, list[tuple[date | None, int]]]:
    """
    What of each hold, by place, is on which day, where periods have ended whose sheets are about to close: their money
    leaves with them, and what is held of it has to be on them, or it is paid and owed on the next. None is today.

    A hold is of the first of those periods that has all of it; else of what came after them; else of as many as it
    takes, the oldest first. None of them gets less than nothing by it, or its sheet would say that the party owes.
    """
    beside = {fit.key: _list_beside(fit.key) for _, fit in going}
    ended = await find_ended(conn, keys={key for keys in beside.values() for key in keys}, now=now)
    if not ended:
        return {}
    accrued = await find_accrued(conn, keys=set(ended))
    days: dict[AccountKey, list[date | None]] = {}
    own: dict[AccountKey, list[int]] = {}
    for key, periods in ended.items():
        amounts = [period.amount for period in periods]
        days[key] = [*(period.last_day for period in periods), None]
        own[key] = [*amounts, accrued[key] - sum(amounts)]
    divided: dict[int, list[tuple[date | None, int]]] = {}
    for place, fit in going:
        if fit.key in own:
            whole = [sum(each) for each in zip(*(own[key] for key in beside[fit.key]), strict=True)]
            shares = _share(fit.draft.amount, own[fit.key], whole)
            divided[place] = [(day, share) for day, share in zip(days[fit.key], shares, strict=True) if share]
            own[fit.key] = [amount - share for amount, share in zip(own[fit.key], shares, strict=True)]
    return divided


def _share(amount: int, own: Sequence[int], whole: Sequence[int]) -> list[int]:
    """
    What each of these bears of an amount that they have in all: the first that has it all, else the first; pure. What
    stands on its account (`own`) comes first, then what others of the same sheet have beside it (`whole`).
    """
    shares = [0] * len(own)
    for has in ([min(pair) for pair in zip(own, whole, strict=True)], whole):
        left = [max(each - share, 0) for each, share in zip(has, shares, strict=True)]
        first = next((place for place, each in enumerate(left) if each >= amount), None)
        for place in range(len(left)) if first is None else (first,):
            part = min(left[place], amount)
            shares[place] += part
            amount -= part
    return shares


def _step(
    fit: _Fit,
    zone: str,
    hold_id: int,
    sheet_events: tuple[EventDraft, ...],
    parts: Sequence[tuple[date | None, int]],
) -> Step:
    draft = fit.draft
    hold = Hold(
        hold_id,
        fit.party.party_id,
        fit.book_id,
        draft.currency,
        fit.account,
        draft.sheet_id,
        draft.amount,
        0,
        draft.reason.value,
        draft.order,
        draft.expected_release_date,
    )
    said: dict[str, str | int] = {
        "reference": draft.reference,
        "legalGround": draft.legal_ground,
        "releaseCondition": draft.release_condition,
        "releaseRule": draft.release_rule.value,
        "expectedReleaseDate": draft.expected_release_date.isoformat(),
        "zone": zone,
    }
    if draft.dispute:
        said["dispute"] = draft.dispute
    # One step of a hold has its own name; the second and later parts of one are told by their number.
    names = [draft.reference, *(f"{draft.reference}/{number}" for number in range(2, len(parts) + 1))]
    named = tuple(Part(name, amount, day) for name, (day, amount) in zip(names, parts, strict=True))
    return Step(hold, "PLACED", named, draft.amount, draft.legal_ground, draft.party, said, sheet_events)
