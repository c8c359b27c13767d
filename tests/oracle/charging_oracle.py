"""
What the book must say after a list of order events, worked out a second time with nothing but fractions.

Shares no code with the ledger. Read it like a posting guide: one method per event, and each `_post` is one entry,
debits before credits. The arithmetic is in charging_arithmetic.py, the reading of the formats in charging_input.py.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.oracle.charging_arithmetic import (
    GOODS_PARTS,
    LEVELS,
    Account,
    Line,
    channel_fee,
    divide,
    divide_platform,
    take_back,
)
from tests.oracle.charging_disputes import SUSPENSE, claw_back, count_dispute, find_counted, list_charged_back
from tests.oracle.charging_documents import Dispute, Order, Refund, RefundLine, Sides
from tests.oracle.charging_input import Frame, Refused, check_keys, read_items, read_money

Key = TypeVar("Key")
AccountKey = tuple[str, str, str, str]  # legal entity, account code, party reference or "", currency
Amounts = list[tuple[str, str, int]]  # account code, party reference or "", amount; zero writes no line

PAYABLE = {"merchant": "2010", "level 1": "2041", "level 2": "2042", "level 3": "2043", "agent": "2020"}


@dataclass(frozen=True)
class ExpectedEntry:
    template: str
    line: str  # "" where the entry is of the whole order
    sides: Sides


@dataclass
class ExpectedBook:
    accounts: dict[AccountKey, tuple[int, int]] = field(default_factory=dict)  # gross debit and credit ever posted
    orders: dict[str, list[ExpectedEntry]] = field(default_factory=dict)
    refusals: list[tuple[int, str, str]] = field(default_factory=list)  # place in the list from 0, event id, code


def expected_book(
    parties: Iterable[dict[str, Any]],
    plans: Iterable[dict[str, Any]],
    events: Iterable[dict[str, Any]],
    *,
    blocked: Collection[tuple[str, int]] = (),
    releases: Collection[tuple[int, str, str, str, str]] = (),
) -> ExpectedBook:
    """
    Work out the book from the dicts that the import files hold. Refused events change nothing.

    `blocked`: (party, place of the first event from which it cannot be credited). `releases`: (place of the event it
    follows, order, line, role as in RANK, "OWNER" or "SPLITTER").
    """
    posting = _Posting(Frame(parties, plans), blocked)
    for place, event in enumerate(events):
        try:
            posting.read_event(place, event)
        except Refused as refusal:
            posting.book.refusals.append((place, event.get("id", ""), str(refusal)))
        for after, order, line, role, to in releases:
            if after == place:
                posting.release(order, line, role, to)
    return posting.book


class _Posting:
    """Reads events one by one; each method checks everything before it changes anything."""

    def __init__(self, frame: Frame, blocked: Collection[tuple[str, int]]) -> None:
        self.book = ExpectedBook()
        self._frame, self._blocked = frame, blocked
        self._orders: dict[str, Order] = {}
        self._done: dict[str, dict[str, Any]] = {}
        self._disputed: set[str] = set()

    def read_event(self, place: int, event: dict[str, Any]) -> None:
        check_keys(event)
        if event["id"] in self._done:
            if self._done[event["id"]] != event:
                raise Refused("IDEMPOTENCY_CONFLICT")
            return  # a replay changes nothing
        order, kind = self._orders.get(event["order"]), event["event"]
        if kind == "order.paid":
            self._pay(event)
        elif order is None:
            raise Refused("ORDER_MISSING")
        elif kind == "order.succeeded":
            self._succeed(order, {party for party, since in self._blocked if place >= since})
        else:
            self._read_later(order, kind, event, {party for party, since in self._blocked if place >= since})
        self._done[event["id"]] = event

    def _read_later(self, order: Order, kind: str, event: dict[str, Any], blocked: set[str]) -> None:
        if kind == "order.refunded":
            self._refund(order, event)
        elif kind == "refund.paid":
            self._pay_refund(order, _get_open_refund(order, event))
        elif kind == "refund.rejected":
            self._reject_refund(order, _get_open_refund(order, event), blocked)
        elif kind == "channel.fee_returned":
            self._return_fee(order, event)
        elif kind == "payment.unfrozen":
            self._unfreeze(order)
        elif kind == "payment.settled":
            self._settle(order, event)
        elif kind == "order.charged_back":
            self._charge_back(order, event)
        elif kind == "chargeback.defended":
            _defend(_get_open_dispute(order, event))
        elif kind == "chargeback.won":
            self._win(order, _get_open_dispute(order, event))
        else:
            self._lose(order, _get_open_dispute(order, event), event["liability"])

    def _pay(self, event: dict[str, Any]) -> None:
        """CAPTURE, then CHANNEL_FEE. The chain, the agent and the plan are frozen on the lines."""
        self._frame.check_kind(event["settlementEntity"], "LEGAL_ENTITY")
        owing = event.get("settlingEntity", event["settlementEntity"])
        self._frame.check_kind(owing, "LEGAL_ENTITY")
        new = Order(event["order"], event["settlementEntity"], event["currency"], owing)
        order = self._orders.get(new.reference, new)
        if (order.entity, order.currency) != (new.entity, new.currency):
            raise Refused("ORDER_MISMATCH")
        if order.is_split or order.is_unfrozen:
            raise Refused("ORDER_ALREADY_SUCCEEDED" if order.is_split else "ORDER_ALREADY_UNFROZEN")
        if order.owing != new.owing:
            raise Refused("ORDER_MISMATCH")
        lines = self._frame.read_lines(event)
        if lines.keys() & order.lines.keys():
            raise Refused("LINE_EXISTS")
        paid = sum(line.paid_left for line in lines.values())
        if read_money(event["amount"], order.currency, zero=True) != paid:
            raise Refused("AMOUNT_MISMATCH")

        subsidy = sum(line.left["platform discount"] for line in lines.values())
        fee = sum(line.fee_charged for line in lines.values())
        self._orders[order.reference] = order
        order.lines |= lines
        order.in_1100 += paid - fee
        order.to_settle += paid - fee
        debits: Amounts = [("1100", "", paid), ("5020", "", subsidy)]
        self._post(order, "CAPTURE", "", debits, [("2000", "", paid + subsidy)])
        self._post(order, "CHANNEL_FEE", "", [("5010", "", fee)], [("1100", "", fee)])

    def _succeed(self, order: Order, blocked: set[str]) -> None:
        if order.is_split:
            raise Refused("ORDER_ALREADY_SUCCEEDED")
        order.is_split = True
        for reference, line in order.lines.items():
            for role, party in line.receivers.items():
                line.seats[role] = SUSPENSE if party in blocked else _payable(line, role)
                line.piles[role] = {}
            self._split(order, reference, line.left, set())
        for dispute in order.disputes.values():
            if dispute.is_open:
                count_dispute(order, dispute)

    def _split(self, order: Order, reference: str, parts: dict[str, int], blocked: set[str]) -> None:
        """
        J04 with J05, of these parts of a line; J06 where the platform bears the levels, J47 where a seat is 2200. Who
        is blocked by now and would get some of it himself gets it in suspense.
        """
        line = order.lines[reference]
        shares = divide(line, sum(parts[part] for part in GOODS_PARTS), parts["merchant discount"])
        got = {role: shares[role] + (parts["delivery"] if role == "merchant" else 0) for role in line.receivers}
        for role, party in line.receivers.items():
            if got[role] and party in blocked and (role == "merchant" or line.owners.get(role) != "SPLITTER"):
                line.seats[role] = SUSPENSE
            _add(line.piles[role], {line.seats[role]: got[role]})
        platform = divide_platform(line, shares["platform"])
        fee = 0
        if line.plan.get("channelFee", {}).get("bornBy", "MERCHANT") == "MERCHANT":
            # What these parts add to the fee; what was refunded since the rest was split lowers nothing.
            others = line.paid_left - parts["cash"] - parts["delivery"]
            fee = channel_fee(line, line.paid_left) - channel_fee(line, others)
            fee = min(fee, line.fee_charged - line.fee_recovered)
        borne = sum(shares[level] for level in LEVELS) if line.platform_bears_levels else 0
        held = parts["cash"] + parts["platform discount"] + parts["delivery"]
        # The fee is what the merchant owes; only what a receiver would get waits in suspense.
        merchant = line.receivers["merchant"]
        funds = "2000" if order.owing == order.entity else "1900"
        debits: Amounts = [(funds, "", held), ("5090", "", borne), ("2010", merchant, fee)]
        credits: Amounts = [(*line.seats[role], amount) for role, amount in got.items()]
        credits += [("4030", merchant, fee)]
        credits += [(code, "", amount) for code, amount in platform.items()]
        self._post(order, "SPLIT", reference, debits, credits, entity=order.owing)
        if order.owing != order.entity:
            self._post(order, "SPLIT_DUE", reference, [("2000", "", held)], [("2900", "", held)])
        line.fee_recovered += fee
        _add(line.shares, shares)
        _add(line.platform, platform)

    def _refund(self, order: Order, event: dict[str, Any]) -> None:
        if event["refund"] in order.refunds:
            raise Refused("REFUND_EXISTS")
        asked: dict[str, dict[str, int]] = {}
        for item in read_items(event, "line amount", "delivery"):
            line = _get_line(order, item)
            delivery = read_money(item.get("delivery", "0"), order.currency, zero=True)
            goods = read_money(item["amount"], order.currency, zero=delivery > 0)
            if goods > line.goods_left or delivery > line.left["delivery"]:
                raise Refused("REFUND_EXCEEDS_REMAINING")
            asked[item["line"]] = {**take_back(goods, line.left, GOODS_PARTS), "delivery": delivery}
            if asked[item["line"]]["cash"] + delivery > max(0, line.paid_left - line.disputed):
                raise Refused("REFUND_EXCEEDS_REMAINING")

        lines = {reference: self._take(order, reference, parts, "REFUND", "2070") for reference, parts in asked.items()}
        payable = sum(part.returned["cash"] + part.returned["delivery"] for part in lines.values())
        order.refunds[event["refund"]] = Refund(lines, payable)

    def _take(self, order: Order, reference: str, returned: dict[str, int], template: str, payee: str) -> RefundLine:
        """Of order funds before the split; after it at all levels, by what each still has. So for lost disputes."""
        line = order.lines[reference]
        delivery = returned["delivery"]
        shared = returned["cash"] + returned["platform discount"]
        debits: Amounts = [("2000", "", shared + delivery)]
        given: Amounts = [(payee, "", returned["cash"] + delivery), ("5020", "", returned["platform discount"])]
        credits: Amounts = []
        clawed_back: dict[str, int] = {}
        platform: dict[str, int] = {}
        piles: dict[str, dict[Account, int]] = {}
        if order.is_split:
            clawed_back = claw_back(line, returned)
            if line.platform_bears_levels:
                credits += [("5090", "", sum(clawed_back[level] for level in LEVELS))]
            platform = take_back(clawed_back["platform"], line.platform, ("4000", "2105"))
            for role in line.receivers:
                whole = clawed_back[role] + (delivery if role == "merchant" else 0)
                counted = find_counted(order, reference) if role == "merchant" else 0
                piles[role] = _draw(line, role, whole, counted=counted)
                _add(line.piles[role], piles[role], sign=-1)
            debits = [(*where, amount) for drawn in piles.values() for where, amount in drawn.items()]
            debits += [(code, "", amount) for code, amount in platform.items()]
        due: Sides = {}
        if order.is_split and order.owing != order.entity:
            whole = shared + delivery
            sides = self._post(order, template, reference, debits, [*credits, ("1900", "", whole)], entity=order.owing)
            due = self._post(order, f"{template}_DUE", reference, [("2900", "", whole)], given)
        else:
            sides = self._post(order, template, reference, debits, [*credits, *given])
        _add(line.left, returned, sign=-1)
        _add(line.shares, clawed_back, sign=-1)
        _add(line.platform, platform, sign=-1)
        return RefundLine(sides, returned, clawed_back, platform, piles, due)

    def _pay_refund(self, order: Order, refund: Refund) -> None:
        """Out of frozen money, or out of free money once the order is unfrozen."""
        refund.state = "PAID"
        if not order.is_unfrozen:
            order.in_1100 -= refund.payable
        source = "1105" if order.is_unfrozen else "1100"
        self._post(order, "REFUND_PAID", "", [("2070", "", refund.payable)], [(source, "", refund.payable)])

    def _reject_refund(self, order: Order, refund: Refund, blocked: set[str]) -> None:
        """
        J17; what was refunded before the split and comes back after it is split at once. What comes back to suspense
        follows its share where that has been released.
        """
        refund.state = "REJECTED"
        for reference, part in refund.lines.items():
            line = order.lines[reference]
            debits: Amounts = [(*account, credit) for account, (_, credit) in part.sides.items()]
            credits: Amounts = [(*account, debit) for account, (debit, _) in part.sides.items()]
            entity = order.owing if part.clawed_back else order.entity
            self._post(order, "REFUND_REJECTED", reference, debits, credits, entity=entity)
            debits = [(*account, credit) for account, (_, credit) in part.due.items()]
            credits = [(*account, debit) for account, (debit, _) in part.due.items()]
            self._post(order, "REFUND_REJECTED_DUE", reference, debits, credits)
            _add(line.left, part.returned)
            _add(line.shares, part.clawed_back)
            _add(line.platform, part.platform)
            if order.is_split and not part.clawed_back:
                self._split(order, reference, part.returned, blocked)
            back: dict[str, int] = {}
            for role, drawn in part.piles.items():
                _add(line.piles[role], drawn)
                if drawn.get(SUSPENSE) and line.seats[role] != SUSPENSE:
                    back[role] = line.piles[role].pop(SUSPENSE)
                    _add(line.piles[role], {line.seats[role]: back[role]})
            seats: Amounts = [(*line.seats[role], amount) for role, amount in back.items()]
            self._post(order, "RELEASE", reference, [("2200", "", sum(back.values()))], seats, entity=order.owing)

    def _return_fee(self, order: Order, event: dict[str, Any]) -> None:
        """
        FEE_RETURNED, and FEE_PASSED_ON as far as the merchant bore the fee and has not got it back. Of what was
        refunded before the split the platform bore it, and comes first.
        """
        if event["refund"] not in order.refunds:
            raise Refused("REFUND_MISSING")
        amounts: dict[str, int] = {}
        for item in read_items(event, "line amount", ""):
            line = _get_line(order, item)
            amounts[item["line"]] = read_money(item["amount"], order.currency)
            if amounts[item["line"]] > line.fee_charged - line.fee_returned:
                raise Refused("CHANNEL_FEE_EXCEEDS_CHARGED")

        for reference, amount in amounts.items():
            line = order.lines[reference]
            part = order.refunds[event["refund"]].lines.get(reference)
            stays = 0
            if part is not None and not part.clawed_back:
                platform_bore = line.fee_charged - line.fee_recovered
                platform_has = line.fee_returned - line.fee_passed_back
                stays = sorted((0, amount, platform_bore - platform_has))[1]
            passed = min(amount - stays, line.fee_recovered - line.fee_passed_back)
            line.fee_returned += amount
            line.fee_passed_back += passed
            order.to_settle += amount
            self._post(order, "FEE_RETURNED", reference, [("1105", "", amount)], [("5010", "", amount)])
            if passed:
                merchant = line.receivers["merchant"]
                borne: Amounts = [("4030", merchant, passed)]
                owed: Amounts = [("2010", merchant, passed)]
                self._post(order, "FEE_PASSED_ON", reference, borne, owed, entity=order.owing)

    def _unfreeze(self, order: Order) -> None:
        """What the order still has in 1100 is free; the other way round where fees and refunds left less than zero."""
        if order.is_unfrozen:
            raise Refused("ORDER_ALREADY_UNFROZEN")
        target, source = ("1105", "1100") if order.in_1100 > 0 else ("1100", "1105")
        self._post(order, "UNFREEZE", "", [(target, "", abs(order.in_1100))], [(source, "", abs(order.in_1100))])
        order.is_unfrozen, order.in_1100 = True, 0

    def _settle(self, order: Order, event: dict[str, Any]) -> None:
        """At most what the channel captured less its fees."""
        if not order.is_unfrozen:
            raise Refused("PAYMENT_FROZEN")
        amount = read_money(event["amount"], order.currency)
        if amount > order.to_settle:
            raise Refused("SETTLED_EXCEEDS_CAPTURED")
        order.to_settle -= amount
        self._post(order, "SETTLED", "", [("1010", "", amount)], [("1105", "", amount)])

    def _charge_back(self, order: Order, event: dict[str, Any]) -> None:
        """Until it is decided the money is nobody's to take back."""
        if event["dispute"] in self._disputed:
            raise Refused("DISPUTE_EXISTS")
        amount = read_money(event["amount"], order.currency)
        fee = read_money(event.get("fee", "0"), order.currency, zero=True)
        rooms = {reference: order.lines[reference].undisputed for reference in sorted(order.lines)}
        if "lines" in event:
            parts: dict[str, int] = {}
            for item in read_items(event, "line amount", ""):
                _get_line(order, item)
                parts[item["line"]] = read_money(item["amount"], order.currency)
                if parts[item["line"]] > rooms[item["line"]]:
                    raise Refused("DISPUTE_EXCEEDS_REMAINING")
            if sum(parts.values()) != amount:
                raise Refused("DISPUTE_UNEVEN")
        elif amount > sum(rooms.values()):
            raise Refused("DISPUTE_EXCEEDS_REMAINING")
        else:
            parts = take_back(amount, rooms, list(rooms))

        self._disputed.add(event["dispute"])
        order.disputes[event["dispute"]] = Dispute(parts)
        for reference, part in parts.items():
            order.lines[reference].disputed += part
        if order.is_split:
            count_dispute(order, order.disputes[event["dispute"]])
        source = self._move_channel(order, -amount - fee)
        self._post(order, "CHARGED_BACK", "", [("1130", "", amount), ("5040", "", fee)], [(source, "", amount + fee)])

    def _win(self, order: Order, dispute: Dispute) -> None:
        """The money comes back, the fee does not."""
        dispute.state = "WON"
        for reference, part in dispute.parts.items():
            order.lines[reference].disputed -= part
        amount = sum(dispute.parts.values())
        target = self._move_channel(order, amount)
        self._post(order, "CHARGEBACK_WON", "", [(target, "", amount)], [("1130", "", amount)])

    def _lose(self, order: Order, dispute: Dispute, liability: str) -> None:
        """J19a, and the money stays disputed; or J19b, as a refund of the same money."""
        dispute.state = "LOST"
        if liability == "PLATFORM":
            amount = sum(dispute.parts.values())
            self._post(order, "CHARGEBACK_LOST", "", [("5040", "", amount)], [("1130", "", amount)])
            return
        for reference in sorted(dispute.parts):
            line, part = order.lines[reference], dispute.parts[reference]
            line.disputed -= part
            self._take(order, reference, list_charged_back(line, part), "CHARGEBACK_LOST", "1130")

    def _move_channel(self, order: Order, amount: int) -> str:
        """Keep what the order has in 1100, and say where its money at the channel is."""
        if order.is_unfrozen:
            return "1105"
        order.in_1100 += amount
        return "1100"

    def release(self, reference: str, line_reference: str, role: str, to: str) -> None:
        """A share that waits in suspense goes to its owner, or back to the merchant whose money was split."""
        order = self._orders[reference]
        line = order.lines[line_reference]
        item = line.piles[role].pop(SUSPENSE, 0)
        for dispute in order.disputes.values() if role == "merchant" else ():
            dispute.counted.pop(line_reference, None)
        line.seats[role] = _payable(line, role if to == "OWNER" else "merchant")
        line.owners[role] = to
        _add(line.piles[role], {line.seats[role]: item})
        credits: Amounts = [(*line.seats[role], item)]
        self._post(order, "RELEASE", line_reference, [("2200", "", item)], credits, entity=order.owing)

    def _post(
        self, order: Order, template: str, line: str, debits: Amounts, credits: Amounts, *, entity: str = ""
    ) -> Sides:
        """Write one entry, unless nothing moves. It balances, and no amount is negative."""
        sides: Sides = {}
        moves = [(code, party, amount, 0) for code, party, amount in debits]
        moves += [(code, party, 0, amount) for code, party, amount in credits]
        assert sum(debit - credit for *_, debit, credit in moves) == 0, (order.reference, template, moves)
        for code, party, debit, credit in moves:
            assert debit >= 0 <= credit, (order.reference, template, moves)
            if debit or credit:
                key = (entity or order.entity, code, party, order.currency)
                sides[code, party] = _plus(sides.get((code, party)), debit, credit)
                self.book.accounts[key] = _plus(self.book.accounts.get(key), debit, credit)
        if sides:
            self.book.orders.setdefault(order.reference, []).append(ExpectedEntry(template, line, sides))
        return sides


def _draw(line: Line, role: str, amount: int, *, counted: int) -> dict[Account, int]:
    """
    Take from what waits in suspense and no dispute counts on, then from what the merchant got for the role, then from
    its receiver; what rounding leaves from what is counted on.
    """
    waits = line.piles[role].get(SUSPENSE, 0)
    drawn = {SUSPENSE: min(amount, max(0, waits - counted))}
    amount -= drawn[SUSPENSE]
    for where in dict.fromkeys((_payable(line, "merchant"), _payable(line, role))):
        drawn[where] = min(amount, line.piles[role].get(where, 0))
        amount -= drawn[where]
    drawn[SUSPENSE] += amount
    assert drawn[SUSPENSE] <= waits, (role, line.piles[role])
    return drawn


def _payable(line: Line, role: str) -> Account:
    return PAYABLE[role], line.receivers[role]


def _plus(sides: tuple[int, int] | None, debit: int, credit: int) -> tuple[int, int]:
    return (debit, credit) if sides is None else (sides[0] + debit, sides[1] + credit)


def _add(amounts: dict[Key, int], more: dict[Key, int], *, sign: int = 1) -> None:
    for key, amount in more.items():
        amounts[key] = amounts.get(key, 0) + sign * amount


def _get_line(order: Order, item: dict[str, Any]) -> Line:
    if item["line"] not in order.lines:
        raise Refused("ORDER_LINE_MISSING")
    return order.lines[item["line"]]


def _get_open_refund(order: Order, event: dict[str, Any]) -> Refund:
    if event["refund"] not in order.refunds:
        raise Refused("REFUND_MISSING")
    refund = order.refunds[event["refund"]]
    if refund.state != "OPEN":
        raise Refused(f"REFUND_ALREADY_{refund.state}")
    return refund


def _get_open_dispute(order: Order, event: dict[str, Any]) -> Dispute:
    if event["dispute"] not in order.disputes:
        raise Refused("DISPUTE_MISSING")
    dispute = order.disputes[event["dispute"]]
    if not dispute.is_open:
        raise Refused("DISPUTE_ALREADY_DECIDED")
    return dispute


def _defend(dispute: Dispute) -> None:
    """Nothing moves."""
    if dispute.state == "DEFENDED":
        raise Refused("DISPUTE_ALREADY_DEFENDED")
    dispute.state = "DEFENDED"
