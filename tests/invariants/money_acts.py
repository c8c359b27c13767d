"""What people do to the money that parties are owed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from ledger.db.transacting import Connection
from ledger.settlement.adjustments.answering import answer_with_adjustments
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.parsing import (
    parse_agreement,
    parse_bill,
    parse_claim_payment,
    parse_discharge,
    parse_ending,
    parse_receipt,
)
from ledger.settlement.deposits.paying import pay_claims
from ledger.settlement.deposits.receiving import record_cash
from ledger.settlement.deposits.retaining import retain_from_sheets
from ledger.settlement.holds.lifting import lift_holds
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.holds.placing import place_holds
from ledger.settlement.payouts import ending
from ledger.settlement.receipts.assigning import assign_receipts
from ledger.settlement.receipts.matching import match_receipts
from ledger.settlement.receipts.model import AssignmentDraft, MatchDraft, ToleranceDraft, UnmatchDraft
from ledger.settlement.receipts.parsing import parse_bank_receipt, parse_return
from ledger.settlement.receipts.recording import record_receipts
from ledger.settlement.receipts.returning import return_receipts
from ledger.settlement.receipts.tolerating import set_tolerances
from ledger.settlement.receipts.unmatching import unmatch_receipts
from ledger.settlement.sheets.confirming import Confirmation, confirm_sheets
from ledger.settlement.sheets.disputing import Answer, Objection, answer_dispute, dispute_sheet
from ledger.settlement.sheets.writing_off import collect_sheet
from tests.invariants.story import CURRENCIES, ENTITIES, PERSON, Document, write_amount
from tests.invariants.unpaid_reasons import UnpaidReasons

# The account on which these mostly earn, by their names or the letters that these begin with; and on which others may.
CODES = {"M": "2010", "A": "2020", "D": "2041", "D2": "2042", "D3": "2043", "S": "2030"}
OTHER_CODES = {"M": "2030", "A": "2020", "D": "2042", "S": "2030"}

_UNIDENTIFIED = (
    "SELECT receipt_id, currency FROM receipt WHERE matched_minor + returned_minor < amount_minor ORDER BY 1"
)


class MoneyActs(UnpaidReasons):
    """Each act picks what it can act on; where there is nothing, nothing happens."""

    async def hold(self) -> None:
        party, entity, currency = await self.choose_place()
        document: Document = {
            "reference": f"H{next(self.numbers)}",
            "party": party,
            "legalEntity": entity,
            "currency": currency,
            "amount": write_amount(self.size(self.random.randint(1, self.random.choice([20, 500, 3_000]))), currency),
            "reason": "RISK_REVIEW",
            "legalGround": "contract, clause 9",
            "releaseCondition": "review passed",
            "releaseRule": self.random.choice(["BY_HAND", "ON_DATE"]),
            "expectedReleaseDate": (self.now.date() + timedelta(days=self.random.choice([0, 1, 20, 20]))).isoformat(),
        }
        document |= await self._name_order()
        sheets = await self.pick_sheets(f"payable > 0 AND (party, currency) = ('{party}', '{currency}')")
        is_of_sheet = sheets and self.random.random() < 0.6
        document |= {"sheet": self.random.choice(sheets)} if is_of_sheet else {"accountCode": self._choose_code(party)}
        draft = parse_hold(document)
        await self.act(lambda conn: place_holds(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def lift(self, *, everything: bool = False) -> None:
        """A part of a hold that people may lift, or the rest of it; or of all of them."""
        rows = await self.market.rows(
            "SELECT hold_id, currency, amount_minor - lifted_minor AS rest FROM hold"
            " WHERE lifted_minor < amount_minor AND release_rule <> 'BY_DISPUTE' ORDER BY hold_id"
        )
        for number, currency, rest in rows if everything else self.random.sample(rows, min(len(rows), 1)):
            said: Document = {"hold": number, "reference": f"L{next(self.numbers)}", "reason": "passed"}
            if not everything and self.random.random() < 0.5:
                said |= {"amount": write_amount(rest // 2 + 1, currency), "currency": currency}
            draft = parse_lift(said)
            await self.act(
                lambda conn, draft=draft: lift_holds(  # type: ignore[misc]  # a lambda with defaults
                    conn, drafts=[draft], actor=PERSON, now=self.now
                )
            )

    async def deposit(self) -> None:
        """An agreement to retain, or a deposit in cash or billed."""
        (party, entity, currency), number = await self.choose_place(), next(self.numbers)
        of = {"party": party, "legalEntity": entity, "currency": currency, "legalGround": "clause 7"}
        if party in ("M1", "S1") and self.random.random() < 0.5:
            of["role"] = "SUPPLIER"
        head: Document = {"reference": f"W{number}", **of, "months": self.random.choice([1, 1, 12])}
        if self.random.random() < 0.5:
            said = {**head, "kind": "WAR", "basis": "PERIOD_NET", "rate": self.random.choice(["0.1", "0.05"])}
            said["release"] = self.random.choice(["BY_HAND", "ON_DATE"])
        else:
            short = self.random.choice(["WAIT", "BILL"])
            said = {
                **head,
                "kind": "SEC",
                "basis": "TARGET",
                "amount": write_amount(self.size(5_000), currency),
                "shortfall": short,
            }
        await self.act(lambda conn: agree_deposits(conn, drafts=[parse_agreement(said)], actor=PERSON, now=self.now))
        if said["kind"] == "SEC" and self.random.random() < 0.7:
            cash = {"reference": f"C{number}", "agreement": f"W{number}", "startDate": self.now.date().isoformat()}
            cash |= {"currency": currency, "amount": write_amount(self.size(2_000), currency)}
            parse = self.random.choice([parse_receipt, parse_bill])
            await self.act(lambda conn: record_cash(conn, drafts=[parse(cash)], actor=PERSON, now=self.now))

    async def pay_deposit(self) -> None:
        """A part of what is billed comes in, or more than is agreed, now and then under an agreement that ended."""
        rows = await self.market.rows(
            "SELECT g.reference, g.currency, coalesce(sum(d.due_minor), 0)::bigint AS due FROM deposit_agreement AS g"
            " LEFT JOIN deposit_slice AS d ON d.agreement_id = g.agreement_id WHERE g.basis = 'TARGET'"
            " GROUP BY g.platform_id, g.agreement_id, g.reference, g.currency ORDER BY due DESC, g.agreement_id LIMIT 5"
        )
        if rows:
            row = self.random.choice(rows)
            amount = self.random.choice([row["due"] or 3, row["due"] // 3 + 1, row["due"] + self.size(700)])
            said = {"reference": f"C{next(self.numbers)}", "agreement": row["reference"], "currency": row["currency"]}
            said |= {"startDate": self.now.date().isoformat(), "amount": write_amount(amount, row["currency"])}
            draft = parse_receipt(said)
            await self.act(lambda conn: record_cash(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def end_agreement(self) -> None:
        """Nothing more is retained or billed under one; what is billed lapses."""
        rows = await self.market.rows("SELECT reference FROM deposit_agreement ORDER BY agreement_id")
        if rows:
            draft = parse_ending({"agreement": self.random.choice(rows)["reference"], "reason": "test"})
            await self.act(lambda conn: end_agreements(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def discharge(self) -> None:
        rows = await self.market.rows(
            "SELECT slice_id, currency FROM deposit_slice WHERE status IN ('HELD', 'RELEASABLE') ORDER BY slice_id"
        )
        if rows:
            row = self.random.choice(rows)
            said: Document = {
                "step": self.random.choice(["RELEASED", "FORFEITED", "CLAIMED"]),
                "slice": row["slice_id"],
                "reference": f"X{next(self.numbers)}",
                "reason": "test",
            }
            if self.random.random() < 0.5:
                said |= {"amount": write_amount(self.size(100), row["currency"]), "currency": row["currency"]}
            if said["step"] == "CLAIMED":
                orders = await self.market.rows("SELECT reference FROM order_head ORDER BY sequence DESC LIMIT 1")
                buyers = {"order": orders[0]["reference"] if orders else "O1"}
                said |= self.random.choice([{"party": self.random.choice(self.payees)}, buyers])
            await self.act(
                lambda conn: discharge_slices(conn, drafts=[parse_discharge(said)], actor=PERSON, now=self.now)
            )

    async def pay_claim(self) -> None:
        """Buyers get what was claimed for them, as far as the bank account has it; a claim may be told twice."""
        rows = await self.market.rows(
            "SELECT slice_id, reference FROM deposit_movement WHERE kind = 'CLAIMED' ORDER BY 2"
        )
        if rows:
            claim = self.random.choice(rows)
            said = {"slice": claim["slice_id"], "claim": claim["reference"], "reason": "test"}
            draft = parse_claim_payment(said)
            await self.act(lambda conn: pay_claims(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def retain(self) -> None:
        """Somebody has the agreements of now take of sheets that closed before them."""
        sheets = await self.pick_sheets("payable > 0")
        chosen = self.random.sample(sheets, min(len(sheets), 3))
        if chosen:
            await self.act(lambda conn: retain_from_sheets(conn, sheet_ids=chosen, actor=PERSON, now=self.now))

    async def adjust(self) -> None:
        party, entity, currency = await self.choose_place()
        await self._adjust(party, entity=entity, currency=currency)

    async def _adjust(self, party: str, *, entity: str, currency: str) -> str:
        """The reference of an adjustment that was proposed, for a party or against it."""
        reference = f"ADJ{next(self.numbers)}"
        said: Document = {
            "reference": reference,
            "kind": self.random.choice(["PENALTY", "COMPENSATION", "CORRECTION", "TRANSFER"]),
            "party": party,
            "legalEntity": entity,
            "currency": currency,
            "amount": write_amount(self.size(self.random.randint(1, 4_000)), currency),
            "reason": "test",
            **await self._name_order(),
        }
        other = self.random.choice([each for each in self.payees if each != party])
        if said["kind"] == "CORRECTION":
            like = [each for each in self.payees if each != party and each[0] == party[0]] or [other]
            said |= {"counterparty": self.random.choice(like), "accountCode": self._choose_code(party)}
        elif said["kind"] == "TRANSFER":
            said |= {"counterparty": other, "counterAccountCode": self._choose_code(other)}
        draft = parse_adjustment(said)
        await self.act(lambda conn: propose_adjustments(conn, drafts=[draft, draft], maker=PERSON, now=self.now))
        return reference

    def _choose_code(self, party: str) -> str:
        """An account of a party: mostly that on which it earns."""
        if self.random.random() < 0.15:
            return OTHER_CODES[party[0]]
        return CODES.get(party, CODES[party[0]])

    async def _name_order(self) -> Document:
        """Now and then an order, and a line of it, for what may name one."""
        if self.random.random() < 0.6:
            return {}
        rows = await self.market.rows(
            "SELECT order_reference, line_reference FROM order_line ORDER BY order_reference, line_reference"
        )
        if not rows:
            return {}
        row = self.random.choice(rows)
        line = {"line": row["line_reference"]} if self.random.random() < 0.5 else {}
        return {"order": row["order_reference"], **line}

    async def receive(self) -> None:
        """Money comes to the bank; some of it clears what somebody owes, and some of that is undone."""
        currency = self.choose_currency()
        said: Document = {
            "reference": f"R{next(self.numbers)}",
            "legalEntity": self.choose_entity(),
            "bankAccount": "BOC-1",
            "currency": currency,
            "amount": write_amount(self.size(self.random.randint(1, 6_000)), currency),
            "valueDate": self.now.date().isoformat(),
        }
        debts = await self.market.rows(
            "SELECT -(total_minor + netted_minor + collected_minor + written_off_minor) AS owed FROM sheet"
            " WHERE total_minor + netted_minor + collected_minor + written_off_minor < 0 AND currency = $1"
            " AND status <> 'OPEN' ORDER BY sheet_id",
            currency,
        )
        if debts and self.random.random() < 0.4:
            owed = self.random.choice(debts)["owed"]
            said["amount"] = write_amount(max(1, owed - self.random.choice([0, 0, 250])), currency)
        draft = parse_bank_receipt(said)
        await self.act(lambda conn: record_receipts(conn, drafts=[draft, draft], actor=PERSON, now=self.now))
        for _ in range(2):
            await self.match()
        rows = await self.market.rows("SELECT match_id FROM receipt_match ORDER BY match_id")
        if rows and self.random.random() < 0.4:
            undone = UnmatchDraft(self.random.choice(rows)["match_id"], "not theirs")
            await self.act(lambda conn: unmatch_receipts(conn, drafts=[undone, undone], actor=PERSON, now=self.now))
        await self.give_back()
        await self.assign()

    async def assign(self) -> None:
        """Somebody else sees to a receipt, for another reason."""
        rows = await self.market.rows("SELECT receipt_id FROM receipt ORDER BY 1")
        if rows and self.random.random() < 0.3:
            draft = AssignmentDraft(self.random.choice(rows)["receipt_id"], self.random.choice(["bob", ""]), "asked")
            await self.act(lambda conn: assign_receipts(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def give_back(self) -> None:
        """Some of what nobody is found for goes back to whoever sent it."""
        rows = await self.market.rows(_UNIDENTIFIED)
        if not rows or self.random.random() > 0.3:
            return
        number, currency = self.random.choice(rows)
        said: Document = {"reference": f"B{next(self.numbers)}", "receipt": number, "reason": "nobody's"}
        if self.random.random() < 0.5:
            said |= {"amount": write_amount(self.size(self.random.randint(1, 2_000)), currency), "currency": currency}
        draft = parse_return(said)
        await self.act(lambda conn: return_receipts(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def match(self) -> None:
        rows = await self.market.rows(_UNIDENTIFIED)
        most = self.random.choice([300, 300, 0, 2_000])
        tolerated = [ToleranceDraft(entity, currency, most) for entity in ENTITIES for currency in CURRENCIES]
        await self.act(lambda conn: set_tolerances(conn, drafts=tolerated, actor=PERSON, now=self.now))
        number, currency = self.random.choice(rows) if rows else (0, "")
        is_owed = "total_minor < 0 AND status NOT IN ('COLLECTED', 'WRITTEN_OFF')"
        debts = await self.pick_sheets(f"{is_owed} AND currency = '{currency}'")
        debts = debts if self.random.random() < 0.9 else await self.pick_sheets(is_owed)
        if rows and debts:
            part = self.random.choice([None, None, self.size(self.random.randint(1, 2_000))])
            sheet = self.random.choice(debts)
            clears = self.random.random() < 0.4
            draft = MatchDraft(f"T{next(self.numbers)}", number, sheet, part, clears_rest=clears)
            await self.act(lambda conn: match_receipts(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def confirm(self, *, everything: bool = False) -> None:
        sheets = await self.pick_sheets("status IN ('CONFIRM_PENDING', 'DISPUTED')")
        if everything:
            for number in await self.pick_sheets("status IN ('DISPUTED', 'ADJUSTED')"):
                await self.act(
                    lambda conn, number=number: answer_dispute(  # type: ignore[misc]  # a lambda with defaults
                        conn, answer=Answer(number, "looked into"), actor=PERSON, now=self.now
                    )
                )
            sheets = await self.pick_sheets("status IN ('CONFIRM_PENDING', 'ADJUSTED')")
        confirmations = [Confirmation(number) for number in sheets if everything or self.random.random() < 0.6]
        if confirmations:
            await self.act(lambda conn: confirm_sheets(conn, confirmations=confirmations, actor=PERSON, now=self.now))

    async def dispute(self) -> None:
        sheets = await self.pick_sheets("status = 'CONFIRM_PENDING'")
        if sheets:
            said = Objection(self.random.choice(sheets), "too little")
            await self.act(lambda conn: dispute_sheet(conn, objection=said, actor=PERSON, now=self.now))

    async def answer(self) -> None:
        """A dispute is answered, sometimes with an adjustment that was made for it."""
        rows = await self.market.rows(
            "SELECT s.sheet_id, s.currency, find_holder_reference(s.platform_id, s.party_id) AS party,"
            " find_holder_reference(s.platform_id, s.book_id) AS entity"
            " FROM sheet AS s WHERE s.status = 'DISPUTED' ORDER BY s.sheet_id LIMIT 1"
        )
        for number, currency, party, entity in rows:
            named: tuple[str, ...] = ()
            if self.random.random() < 0.5:
                named = (await self._adjust(party, entity=entity, currency=currency),)
            said = Answer(number, "looked into", named)
            await self.act(
                lambda conn, said=said: answer_with_adjustments(  # type: ignore[misc]  # a lambda with defaults
                    conn, answer=said, actor=PERSON, now=self.now
                )
            )

    async def collect(self) -> None:
        """What a party owes is collected instead of carried forward."""
        sheets = await self.pick_sheets("status IN ('RECEIVABLE', 'CARRIED_FORWARD')")
        if sheets:
            number = self.random.choice(sheets)
            await self.act(lambda conn: collect_sheet(conn, sheet_id=number, reason="now", actor=PERSON, now=self.now))

    async def retry_payout(self) -> None:
        await self._end_payout(
            "FAILED",
            "RETURNED",
            act=self.retry_as_told,
        )

    async def cancel_payout(self) -> None:
        await self._end_payout(
            "CREATED",
            act=lambda conn, number: ending.cancel_payouts(
                conn, payout_ids=[number], reason="test", actor=PERSON, now=self.now
            ),
        )

    async def _end_payout(self, *statuses: str, act: Callable[[Connection, int], Awaitable[Any]]) -> None:
        rows = await self.market.rows("SELECT payout_id FROM payout WHERE status = ANY($1) ORDER BY 1", list(statuses))
        if rows:
            number = self.random.choice(rows)["payout_id"]
            await self.act(lambda conn: act(conn, number))
