"""
What is computed here, written on the entry that moves it: `{"fees": […]}`, as the metadata of submitted fee lines.

The merchant's part of a line is the goods less what others get of it, each with base, frozen rate, the exact value and
the step that rounded it. For each (code, party) the amounts are what the entry's lines move on that account. What
stands in suspense is nobody's yet and is noted when it is released.
"""

import json
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from ledger.charging.model import Split
from ledger.charging.order import AGENT, LEVEL_1, MERCHANT, PAYABLE, OrderLine
from ledger.charging.rates import Bearer, FrozenRates, MissingLevel
from ledger.money import multiply

# Parts that are taken back follow what each still has (R4), whatever rounded them in the first place.
_BACK = "REMAINING_WEIGHTED"
# A pool is rounded once and shared by largest remainder (R3).
_POOL = "LARGEST_REMAINDER"
_GIVE_WAY = "GIVE_WAY"

# What a share is on its receiver's account, by rank, and what the levels are on the merchant's. The platform has none.
ITEMS = ("GOODS", "", "DISTRIBUTION_1", "DISTRIBUTION_2", "DISTRIBUTION_3", "AGENT_COMMISSION")
LEVEL_FEES = ("DISTRIBUTION_FEE_1", "DISTRIBUTION_FEE_2", "DISTRIBUTION_FEE_3")

# An account's code and its party; no party while the share is in suspense.
_Seat = tuple[str, int | None]


class _Rate(NamedTuple):
    """A rate as a whole number over 10^digits, and the ends of a fee's text: when it is charged, when taken back."""

    number: int
    scale: int
    digits: int
    rounded: str
    taken_back: str

    def exact(self, base: int) -> str:
        """Base times rate as a decimal text."""
        whole, rest = divmod(base * self.number, self.scale)
        return f"{whole}.{rest:0{self.digits}d}".rstrip("0") if rest else str(whole)


class RateNotes(NamedTuple):
    """The texts that all lines of the same rates share."""

    rule: str
    commission: _Rate
    levels: tuple[_Rate, ...]
    agent: _Rate
    channel_fee: _Rate


def write_split(line: OrderLine, split: Split, *, goods: int, merchant_discount: int, delivery: int, fee: int) -> str:
    """The fees of a split; `fee` is the channel's, which the merchant bears."""
    note = _Note(line, goods, 1, None)
    note.add_shares(split, merchant_discount=merchant_discount, delivery=delivery)
    if fee:
        rate = note.notes.channel_fee
        paid = _Note(line, line.state.paid_left, 1, None)
        note.parts.append(paid.rated(-fee, (PAYABLE[MERCHANT], line.merchant_id), "CHANNEL_FEE", rate, rate.rounded))
    return _join(note.parts)


def write_taken_back(
    line: OrderLine,
    back: Split,
    *,
    goods: int,
    merchant_discount: int,
    delivery: int,
    sign: int = -1,
    away: Collection[int] | None = None,
) -> str:
    """
    The fees of what was taken back of a line, or with a `sign` of 1 of its return. The shares of the ranks in `away`
    stood in suspense then; without it those do that stand there now.
    """
    note = _Note(line, goods, sign, away, is_back=True)
    note.add_shares(back, merchant_discount=merchant_discount, delivery=delivery)
    return _join(note.parts)


def write_released(line: OrderLine, shares: dict[int, int]) -> str:
    """The fees of shares that leave suspense, by rank, for wherever they stand now."""
    rule = notes_of(line.rates).rule
    parts = []
    for rank, party_id in line.receivers:
        amount = shares.get(rank)
        if amount:
            code, holder = line.seat(rank, party_id)
            parts.append(f'{{"amount":{amount},"code":"{code}","item":"{ITEMS[rank]}","party":{holder},"rule":{rule}}}')
    return _join(parts)


def write_passed_on(line: OrderLine, amount: int) -> str:
    """The fee of a channel's fee that came back, passed on to the merchant who bore it."""
    if not amount:
        return ""
    rule = notes_of(line.rates).rule
    return _join([f'{{"amount":{amount},"code":"2010","item":"CHANNEL_FEE","party":{line.merchant_id},"rule":{rule}}}'])


def notes_of(rates: FrozenRates) -> RateNotes:
    """The notes of these rates, made once per value: rates are shared by the lines that have them."""
    # In the value's own dictionary, as its cached properties are: nothing else has its life time.
    known: RateNotes | None = rates.__dict__.get("notes")
    if known is None:
        known = rates.__dict__["notes"] = _make_notes(rates)
    return known


class _Note:
    """The fees of one entry as they are written down: of how much, which way, and where shares stand."""

    __slots__ = ("away", "base", "is_back", "line", "notes", "parts", "sign")

    def __init__(
        self, line: OrderLine, base: int, sign: int, away: Collection[int] | None, *, is_back: bool = False
    ) -> None:
        self.line, self.base, self.sign, self.away, self.is_back = line, base, sign, away, is_back
        self.notes = notes_of(line.rates)
        self.parts: list[str] = []

    def add_shares(self, shares: Split, *, merchant_discount: int, delivery: int) -> None:
        """The goods and what others get of them on the merchant's account, then the others' shares on theirs."""
        line = self.line
        seat = _seat(line, MERCHANT, line.merchant_id, self.away)
        if seat[1] is not None:
            self._add_merchant(shares, seat, merchant_discount=merchant_discount, delivery=delivery)
        for rank, party_id in line.receivers:
            if rank == MERCHANT:
                continue
            rate = self.notes.agent if rank == AGENT else self.notes.levels[rank - LEVEL_1]
            amount = shares.agent if rank == AGENT else shares.levels[rank - LEVEL_1]
            if amount:
                seat = _seat(line, rank, party_id, self.away)
                if seat[1] is not None:
                    self._add(amount, seat, ITEMS[rank], rate)

    def rated(self, amount: int, seat: _Seat, item: str, rate: _Rate, end: str) -> str:
        """One fee that a rate made of the base."""
        exact, (code, party) = rate.exact(self.base), seat
        return (
            f'{{"amount":{amount},"base":{self.base},"code":"{code}","exact":"{exact}","item":"{item}","party":{party}'
            f"{end}"
        )

    def _add_merchant(self, shares: Split, seat: _Seat, *, merchant_discount: int, delivery: int) -> None:
        notes, rates = self.notes, self.line.rates
        self._add_plain(self.base, seat, "GOODS")
        self._add_plain(-merchant_discount, seat, "COUPON_MERCHANT")
        if shares.commission:
            end = None if self.is_back else _commission_end(self.line, shares, self.base, notes)
            self._add(-shares.commission, seat, "COMMISSION", notes.commission, end)
        if rates.levels_born_by is Bearer.MERCHANT:
            for level, amount in enumerate(shares.levels):
                if amount:
                    self._add(-amount, seat, LEVEL_FEES[level], notes.levels[level])
        if shares.agent:
            self._add(-shares.agent, seat, "AGENT_FEE", notes.agent)
        self._add_plain(delivery, seat, "DELIVERY_INCOME")

    def _add(self, amount: int, seat: _Seat, item: str, rate: _Rate, end: str | None = None) -> None:
        end = rate.taken_back if self.is_back else end or rate.rounded
        self.parts.append(self.rated(self.sign * amount, seat, item, rate, end))

    def _add_plain(self, amount: int, seat: _Seat, item: str) -> None:
        if amount:
            signed, (code, party) = self.sign * amount, seat
            self.parts.append(
                f'{{"amount":{signed},"code":"{code}","item":"{item}","party":{party},"rule":{self.notes.rule}}}'
            )


def _seat(line: OrderLine, rank: int, party_id: int, away: Collection[int] | None) -> tuple[str, int | None]:
    if line.suspended is None:
        return PAYABLE[rank], party_id
    if away is None:
        return line.seat(rank, party_id)
    return ("2200", None) if rank in away else line.seat(rank, party_id)


def _commission_end(line: OrderLine, shares: Split, goods: int, notes: RateNotes) -> str:
    """The usual end of the text, unless missing levels joined the commission or the goods were too small for all."""
    rates = line.rates
    if shares.merchant and (rates.missing_level is not MissingLevel.TO_PLATFORM or None not in line.chain):
        return notes.commission.rounded
    plain = multiply(goods, rates.commission, rates.commission_rounding)
    if plain == shares.commission:
        return notes.commission.rounded
    step = _GIVE_WAY if shares.commission < plain else f"{rates.commission_rounding.value}+MISSING_LEVELS"
    return _end(rates.commission, step, notes.rule)


def _join(parts: list[str]) -> str:
    return f'{{"fees":[{",".join(parts)}]}}' if parts else ""


def _make_notes(rates: FrozenRates) -> RateNotes:
    # A plan has one version a day, so its name and first day say which; own rates of a merchant stand beside it.
    own = "" if rates.override is None else f"/override/{rates.override}"
    rule = json.dumps(f"{rates.plan}/{rates.valid_from.isoformat()}{own}", ensure_ascii=False)

    def note(rate: Decimal, step: str) -> _Rate:
        numerator, denominator = rate.as_integer_ratio()
        digits = max(0, -int(rate.normalize().as_tuple().exponent))
        scale = 10**digits
        return _Rate(numerator * scale // denominator, scale, digits, _end(rate, step, rule), _end(rate, _BACK, rule))

    return RateNotes(
        rule=rule,
        commission=note(rates.commission, rates.commission_rounding.value),
        levels=tuple(note(rate, _POOL) for rate in rates.levels),
        agent=note(rates.agent, rates.agent_rounding.value),
        channel_fee=note(rates.channel_fee, rates.channel_fee_rounding.value),
    )


def _end(rate: Decimal, step: str, rule: str) -> str:
    return f',"rate":"{format(rate.normalize(), "f")}","rounding":"{step}","rule":{rule}}}'
