"""A platform to which things happen by a seed: its clock, and how whatever happens is done and told."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.model import MAX_AMOUNT_MINOR, AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from ledger.parties.finding import find_parties
from tests.invariants.killing import Killed, Killer
from tests.invariants.played_bank import PlayedBank
from tests.ledger.charging.market import Market
from tests.oracle import small_world

PERSON = Actor("person")
BEGIN = datetime(2025, 1, 27, 9, tzinfo=UTC)
ENTITIES = ("LE", "LE2")
PARTIES = [
    *small_world.PARTIES,
    {
        "reference": "LE2",
        "kind": "LEGAL_ENTITY",
        "name": "Other entity",
        "parent": "OP",
        "currency": "CNY",
        "timeZone": "America/New_York",
    },
    {
        "reference": "A2",
        "kind": "AGENT",
        "name": "Other agent",
        "parent": "OP",
        "timeZone": "America/New_York",
    },
    {"reference": "S1", "kind": "SUPPLIER", "name": "Supplier", "parent": "A2"},
]
PAYEES = ("M1", "M2", "A1", "A2", "D1", "D2", "D3", "S1")
# With the decimals of each: minor units are as many of one as of another.
CURRENCIES = {"CNY": 2, "KWD": 3, "JPY": 0}
HOUR = timedelta(hours=1)
Document = dict[str, Any]
Act = Callable[[Connection], Awaitable[Any]]
Done = TypeVar("Done")


class Story:
    """
    One platform and its clock. `told` is the story so far, to be read when something is wrong. With a `killer`, people
    and programs die of what they do, and do it again.
    """

    killer: Killer | None = None
    # Whether nobody does anything beside what happens, so that it can be held beside what was told just before.
    is_alone = True

    def __init__(self, market: Market, seed: int, owner_dsn: str) -> None:
        self.market, self.database, self.platform_id = market, market.database, market.platform_id
        self.seed, self.random = seed, Random(seed)
        # Most of these months is in one currency, so that there things meet.
        self.currency = self.random.choice(["CNY", "CNY", "KWD", "JPY"])
        # At most so many hours pass between what happens: much or little is in one period.
        self.pace = self.random.choice([40, 40, 12, 4])
        # In some months amounts are so large that a few of them are more than one line of an entry, or payout, can be.
        self.sizes = Random(f"sizes {seed}")
        self.scale = self.sizes.choice([1, 1, 1, 1, 3_000_000_000])
        self.bank = PlayedBank(Random(-seed))
        # Those who are paid; more come.
        self.payees = list(PAYEES)
        self.now = BEGIN
        self.told: list[str] = []
        # What everybody stood at with everybody below, by places in the log.
        self.stood: dict[int, dict[tuple[int, tuple[str, str, str]], int]] = {}
        self.refused: dict[str, int] = {}
        self.events: list[Document] = []
        self.owner_dsn = owner_dsn
        self.numbers = itertools.count(1)
        # Answers of banks that somebody saw to otherwise than by booking them.
        self.dismissed: set[int] = set()

    def list_payees(self, kinds: str) -> list[str]:
        """Those whose names begin with one of these letters."""
        return [party for party in self.payees if party[0] in kinds]

    def name_order(self) -> str:
        """The name of the next order."""
        return f"O{next(self.numbers)}"

    def choose_entity(self) -> str:
        """A legal entity; most that happens is the first one's."""
        return self.random.choice([ENTITIES[0], *ENTITIES])

    def choose_currency(self) -> str:
        """A currency; most that happens is in that of these months."""
        return self.random.choice([*[self.currency] * 5, *CURRENCIES])

    def size(self, amount: int) -> int:
        """An amount, in minor units, as large as these months have it, and seldom a round one."""
        return amount * self.scale + self.sizes.randrange(self.scale) * bool(amount)

    async def choose_place(self) -> tuple[str, str, str]:
        """A payee, a legal entity and a currency; mostly where there has been business."""
        rows = await self.market.rows(
            "SELECT DISTINCT party_reference, book_reference, currency FROM account"
            " WHERE party_reference = ANY($1) ORDER BY 1, 2, 3",
            self.payees,
        )
        if rows and self.random.random() < 0.8:
            return tuple(self.random.choice(rows))  # type: ignore[return-value]  # three texts
        return self.random.choice(self.payees), self.choose_entity(), self.choose_currency()

    async def fund(self, amount: int) -> None:
        """The owner brings so much money of each currency to the bank account of each legal entity."""
        if not amount:
            return
        for entity, currency in itertools.product(ENTITIES, CURRENCIES):
            book_id = await self.find_id(entity)
            lines = tuple(
                LineDraft(AccountKey(book_id, code, None, currency), side, part)
                for part in _cut(amount * self.scale)
                for code, side in (("1010", "D"), ("3000", "C"))
            )
            draft = EntryDraft(f"fund-{next(self.numbers)}", book_id, self.now.date(), lines)
            (outcome,) = await self.write(
                lambda conn, draft=draft: post_entries(conn, drafts=[draft], actor=PERSON)  # type: ignore[misc]  # a lambda with defaults
            )
            assert isinstance(outcome, Posted), outcome

    async def tell(self, kind: str, order: str, **said: Any) -> None:
        """An event, often told late; those of one order keep their order in the log, not in time."""
        ago = self.random.choice([0, 0, 0, 5, 30, 24 * 9]) * HOUR
        event = {"event": kind, "id": f"e{next(self.numbers)}", "order": order}
        event |= {"occurredAt": (self.now - ago).isoformat(), **said}
        self.told[-1] += f" {event}"
        (outcome,) = await self.live(lambda: self.market.record(event))
        error = getattr(outcome, "error", None)
        if error is None:
            self.events.append(event)
        else:
            self.count(error)

    async def act(self, step: Act) -> None:
        """One transaction; sometimes whoever does it is killed before the commit and does it again."""
        dies_first = self.random.random() < 0.15 and self.killer is None
        for is_killed in [True, False] if dies_first else [False]:
            try:
                outcomes = await self.write(_and_die(step) if is_killed else step)
                for outcome in outcomes if isinstance(outcomes, list) else ():
                    if hasattr(outcome, "error"):
                        self.count(outcome.error)
            except Killed:
                continue
            except LedgerError as refusal:
                self.count(refusal)

    async def write(self, step: Callable[[Connection], Awaitable[Done]]) -> Done:
        """One transaction."""

        async def work() -> Done:
            async with self.database.write(self.platform_id) as conn:
                return await step(conn)

        return await self.live(work)

    async def live(self, work: Callable[[], Awaitable[Done]]) -> Done:
        """What somebody does who may die of it; see `Killer.live`."""
        return await (self.killer.live(work, written=self.count_log) if self.killer else work())

    async def count_log(self) -> int:
        """How long the log is: whatever happens is told in it."""
        (row,) = await self.market.rows("SELECT sequence FROM log_head")
        return int(row["sequence"])

    def count(self, refusal: LedgerError) -> None:
        self.told[-1:] = [f"{self.told[-1] if self.told else ''} -> {refusal.code}"]
        self.refused[refusal.code] = self.refused.get(refusal.code, 0) + 1

    async def pick_sheets(self, condition: str) -> list[int]:
        rows = await self.market.rows(
            f"""
            SELECT k.sheet_id FROM (
                SELECT s.*, p.reference AS party, s.total_minor - s.netted_minor - s.retained_minor - s.held_minor
                    - s.withheld_minor - s.payout_minor AS payable
                FROM sheet AS s INNER JOIN party AS p ON p.party_id = s.party_id WHERE s.status <> 'OPEN'
            ) AS k WHERE {condition} ORDER BY k.sheet_id
            """
        )
        return [row["sheet_id"] for row in rows]

    async def find_id(self, reference: str) -> int:
        async with self.database.read(self.platform_id) as conn:
            return (await find_parties(conn, references=[reference]))[reference].party_id


def _cut(amount: int) -> list[int]:
    """An amount in parts that a line can have."""
    whole, rest = divmod(amount, MAX_AMOUNT_MINOR)
    return [MAX_AMOUNT_MINOR] * whole + [rest] * bool(rest)


def _and_die(step: Act) -> Act:
    async def dying(conn: Connection) -> None:
        await step(conn)
        raise Killed

    return dying


def write_amount(minor: int, currency: str) -> str:
    """Minor units as a decimal."""
    decimals = CURRENCIES[currency]
    return f"{Decimal(minor).scaleb(-decimals):.{decimals}f}"


def read_amount(text: str) -> int:
    """And back, of whatever currency."""
    return int(text.replace(".", ""))
