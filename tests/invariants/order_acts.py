"""What happens to orders and to who has a share of them."""

from datetime import timedelta
from typing import Any

from ledger.charging.internal_splits import complete_internal_split
from ledger.charging.override import parse_override
from ledger.charging.overrides import request_override
from ledger.charging.plan import parse_plan
from ledger.charging.proposing import propose_plan
from ledger.charging.suspense import Destination, release_suspense
from tests.invariants.story import ENTITIES, PAYEES, PERSON, Document, Story, read_amount, write_amount
from tests.oracle.small_world import item, plan

Told = tuple[str, Document]
# These keep money for thirty days and then let go of it, whether it was split or not.
FREEZING = ("wechat", "alipay")
# The channel of what the second legal entity collects, which tells of no days.
CARD = "card"


class OrderActs(Story):
    """Each act is something that may happen now; most of it fits, some is refused."""

    async def sell(self) -> None:
        goods = [self.random.choice([1, 7, 99, 1_000, 33_333, 140_000]) + self.random.randint(0, 2_000) for _ in "ab"]
        goods = [self.size(each) for each in goods[: self.random.randint(1, 2)]]
        delivery = self.size(self.random.choice([0, 0, 600]))
        head: Document = {"currency": self.choose_currency()}
        if self.random.random() < 0.3:
            head["settlingEntity"] = "LE2"
        if self.random.random() < 0.8:
            others = [party for party in self.list_payees("D") if party not in PAYEES]
            head["referrer"] = self.random.choice(["D1", "D1", "D2", *others])
        if self.random.random() < 0.1:
            head["buyer"] = self.random.choice(self.list_payees("D"))
        if self.random.random() < 0.1:
            head |= {"settlementEntity": "LE2", "settlingEntity": self.random.choice(ENTITIES), "channel": CARD}
        elif self.random.random() < 0.15:
            head["channel"] = self.random.choice(FREEZING)
            if self.random.random() < 0.5:
                head["occurredAt"] = (self.now - timedelta(days=31)).isoformat()
        await self._pay(self.name_order(), head, goods, delivery=delivery)

    async def pay_more(self) -> None:
        """A further payment of an order, of lines of its own, mostly before it succeeds."""
        rows = await self.market.rows(
            "SELECT h.reference, h.currency, b.reference AS entity, p.reference AS settling,"
            " max(l.line_reference::int) AS last FROM order_head AS h"
            " INNER JOIN order_line AS l ON l.order_reference = h.reference"
            " INNER JOIN book AS b ON b.book_id = h.book_id"
            " LEFT JOIN party AS p ON p.party_id = h.settling_book_id"
            " WHERE NOT h.is_split"
            " GROUP BY h.platform_id, h.sequence, h.reference, h.currency, b.reference, p.reference"
            " ORDER BY h.sequence DESC LIMIT 4"
        )
        if rows:
            row = self.random.choice(rows)
            head = {"currency": row["currency"]} | ({"settlingEntity": row["settling"]} if row["settling"] else {})
            if row["entity"] == "LE2":
                head |= {"settlementEntity": "LE2", "channel": CARD}
            elif self.random.random() < 0.1:
                head["channel"] = self.random.choice(FREEZING)
            goods = [self.size(self.random.choice([1, 99, 33_333]) + self.random.randint(0, 2_000))]
            await self._pay(row["reference"], head, goods, after=row["last"])

    async def _pay(self, order: str, head: Document, goods: list[int], *, delivery: int = 0, after: int = 0) -> None:
        """A payment of so many lines, numbered on; `head` has the currency, and where there is one who settles."""
        currency = head["currency"]
        discounts = []
        for code, bearer in (("A", "PLATFORM"), ("B", "MERCHANT")):
            if self.random.random() < 0.2 and (off := sum(goods) // 9):
                discounts.append({"code": code, "amount": write_amount(off, currency), "bornBy": bearer})
        total = sum(goods) + delivery * len(goods) - sum(read_amount(each["amount"]) for each in discounts)
        said: Document = {
            "settlementEntity": "LE",
            "channel": "sandbox",
            **head,
            "channelTransaction": f"{order}/{after}" if after else order,
            "amount": write_amount(total, currency),
            "lines": [
                item(
                    write_amount(each, currency),
                    line=str(place),
                    delivery=write_amount(delivery, currency),
                    merchant=self.random.choice(self.list_payees("M")),
                    category=self.random.choice(["", "ten"]),
                )
                for place, each in enumerate(goods, after + 1)
            ],
        }
        if discounts:
            said["discounts"] = discounts
        await self.tell("order.paid", order, **said)

    async def tell_of_order(self) -> None:
        """Something that fits what an order has come to, most of the time."""
        rows = await self.market.rows(
            "SELECT reference, currency, is_split, is_unfrozen FROM order_head ORDER BY sequence DESC"
        )
        if not rows:
            return
        # Now and then of one that everybody has long been paid for.
        row = self.random.choice(rows[:8] if self.random.random() < 0.9 else rows)
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
        choices = self._list_refunds(row, lines, refunds)
        choices += self._list_channel_moves(row, lines, [each["name"] for each in disputes])
        kind, said = self.random.choice(choices)
        await self.tell(kind, order, **said)

    async def decide_disputes(self) -> None:
        """Whatever was charged back is decided."""
        rows = await self.market.rows(
            "SELECT order_reference, dispute_reference FROM order_dispute WHERE open_minor > 0 ORDER BY 1, 2"
        )
        for order, dispute in rows:
            self.told.append(f"{self.now.isoformat()} {dispute} is decided")
            kind = self.random.choice(["chargeback.won", "chargeback.lost"])
            said = {"liability": self.random.choice(["PLATFORM", "SPLIT"])} if kind == "chargeback.lost" else {}
            await self.tell(kind, order, dispute=dispute, **said)

    async def repeat(self) -> None:
        """What was told is told again: the same changes nothing; another under its name is refused."""
        if not self.events:
            return
        event = self.random.choice(self.events)
        before = await self.market.count_rows()
        await self.market.record(event)
        await self.market.record({**event, "occurredAt": "2025-01-02T00:00:01Z"})
        assert await self.market.count_rows() == before or not self.is_alone, f"told twice: {event}"

    async def complete_split(self) -> None:
        """Somebody has brought the money of an order that was split here; some say so again, or of another order."""
        rows = await self.market.rows("SELECT order_reference FROM internal_split_task ORDER BY order_reference")
        order = self.random.choice([*[row["order_reference"] for row in rows] * 4, "O1"])
        self.told[-1] += f" {order}"
        await self.act(lambda conn: complete_internal_split(conn, order=order, actor=PERSON, now=self.now))

    async def publish_plan(self) -> None:
        """Other rates from some day on; what was paid before keeps its own."""
        day = self.now.date() + timedelta(days=self.random.choice([-3, 0, 5]))
        rates = self.random.choice([["0.04", "0.02"], ["0.0333", "0.0177", "0.0091"], ["0.05", "0.03", "0.01"]])
        rules = plan(day.isoformat(), rates=rates, missingLevel=self.random.choice(["RESIDUAL", "ROLL_UP"]))
        await self.act(lambda conn: propose_plan(conn, plan=parse_plan(rules), actor=PERSON, now=self.now))

    async def override_rates(self) -> None:
        """Rates of a merchant's own for some days are asked for."""
        said: Document = {
            "party": self.random.choice(["M1", "M2"]),
            "validFrom": self.now.date().isoformat(),
            "validThrough": (self.now.date() + timedelta(days=self.random.choice([0, 9, 90]))).isoformat(),
            "reason": "agreed",
            **self.random.choice([{"commission": "0.0555"}, {"levels": ["0.07"]}, {"channelFee": "0"}, {}]),
        }
        draft = parse_override(said)
        await self.act(lambda conn: request_override(conn, draft=draft, maker=PERSON, now=self.now))

    async def release_suspense(self) -> None:
        rows = await self.market.rows("SELECT item FROM suspense_item WHERE status = 'OPEN' ORDER BY item")
        if rows:
            number, to = self.random.choice(rows)["item"], self.random.choice(list(Destination))
            await self.act(lambda conn: release_suspense(conn, item=number, to=to, actor=PERSON, now=self.now))

    def _list_refunds(self, order: Any, lines: list[Any], refunds: list[Any]) -> list[Told]:
        """The split of an order, and what may be given back of a line, or of some."""
        currency, line = order["currency"], self.random.choice(lines)
        choices: list[Told] = [] if order["is_split"] else [("order.succeeded", {})] * 6
        some = [line] if self.random.random() < 0.7 else self.random.sample(lines, self.random.randint(1, len(lines)))
        if refunded := [self._refund_line(each, currency) for each in some if each["goods"]]:
            choices += [("order.refunded", {"refund": f"R{next(self.numbers)}", "lines": refunded})] * 3
        if line["goods"]:
            choices.append(("order.charged_back", self._charge_back(some, line, currency)))
        for name in [each["name"] for each in refunds if each["status"] == "OPEN"][:1]:
            choices += [("refund.paid", {"refund": name})] * 3 + [("refund.rejected", {"refund": name})]
        if refunds and line["fee"]:
            part = self.random.choice([line["fee"], line["fee"] // 2 + 1])
            back = [{"line": line["line_reference"], "amount": write_amount(part, currency)}]
            choices.append(("channel.fee_returned", {"refund": self.random.choice(refunds)["name"], "lines": back}))
        return choices

    def _refund_line(self, line: Any, currency: str) -> Document:
        """Some of its goods, all of them, its delivery too, or that alone."""
        amount = min(line["goods"], self.random.choice([line["goods"], line["goods"] // 3 + 1, 1]))
        refunded = {"line": line["line_reference"]}
        if line["delivery"] and self.random.random() < 0.3:
            refunded["delivery"] = write_amount(self.random.choice([line["delivery"], 1]), currency)
            amount = self.random.choice([amount, amount, 0])
        refunded["amount"] = write_amount(amount, currency)
        return refunded

    def _charge_back(self, some: list[Any], line: Any, currency: str) -> Document:
        """Half of a line's goods, of whatever is left, or so much of each of some lines."""
        said: Document = {
            "dispute": f"D{next(self.numbers)}",
            "fee": write_amount(self.random.choice([0, 15]), currency),
        }
        if self.random.random() < 0.6:
            return said | {"amount": write_amount(max(1, line["goods"] // 2), currency)}
        parts = {
            each["line_reference"]: each["goods"] // self.random.choice([1, 2]) for each in some if each["goods"] > 1
        }
        if not parts:
            return said | {"amount": write_amount(line["goods"], currency)}
        listed = [{"line": name, "amount": write_amount(part, currency)} for name, part in parts.items()]
        return said | {"amount": write_amount(sum(parts.values()), currency), "lines": listed}

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
            choices += [("payment.settled", {"amount": write_amount(amount, order["currency"])})] * 2
        else:
            choices.append(("payment.unfrozen", {}))
        return choices
