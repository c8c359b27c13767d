"""What happens to orders and to who has a share of them."""

from typing import Any

from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.submitting import submit_fee_lines
from ledger.charging.suspense import Destination, release_suspense
from tests.invariants.story import HOUR, PERSON, Document, Story, read_amount, write_amount
from tests.oracle.small_world import item

Told = tuple[str, Document]


class OrderActs(Story):
    """Each act is something that may happen now; most of it fits, some is refused."""

    async def sell(self) -> None:
        goods = [self.random.choice([1, 7, 99, 1_000, 33_333, 140_000]) + self.random.randint(0, 2_000) for _ in "ab"]
        goods = goods[: self.random.randint(1, 2)]
        delivery = self.random.choice([0, 0, 600])
        order = self.name_order()
        discounts = []
        for code, bearer in (("A", "PLATFORM"), ("B", "MERCHANT")):
            if self.random.random() < 0.2 and (off := sum(goods) // 9):
                discounts.append({"code": code, "amount": write_amount(off), "bornBy": bearer})
        total = sum(goods) + delivery * len(goods) - sum(read_amount(each["amount"]) for each in discounts)
        said: Document = {
            "settlementEntity": "LE",
            "currency": "CNY",
            "channel": "sandbox",
            "channelTransaction": order,
            "amount": write_amount(total),
            "lines": [
                item(
                    write_amount(each),
                    line=str(place),
                    delivery=write_amount(delivery),
                    merchant=self.random.choice(["M1", "M2"]),
                    category=self.random.choice(["", "ten"]),
                )
                for place, each in enumerate(goods, 1)
            ],
        }
        if discounts:
            said["discounts"] = discounts
        if self.random.random() < 0.3:
            said["settlingEntity"] = "LE2"
        if self.random.random() < 0.8:
            said["referrer"] = self.random.choice(["D1", "D1", "D2"])
        await self.tell("order.paid", order, **said)

    async def tell_of_order(self) -> None:
        """Something that fits what an order has come to, most of the time."""
        rows = await self.market.rows(
            "SELECT reference, is_split, is_unfrozen FROM order_head ORDER BY sequence DESC LIMIT 8"
        )
        if not rows:
            return
        row = self.random.choice(rows)
        order = row["reference"]
        lines = await self.market.rows(
            "SELECT line_reference, goods_minor - refunded_goods_minor AS goods,"
            " delivery_minor - refunded_delivery_minor AS delivery, fee_charged_minor - fee_returned_minor AS fee"
            " FROM order_line WHERE order_reference = $1 ORDER BY line_reference",
            order,
        )
        refunds = await self.market.rows(
            "SELECT refund_reference AS name, status FROM order_refund WHERE order_reference = $1", order
        )
        disputes = await self.market.rows(
            "SELECT dispute_reference AS name FROM order_dispute WHERE order_reference = $1 AND open_minor > 0",
            order,
        )
        choices = self._list_refunds(row, self.random.choice(lines), refunds)
        choices += self._list_channel_moves(row, lines, [each["name"] for each in disputes])
        kind, said = self.random.choice(choices)
        await self.tell(kind, order, **said)

    async def repeat(self) -> None:
        """What was told is told again: the same changes nothing; another under its name is refused."""
        if not self.events:
            return
        event = self.random.choice(self.events)
        before = await self.market.count_rows()
        await self.market.record(event)
        await self.market.record({**event, "occurredAt": "2025-01-02T00:00:01Z"})
        assert await self.market.count_rows() == before, f"told twice: {event}"

    async def submit_fee(self) -> None:
        """A fee line made elsewhere, sometimes one that takes another back."""
        said: Document = {
            "id": f"F{next(self.numbers)}",
            "party": self.random.choice(["M1", "M2"]),
            "settlementEntity": self.choose_entity(),
            "item": self.random.choice(["STORAGE", "REBATE_OFFSET", "REBATE_GRANTED"]),
            "currency": "CNY",
            "amount": write_amount(self.random.randint(1, 3_000)),
            "occurredAt": (self.now - self.random.choice([0, 0, 50, 300]) * HOUR).isoformat(),
        }
        rows = await self.market.rows("SELECT reference, item FROM fee_line ORDER BY reference")
        if rows and self.random.random() < 0.3:
            taken_back = self.random.choice(rows)
            said |= {"reverses": taken_back["reference"], "item": taken_back["item"]}
        line = parse_fee_line(said)
        await self.act(lambda conn: submit_fee_lines(conn, lines=[line, line], actor=PERSON, now=self.now))

    async def release_suspense(self) -> None:
        rows = await self.market.rows("SELECT item FROM suspense_item WHERE status = 'OPEN' ORDER BY item")
        if rows:
            to = self.random.choice(list(Destination))
            await self.act(lambda conn: release_suspense(conn, item=rows[0]["item"], to=to, actor=PERSON, now=self.now))

    def _list_refunds(self, order: Any, line: Any, refunds: list[Any]) -> list[Told]:
        """The split of an order, and what may be given back of a line."""
        choices: list[Told] = [] if order["is_split"] else [("order.succeeded", {})] * 6
        if line["goods"]:
            amount = self.random.choice([line["goods"], line["goods"] // 3 + 1, 1])
            refunded = {"line": line["line_reference"], "amount": write_amount(min(amount, line["goods"]))}
            if line["delivery"] and self.random.random() < 0.3:
                refunded["delivery"] = write_amount(line["delivery"])
            choices += [("order.refunded", {"refund": f"R{next(self.numbers)}", "lines": [refunded]})] * 3
            disputed = {"dispute": f"D{next(self.numbers)}", "amount": write_amount(max(1, line["goods"] // 2))}
            choices.append(("order.charged_back", {**disputed, "fee": self.random.choice(["0", "0.15"])}))
        for name in [each["name"] for each in refunds if each["status"] == "OPEN"][:1]:
            choices += [("refund.paid", {"refund": name})] * 3 + [("refund.rejected", {"refund": name})]
        if refunds and line["fee"]:
            back = [{"line": line["line_reference"], "amount": write_amount(line["fee"])}]
            choices.append(("channel.fee_returned", {"refund": refunds[0]["name"], "lines": back}))
        return choices

    def _list_channel_moves(self, order: Any, lines: list[Any], disputes: list[str]) -> list[Told]:
        """What the channel may tell of an order's money."""
        choices: list[Told] = []
        for name in disputes:
            bearer = self.random.choice(["PLATFORM", "SPLIT", "SPLIT"])
            choices.append(("chargeback.defended", {"dispute": name}))
            choices.append(("chargeback.won", {"dispute": name}))
            choices.append(("chargeback.lost", {"dispute": name, "liability": bearer}))
        if order["is_unfrozen"]:
            amount = sum(each["goods"] for each in lines) // 2 + 1
            choices += [("payment.settled", {"amount": write_amount(amount)})] * 2
        else:
            choices.append(("payment.unfrozen", {}))
        return choices
