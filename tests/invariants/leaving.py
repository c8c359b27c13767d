"""What is said of parties that have left or stand elsewhere, beside what is in their accounts."""

from collections import Counter
from collections.abc import Mapping

from ledger.journal.balances import AsOf
from ledger.parties.finding import find_parties
from ledger.reporting.balances import PartyBalance, load_party_balances, load_subtree_balances
from ledger.reporting.still_open import load_still_open
from tests.invariants.story import Story

_ACCRUED = ("2010", "2020", "2030", "2080", "2041", "2042", "2043")
_FIGURES = {
    **dict.fromkeys((*_ACCRUED, "2015", "2016"), "payable"),
    "2050": "on_hold",
    "2060": "deposits",
    **dict.fromkeys(("1200", "1210", "1220"), "owed"),
}
# Legal entity, currency, what it is.
Figure = tuple[str, str, str]


async def check_still_open(story: Story) -> None:
    """What is still open of a party is what stands on its accounts, whether it has left or not."""
    async with story.database.read(story.platform_id) as conn:
        found = await find_parties(conn, references=story.payees)
        parts = await load_still_open(conn, keys=[found[name].party_id for name in story.payees])
    stands: Counter[tuple[str, str, str, str]] = Counter()
    for (entity, code, party, currency), (debit, credit) in (await story.market.accounts()).items():
        if party in story.payees and code in _FIGURES:
            figure = _FIGURES[code]
            stands[party, entity, currency, figure] += debit - credit if figure == "owed" else credit - debit
    told = Counter(
        {
            (party, part.legal_entity, part.currency, figure): getattr(part, figure)
            for party, listed in zip(story.payees, parts, strict=True)
            for part in listed
            for figure in set(_FIGURES.values())
        }
    )
    assert told == stands


async def check_tree(story: Story) -> None:
    """
    The figures of a party with everybody below are those of its members, wherever they have moved to; and those of an
    earlier place in the log are what they were there.
    """
    rows = await story.market.rows("SELECT party_id, parent_id FROM party ORDER BY party_id")
    parents = {row["party_id"]: row["parent_id"] for row in rows}
    async with story.database.read(story.platform_id) as conn:
        alone = dict(zip(parents, await load_party_balances(conn, keys=list(parents)), strict=True))
        together = dict(zip(parents, await load_subtree_balances(conn, keys=list(parents)), strict=True))
    sums: dict[int, Counter[Figure]] = {party: Counter() for party in parents}
    for party in parents:
        above: int | None = party
        while above is not None:
            sums[above].update(_list_figures(alone[party]))
            above = parents[above]
    assert {party: Counter(_list_figures(figures)) for party, figures in together.items()} == sums
    for sequence, stood in story.stood.items():
        async with story.database.read(story.platform_id) as conn:
            then = await load_subtree_balances(conn, keys=list(parents), as_of=AsOf(sequence=sequence))
        assert _list_standing(dict(zip(parents, then, strict=True))) == stood, sequence
    story.stood[await story.count_log()] = _list_standing(together)


async def check_nothing_is_left_open(story: Story) -> None:
    """In the end the sheets of whoever has left have come to an end, and everything was on one."""
    rows = await story.market.rows(
        "SELECT p.reference, s.sheet_id FROM sheet AS s INNER JOIN party AS p ON p.party_id = s.party_id"
        " WHERE s.status IN ('OPEN', 'CLOSING') AND p.status = 'CLOSED'"
    )
    assert [tuple(row) for row in rows] == []
    closed = await story.market.rows("SELECT reference FROM party WHERE status = 'CLOSED' ORDER BY reference")
    left = {row["reference"] for row in closed}
    accounts = await story.market.accounts()
    assert [
        place
        for place, (debit, credit) in accounts.items()
        if place[1] in _ACCRUED and place[2] in left and debit != credit
    ] == []


def _list_standing(figures: Mapping[int, tuple[PartyBalance, ...]]) -> dict[tuple[int, Figure], int]:
    """Of each party what is not nothing: an account that was opened later is none of then."""
    return {
        (party, name): amount
        for party, each in figures.items()
        for name, amount in _list_figures(each).items()
        if amount
    }


def _list_figures(balances: tuple[PartyBalance, ...]) -> dict[Figure, int]:
    return {
        (each.legal_entity, each.currency, name): amount
        for each in balances
        for name, amount in each._asdict().items()
        if isinstance(amount, int)
    }
