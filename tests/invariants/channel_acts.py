"""What a payment channel says of its days, and what people make of how they differ from the book."""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ledger.charging.channel_days.dismissing import dismiss_differences, reopen_differences
from ledger.charging.channel_days.errors import ChannelDayConflict, ChannelDifferenceMissing
from ledger.charging.channel_days.model import Difference, RecordedDay
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.reporting.channel_days import (
    ChannelDayFilter,
    ComparedDay,
    count_channel_differences,
    list_channel_days,
    list_channel_differences,
)
from ledger.reporting.model import Span
from ledger.reporting.work_queues import count_queues
from tests.invariants.channel_oracle import (
    ENTITY,
    Booked,
    Compared,
    Reading,
    Record,
    Said,
    ToldDay,
    compare,
)
from tests.invariants.story import CURRENCIES, PERSON, Story, read_amount, write_amount
from tests.ledger.charging.channel_days.files import Line, capture, make_lines, refund

# Where the legal entities are.
ZONE = ZoneInfo("Asia/Shanghai")
# The one that tells of its days; those of the others are not looked at.
CHANNEL = "sandbox"
# The legal entity and currency of a part of a file.
Place = tuple[str, str]
_MOVED = """
    SELECT e.cause, a.code, sum(l.amount)::bigint AS amount
    FROM entry AS e
    INNER JOIN line AS l ON l.sequence = e.sequence
    INNER JOIN account AS a ON a.account_id = l.account_id
    WHERE l.side = 'D' AND a.code IN ('5010', '2070') AND e.document LIKE 'order/%' GROUP BY e.cause, a.code
"""
_KEPT = """
    SELECT channel_day_id, reason, kind, order_reference, name, record, told_minor, booked_minor, told_currency,
        booked_currency, is_dismissed FROM channel_difference
"""


class ChannelActs(Story):
    """
    Days that come late, out of order, twice, corrected, or with what the book does not know, and people who set aside
    how they differ and take it up again. By a seed of its own: what happens otherwise is the same without it.
    `heard` counts what has happened.
    """

    # How often a channel says what is booked, beside each way of saying something else.
    faithful = 5

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.chance = Random(f"channel {given[1]}")
        self.days: list[ToldDay] = []
        self.files: dict[date, dict[Place, tuple[Record, ...]]] = {}
        self.aside: set[Difference] = set()
        self.shown: list[Difference] = []
        self.promised: list[str] = []
        self.heard: Counter[str] = Counter()
        self.places = itertools.count(1)

    def name_order(self) -> str:
        """Sometimes a channel has told of it before."""
        name = super().name_order()
        return self.promised.pop() if self.promised and self.chance.random() < 0.5 else name

    async def hear_channel(self, *, chance: float = 0.3) -> None:
        """Now and then something happens."""
        acts = [*[self._tell_day] * 5, *[self._tell_again] * 2, *[self._set_aside] * 3]
        acts += [self._set_aside_by_hearsay, self._take_up] * 2
        if self.chance.random() < chance:
            await self.chance.choice(acts)()

    async def _tell_day(self) -> None:
        """A day that was not told, the last one or one of the two weeks before it."""
        today = self.now.astimezone(ZONE).date()
        day = today - timedelta(days=self.chance.choice([0, 0, 1, 1, 2, 3, 5, 8, 13]))
        if day in self.files:
            return
        if any(each > day for each in self.files):
            self.heard["late"] += 1
        booked = await self.find_booked()
        parts: dict[Place, list[Record]] = {(ENTITY, currency): [] for currency in CURRENCIES}
        for said, payment in booked.items():
            if payment.day == day or (payment.day == day - timedelta(days=1) and self.chance.random() < 0.2):
                for place, record in self._write_records(said, payment):
                    parts.setdefault(place, []).append(record)
        parts[ENTITY, self.chance.choice([self.currency, *CURRENCIES])] += await self._list_unknown(booked)
        self.files[day] = {place: tuple(parts[place]) for place in sorted(parts)}
        self.days += await self._record(day, self.files[day])

    def _write_records(self, said: Said, payment: Booked) -> list[tuple[Place, Record]]:
        """What the channel says of a payment or refund: mostly what is booked."""
        right, own = Record(self._name_record(), said, payment.amount, payment.fee), (ENTITY, payment.currency)
        ways: dict[str, list[tuple[Place, Record]]] = {
            "right": [(own, right)],
            "amount": [(own, right._replace(amount=payment.amount + 1))],
            "fee": [(own, right._replace(fee=payment.fee + 1))],
            "forgotten": [],
            "twice": [(own, right), (own, right._replace(record=self._name_record()))],
            "entity": [(("LE2", payment.currency), right)],
            "currency": [((ENTITY, self.chance.choice([each for each in CURRENCIES if each != own[1]])), right)],
        }
        return ways[self.chance.choice([*["right"] * (self.faithful - 1), *ways])]

    async def _list_unknown(self, booked: dict[Said, Booked]) -> list[Record]:
        """What the book does not have, or not yet: an order, a refund that nobody has paid, a payment of no name."""
        found: list[Record] = []
        if self.chance.random() < 0.4:
            name = f"X{self._name_record()}"
            self.promised.append(name)
            found.append(Record(self._name_record(), Said("CAPTURE", name, name), self.chance.randint(1, 9_000), 0))
        rows = await self.market.rows(
            "SELECT order_reference, refund_reference, payable_minor FROM order_refund WHERE status = 'OPEN'"
            " ORDER BY order_reference, refund_reference"
        )
        if rows and self.chance.random() < 0.6:
            row = self.chance.choice(rows)
            said = Said("REFUND", row["order_reference"], row["refund_reference"])
            found.append(Record(self._name_record(), said, max(1, row["payable_minor"]), 0))
        if booked and self.chance.random() < 0.2:
            order = self.chance.choice(sorted(booked)).order
            found.append(Record(self._name_record(), Said("CAPTURE", order, f"other-{order}"), 5, 0))
        return found

    async def _tell_again(self) -> None:
        """A day once more: the same under another name, with a part that was not there, or with other content."""
        if not self.files:
            return
        day = self.chance.choice(sorted(self.files))
        parts = dict(self.files[day])
        match self.chance.choice(["same", "more", "other"]):
            case "same":
                self.heard["twice"] += 1
                again = {place: tuple(self.chance.sample(listed, len(listed))) for place, listed in parts.items()}
                assert await self._record(day, again) == []
            case "more" if ("LE2", self.currency) not in parts:
                self.heard["more"] += 1
                parts["LE2", self.currency] = ()
                fresh = await self._record(day, parts)
                self.days += fresh
                self.files[day] = parts
                assert [each.entity for each in fresh] == ["LE2"]
            case "other" if any(parts.values()):
                self.heard["corrected"] += 1
                place = self.chance.choice([place for place, listed in parts.items() if listed])
                first, *rest = parts[place]
                try:
                    await self._record(day, {**parts, place: (first._replace(amount=first.amount + 7), *rest)})
                except ChannelDayConflict as refusal:
                    self.count(refusal)
                else:
                    raise AssertionError("what a channel said of a day first stands")

    async def _record(self, day: date, parts: dict[Place, tuple[Record, ...]]) -> list[ToldDay]:
        """The parts that were new."""
        name = f"FILE-{self._name_record()}"
        lines = [_write_line(place, record) for place, listed in parts.items() for record in listed]
        document = make_lines(*lines, day=day.isoformat(), name=name, places=sorted(parts))
        self.told[-1] += f" {name} of {day}: {lines}"
        file = parse_channel_file(document)

        recorded: list[RecordedDay] = await self.write(
            lambda conn: record_channel_file(conn, file=file, actor=PERSON, now=self.now)
        )
        known = {each.number for each in self.days}
        fresh = [each for each in recorded if each.channel_day_id not in known]
        self._check_answer([each for each in recorded if not each.replayed], fresh)
        return [
            ToldDay(each.channel_day_id, day, *(place := (each.legal_entity, each.currency)), parts[place])
            for each in fresh
        ]

    async def _set_aside(self) -> None:
        if chosen := self.chance.sample(found := await self._list(), min(len(found), self.chance.randint(1, 3))):
            self.heard["set aside"] += len(set(chosen) - self.aside)
            self._check_answer(await self._dismiss(chosen), len(set(chosen) - self.aside))
            self.aside |= set(chosen)

    async def _set_aside_by_hearsay(self) -> None:
        """Somebody sets aside what he saw some time ago; if it reads otherwise by now, nothing is."""
        if not self.shown:
            return
        difference = self.chance.choice(self.shown[: len(self.shown) // 2 + 1])
        if difference in await self._list(difference.channel_day_id):
            self._check_answer(await self._dismiss([difference]), int(difference not in self.aside))
            self.aside.add(difference)
            return
        self.heard["gone"] += 1
        try:
            await self._dismiss([difference])
        except ChannelDifferenceMissing as refusal:
            self.count(refusal)
        else:
            raise AssertionError("what reads otherwise by now is not set aside")

    async def _take_up(self) -> None:
        if chosen := self.chance.sample(found := await self._list(), min(len(found), self.chance.randint(1, 4))):
            self.heard["taken up"] += len(set(chosen) & self.aside)
            reopened = await self.write(
                lambda conn: reopen_differences(conn, differences=chosen, reason="Look.", actor=PERSON, now=self.now)
            )
            self._check_answer(reopened, len(set(chosen) & self.aside))
            self.aside -= set(chosen)

    def _check_answer(self, answer: object, expected: object) -> None:
        """Who died before he heard of it is told that it was done before: his story is compared as a whole instead."""
        assert self.killer is not None or answer == expected

    async def _dismiss(self, differences: Sequence[Difference]) -> int:
        return await self.write(
            lambda conn: dismiss_differences(conn, differences=differences, reason="Seen.", actor=PERSON, now=self.now)
        )

    async def _list(self, number: int | None = None) -> list[Difference]:
        """The differences of a day, of any that was told."""
        numbers = [day.channel_day_id for day in await self._list_days()] if number is None else [number]
        if not numbers:
            return []
        chosen = self.chance.choice(numbers) if number is None else number
        async with self.database.read(self.platform_id) as conn:
            found = await list_channel_differences(conn, channel_day_id=chosen, span=Span(500))
        self.shown += found
        return found

    async def _list_days(self) -> list[Any]:
        async with self.database.read(self.platform_id) as conn:
            return [*await list_channel_days(conn, span=Span(500), matching=ChannelDayFilter())]

    def _name_record(self) -> str:
        return f"r{next(self.places)}"

    async def find_booked(self) -> dict[Said, Booked]:
        """The payments and refunds of the book, with what its lines say of them."""
        moved = {(row["cause"], row["code"]): row["amount"] for row in await self.market.rows(_MOVED)}
        fees: Counter[Said] = Counter()
        for event in self.events:
            if event["event"] == "channel.fee_returned":
                said = Said("REFUND", event["order"], event["refund"])
                fees[said] += sum(read_amount(line["amount"]) for line in event["lines"])
        booked: dict[Said, Booked] = {}
        currencies: dict[str, str] = {}
        channels: dict[str, str] = {}
        for event in self.events:
            if event["event"] == "order.paid":
                currencies.setdefault(event["order"], event["currency"])
                channels.setdefault(event["order"], event["channel"])
            # A refund is paid by the channel of the order's first payment.
            if event.get("channel", channels.get(event["order"])) != CHANNEL:
                continue
            day = datetime.fromisoformat(event["occurredAt"]).astimezone(ZONE).date()
            if event["event"] == "order.paid":
                said = Said("CAPTURE", event["order"], event["channelTransaction"])
                booked[said] = Booked(
                    day, event["currency"], read_amount(event["amount"]), moved.get((event["id"], "5010"), 0)
                )
            elif event["event"] == "refund.paid":
                said = Said("REFUND", event["order"], event["refund"])
                booked[said] = Booked(day, currencies[event["order"]], moved.get((event["id"], "2070"), 0), fees[said])
        return booked

    async def check_channel_days(self) -> None:
        """What is kept, listed, counted and queued of how days differ is what a fresh look at everything finds."""
        compared = compare(self.days, await self.find_booked())
        aside = {_read(each) for each in self.aside}
        rows = await self.market.rows(_KEPT)
        kept = {(_read(Difference(*tuple(row)[:-1])), row["is_dismissed"]) for row in rows}
        assert kept == {(reading, reading in aside) for reading in compared.readings}
        await self._check_counts(compared, aside)
        self.heard.update(reading.reason for reading in compared.readings)
        self.heard["waiting"] += len(compared.waiting)

    async def _check_counts(self, compared: Compared, aside: set[Reading]) -> None:
        numbers = [day.number for day in self.days]
        async with self.database.read(self.platform_id) as conn:
            counted = await count_channel_differences(conn, keys=numbers)
            listed = [await list_channel_differences(conn, channel_day_id=each, span=Span(500)) for each in numbers]
            queues = {queue.queue: queue.total for queue in await count_queues(conn, now=self.now)}
        found = compared.readings - compared.waiting
        for number, count, differences in zip(numbers, counted, listed, strict=True):
            own = {reading for reading in found if reading.number == number}
            waiting = sum(reading.number == number for reading in compared.waiting)
            assert count == ComparedDay(len(own), waiting, len(own & aside))
            assert sorted(map(_read, differences)) == sorted(own)
        assert queues.get("CHANNEL_DAYS_DIFFERING", 0) == len({reading.number for reading in found - aside})


def _read(difference: Difference) -> Reading:
    said = Said(difference.kind, difference.order, difference.name)
    about = (difference.record, difference.told, difference.booked)
    currencies = (difference.told_currency, difference.booked_currency)
    return Reading(difference.channel_day_id, difference.reason, said, *about, *currencies)


def _write_line(place: Place, record: Record) -> Line:
    entity, currency = place
    kind, order, name = record.said
    where = {"settlementEntity": entity, "currency": currency, "record": record.record}
    amount, fee = write_amount(record.amount, currency), write_amount(record.fee, currency)
    if kind == "CAPTURE":
        return capture(order, amount, fee, channelTransaction=name, **where)
    return refund(order, name, amount, fee, **where)
