"""Fee lines that other systems make: amounts, rates, bundles, invoices, and what is taken back of them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledger.charging.fees.errors import FeeIsZero
from ledger.charging.fees.model import Direction, Granularity
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.publishing import publish_fee_items
from ledger.charging.fees.refusals import retry_refused
from ledger.charging.fees.sources import register_source, take_page
from ledger.charging.fees.standard_items import STANDARD_ITEMS
from ledger.charging.fees.submitting import submit_fee_lines
from ledger.money import Rounding
from tests.invariants.story import HOUR, PERSON, Document, Story, write_amount

# What other systems charge, and whom, by how their names begin: also those from whom the platform buys what it sells.
FEES = {
    "STORAGE": "MS",
    "REBATE_OFFSET": "MS",
    "REBATE_GRANTED": "MS",
    "PURCHASE_GOODS": "MS",
    "PURCHASE_SHORTAGE": "MS",
    "BONUS": "AD",
}
# What has a rate, by each way of rounding; of what is given and what is taken, with tax and without, some for good.
RATED = ("PENALTY_LATE_DELIVERY", "COINS_GRANTED", "PROMOTION_SUBSIDY", "DELIVERY_INSURED", "INSTALMENT_FEE")
RATES = ("0.005", "0.0185", "0.0333", "0.125", "0.5", "1")
# Of a bundle: an amount, with tax and without, or half or all of a base, of which nothing is too little to be a fee.
BUNDLED = {"PRICE_PROTECTION": "", "PACKAGING": "", "PROMOTION_SUBSIDY": "0.5", "PROMOTION": "1"}
SOURCE = "stores"
INVOICED = ("STORAGE", "PLATFORM_FEE")

_LINES_OF = "SELECT * FROM fee_line WHERE reference LIKE $1 || '/%' AND reverses IS NULL"


class FeeActs(Story):
    """Each act is something that may be charged now; some is refused. `wholes` is what lines have to add up to."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        # By the name that the lines have in common: which column of theirs, and how much it is together.
        self.wholes: dict[str, tuple[str, int]] = {}
        self.invoices: dict[str, int] = {}
        # How far the other system was read.
        self.cursor = ""

    async def submit_fee(self) -> None:
        """A fee line made elsewhere, sometimes one that takes another back."""
        if self.random.random() < 0.3 and (said := await self._take_back()):
            await self._submit([said])
            return
        await self._submit([await self._charge()])

    async def pull(self) -> None:
        """
        A page of another system's lines. Some are refused for now: they are of somebody who is yet to come, take back a
        line that stands behind them, or have the name of one that is another.
        """
        said = [await self._charge() for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.5:
            taken = self.random.choice(said)
            said.insert(0, {**taken, "id": f"F{next(self.numbers)}", "reverses": taken["id"]})
        if self.random.random() < 0.4:
            said.append({**said[-1], "id": f"F{next(self.numbers)}", "party": f"M{len(self.payees) + 1}"})
        if self.random.random() < 0.2:
            said.append({**said[0], "settlementEntity": "LE2"})
        self.told[-1] += f" {said}"
        before, self.cursor = self.cursor, f"page-{next(self.numbers)}"
        where = {"source": SOURCE, "cursor": before, "next_cursor": self.cursor}
        hour = timedelta(hours=1)
        await self.act(
            # It is asked by nobody but by hand.
            lambda conn: register_source(
                conn,
                name=SOURCE,
                url="https://stores.example/fees",
                interval=hour,
                is_active=False,
                actor=PERSON,
                now=self.now,
            )
        )
        await self.act(lambda conn: take_page(conn, documents=said, actor=PERSON, now=self.now, **where))

    async def retry_refused(self) -> None:
        """Lines that were refused are tried again, some of them twice, or after they were accepted."""
        rows = await self.market.rows("SELECT refusal FROM source_refusal ORDER BY refusal")
        if rows:
            chosen = [row["refusal"] for row in self.random.choices(rows, k=len(rows))]
            await self.act(lambda conn: retry_refused(conn, refusals=chosen, actor=PERSON, now=self.now))

    async def submit_by_rate(self) -> None:
        """A fee of so much in a hundred, sometimes with what its maker thinks that comes to."""
        said = await self._start(self.random.choice(RATED), self.list_payees("M"), is_of_order=True)
        said |= {"base": write_amount(self.size(self.random.randint(1, 9_000)), said["currency"])}
        said |= {"rate": self.random.choice(RATES)}
        if self.random.random() < 0.1:
            said["amount"] = write_amount(self.random.randint(1, 100), said["currency"])
        if self.random.random() < 0.1:
            said["compareOnly"] = True
        await self._submit([said])

    async def submit_bundle(self) -> None:
        """What a bundle's price, or the base of a rate, is of each thing in it; what gets nothing has no line."""
        item = self.random.choice(sorted(BUNDLED))
        head = await self._start(item, self.list_payees("M"), is_of_order=True)
        names, whole = "abcd"[: self.random.randint(2, 4)], self.size(self.random.randint(1, 5_000))
        column = "base" if BUNDLED[item] else "amount"
        parts = [
            {
                "sku": name,
                "listPrice": write_amount(self.random.choice([0, 1, 700, 3_333]), head["currency"]),
                "gift": self.random.random() < 0.2,
            }
            for name in names
        ]
        head |= {column: write_amount(whole, head["currency"])} | ({"rate": BUNDLED[item]} if BUNDLED[item] else {})
        head["bundle"] = {"rule": self.random.choice(["LIST_PRICE", "GIFT_ZERO"]), "parts": parts}
        self.wholes[head["id"]] = (f"{column}_minor", whole)
        await self._submit([{**head, "id": f"{head['id']}/{name}", "sku": name} for name in names])

    async def submit_invoice(self) -> None:
        """The lines of an invoice, whose tax is that of its total."""
        head = await self._start(self.random.choice(INVOICED), self.list_payees("MS"))
        amounts = [self.size(self.random.choice([1, 7, 100, 3_333])) for _ in range(self.random.randint(2, 5))]
        listed = [write_amount(each, head["currency"]) for each in amounts]
        self.wholes[head["id"]] = ("amount_minor", sum(amounts))
        self.invoices[head["id"]] = sum(amounts)
        lines = [
            {**head, "id": f"{head['id']}/{place}", "amount": each, "invoice": {"amounts": listed, "line": place}}
            for place, each in enumerate(listed, 1)
        ]
        await self._submit(lines)

    async def publish_item(self) -> None:
        """
        A fee is taxed or rounded otherwise from now on, or is another: given, on another account, with more to be named
        or for good. What was charged before keeps what it was charged with.
        """
        code = self.random.choice(["STORAGE", "STORAGE", "INSTALMENT_FEE"])
        (item,) = [each for each in STANDARD_ITEMS if each.code == code]
        item = replace(item, tax_inside=Decimal(self.random.choice(["0.06", "0.03", "0.13"])))
        if code == "INSTALMENT_FEE":
            item = replace(item, rounding=self.random.choice(list(Rounding)))
        elif self.random.random() < 0.5:
            changes: list[Document] = [
                {"direction": Direction.CREDIT, "contra": "5060"},
                {"accounts": (("MERCHANT", "2080"), ("SUPPLIER", "2080"))},
                {"granularity": Granularity.ORDER},
                {"is_reversible": False},
            ]
            item = replace(item, **self.random.choice(changes))
        await self.act(lambda conn: publish_fee_items(conn, items=[item], actor=PERSON, now=self.now))

    async def check_fee_shares(self) -> None:
        """The lines of a bundle, and of an invoice, are all of it; the tax of an invoice is that inside its total."""
        contents = await self.market.rows("SELECT code, version, content::jsonb #>> '{tax,rate}' AS tax FROM fee_item")
        rates = {(row["code"], row["version"]): Decimal(row["tax"] or 0) for row in contents}
        for name, (column, whole) in self.wholes.items():
            lines = await self.market.rows(_LINES_OF, name)
            if not lines:
                continue  # all of it was refused
            assert sum(line[column] for line in lines) == whole, name
            if name in self.invoices:
                (rate,) = {rates[line["item"], line["item_version"]] for line in lines}
                inside = (whole * rate / (1 + rate)).quantize(Decimal(1), ROUND_HALF_UP)
                assert sum(line["tax_minor"] for line in lines) == inside, name

    async def _charge(self) -> Document:
        """A line of some item, by an amount."""
        item = self.random.choice(sorted(FEES))
        said = await self._start(item, self.list_payees(FEES[item]), is_of_order=item.startswith("PURCHASE"))
        return said | {"amount": write_amount(self.size(self.random.randint(1, 3_000)), said["currency"])}

    async def _start(self, item: str, parties: Sequence[str], *, is_of_order: bool = False) -> Document:
        """What every line says; of a place where there has been business, if its party may be charged that."""
        party, entity, currency = await self.choose_place()
        return {
            "id": f"F{next(self.numbers)}",
            "party": party if party in parties else self.random.choice(parties),
            "settlementEntity": entity,
            "item": item,
            "currency": currency,
            "occurredAt": (self.now - self.random.choice([0, 0, 50, 300]) * HOUR).isoformat(),
            **(await self._pick_order() if is_of_order else {}),
        }

    async def _take_back(self) -> Document | None:
        """What takes some line back, by an amount or, of one by a rate, by a part of its base; often all there is."""
        rows = await self.market.rows(
            "SELECT reference, item, currency, base_minor, amount_minor, compare_only,"
            " find_holder_reference(platform_id, party_id) AS party,"
            " find_holder_reference(platform_id, book_id) AS entity FROM fee_line ORDER BY reference"
        )
        if not rows:
            return None
        back = self.random.choice(rows)
        said = await self._start(back["item"], (back["party"],))
        said |= {"reverses": back["reference"], "currency": back["currency"], "settlementEntity": back["entity"]}
        if back["compare_only"]:
            said["compareOnly"] = True
        by_base = back["base_minor"] is not None and self.random.random() < 0.6
        whole = back["base_minor"] if by_base else back["amount_minor"]
        part = self.random.choice([whole, whole // 3 + 1, self.size(self.random.randint(1, 2_000))])
        return said | {"base" if by_base else "amount": write_amount(part, back["currency"])}

    async def _pick_order(self) -> Document:
        """Some order of now, mostly where it is and in its currency, or one that is known elsewhere only."""
        rows = await self.market.rows(
            "SELECT h.reference, h.currency, b.reference AS entity FROM order_head AS h"
            " INNER JOIN book AS b ON b.book_id IN (h.book_id, h.settling_book_id)"
            " ORDER BY h.sequence DESC, b.book_id LIMIT 4"
        )
        if not rows or self.random.random() < 0.1:
            return {"order": "elsewhere", "sku": "S"}
        row = self.random.choice(rows)
        where = {} if self.random.random() < 0.1 else {"settlementEntity": row["entity"], "currency": row["currency"]}
        return {"order": row["reference"], "sku": "S", **where}

    async def _submit(self, said: Sequence[Document]) -> None:
        """These lines at once, each of them twice."""
        lines = []
        for each in said:
            with suppress(FeeIsZero):  # it has no part of its bundle
                lines += [parse_fee_line(each)] * 2
        self.told[-1] += f" {said}"
        await self.act(lambda conn: submit_fee_lines(conn, lines=lines, actor=PERSON, now=self.now))
