"""What goes out of a slice: claimed, released, forfeited; never more than it holds."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ledger import money
from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.finding import find_same
from ledger.approvals.flows import choose_flow, find_flows
from ledger.approvals.model import ApprovalRequest, Flow, Kind
from ledger.approvals.requesting import request_by_place
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.parties.errors import PartyMissing, PartyNotActive
from ledger.parties.finding import find_parties
from ledger.parties.model import Party
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.errors import (
    DepositConflict,
    DepositEmpty,
    DepositExceeded,
    DepositNotReleasable,
    SliceMissing,
    Why,
)
from ledger.settlement.deposits.model import DATE_STEP, DischargeDraft, Move, Moved, MoveKind, Release, Slice
from ledger.settlement.deposits.moving import CUSTOMERS_CODE, move_on_sheets, post_moves, to_slice
from ledger.settlement.deposits.rules import move_slice
from ledger.settlement.naming import Named, check_named, find_unknown
from ledger.settlement.payables import ROLE_CODES, get_code
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first
from ledger.settlement.sheets.planning import find_local_day

FORFEITED_CODE, SHEET_CODE = "4040", "2015"

Outcome = Moved | Refused


class _Fit(NamedTuple):
    """How much goes out for a draft, and how much has gone out of its slice then."""

    amount: int
    gone: int


@dataclass(slots=True)
class _Fund:
    """A slice as the batch leaves it, what of it came from which sheet and is still there, and its steps by key."""

    part: Slice
    sheets: Counter[int]
    done: dict[tuple[str, str], list[sql.Row]]


async def discharge_slices(
    conn: Connection, *, drafts: Sequence[DischargeDraft], actor: Actor, now: datetime, is_granted: bool = False
) -> list[Outcome]:
    """
    Claim, release or forfeit; one outcome per draft, in order. The same step again is a replay.

    A claim goes to the customers of an order (2070) or to the party that does the service. What is released goes back
    to the sheets that it was retained from, the newest first, and can be paid with them at once; what came in as cash
    goes back as a line on the party's open sheet. Where a flow asks for approval it waits, and nothing moves; the flow
    is chosen by all that has gone out of the slice then. What goes back by itself on its date (in its zone) goes
    back earlier only where a flow has somebody else agree (`is_granted`).

    Refusals, first match wins: SliceMissing, InvalidInput for another currency, DepositConflict, PartyMissing,
        PartyEarnsNothing, PartyNotActive when a claim's party is closed (unless `is_granted`), InvalidInput for a claim
        of the deposit's own party, NamedOrderMissing, DepositEmpty, DepositExceeded, DepositNotReleasable.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=_get_key):
        outcomes += await _discharge_stretch(conn, stretch, actor=actor, now=now, is_granted=is_granted)
    return outcomes


async def _discharge_stretch(
    conn: Connection, drafts: Sequence[DischargeDraft], *, actor: Actor, now: datetime, is_granted: bool
) -> list[Outcome]:
    funds = await _load(conn, slice_ids=sorted({draft.slice_id for draft in drafts}))
    parties = await find_parties(conn, references={draft.party for draft in drafts if draft.party})
    first = find_first(map(_get_key, drafts))
    verdicts: dict[int, Outcome] = {}
    flows = None if is_granted else await find_flows(conn, kinds={Kind.DEPOSIT})
    waiting = {} if is_granted else await find_same(conn, requests=_list_requests(drafts, funds))
    unknown = await find_unknown(conn, named={(draft.order, "") for draft in drafts})
    fits = _judge(drafts, first, funds, parties, verdicts, unknown=unknown, waiting=waiting, flows=flows, now=now)
    if not is_granted:
        requests = {
            place: _request(drafts[place], fit, funds[drafts[place].slice_id].part, parties.get(drafts[place].party))
            for place, fit in fits.items()
        }
        for place, answer in (await request_by_place(conn, requests=requests, maker=actor, now=now)).items():
            verdicts[place] = Moved((drafts[place].slice_id,), 0, 0, answer.replayed, answer.approval_id)
    moves: dict[int, list[Move]] = {
        place: _plan(drafts[place], fit.amount, funds[drafts[place].slice_id], parties)
        for place, fit in fits.items()
        if place not in verdicts
    }
    flat = await move_on_sheets(conn, moves=[move for each in moves.values() for move in each], actor=actor, now=now)
    sequences = iter(await post_moves(conn, moves=flat, actor=actor, now=now))
    for place, steps in moves.items():
        posted = [next(sequences) for _ in steps]
        verdicts[place] = Moved((drafts[place].slice_id,), fits[place].amount, posted[0], False)
    return answer_each(verdicts, first=first)


def _get_key(draft: DischargeDraft) -> tuple[int, MoveKind, str]:
    return draft.slice_id, draft.kind, draft.reference


async def _load(conn: Connection, *, slice_ids: Sequence[int]) -> dict[int, _Fund]:
    parts = {row["slice_id"]: to_slice(row) for row in await sql.find_slices(conn, slice_ids=slice_ids)}
    funds = {slice_id: _Fund(part, Counter(), {}) for slice_id, part in parts.items()}
    for row in await sql.find_moves(conn, slice_ids=sorted(parts)):
        fund = funds[row["slice_id"]]
        fund.done.setdefault((row["kind"], row["reference"]), []).append(row)
        if row["sheet_id"] is not None:
            sign = -1 if row["kind"] == "RELEASED" else 1
            fund.sheets[row["sheet_id"]] += sign * row["amount_minor"]
    return funds


def _judge(
    drafts: Sequence[DischargeDraft],
    first: Sequence[int],
    funds: Mapping[int, _Fund],
    parties: Mapping[str, Party],
    verdicts: dict[int, Outcome],
    *,
    unknown: Set[Named],
    waiting: Mapping[int, int],
    flows: Sequence[Flow] | None,
    now: datetime,
) -> dict[int, _Fit]:
    """
    What goes out for each draft that nothing stands against, by its place; `flows` is None for what was granted, and
    `waiting` the approvals of what was asked for before.
    """
    held = {slice_id: fund.part.held for slice_id, fund in funds.items()}
    fits: dict[int, _Fit] = {}
    for place, draft in enumerate(drafts):
        try:
            fund = funds.get(draft.slice_id)
            if fund is None:
                raise SliceMissing(field=("slice",), slice=draft.slice_id)
            if draft.currency not in ("", fund.part.currency):
                facts = {"slice": draft.slice_id, "currency": fund.part.currency}
                raise InvalidInput(field=("currency",), reason=Why.CURRENCY_OF_SLICE, **facts)
            if first[place] != place:
                continue
            done = fund.done.get((draft.kind.value, draft.reference))
            if done is not None:
                verdicts[place] = _replay(draft, done, parties)
                continue
            if place in waiting:
                verdicts[place] = Moved((draft.slice_id,), 0, 0, True, waiting[place])
                continue
            # A claim that was asked for before its party closed is decided: nobody asks for it again after that.
            _check_party(draft, parties, is_new=flows is not None)
            _check_other(draft, fund.part)
            check_named(draft.order, unknown=unknown)
            amount = _find_amount(draft, fund.part, held[draft.slice_id])
            fit = _Fit(amount, fund.part.received - held[draft.slice_id] + amount)
            if flows is not None:
                _check_early(draft, fit, fund, flows, now)
            fits[place] = fit
            held[draft.slice_id] -= amount
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    return fits


def _replay(draft: DischargeDraft, rows: Sequence[sql.Row], parties: Mapping[str, Party]) -> Moved:
    """What the same step did before, if it is the same: so much, for the same reason, account of a party and order."""
    amount = sum(row["amount_minor"] for row in rows)
    # In an older store a person may have taken the key of the worker's own step, with words of his own.
    is_told_so = draft.reason == rows[0]["reason"] or draft.reference == DATE_STEP
    party = parties.get(draft.party)
    code = None if party is None else draft.account or ROLE_CODES.get(party.kind)
    goes = (party and party.party_id, code, draft.order if draft.kind is MoveKind.CLAIMED else "")
    went = (rows[0]["counterparty_id"], rows[0]["counterparty_code"], rows[0]["order_reference"])
    if not is_told_so or draft.amount not in (None, amount) or goes != went or (draft.party and party is None):
        raise DepositConflict(field=("reference",), reference=draft.reference)
    return Moved((draft.slice_id,), amount, rows[0]["sequence"], True)


async def check_discharge(conn: Connection, *, draft: DischargeDraft, now: datetime) -> bool:
    """
    Check that so much could go out of a slice, were it agreed to now, a claim as new business; False where that step
    was taken already.

    Refusals: those of discharge_slices.
    """
    funds = await _load(conn, slice_ids=[draft.slice_id])
    parties = await find_parties(conn, references={draft.party} if draft.party else set())
    _check_party(draft, parties, is_new=True)
    unknown = await find_unknown(conn, named={(draft.order, "")})
    verdicts: dict[int, Outcome] = {}
    fits = _judge([draft], [0], funds, parties, verdicts, unknown=unknown, waiting={}, flows=None, now=now)
    if isinstance(refused := verdicts.get(0), Refused):
        raise refused.error
    return bool(fits)


def _check_party(draft: DischargeDraft, parties: Mapping[str, Party], *, is_new: bool) -> None:
    if draft.party:
        party = parties.get(draft.party)
        if party is None:
            raise PartyMissing(field=("party",), reference=draft.party)
        get_code(party, draft.account, field="party")
        if is_new and party.status == "CLOSED":
            raise PartyNotActive(field=("party",), reference=draft.party, status=party.status)


def _check_other(draft: DischargeDraft, part: Slice) -> None:
    """What a party gets of its own deposit is released: a claim would go around its day and who has to agree to it."""
    if draft.party == part.party:
        raise InvalidInput(field=("party",), reason=Why.CLAIM_OF_ITSELF, party=draft.party)


def _find_amount(draft: DischargeDraft, part: Slice, held: int) -> int:
    if held == 0:
        raise DepositEmpty(field=("slice",), slice=part.slice_id)
    amount = held if draft.amount is None else draft.amount
    if amount > held:
        raise DepositExceeded(
            field=("amount",),
            slice=part.slice_id,
            currency=part.currency,
            held=money.format_amount(held, currency=part.currency),
            amount=money.format_amount(amount, currency=part.currency),
        )
    return amount


def _list_requests(drafts: Sequence[DischargeDraft], funds: Mapping[int, _Fund]) -> dict[int, ApprovalRequest]:
    """What would be asked for each draft, by its place, if nothing stood against it; only the words of it count."""
    parts = {place: funds[draft.slice_id].part for place, draft in enumerate(drafts) if draft.slice_id in funds}
    amounts = {place: drafts[place].amount or part.held for place, part in parts.items()}
    return {
        place: _request(drafts[place], _Fit(amount, amount), parts[place])
        for place, amount in amounts.items()
        if amount
    }


def _request(draft: DischargeDraft, fit: _Fit, part: Slice, claimant: Party | None = None) -> ApprovalRequest:
    content = draft.content
    if draft.amount is None:
        # Who agrees sees how much it is; should the slice hold more by then, that is not what he agreed to.
        said = {"amount": money.format_amount(fit.amount, currency=part.currency), "currency": part.currency}
        content = write_content({**json.loads(content), **said})
    return ApprovalRequest(
        kind=Kind.DEPOSIT,
        subject=f"deposit/{draft.slice_id}/{draft.kind}/{draft.reference}",
        digest=digest_content(content),
        # In parts it would be below an amount that the whole of it reaches.
        amount_minor=fit.gone,
        currency=part.currency,
        book_id=part.book_id,
        party_id=part.party_id,
        description=f"Deposit of {part.party}, {draft.kind.lower()}: {draft.reason}",
        content=content,
        counterparty_id=None if claimant is None else claimant.party_id,
    )


def _check_early(draft: DischargeDraft, fit: _Fit, fund: _Fund, flows: Sequence[Flow], now: datetime) -> None:
    """What was agreed to go back on a day does not go back before it because one person says so."""
    part = fund.part
    is_early = part.release is Release.ON_DATE and find_local_day(now, part.zone) < part.releasable_date
    if draft.kind is MoveKind.RELEASED and is_early and not choose_flow(flows, request=_request(draft, fit, part)):
        day = part.releasable_date.isoformat()
        raise DepositNotReleasable(field=("slice",), slice=part.slice_id, day=day)


def _plan(draft: DischargeDraft, amount: int, fund: _Fund, parties: Mapping[str, Party]) -> list[Move]:
    """The steps of one draft; the fund is kept up to date."""
    steps: list[tuple[int, str, int | None, int | None]]
    if draft.kind is MoveKind.FORFEITED:
        steps = [(amount, FORFEITED_CODE, None, None)]
    elif draft.kind is MoveKind.CLAIMED:
        party = parties.get(draft.party)
        code = CUSTOMERS_CODE if party is None else get_code(party, draft.account, field="party")
        steps = [(amount, code, None if party is None else party.party_id, None)]
    else:
        steps = _find_places(amount, fund)
    moves = []
    for part_amount, code, party_id, sheet_id in steps:
        fund.part = move_slice(fund.part, kind=draft.kind, amount=part_amount)
        moves.append(
            Move(
                draft.kind,
                fund.part,
                part_amount,
                draft.reference,
                draft.reason,
                code,
                party_id,
                sheet_id,
                draft.order,
            )
        )
    return moves


def _find_places(amount: int, fund: _Fund) -> list[tuple[int, str, int | None, int | None]]:
    """Where a release goes: to the sheets it came from, the newest first, the rest to the party's open sheet."""
    places: list[tuple[int, str, int | None, int | None]] = []
    party_id = fund.part.party_id
    for sheet_id in sorted(fund.sheets, reverse=True):
        back = min(amount, fund.sheets[sheet_id])
        if back > 0:
            fund.sheets[sheet_id] -= back
            amount -= back
            places.append((back, SHEET_CODE, party_id, sheet_id))
    if amount:
        places.append((amount, ROLE_CODES[fund.part.role], party_id, None))
    return places
