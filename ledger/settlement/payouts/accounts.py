"""
Where parties are paid, and where legal entities pay from.

The number of an account is read into a `Secret` and written to one column. Events and refusals name the account by its
reference and its masked number.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ledger.actor import Actor
from ledger.approvals.withdrawing import overtake
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.telling import log_events
from ledger.parties.errors import PartyMissing
from ledger.parties.finding import find_parties
from ledger.parties.model import Party
from ledger.settlement.payouts import account_sql as sql
from ledger.settlement.payouts import sql as payout_sql
from ledger.settlement.payouts.ending import apply_payout_decisions, cancel_payouts
from ledger.settlement.payouts.errors import BankAccountConflict, PayingAccountConflict
from ledger.settlement.payouts.model import (
    AccountRegistered,
    PayeeAccountDraft,
    PayingAccountDraft,
)
from ledger.settlement.payouts.planning import Reason
from ledger.settlement.payouts.steps import find_step
from ledger.settlement.payouts.withholding import RULES, check_rule

_Outcome = AccountRegistered | Refused


async def register_payee_accounts(
    conn: Connection,
    *,
    drafts: Sequence[PayeeAccountDraft],
    actor: Actor,
    now: datetime,
) -> list[_Outcome]:
    """
    Register where parties are paid; one outcome per draft, in order.

    The account registered last is the one that payouts of its currency go to; those created before keep theirs, are not
    sent any more, and need not be approved. Of two drafts for one party and currency the later takes the place of the
    earlier, as if they came one after the other.

    Refusals, first match wins: PartyMissing, WithholdingRuleUnknown, BankAccountConflict (the reference is taken by
        another number, or by an account that was retired).
    """
    await lock_log(conn)
    parties = await find_parties(conn, references={draft.party for draft in drafts})
    known = await _find_known(conn, drafts, parties)
    outcomes: list[_Outcome] = []
    fresh: dict[int, PayeeAccountDraft] = {}
    for place, draft in enumerate(drafts):
        outcome = _judge(draft, parties=parties, known=known)
        outcomes.append(outcome)
        if isinstance(outcome, AccountRegistered) and not outcome.replayed:
            _take_place(known, draft, party_id=parties[draft.party].party_id)
            fresh[place] = draft
    if not fresh:
        return outcomes
    accounts = [(parties[draft.party].party_id, draft) for draft in fresh.values()]
    keys = sorted({(party_id, draft.currency) for party_id, draft in accounts})
    await sql.retire_payee_accounts(
        conn, parties=[party for party, _ in keys], currencies=[currency for _, currency in keys], now=now
    )
    rows = await sql.insert_payee_accounts(conn, rows=_columns(accounts, known), now=now)
    ids = {(row["party_id"], row["reference"]): row["payee_account_id"] for row in rows}
    events = [_describe_payee(draft, party_id=party_id, now=now) for party_id, draft in accounts]
    await log_events(conn, events=events, actor=actor)
    await _end_approvals(conn, keys, actor=actor, now=now)
    for place, (party_id, draft) in zip(fresh, accounts, strict=True):
        outcomes[place] = AccountRegistered(
            ids[party_id, draft.reference], draft.reference, draft.party, draft.number.masked, replayed=False
        )
    return outcomes


async def register_paying_account(
    conn: Connection, *, draft: PayingAccountDraft, actor: Actor, now: datetime
) -> AccountRegistered:
    """
    Register where a legal entity pays from in a currency, or change channel, calendar, cut-off, step and fee of it.

    Another number under another name takes the place of the account before it. What was sent from that one is answered
    as ever; payouts that were created and not sent are cancelled (PAYING_ACCOUNT_RETIRED), with what was asked about
    them, and the next run pays their sheets from the new one. Those of which a bank says that they were paid stay, and
    are not sent.

    Refusals: PartyMissing, PayingAccountConflict where the name is that of another number or of an account that was
        replaced, or the number has another name.
    """
    await lock_log(conn)
    entity = (await find_parties(conn, references=[draft.legal_entity])).get(draft.legal_entity)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise PartyMissing(field=("legalEntity",), reference=draft.legal_entity)
    number = draft.number
    place = (number.holder, number.scheme.value, number.identifier.reveal(), number.bank_code)
    found = await sql.find_paying_accounts(conn, books=[entity.party_id], currencies=[draft.currency])
    step = draft.step_minor or find_step(draft.channel, draft.currency)
    way = (draft.channel, draft.calendar, draft.cut_off, step, draft.fee_minor)
    row = found[0] if found else None
    is_same = row is not None and _is_same(row, draft)
    if row is not None and is_same:
        stands = (row["channel"], row["calendar"], row["cut_off"], row["step_minor"], row["fee_minor"])
        if stands == way:
            return AccountRegistered(
                row["paying_account_id"], draft.reference, draft.legal_entity, number.masked, replayed=True
            )
    elif await sql.is_paying_account(conn, book_id=entity.party_id, currency=draft.currency, reference=draft.reference):
        raise PayingAccountConflict(
            field=("reference",), reference=draft.reference, owner=draft.legal_entity, currency=draft.currency
        )
    if row is not None and not is_same:
        await _replace(conn, row["paying_account_id"], actor=actor, now=now)
    values = (entity.party_id, draft.reference, draft.currency, *place[:3], number.masked, place[3], *way)
    account_id = await sql.put_paying_account(conn, values=values, now=now)
    said = {
        "account": draft.reference,
        "legalEntity": draft.legal_entity,
        "currency": draft.currency,
        "masked": number.masked,
        "channel": draft.channel,
        "cutOff": draft.cut_off.isoformat(),
        "stepMinor": step,
        "feeMinor": draft.fee_minor,
    }
    subject = f"bank-account/{draft.legal_entity}/{draft.currency}"
    event = EventDraft("bank_account.registered", subject, now, (entity.party_id,), write_json(said))
    await log_events(conn, events=[event], actor=actor)
    return AccountRegistered(account_id, draft.reference, draft.legal_entity, number.masked, replayed=False)


def _is_same(row: sql.Row, draft: PayingAccountDraft) -> bool:
    """
    Whether this is the account that is paid from now.

    Refusals: PayingAccountConflict where it has that name or number, and not both.
    """
    number = draft.number
    has_name: bool = row["reference"] == draft.reference
    has_number = (row["scheme"], row["identifier"]) == (number.scheme.value, number.identifier.reveal())
    is_whole = has_number and (row["holder"], row["bank_code"]) == (number.holder, number.bank_code)
    if has_name != is_whole or (has_number and not is_whole):
        raise PayingAccountConflict(
            field=("reference",), reference=row["reference"], owner=draft.legal_entity, currency=draft.currency
        )
    return has_name


async def _replace(conn: Connection, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Nothing leaves this account any more: who waits for it is paid by the next run, from the account after it."""
    await sql.retire_paying_account(conn, account_id=account_id, now=now)
    waiting = await payout_sql.find_created(conn, paying_account_id=account_id)
    if waiting:
        # A payout that a bank says was paid is refused, and stays.
        await cancel_payouts(conn, payout_ids=waiting, reason=Reason.PAYING_ACCOUNT_RETIRED.value, actor=actor, now=now)


async def _end_approvals(conn: Connection, keys: Sequence[tuple[int, str]], *, actor: Actor, now: datetime) -> None:
    """Nobody need agree to payouts to the accounts that were replaced: they are not sent."""
    asked = await payout_sql.find_asked_approvals(
        conn, parties=[party for party, _ in keys], currencies=[currency for _, currency in keys]
    )
    if asked:
        ended = await overtake(conn, approval_ids=asked, reason="the bank account was replaced", actor=actor, now=now)
        await apply_payout_decisions(conn, decided=ended, actor=actor, now=now)


class _Account(NamedTuple):
    """An account of a party; `account_id` is 0 until it is written."""

    fingerprint: bytes
    account_id: int
    currency: str
    is_retired: bool


# By party and reference.
_Known = dict[tuple[int, str], _Account]


async def _find_known(conn: Connection, drafts: Sequence[PayeeAccountDraft], parties: Mapping[str, Party]) -> _Known:
    asked = sorted({(parties[d.party].party_id, d.reference) for d in drafts if d.party in parties})
    if not asked:
        return {}
    rows = await sql.find_payee_accounts(
        conn, parties=[party for party, _ in asked], references=[reference for _, reference in asked]
    )
    return {
        (row["party_id"], row["reference"]): _Account(
            row["fingerprint"], row["payee_account_id"], row["currency"], row["retired_at"] is not None
        )
        for row in rows
    }


def _take_place(known: _Known, draft: PayeeAccountDraft, *, party_id: int) -> None:
    """The party is paid on this account from now on, and on none before it."""
    for key, account in known.items():
        if key[0] == party_id and account.currency == draft.currency:
            known[key] = account._replace(is_retired=True)
    known[party_id, draft.reference] = _Account(fingerprint(draft), 0, draft.currency, is_retired=False)


def _judge(draft: PayeeAccountDraft, *, parties: Mapping[str, Party], known: _Known) -> _Outcome:
    party = parties.get(draft.party)
    if party is None:
        return Refused(PartyMissing(field=("party",), reference=draft.party))
    try:
        check_rule(draft.withholding_rule, currency=draft.currency, rules=RULES)
    except LedgerError as refusal:
        return Refused(refusal)
    stands = known.get((party.party_id, draft.reference))
    if stands is not None and (stands.fingerprint != fingerprint(draft) or stands.is_retired):
        return Refused(BankAccountConflict(field=("reference",), reference=draft.reference, owner=draft.party))
    return AccountRegistered(
        stands.account_id if stands else 0,
        draft.reference,
        draft.party,
        draft.number.masked,
        replayed=stands is not None,
    )


def fingerprint(draft: PayeeAccountDraft) -> bytes:
    """SHA-256 of everything that was registered, its party left out."""
    number = draft.number
    said = [
        draft.reference,
        draft.currency,
        number.holder,
        number.scheme.value,
        number.identifier.reveal(),
        number.bank_code,
        draft.withholding_rule,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest()


def _columns(rows: Sequence[tuple[int, PayeeAccountDraft]], known: _Known) -> list[list[object]]:
    return [
        [party_id for party_id, _ in rows],
        [draft.reference for _, draft in rows],
        [draft.currency for _, draft in rows],
        [draft.number.holder for _, draft in rows],
        [draft.number.scheme.value for _, draft in rows],
        [draft.number.identifier.reveal() for _, draft in rows],
        [draft.number.masked for _, draft in rows],
        [draft.number.bank_code for _, draft in rows],
        [draft.withholding_rule for _, draft in rows],
        [fingerprint(draft) for _, draft in rows],
        [known[party_id, draft.reference].is_retired for party_id, draft in rows],
    ]


def _describe_payee(draft: PayeeAccountDraft, *, party_id: int, now: datetime) -> EventDraft:
    said = {
        "account": draft.reference,
        "party": draft.party,
        "currency": draft.currency,
        "masked": draft.number.masked,
        "withholdingRule": draft.withholding_rule,
    }
    return EventDraft(
        "bank_account.registered", f"bank-account/{draft.party}/{draft.reference}", now, (party_id,), write_json(said)
    )
