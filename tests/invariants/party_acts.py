"""How parties come, come to stand elsewhere, and leave."""

from functools import partial

from ledger.parties.moving import move_party
from ledger.parties.parsing import parse_party
from ledger.parties.registering import register_parties
from ledger.parties.status import block_party, close_party, unblock_party
from ledger.settlement.sheets.ending import end_sheet
from tests.invariants.bank_acts import BankActs
from tests.invariants.story import PAYEES, PERSON, Document

# Under whom each kind stands besides the operator, by the letters that names begin with.
PARENTS = {"M": "A", "A": "A", "D": "D", "S": "A"}
KINDS = {"M": "MERCHANT", "A": "AGENT", "D": "DISTRIBUTOR", "S": "SUPPLIER"}
# Where newcomers are: most of them where those above them are, others half a day or half an hour away.
ZONES = ("", "", "Pacific/Auckland", "America/New_York", "Asia/Kolkata")
MERCHANTS = {"M1", "M2"}
# More would leave a market in which nothing is sold.
MOST_CLOSED = 3
# More would leave little that happens to one of them.
MOST_NEWCOMERS = 4


class PartyActs(BankActs):
    """Each act picks what it can act on; where there is nothing, nothing happens."""

    async def block(self) -> None:
        """A party is blocked or free again; one that has left is neither."""
        statuses = await self.find_statuses()
        blocked = [party for party in self.payees if statuses[party] == "BLOCKED"]
        party = self.random.choice(blocked if blocked and self.random.random() < 0.7 else self.payees)
        change = unblock_party if statuses[party] == "BLOCKED" else block_party
        await self.act(lambda conn: change(conn, reference=party, reason="test", actor=PERSON, now=self.now))

    async def join(self) -> None:
        """Somebody new, under whoever stands where by now, perhaps with terms and a zone of his own."""
        if len(self.payees) >= len(PAYEES) + MOST_NEWCOMERS:
            return
        letter = self.random.choice("MMDDAS")
        name = f"{letter}{len(self.payees) + 1}"
        said: Document = {"reference": name, "kind": KINDS[letter], "name": name}
        said["parent"] = await self._choose_parent(letter)
        if zone := self.random.choice(ZONES):
            said["timeZone"] = zone
        if self.random.random() < 0.5:
            mode = self.random.choice(["AGENCY", "AGENCY", "PURCHASE"]) if letter == "M" else "AGENCY"
            said["settlement"] = {"cycle": self.random.choice(["T+1", "DAILY", "WEEKLY", "MONTHLY"]), "mode": mode}
        self.told[-1] += f" {said}"
        draft = parse_party(said)
        await self.act(lambda conn: register_parties(conn, drafts=[draft, draft], actor=PERSON, now=self.now))
        if not await self.market.rows("SELECT 1 FROM party WHERE reference = $1", name):
            return  # whoever was to be above him has left
        self.payees.append(name)
        if self.random.random() < 0.6:
            await self.open_accounts_of([name])

    async def close_party(self) -> None:
        """A party leaves for good; one of the merchants stays. Those who have left may say so again."""
        statuses = await self.find_statuses()
        closed = {party for party in self.payees if statuses[party] == "CLOSED"}
        party = self.random.choice(self.payees)
        if party in closed or (len(closed) < MOST_CLOSED and not closed | {party} >= MERCHANTS):
            self.told[-1] += f" {party} leaves"
            await self.act(lambda conn: close_party(conn, reference=party, reason="left", actor=PERSON, now=self.now))

    async def move_party(self) -> None:
        """A party moves with everybody below it, sometimes where it cannot stand."""
        party = self.random.choice(self.payees)
        to = await self._choose_parent(party[0])
        self.told[-1] += f" {party} to {to}"
        await self.act(lambda conn: move_party(conn, reference=party, to=to, actor=PERSON, now=self.now))

    async def _choose_parent(self, letter: str) -> str:
        (root,) = await self.market.rows("SELECT reference FROM party WHERE parent_id IS NULL")
        return str(self.random.choice([root["reference"], *self.list_payees(PARENTS[letter])]))

    async def end_sheets(self, *, everything: bool = False) -> None:
        """Somebody who settles on demand demands it; sometimes of a sheet that has an end of its own."""
        rows = await self.market.rows(
            "SELECT sheet_id, period_end > '9000-01-01' AS is_endless FROM sheet WHERE status = 'OPEN'"
            " ORDER BY sheet_id"
        )
        endless = [row["sheet_id"] for row in rows if row["is_endless"]]
        for number in endless if everything else self.random.sample(endless, min(len(endless), 1)):
            await self.act(partial(end_sheet, sheet_id=number, actor=PERSON, now=self.now))

    async def find_statuses(self) -> dict[str, str]:
        """The status of each party that is paid."""
        rows = await self.market.rows("SELECT reference, status FROM party")
        return {row["reference"]: row["status"] for row in rows if row["reference"] in self.payees}
