"""
Payouts from the sheets that are due. Creating one claims the money of its sheets: nobody else can take it until the
payout is paid, fails or is cancelled.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.flows import choose_flow, find_flows
from ledger.approvals.model import ApprovalRequest, Kind, Status
from ledger.approvals.requesting import request_approvals
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.books import Book, resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.parties.finding import find_parties_by_id
from ledger.parties.model import Party
from ledger.settlement.deposits.retaining import retain_from_closed
from ledger.settlement.payouts import account_sql, sql, submission_sql
from ledger.settlement.payouts.disputing import hold_all_disputed
from ledger.settlement.payouts.loading import find_posting_days, load_payouts
from ledger.settlement.payouts.model import (
    Created,
    DueSheet,
    Late,
    PayeeAccount,
    PayingAccount,
    PayoutDraft,
    Run,
    Waiting,
)
from ledger.settlement.payouts.moving import Moves, write_moves
from ledger.settlement.payouts.planning import Reason, World, plan_payouts, wait
from ledger.settlement.payouts.withholding import RULES, Month
from ledger.settlement.sheets.model import MovementKind, Take
from ledger.settlement.sheets.payable import find_sheets, take_from_sheets
from ledger.settlement.sheets.unpaid import (
    PayableSheet,
    find_payable_again,
    find_payable_sheets,
    net_before_payment,
)

# Many may wait for years without hiding those who can be paid; one transaction writes few, and the next call the rest.
MOST_SHEETS = 100_000
MOST_PAYOUTS = 1_000


async def create_due_payouts(conn: Connection, *, through: date | None, actor: Actor, now: datetime) -> Run:
    """
    Create payouts of the sheets in PAYMENT_PENDING that are due on or before a day, without one on the day it is in the
    zone of each: one per party, legal entity and currency, on the account that the party is paid on now. What waits is
    told with its reason (planning.Reason).

    Under the log's lock, so two runs at once make the payouts once. At most 1,000 payouts a call, the first due first:
    call it again until it creates none and says that nothing is left to be netted before.
    """
    if await withhold_and_net(conn, through=through, actor=actor, now=now):
        return Run((), (), is_netting=True)
    sheets = await find_payable_sheets(conn, through=through, now=now, most=MOST_SHEETS)
    return await create_payouts(conn, sheets=sheets, replaces={}, actor=actor, now=now)


async def withhold_first(conn: Connection, *, actor: Actor, now: datetime) -> None:
    """Retain and hold what has to be, however far a worker has come with it: nothing of it may leave with a payout."""
    await lock_log(conn)
    await retain_from_closed(conn, now=now, actor=actor)
    await hold_all_disputed(conn, now=now, actor=actor)


async def withhold_and_net(conn: Connection, *, through: date | None, actor: Actor, now: datetime) -> bool:
    """
    What a run does before it looks at what is payable: withhold_first, and what is owed is taken of what is due, as far
    as one transaction goes. Whether more may have to be taken.

    What was held for a debt goes back once that is paid, so whoever has netted looks again: a preview and a run see the
    same then, in however many transactions.
    """
    while True:
        await withhold_first(conn, actor=actor, now=now)
        netted = await net_before_payment(conn, through=through, actor=actor, now=now)
        if netted.is_more or not netted.sheets:
            return netted.is_more


async def preview_payouts(conn: Connection, *, through: date | None, now: datetime) -> Run:
    """What `create_due_payouts` does after withhold_and_net; nothing is written, a reading transaction will do."""
    sheets = await find_payable_sheets(conn, through=through, now=now, most=MOST_SHEETS)
    drafts, waiting, books, parties = await _plan(conn, sheets, now=now)
    flows = await find_flows(conn, kinds=[Kind.PAYOUT])
    stakes = await _find_stakes(conn, drafts)
    asked = [
        choose_flow(flows, request=_ask(0, draft, books=books, parties=parties, stake=stake)) is not None
        for draft, stake in zip(drafts, stakes, strict=True)
    ]
    created = [Created(0, draft, needs) for draft, needs in zip(drafts, asked, strict=True)]
    return Run(tuple(created), tuple(waiting), is_more=bool(created) and len(sheets) == MOST_SHEETS)


async def create_again(
    conn: Connection,
    *,
    sheet_ids: Collection[int],
    replaces: int,
    actor: Actor,
    now: datetime,
    late: Late | None = None,
) -> Run:
    """
    Create the payout that takes a failed one's place, of those of its sheets that nobody has paid since, as far as
    nothing has to be held or retained of them; the log is locked. Nothing is netted: a bank may yet say that the failed
    one was paid, as a whole. With `late` it was, between these accounts.
    """
    await withhold_first(conn, actor=actor, now=now)
    sheets = await find_payable_again(conn, sheet_ids=sorted(sheet_ids))
    named = dict.fromkeys(sheet_ids, replaces)
    return await create_payouts(conn, sheets=sheets, replaces=named, actor=actor, now=now, late=late)


async def create_payouts(
    conn: Connection,
    *,
    sheets: Sequence[PayableSheet],
    replaces: Mapping[int, int],
    actor: Actor,
    now: datetime,
    late: Late | None = None,
) -> Run:
    """Plan, claim, write and ask for approval; the log is locked. `replaces` names, by sheet, the payout replaced."""
    drafts, waiting, books, parties = await _plan(conn, sheets, now=now, late=late)
    named = [replace(draft, replaces=replaces.get(draft.shares[0].sheet_id, 0)) for draft in drafts]
    created = await write_payouts(
        conn, drafts=named[:MOST_PAYOUTS], books=books, parties=parties, actor=actor, now=now, late=late
    )
    is_more = bool(created) and (len(named) > MOST_PAYOUTS or len(sheets) == MOST_SHEETS)
    return Run(tuple(created), tuple(waiting), is_more=is_more)


async def write_payouts(
    conn: Connection,
    *,
    drafts: Sequence[PayoutDraft],
    books: Mapping[int, Book],
    parties: Mapping[int, Party],
    actor: Actor,
    now: datetime,
    late: Late | None = None,
) -> list[Created]:
    """
    Write planned payouts, claim what they take of sheets, tell the log, ask for approval; the log is locked. What was
    agreed to (`late`) nobody is asked about again.
    """
    if not drafts:
        return []
    numbered = list(zip(await sql.reserve_ids(conn, count=len(drafts)), drafts, strict=True))
    stakes = await _find_stakes(conn, drafts)
    moves = Moves(now, books, parties)
    takes = [take for number, draft in numbered if draft.takes_from == "2015" for take in _takes(number, draft)]
    for taken in await take_from_sheets(conn, takes=takes, actor=actor, now=now) if takes else ():
        if isinstance(taken, Refused):
            raise taken.error
        moves.events += taken.events
    requests = [
        _ask(number, draft, books=books, parties=parties, stake=stake)
        for (number, draft), stake in zip(numbered, stakes, strict=True)
    ]
    digests = [request.digest for request in requests]
    await sql.insert_payouts(
        conn, payouts=_payout_columns(numbered, digests), sheets=_share_columns(numbered), now=now, actor=actor.name
    )
    payouts = await load_payouts(conn, payout_ids=[number for number, _ in numbered])
    if len(payouts) < len(numbered):
        raise InvariantBroken("what was inserted is there")
    for payout in payouts.values():
        moves.events.append(moves.tell(payout))
        if payout.takes_from == "2016":
            moves.take_over(payout)
    await write_moves(conn, moves=moves, actor=actor)
    if late is not None:
        await sql.set_approvals(conn, rows=transpose([(number, late.approval_id, "GRANTED") for number, _ in numbered]))
        return [Created(number, draft, False) for number, draft in numbered]
    requested = await request_approvals(conn, requests=requests, maker=actor, now=now)
    pending = [
        (number, answer.approval_id or 0, "PENDING")
        for (number, _), answer in zip(numbered, requested, strict=True)
        if answer.state is Status.PENDING
    ]
    if pending:
        await sql.set_approvals(conn, rows=transpose(pending))
    asked = {number for number, _, _ in pending}
    return [Created(number, draft, number in asked) for number, draft in numbered]


async def _plan(
    conn: Connection, found: Sequence[PayableSheet], *, now: datetime, late: Late | None = None
) -> tuple[list[PayoutDraft], list[Waiting], Mapping[int, Book], Mapping[int, Party]]:
    listed = [DueSheet(*sheet) for sheet in found]
    claimed = {
        row["sheet_id"]
        for row in (await sql.find_claimed_sheets(conn, sheet_ids=[s.sheet_id for s in listed]) if listed else ())
    }
    books = await resolve_books(conn, book_ids={sheet.book_id for sheet in listed})
    parties = await find_parties_by_id(conn, party_ids={sheet.party_id for sheet in listed}) if listed else {}
    said_paid = set(await sql.find_sheets_said_paid(conn)) - claimed if listed else set()
    sheets = [sheet for sheet in listed if sheet.sheet_id not in claimed | said_paid]
    world = await load_world(conn, sheets, parties=parties, now=now, late=late)
    drafts, waiting = plan_payouts(sheets, world=world)
    behind = [wait(sheet, Reason.CLAIMED_MEANWHILE) for sheet in listed if sheet.sheet_id in claimed]
    behind += [wait(sheet, Reason.BANK_SAYS_PAID) for sheet in listed if sheet.sheet_id in said_paid]
    return drafts, waiting + behind, books, parties


async def load_world(
    conn: Connection,
    sheets: Sequence[DueSheet],
    *,
    parties: Mapping[int, Party],
    now: datetime,
    late: Late | None = None,
) -> World:
    """What planning these sheets goes by, with the accounts of now or those of `late`; four statements at most."""
    days = await find_posting_days(conn, book_ids={sheet.book_id for sheet in sheets}, now=now)
    if not sheets:
        return World({}, {}, frozenset(), days, RULES, {})
    paying, payees = await (_find_accounts(conn, sheets) if late is None else _find_accounts_of(conn, late))
    taxed = {(row["party_id"], row["currency"]) for row in payees if row["withholding_rule"]}
    return World(
        paying={(row["book_id"], row["currency"]): to_paying_account(row) for row in paying},
        payees={(row["party_id"], row["currency"]): _to_payee_account(row) for row in payees},
        # A party that is blocked is not paid; what has left already has.
        blocked=frozenset(number for number, each in parties.items() if each.status == "BLOCKED" and late is None),
        days=days,
        rules=RULES,
        months=await _load_months(conn, sheets, taxed=taxed, days=days),
    )


async def _find_accounts(
    conn: Connection, sheets: Sequence[DueSheet]
) -> tuple[list[account_sql.Row], list[account_sql.Row]]:
    """The accounts that these sheets are paid from and on now."""
    from_accounts = sorted({(sheet.book_id, sheet.currency) for sheet in sheets})
    to_accounts = sorted({(sheet.party_id, sheet.currency) for sheet in sheets})
    paying = await account_sql.find_paying_accounts(
        conn, books=[book for book, _ in from_accounts], currencies=[currency for _, currency in from_accounts]
    )
    payees = await account_sql.find_live_payee_accounts(
        conn, parties=[party for party, _ in to_accounts], currencies=[currency for _, currency in to_accounts]
    )
    return paying, payees


async def _find_accounts_of(conn: Connection, late: Late) -> tuple[list[account_sql.Row], list[account_sql.Row]]:
    """The accounts that money has left and gone to, whether others have taken their place or not."""
    paying = await submission_sql.find_paying_accounts(conn, account_ids=[late.paying_account_id])
    return paying, await account_sql.find_payee_accounts_by_number(conn, account_ids=[late.payee_account_id])


def to_paying_account(row: account_sql.Row) -> PayingAccount:
    """A row as planning needs it, without its number."""
    return PayingAccount(
        paying_account_id=row["paying_account_id"],
        book_id=row["book_id"],
        currency=row["currency"],
        channel=row["channel"],
        calendar=row["calendar"],
        cut_off=row["cut_off"],
        step_minor=row["step_minor"],
        fee_minor=row["fee_minor"],
    )


def _to_payee_account(row: account_sql.Row) -> PayeeAccount:
    return PayeeAccount(
        row["payee_account_id"], row["party_id"], row["currency"], row["withholding_rule"], row["fingerprint"]
    )


async def _load_months(
    conn: Connection, sheets: Sequence[DueSheet], *, taxed: Collection[tuple[int, str]], days: Mapping[int, date]
) -> dict[tuple[int, int, str], Month]:
    keys = sorted({(s.book_id, s.party_id, s.currency) for s in sheets if (s.party_id, s.currency) in taxed})
    if not keys:
        return {}
    rows = await sql.find_months(
        conn,
        books=[book for book, _, _ in keys],
        parties=[party for _, party, _ in keys],
        currencies=[currency for _, _, currency in keys],
        months=[days[book].replace(day=1) for book, _, _ in keys],
    )
    return {(row["book_id"], row["party_id"], row["currency"]): Month(row["taxed"], row["withheld"]) for row in rows}


def _takes(number: int, draft: PayoutDraft) -> list[Take]:
    # Tax first: the sheet is PAYING only once nothing of it is left.
    reference = f"payout/{number}"
    listed = [(MovementKind.WITHHELD, share.sheet_id, share.withheld) for share in draft.shares]
    listed += [(MovementKind.PAYOUT, share.sheet_id, share.taken) for share in draft.shares]
    return [Take(sheet_id, kind, amount, reference) for kind, sheet_id, amount in listed if amount]


def _describe(
    number: int, draft: PayoutDraft, *, books: Mapping[int, Book], parties: Mapping[int, Party]
) -> dict[str, object]:
    """Exactly what will happen, as its approver sees it; the bank account by the digest of what was registered."""
    return {
        "payout": number,
        "party": parties[draft.party_id].reference,
        "legalEntity": books[draft.book_id].reference,
        "currency": draft.currency,
        "netMinor": draft.net,
        "withheldMinor": draft.withheld,
        "feeMinor": draft.fee,
        "payeeAccount": draft.payee.payee_account_id,
        "payeeAccountDigest": draft.payee.fingerprint.hex(),
        "payingAccount": draft.paying_account_id,
        "dueDate": draft.due_date.isoformat(),
        "takesFrom": draft.takes_from,
        "replaces": draft.replaces,
        "sheets": [[share.sheet_id, share.taken, share.withheld] for share in draft.shares],
    }


async def _find_stakes(conn: Connection, drafts: Sequence[PayoutDraft]) -> list[int]:
    """
    By how much it is decided who has to agree to each of these, before they claim anything: all that may still leave of
    their sheets. In parts, one held while the other is paid or with another payout, it would be below an amount that
    it reaches; and so it would after the tax and the bank's fee.
    """
    sheets = await find_sheets(conn, sheet_ids={share.sheet_id for draft in drafts for share in draft.shares})
    return [sum(sheets[share.sheet_id].at_stake for share in draft.shares) for draft in drafts]


def _ask(
    number: int, draft: PayoutDraft, *, books: Mapping[int, Book], parties: Mapping[int, Party], stake: int
) -> ApprovalRequest:
    party, entity = parties[draft.party_id].reference, books[draft.book_id].reference
    content = write_content(_describe(number, draft, books=books, parties=parties))
    return ApprovalRequest(
        kind=Kind.PAYOUT,
        subject=f"payout/{number}",
        digest=digest_content(content),
        amount_minor=stake,
        currency=draft.currency,
        book_id=draft.book_id,
        party_id=draft.party_id,
        description=f"Pay {party} from {entity}",
        content=content,
    )


def _payout_columns(numbered: Sequence[tuple[int, PayoutDraft]], digests: Sequence[bytes]) -> list[list[object]]:
    rows = [
        (
            number,
            draft.book_id,
            draft.party_id,
            draft.paying_account_id,
            draft.payee.payee_account_id,
            draft.replaces,
            draft.gross,
            draft.withheld,
            draft.fee,
            draft.net,
            draft.taxed,
            draft.tax_month,
            draft.due_date,
            draft.currency,
            draft.takes_from,
            draft.tax_rule,
            digest,
        )
        for (number, draft), digest in zip(numbered, digests, strict=True)
    ]
    return transpose(rows)


def _share_columns(numbered: Sequence[tuple[int, PayoutDraft]]) -> list[list[object]]:
    rows = [
        (number, share.sheet_id, share.taken, share.withheld) for number, draft in numbered for share in draft.shares
    ]
    return transpose(rows)
