"""
Marks, made again: what a party, a bank account and a bank's answer say is what their fingerprint is of; who sits in an
approval follows from its flow; what a deposit is of follows from its agreement's words; the chart is the program's.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from ledger.approvals.flows import find_built_in, read_steps, seats_of
from ledger.approvals.model import Flow, Kind
from ledger.charging.rates import FrozenRates
from ledger.charging.sealing import Frozen, seal_lines
from ledger.charging.split import channel_fee
from ledger.journal.chart import CHART
from ledger.money import format_rate
from ledger.parties import registering
from ledger.parties.model import PartyDraft
from ledger.settlement.deposits.parsing import parse_agreement
from ledger.settlement.payouts import accounts, fates
from ledger.settlement.payouts.model import BankNumber, PayeeAccountDraft, Scheme, Secret
from ledger.settlement.payouts.numbers import mask
from ledger.verify import mark_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot

PARTIES, ACCOUNTS, ANSWERS = "marks of parties", "marks of bank accounts", "marks of bank answers"
PAYMENTS = "seals of payments"
SEATS, AGREEMENTS, CHART_CHECK = "seats of approvals", "agreements on deposits", "the chart of accounts"
_MASKED = "fingerprint"


async def check_parties(snapshot: Snapshot) -> Disagreement | None:
    """Each party is what it was registered as, under the parent that the log told."""
    async for row in sql.stream_parties(snapshot):
        draft = PartyDraft(
            reference=row["reference"],
            kind=row["kind"],
            name=row["name"],
            parent=row["parent"],
            currency=row["currency"],
            time_zone=row["time_zone"],
            settlement=_canonical(row["settlement"]),
            metadata=_canonical(row["metadata"]),
        )
        wrong = _compare(PARTIES, "party", {"party": row["reference"]}, row, registering.fingerprint(draft))
        if wrong is not None:
            return wrong
    return None


async def check_payments(snapshot: Snapshot) -> Disagreement | None:
    """
    What each payment froze on its lines (chain, agent, plan version, rates, what was bought) is what was sealed, and
    the channel's fee on each follows from that.
    """
    rows: list[Row] = []
    async for row in sql.stream_payments(snapshot):
        if rows and rows[0]["sequence"] != row["sequence"]:
            wrong = _check_payment(rows)
            if wrong is not None:
                return wrong
            rows = []
        rows.append(row)
    return _check_payment(rows) if rows else None


def _check_payment(rows: Sequence[Row]) -> Disagreement | None:
    first = rows[0]
    lines = [
        Frozen(
            line=row["line"],
            merchant_id=row["merchant_id"],
            agent_id=row["agent_id"],
            goods=row["goods_minor"],
            delivery=row["delivery_minor"],
            platform_discount=row["platform_discount_minor"],
            merchant_discount=row["merchant_discount_minor"],
            quantity=row["quantity"],
            plan_version=row["plan_version"],
            sku=row["sku"],
            category=row["category"],
            levels_born_by=row["levels_born_by"],
            chain=row["chain"] or (),
            rates=row["rates"],
        )
        for row in rows
    ]
    seal = seal_lines(lines, settling_book_id=first["settling_book_id"], fingerprint=first["fingerprint"] or b"")
    key = {"payment": first["sequence"]}
    if seal != first["seal"]:
        return Disagreement(PAYMENTS, "order_line", key, {"seal": seal}, {"seal": first["seal"]})
    for row, line in zip(rows, lines, strict=True):
        paid = line.goods + line.delivery - line.platform_discount - line.merchant_discount
        found, expected = row["fee_charged_minor"], channel_fee(paid, _read_rates(line.rates))
        if found != expected:
            fees = ({"fee_charged_minor": found}, {"fee_charged_minor": expected})
            return Disagreement(PAYMENTS, "order_line", {**key, "line": line.line}, *fees)
    return None


@lru_cache(maxsize=1_000)
def _read_rates(text: str) -> FrozenRates:
    return FrozenRates.from_document(json.loads(text))


async def check_accounts(snapshot: Snapshot) -> Disagreement | None:
    """Each bank account of a party is the one that was registered, and every masked number is of its number."""
    async for row in sql.stream_bank_accounts(snapshot):
        key = {"account": row["reference"], "owner": row["owner_id"]}
        masked = mask(row["identifier"])
        if row["masked"] != masked:
            return Disagreement(ACCOUNTS, row["kept_in"], key, {"masked": row["masked"]}, {"masked": masked})
        if row["fingerprint"] is None:
            continue
        number = BankNumber(
            row["holder"], Scheme(row["scheme"]), Secret(row["identifier"]), row["masked"], row["bank_code"]
        )
        draft = PayeeAccountDraft("", row["reference"], row["currency"], number, row["withholding_rule"])
        wrong = _compare(ACCOUNTS, "payee_account", key, row, accounts.fingerprint(draft))
        if wrong is not None:
            return wrong
    return None


async def check_answers(snapshot: Snapshot) -> Disagreement | None:
    """Each answer of a bank is kept as it came."""
    async for row in sql.stream_answers(snapshot):
        answer = fates.to_answer(row)
        mark = row["fingerprint"]
        if all(fates.fingerprint(replace(answer, occurred_at=at)) != mark for at in _list_sayings(row)):
            key, expected = {"answer": row["bank_answer_id"]}, {_MASKED: fates.fingerprint(answer)}
            return Disagreement(ANSWERS, "bank_answer", key, {_MASKED: mark}, expected)
    return None


async def check_seats(snapshot: Snapshot) -> Disagreement | None:
    """Who may agree to a request is who its flow names, and for how long each step waits."""
    async for row in sql.stream_seats(snapshot):
        found = [tuple(seat) for seat in json.loads(row["seats"])]
        if row["kind"] is None:
            return Disagreement(SEATS, "approval_seat", {"approval": row["approval_id"]}, {"seats": found}, None)
        flow = _read_flow(row)
        expected = [
            (
                seat.step,
                seat.seat,
                list(seat.approvers),
                list(seat.substitutes),
                list(seat.escalates_to),
                seat.due_hours,
            )
            for seat in (seats_of(flow) if flow else ())
        ]
        if found != expected:
            key = {"approval": row["approval_id"]}
            return Disagreement(SEATS, "approval_seat", key, {"seats": found}, {"seats": expected})
    return None


async def check_agreements(snapshot: Snapshot) -> Disagreement | None:
    """Each agreement on a deposit says what the log told when it was agreed to, and when it ended."""
    async for row in sql.stream_agreements(snapshot):
        key = {"agreement": row["reference"]}
        if row["told"] is None or row["agreement_id"] is None:
            found, told = (None if row[side] is None else "an agreement" for side in ("agreement_id", "told"))
            return Disagreement(AGREEMENTS, "deposit_agreement", key, found, told)
        draft = parse_agreement(json.loads(row["told"]))
        facts = (
            ("party", draft.party),
            ("legal_entity", draft.legal_entity),
            ("currency", draft.currency),
            ("kind", draft.kind.value),
            ("role", draft.role or row["party_kind"]),
            ("basis", draft.basis.value),
            ("rate", "" if draft.rate is None else format_rate(draft.rate)),
            ("base_minor", draft.base),
            ("target_minor", draft.target),
            ("cap_minor", draft.cap),
            ("months", draft.months),
            ("shortfall", draft.shortfall.value),
            ("release", draft.release.value),
            ("legal_ground", draft.legal_ground),
            ("agreed_at", row["told_at"]),
            ("agreed_by", row["told_by"]),
            ("ended_at", row["end_told_at"]),
            ("ended_by", row["end_told_by"]),
            ("end_reason", row["told_reason"]),
        )
        for name, expected in facts:
            if row[name] != expected:
                return Disagreement(AGREEMENTS, "deposit_agreement", key, {name: row[name]}, {name: expected})
    return None


async def check_chart(snapshot: Snapshot) -> Disagreement | None:
    """The platform's chart is the one that the program comes with: what accounts are, their floors and owners."""
    expected = {
        each.code: {
            "name": each.name,
            "class": each.klass,
            "normal_side": each.side,
            "is_summary": each.is_summary,
            "kept_per": each.kept_per,
            "floor_minor": each.floor_minor,
            "owned_by_document": each.owned,
        }
        for each in CHART
    }
    found = {row["code"]: row for row in await sql.find_chart(snapshot.conn)}
    for code in sorted(expected.keys() | found.keys()):
        key = {"code": code}
        if code not in found or code not in expected:
            there, ought = (code if code in side else None for side in (found, expected))
            return Disagreement(CHART_CHECK, "chart_account", key, there, ought)
        for name, value in expected[code].items():
            if found[code][name] != value:
                return Disagreement(CHART_CHECK, "chart_account", key, {name: found[code][name]}, {name: value})
    return None


def _compare(check: str, table: str, key: dict[str, object], row: Row, expected: bytes) -> Disagreement | None:
    if row["fingerprint"] == expected:
        return None
    return Disagreement(check, table, key, {_MASKED: row["fingerprint"]}, {_MASKED: expected})


def _list_sayings(row: Row) -> Iterator[datetime]:
    """
    The instants as which an answer's may have been said: in UTC, as a day or a time of the book's clock, or with the
    offset of some zone. The mark is of what was said.
    """
    yield row["occurred_at"]
    if row["time_zone"] is not None:
        yield row["occurred_at"].astimezone(ZoneInfo(row["time_zone"])).replace(tzinfo=UTC)
    for quarters in range(-48, 57):
        yield row["occurred_at"].astimezone(timezone(timedelta(minutes=15 * quarters)))


def _canonical(kept: str | None) -> str:
    """JSON as a party was registered with it; the store keeps another order of keys."""
    if kept is None:
        return ""
    return json.dumps(json.loads(kept), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _read_flow(row: Row) -> Flow | None:
    """The flow of a request: the version that it names, else the second person that some kinds always need."""
    kind = Kind(row["kind"])
    if row["flow_version"] is not None:
        return Flow(kind, row["name"] or "", read_steps(row["steps"] or "[]"))
    return find_built_in(kind)
