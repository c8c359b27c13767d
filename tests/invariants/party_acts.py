"""How parties come to stand elsewhere, and how they leave."""

from functools import partial

from ledger.parties.moving import move_party
from ledger.parties.status import block_party, close_party, unblock_party
from ledger.settlement.sheets.ending import end_sheet
from tests.invariants.story import PAYEES, PERSON, Story

PARENTS = {"M": ("OP", "A1", "A2"), "A": ("OP", "A1", "A2"), "D": ("OP", "D1", "D2", "D3"), "S": ("OP", "A1", "A2")}
MERCHANTS = {"M1", "M2"}
# More would leave a market in which nothing is sold.
MOST_CLOSED = 3


class PartyActs(Story):
    """Each act picks what it can act on; where there is nothing, nothing happens."""

    async def block(self) -> None:
        """A party is blocked or free again; one that has left is neither."""
        statuses = await self.find_statuses()
        blocked = [party for party in PAYEES if statuses[party] == "BLOCKED"]
        party = self.random.choice(blocked if blocked and self.random.random() < 0.7 else PAYEES)
        change = unblock_party if statuses[party] == "BLOCKED" else block_party
        await self.act(lambda conn: change(conn, reference=party, reason="test", actor=PERSON, now=self.now))

    async def close_party(self) -> None:
        """A party leaves for good; one of the merchants stays. Those who have left may say so again."""
        statuses = await self.find_statuses()
        closed = {party for party in PAYEES if statuses[party] == "CLOSED"}
        party = self.random.choice(PAYEES)
        if party in closed or (len(closed) < MOST_CLOSED and not closed | {party} >= MERCHANTS):
            self.told[-1] += f" {party} leaves"
            await self.act(lambda conn: close_party(conn, reference=party, reason="left", actor=PERSON, now=self.now))

    async def move_party(self) -> None:
        """A party moves with everybody below it, sometimes where it cannot stand."""
        party = self.random.choice(PAYEES)
        to = self.random.choice(PARENTS[party[0]])
        (root,) = await self.market.rows("SELECT reference FROM party WHERE parent_id IS NULL")
        to = root["reference"] if to == "OP" else to
        self.told[-1] += f" {party} to {to}"
        await self.act(lambda conn: move_party(conn, reference=party, to=to, actor=PERSON, now=self.now))

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
        return {row["reference"]: row["status"] for row in rows if row["reference"] in PAYEES}
