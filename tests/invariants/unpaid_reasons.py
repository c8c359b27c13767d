"""What parties are told of why they are not paid, beside what closings, rounds of a worker and payout runs then do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.paying.sending import Sent
from ledger.db.transacting import Connection
from ledger.parties.finding import find_parties, find_settlers
from ledger.reporting.next_payouts import NextPayout, load_next_payouts
from ledger.reporting.unpaid import UnpaidPart, load_unpaid
from ledger.settlement.payouts import ending
from ledger.settlement.payouts.errors import PayoutCannotBeRetried
from ledger.settlement.payouts.model import Run
from ledger.settlement.payouts.planning import Reason
from tests.invariants.story import PERSON, Story

CHARGED_BACK = "The chargeback is decided."
# What keeps a sheet from a run by the very name that is told; what the run counts only then (steps, tax) is not.
_KEEPS_SHEETS = {
    Reason.CLAIMED_MEANWHILE.value,
    Reason.BANK_SAYS_PAID.value,
    Reason.PARTY_BLOCKED.value,
    Reason.NO_PAYEE_ACCOUNT.value,
    Reason.NO_PAYING_ACCOUNT.value,
}
_COMES_NEXT = ("ACCRUED", "ON_SHEET", "IN_PAYOUT")
_MONEY = {Reason.BANK_BALANCE.value, Reason.BEHIND_ANOTHER.value}
_SHEETS = """
    SELECT sheet_id, status, zone, period_start, period_end, total_minor, confirm_by, due_date, held_minor,
        total_minor + netted_minor + collected_minor + written_off_minor AS owed FROM sheet
"""


class Told(NamedTuple):
    """
    What payees were told, the sheets as they stood then, and how many payouts chargebacks had ended; and of each payee
    apart, what keeps its money and what comes next, and what day it is there.
    """

    parts: Sequence[UnpaidPart]
    of_each: Sequence[tuple[Sequence[UnpaidPart], Sequence[NextPayout], date]]
    sheets: Mapping[int, Any]
    charged_back: int

    @property
    def on_sheets(self) -> dict[int, str]:
        """What each closed sheet waits for."""
        closed = [part for part in self.parts if part.state in ("ON_SHEET", "OWED") and part.code in ("2015", "1200")]
        return {part.sheet_id: part.awaits for part in closed if part.sheet_id is not None}

    @property
    def in_payouts(self) -> dict[int, str]:
        """What each payout that was not sent waits for."""
        unsent = [part for part in self.parts if part.state == "IN_PAYOUT"]
        return {int(part.document.removeprefix("payout/")): part.awaits for part in unsent}


class UnpaidReasons(Story):
    """Nothing here changes anything, nor draws by chance."""

    async def hear(self) -> Told:
        """What every payee is told now."""
        async with self.database.read(self.platform_id) as conn:
            found = await find_parties(conn, references=self.payees)
            keys = [found[name].party_id for name in self.payees]
            told = await load_unpaid(conn, keys=keys, now=self.now)
            following = await load_next_payouts(conn, keys=keys, now=self.now)
            settlers = await find_settlers(conn, party_ids=keys)
        days = [self.now.astimezone(ZoneInfo(settlers[key].time_zone)).date() for key in keys]
        of_each = list(zip(told, following, days, strict=True))
        parts = [part for each in told for part in each]
        return Told(parts, of_each, await self._read_sheets(), await self._count_charged_back())

    async def check_closed(self, told: Told) -> None:
        """A sheet closed with what was told to accrue on it, where its period has not been cut anew."""
        accrued: Counter[int] = Counter()
        for part in told.parts:
            if part.state == "ACCRUED" and part.sheet_id is not None:
                accrued[part.sheet_id] += part.amount_minor
        after = await self._read_sheets()
        if any(_find_period(before) != _find_period(after[number]) for number, before in told.sheets.items()):
            return
        mine = {part.sheet_id for part in told.parts}
        for number, before in told.sheets.items():
            if number in mine and before["status"] == "OPEN" and after[number]["status"] != "OPEN":
                assert after[number]["total_minor"] == accrued[number], (number, accrued[number])

    async def check_waited(self, told: Told) -> None:
        """Silence confirmed on the day that was told and on no other, and what was kept was so until its day."""
        after = await self._read_sheets()
        slices = {row["slice_id"]: row for row in await self.market.rows("SELECT * FROM deposit_slice")}
        for part in told.parts:
            if part.awaits == "CONFIRM_PENDING" and part.sheet_id is not None:
                today = self.now.astimezone(ZoneInfo(after[part.sheet_id]["zone"])).date()
                if part.state == "OWED" and after[part.sheet_id]["owed"] == 0:
                    continue  # another sheet that was confirmed has paid all of it
                waits = after[part.sheet_id]["status"] == "CONFIRM_PENDING"
                assert _fits(part.until, today, waits=waits), part
            elif part.awaits == "HELD" and part.code == "2060":
                kept = slices[int(part.document.removeprefix("deposit/"))]
                today = self.now.astimezone(ZoneInfo(kept["zone"])).date()
                assert _fits(part.until, today, waits=kept["status"] == "HELD"), part

    async def check_paid(self, told: Told, created: Run, sent: Sent) -> None:
        """A run found against sheets and payouts what was told, and nothing against what was told to be next."""
        if await self._count_charged_back() != told.charged_back:
            # The run heard of chargebacks first, took payouts back for them, and looked then.
            return
        on_sheets = told.on_sheets
        for payout in created.created:
            for share in payout.draft.shares:
                assert on_sheets.get(share.sheet_id) not in _KEEPS_SHEETS, (share, on_sheets[share.sheet_id])
        for each in created.waiting:
            for number in each.sheet_ids:
                said = on_sheets.get(number, each.reason)
                assert said == each.reason or not {said, each.reason} & _KEEPS_SHEETS, (each, said)
        reasons = {each.payout_id: each.reason for each in sent.waiting}
        for number, awaits in told.in_payouts.items():
            found = reasons.get(number)
            said = {"APPROVAL": Reason.APPROVAL_PENDING.value, "SUBMISSION": None}.get(awaits, awaits)
            # What the run created may be due before it, and take the money.
            is_overtaken = bool(created.created) and said is None and found in _MONEY
            assert is_overtaken or said == (Reason.BANK_BALANCE.value if found in _MONEY else found), (number, awaits)

    async def check_next(self, told: Told, created: Run, through: date | None) -> None:
        """
        A run paid what was told to come next, where all of that was to be paid then, or told that it waits; and what
        holds gave back as the run itself paid their debts.
        """
        if await self._count_charged_back() != told.charged_back:
            return
        met: Counter[int] = Counter()
        for payout in created.created:
            for share in payout.draft.shares:
                met[share.sheet_id] += share.taken + share.withheld
        for each in created.waiting:
            met[each.sheet_ids[0]] += each.amount
        given = await self.find_given_back(told)
        for parts, following, today in told.of_each:
            for said in following:
                place = (said.legal_entity, said.currency)
                here = [part for part in parts if (part.legal_entity, part.currency) == place]
                last = max(said.due_date, today)
                due = [part for part in here if part.due_date is not None and part.due_date <= last]
                # What failed to be paid is paid by no run: it may be due first, and nothing of it is said or met.
                failed = {part.sheet_id for part in due if _has_failed(part, told)}
                assert not any(met[number] for number in failed if number), (failed, met)
                due = [part for part in due if not _has_failed(part, told)]
                if all(self._is_payable(part, told, through) for part in due if part.state in _COMES_NEXT):
                    sheets = {part.sheet_id for part in due if part.state in _COMES_NEXT}
                    more = sum(met[number] for number in sheets if number) - said.amount_minor
                    assert 0 <= more <= sum(given[number] for number in sheets if number), (said, due, met, given)

    def _is_payable(self, part: UnpaidPart, told: Told, through: date | None) -> bool:
        """Whether a part is of a sheet that a run takes, paid or waiting."""
        if part.state != "ON_SHEET" or part.sheet_id is None or part.due_date is None:
            return False
        sheet = told.sheets[part.sheet_id]
        day = through or self.now.astimezone(ZoneInfo(sheet["zone"])).date()
        return sheet["status"] == "PAYMENT_PENDING" and part.due_date <= day

    async def retry_as_told(self, conn: Connection, number: int) -> object:
        """Pay again what failed or came back; it goes as was told, or is refused for what was."""
        (row,) = await conn.fetch(
            "SELECT party_id, status FROM payout WHERE platform_id = $1 AND payout_id = $2", self.platform_id, number
        )
        (parts,) = await load_unpaid(conn, keys=[row["party_id"]], now=self.now)
        said = {part.awaits for part in parts if part.state == "RETURNED" and part.document == f"payout/{number}"}
        try:
            created = await ending.retry_payout(conn, payout_id=number, actor=PERSON, now=self.now)
        except PayoutCannotBeRetried as refusal:
            reason = str(refusal.facts["code"])
            if row["status"] == "RETURNED" and self.is_alone:
                # Of a chargeback nobody may have heard yet.
                assert said == {reason} or (reason == "CHARGED_BACK" and said <= {CHARGED_BACK, "PAYOUT"}), said
            raise
        if row["status"] == "RETURNED" and self.is_alone:
            assert said <= {"PAYOUT", CHARGED_BACK}, said
        return created

    async def find_given_back(self, told: Told) -> Counter[int]:
        """What holds of these sheets have given back since then."""
        after = await self._read_sheets()
        return Counter(
            {number: before["held_minor"] - after[number]["held_minor"] for number, before in told.sheets.items()}
        )

    async def _read_sheets(self) -> dict[int, Any]:
        return {row["sheet_id"]: row for row in await self.market.rows(_SHEETS)}

    async def _count_charged_back(self) -> int:
        (row,) = await self.market.rows("SELECT count(*) AS size FROM payout WHERE reason = 'CHARGED_BACK'")
        return int(row["size"])


def _has_failed(part: UnpaidPart, told: Told) -> bool:
    """Whether what is left on a sheet is of a payment that failed."""
    return part.state == "ON_SHEET" and told.sheets[part.sheet_id or 0]["status"] == "PAY_FAILED"


def _find_period(sheet: Any) -> tuple[datetime, datetime]:
    return sheet["period_start"], sheet["period_end"]


def _fits(until: date | None, today: date, *, waits: bool) -> bool:
    """Whether what was to wait until a day still does, or does not any more; on the day itself it may do either."""
    if until is None or until > today:
        return waits
    return not waits or until == today
