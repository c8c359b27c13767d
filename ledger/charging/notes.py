"""
What is computed here, written on the entry that moves it: `{"fees": […]}`, as the metadata of submitted fee lines.

The merchant's part of a line is the goods less what others get of it, each with base, frozen rate, the exact value and
the step that rounded it. For each (code, party) the amounts are what the entry's lines move on that account. What
stands in suspense is nobody's yet and is noted when it is released.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ledger.charging.model import Split
from ledger.charging.order import AGENT, LEVEL_1, MERCHANT, PAYABLE, OrderLine
from ledger.charging.rates import Bearer, FrozenRates, MissingLevel
from ledger.charging.standing import Drawn, share_amounts
from ledger.money import multiply

# Parts that are taken back follow what each still has, whatever rounded them in the first place.
_BACK = "REMAINING_WEIGHTED"
# A pool is rounded once and shared by largest remainder.
_POOL = "LARGEST_REMAINDER"
_GIVE_WAY = "GIVE_WAY"

# What a share is on its receiver's account, by rank. The platform has none.
ITEMS = ("GOODS", "", "DISTRIBUTION_1", "DISTRIBUTION_2", "DISTRIBUTION_3", "AGENT_COMMISSION")

# An account's code and its party; no party while the share is in suspense.
_Seat = tuple[str, int | None]


class _Rate(NamedTuple):
    """
    A rate as a whole number over 10^digits, and the texts of its fees: on the merchant's account and on the receiver's,
    each when it is charged and when it is taken back. They take amount, base, code, exact value and party.
    """

    number: int
    scale: int
    decimal: str
    charged: tuple[str, str]
    received: tuple[str, str]

    def exact(self, base: int) -> str:
        """Base times rate as a decimal text."""
        whole, rest = divmod(base * self.number, self.scale)
        return (self.decimal % (whole, rest)).rstrip("0") if rest else str(whole)


class RateNotes(NamedTuple):
    """The texts that all lines of the same rates share; the plain ones take amount, code and party."""

    rule: str
    commission: _Rate
    levels: tuple[_Rate, ...]
    agent: _Rate
    channel_fee: _Rate
    plain: Mapping[str, str]


def write_split(
    line: OrderLine, split: Split, *, goods: int, merchant_discount: int, delivery: int, paid: int, fee: int
) -> str:
    """The fees of a split; `fee` is the channel's on what was `paid`, which the merchant bears."""
    note = _Note(line, goods, 1, 0)
    note.add_shares(split, merchant_discount=merchant_discount, delivery=delivery)
    if fee:
        rate = note.notes.channel_fee
        note.texts.append(rate.charged[0])
        note.values += (-fee, paid, PAYABLE[MERCHANT], rate.exact(paid), line.merchant_id)
    return _write(note.texts, note.values)


def write_taken_back(
    line: OrderLine,
    back: Split,
    *,
    goods: int,
    merchant_discount: int,
    delivery: int,
    drawn: Mapping[int, Drawn] | None,
    sign: int = -1,
) -> str:
    """
    The fees of what was taken back of a line, or with a `sign` of 1 of its return. `drawn` says where the shares stood,
    None where all of them were with their receivers.
    """
    note = _Note(line, goods, sign, 1, drawn)
    note.add_shares(back, merchant_discount=merchant_discount, delivery=delivery)
    note.add_parts()
    return _write(note.texts, note.values)


def write_released(line: OrderLine, shares: Mapping[int, int]) -> str:
    """The fees of shares that leave suspense, by rank, for wherever they stand now."""
    plain = notes_of(line.rates).plain
    moved = [(rank, party_id) for rank, party_id in line.receivers if shares.get(rank)]
    values = [each for rank, party_id in moved for each in (shares[rank], *line.seat(rank, party_id))]
    return _write([plain[ITEMS[rank]] for rank, _ in moved], values)


def write_passed_on(line: OrderLine, amount: int) -> str:
    """The fee of a channel's fee that came back, passed on to the merchant who bore it."""
    if not amount:
        return ""
    return _write([notes_of(line.rates).plain["CHANNEL_FEE"]], [amount, PAYABLE[MERCHANT], line.merchant_id])


def notes_of(rates: FrozenRates) -> RateNotes:
    """The notes of these rates, made once per value: rates are shared by the lines that have them."""
    # In the value's own dictionary, as its cached properties are: nothing else has its life time.
    known: RateNotes | None = rates.__dict__.get("notes")
    if known is None:
        known = rates.__dict__["notes"] = _make_notes(rates)
    return known


class _Note:
    """
    The fees of one entry as they are written down: of how much, which way, and where shares stand. The texts of fees
    and their values are gathered apart, because filling one text is several times faster than filling a dozen.
    """

    __slots__ = ("base", "drawn", "line", "notes", "sign", "texts", "values", "way")

    def __init__(
        self, line: OrderLine, base: int, sign: int, way: int, drawn: Mapping[int, Drawn] | None = None
    ) -> None:
        self.line, self.base, self.sign, self.way, self.drawn = line, base, sign, way, drawn
        self.notes = notes_of(line.rates)
        self.texts: list[str] = []
        self.values: list[object] = []

    def add_shares(self, shares: Split, *, merchant_discount: int, delivery: int) -> None:
        """The goods and what others get of them on the merchant's account, then the others' shares on theirs."""
        line, base, sign, way, notes = self.line, self.base, self.sign, self.way, self.notes
        exact = [rate.exact(base) for rate in notes.levels]
        seat = _seat(line, MERCHANT, line.merchant_id, self.drawn)
        if seat[1] is not None and way and _was_released_whole(line):
            # What he has got of the line was noted as one amount; so is what is taken back of it.
            amount = share_amounts(line, shares, delivery=delivery)[MERCHANT]
            self.texts += [notes.plain[ITEMS[MERCHANT]]] * (amount > 0)
            self.values += (sign * amount, *seat) * (amount > 0)
        elif seat[1] is not None:
            self._add_merchant(shares, seat, exact, merchant_discount, delivery)
        for rank, party_id in line.receivers:
            if rank == MERCHANT:
                continue
            level = rank - LEVEL_1
            amount = shares.agent if rank == AGENT else shares.levels[level]
            if amount:
                code, holder = _seat(line, rank, party_id, self.drawn)
                if holder is not None:
                    rate = notes.agent if rank == AGENT else notes.levels[level]
                    before = rate.exact(base) if rank == AGENT else exact[level]
                    self.texts.append(rate.received[way])
                    self.values += (sign * amount, base, code, before, holder)

    def add_parts(self) -> None:
        """What of a share stood elsewhere than the rest of it: with the merchant, or in suspense."""
        for rank, party_id in self.line.receivers if self.drawn else ():
            where = self.drawn[rank] if self.drawn else Drawn()
            elsewhere = where.suspense + where.splitter
            if where.party and elsewhere:
                self.texts.append(self.notes.plain[ITEMS[rank]])
                self.values += (-self.sign * elsewhere, PAYABLE[rank], party_id)
            if where.splitter and (where.party or where.suspense):
                self.texts.append(self.notes.plain[ITEMS[rank]])
                self.values += (self.sign * where.splitter, PAYABLE[MERCHANT], self.line.merchant_id)

    def _add_merchant(
        self, shares: Split, seat: _Seat, exact: list[str], merchant_discount: int, delivery: int
    ) -> None:
        base, sign, way, notes, (code, holder) = self.base, self.sign, self.way, self.notes, seat
        texts, values = self.texts, self.values
        for item, amount in (("GOODS", base), ("COUPON_MERCHANT", -merchant_discount), ("DELIVERY_INCOME", delivery)):
            if amount:
                texts.append(notes.plain[item])
                values += (sign * amount, code, holder)
        if shares.commission:
            rate = notes.commission
            texts.append(rate.charged[1] if way else _commission_text(self.line, shares, base, notes))
            values += (-sign * shares.commission, base, code, rate.exact(base), holder)
        if self.line.rates.levels_born_by is Bearer.MERCHANT:
            for level, amount in enumerate(shares.levels):
                if amount:
                    texts.append(notes.levels[level].charged[way])
                    values += (-sign * amount, base, code, exact[level], holder)
        if shares.agent:
            rate = notes.agent
            texts.append(rate.charged[way])
            values += (-sign * shares.agent, base, code, rate.exact(base), holder)


def _seat(line: OrderLine, rank: int, party_id: int, drawn: Mapping[int, Drawn] | None) -> _Seat:
    if line.suspended is None:
        return PAYABLE[rank], party_id
    where = drawn[rank] if drawn else Drawn()
    if where.party:
        return PAYABLE[rank], party_id
    if where.suspense:
        return "2200", None
    return (PAYABLE[MERCHANT], line.merchant_id) if where.splitter else line.seat(rank, party_id)


def _was_released_whole(line: OrderLine) -> bool:
    """Whether all that the merchant has of a line came to him out of suspense."""
    item = (line.suspended or {}).get(MERCHANT)
    return item is not None and item.status != "OPEN" and not item.outside


def _commission_text(line: OrderLine, shares: Split, goods: int, notes: RateNotes) -> str:
    """The usual text, unless missing levels joined the commission or the goods were too small for all."""
    rates = line.rates
    if shares.merchant and (rates.missing_level is not MissingLevel.TO_PLATFORM or None not in line.chain):
        return notes.commission.charged[0]
    plain = multiply(goods, rates.commission, rates.commission_rounding)
    if plain == shares.commission:
        return notes.commission.charged[0]
    step = _GIVE_WAY if shares.commission < plain else f"{rates.commission_rounding.value}+MISSING_LEVELS"
    return _rated("COMMISSION", rates.commission, step, notes.rule)


def _write(texts: Sequence[str], values: Sequence[object]) -> str:
    return _join(tuple(texts)) % tuple(values) if texts else ""


@lru_cache(maxsize=10_000)
def _join(texts: tuple[str, ...]) -> str:
    """The text of an entry with these fees. There are few: of each plan and category, who has a share."""
    return f'{{"fees":[{",".join(texts)}]}}'


def _make_notes(rates: FrozenRates) -> RateNotes:
    # A plan has one version a day, so its name and first day say which; own rates of a merchant stand beside it.
    own = "" if rates.override is None else f"/override/{rates.override}"
    rule = json.dumps(f"{rates.plan}/{rates.valid_from.isoformat()}{own}", ensure_ascii=False).replace("%", "%%")

    def note(rate: Decimal, step: str, charged: str, received: str = "") -> _Rate:
        numerator, denominator = rate.as_integer_ratio()
        digits = max(0, -int(rate.normalize().as_tuple().exponent))
        scale = 10**digits
        texts = [[_rated(item, rate, each, rule) for each in (step, _BACK)] for item in (charged, received)]
        return _Rate(
            numerator * scale // denominator, scale, f"%d.%0{digits}d", *((first, second) for first, second in texts)
        )

    plain = ("CHANNEL_FEE", "COUPON_MERCHANT", "DELIVERY_INCOME", *(item for item in ITEMS if item))
    return RateNotes(
        rule=rule,
        commission=note(rates.commission, rates.commission_rounding.value, "COMMISSION"),
        levels=tuple(
            note(rate, _POOL, f"DISTRIBUTION_FEE_{level}", f"DISTRIBUTION_{level}")
            for level, rate in enumerate(rates.levels, start=1)
        ),
        agent=note(rates.agent, rates.agent_rounding.value, "AGENT_FEE", "AGENT_COMMISSION"),
        channel_fee=note(rates.channel_fee, rates.channel_fee_rounding.value, "CHANNEL_FEE"),
        plain={item: f'{{"amount":%d,"code":"%s","item":"{item}","party":%d,"rule":{rule}}}' for item in plain},
    )


def _rated(item: str, rate: Decimal, step: str, rule: str) -> str:
    """The text of a fee that a rate made; `rule` is quoted and its percent signs are doubled."""
    end = f'"rate":"{format(rate.normalize(), "f")}","rounding":"{step}","rule":{rule}}}'
    return f'{{"amount":%d,"base":%d,"code":"%s","exact":"%s","item":"{item}","party":%d,{end}'
