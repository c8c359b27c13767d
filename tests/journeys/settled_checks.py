"""What a settled book must be: against the oracle, and by sums that share no code with the program."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tests.app.cli.commands import Commands
from tests.journeys import marketplaces
from tests.journeys.settled_bank import JourneyBank, fetch
from tests.journeys.settled_files import SettledMarket
from tests.oracle.settlement_oracle import Earned, Period, due_in_brazil, earned_by_party

PAYABLE = ("2010", "2020", "2041", "2042", "2043")
BRAZIL = "BR"
Ask = Callable[..., dict[str, Any]]  # a GraphQL text and its variables: what is answered

SHEETS = """
SELECT p.reference, s.role, b.reference, s.currency, s.period_start, s.zone, s.total_minor, s.line_count, s.due_date
FROM sheet AS s
INNER JOIN party AS p ON p.platform_id = s.platform_id AND p.party_id = s.party_id
INNER JOIN party AS b ON b.platform_id = s.platform_id AND b.party_id = s.book_id
WHERE s.line_count > 0
"""
# Sheets whose claimed lines, the lines' accounts, their entries' sums or their closing entry say something else.
UNEVEN = """
WITH claimed AS (
    SELECT c.sheet_id,
        sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END) FILTER (WHERE NOT c.is_closing) AS net,
        sum(c.amount_minor) FILTER (WHERE NOT c.is_closing) AS said, sum(c.amount_minor) AS rest,
        count(*) FILTER (WHERE NOT c.is_closing) AS size,
        bool_and(a.party_id = s.party_id AND a.book_id = s.book_id AND a.currency = s.currency) AS is_own
    FROM sheet_line AS c
    INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id
    INNER JOIN line AS l ON l.sequence = c.sequence AND l.position = c.position
    INNER JOIN account AS a ON a.account_id = l.account_id
    GROUP BY c.sheet_id
)
SELECT s.sheet_id FROM sheet AS s LEFT JOIN claimed AS c ON c.sheet_id = s.sheet_id
WHERE s.status <> 'OPEN' AND (
    (coalesce(c.net, 0), coalesce(c.said, 0), coalesce(c.rest, 0), coalesce(c.size, 0))
    <> (s.total_minor, s.total_minor, 0, s.line_count) OR NOT coalesce(c.is_own, true)
)
"""
# Down: what a payout moved, what it took of its sheets, and what they have of it.
PAYOUTS = """
SELECT o.payout_id, o.status, o.gross_minor, sum(x.taken_minor + x.withheld_minor)::bigint,
    sum((
        SELECT sum(m.amount_minor) FROM sheet_movement AS m
        WHERE m.sheet_id = x.sheet_id AND m.reference = 'payout/' || o.payout_id AND m.kind = 'PAYOUT'
    ))::bigint
FROM payout AS o LEFT JOIN payout_sheet AS x ON x.payout_id = o.payout_id
GROUP BY o.platform_id, o.payout_id, o.status, o.gross_minor
"""
# Up: each line of business of a sheet that was paid stands in an entry of an order line whose order was captured.
GROUNDLESS = """
SELECT c.sequence, c.position FROM sheet_line AS c
INNER JOIN entry AS e ON e.sequence = c.sequence
LEFT JOIN order_line AS o ON e.document = 'order/' || o.order_reference AND e.document_line = o.line_reference
WHERE NOT c.is_closing AND (
    o.order_reference IS NULL OR NOT EXISTS (
        SELECT 1 FROM entry AS k WHERE k.document = e.document AND k.template = 'CAPTURE' AND k.sequence < e.sequence
    )
)
"""
# And back: what every order line has brought its parties is on sheets, to the cent.
UNSETTLED = """
SELECT e.document, e.document_line, a.code, a.party_reference
FROM line AS l INNER JOIN entry AS e ON e.sequence = l.sequence
INNER JOIN account AS a ON a.account_id = l.account_id
LEFT JOIN sheet_line AS c ON c.sequence = l.sequence AND c.position = l.position
WHERE e.document LIKE 'order/%' AND a.party_id IS NOT NULL AND a.code = ANY($1)
GROUP BY e.document, e.document_line, a.code, a.party_reference
HAVING sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END) <> coalesce(sum(c.amount_minor), 0)
"""
# Of each sheet that ended: paid, withheld, retained, netted make its total.
LEFT_OVER = """
SELECT s.sheet_id, s.status FROM sheet AS s
WHERE s.status IN ('PAID', 'COMPLETED')
AND s.total_minor <> s.paid_minor + s.withheld_minor + s.retained_minor + s.netted_minor + s.held_minor
"""
WAITING = """
SELECT sheet_id, status, total_minor FROM sheet
WHERE status NOT IN ('OPEN', 'PAID', 'COMPLETED', 'COLLECTED', 'CARRIED_FORWARD')
"""


def check_sheets(commands: Commands, market: SettledMarket, expected: dict[Period, Earned]) -> None:
    """Each period's sheet is the oracle's, is its lines, and is due when the calendar on the wall says."""
    found: dict[Period, Earned] = {}
    dues: dict[Period, date] = {}
    for party, role, entity, currency, start, zone, total, lines, due in fetch(commands, SHEETS):
        period = Period(party, role, entity, currency, start.astimezone(ZoneInfo(zone)).date())
        assert period not in found, "one sheet a period"
        found[period], dues[period] = Earned(total, lines), due
    assert found == expected
    assert fetch(commands, UNEVEN) == []
    assert fetch(commands, UNSETTLED, PAYABLE) == []
    if market.calendar[0] == BRAZIL:
        merchants = [period for period in dues if period.role == "MERCHANT"]
        assert {each: dues[each] for each in merchants} == {
            each: due_in_brazil(each.first_day, working_days=2) for each in merchants
        }


def check_payouts(commands: Commands, bank: JourneyBank) -> None:
    """Each payout is what its sheets gave, to the cent, the bank made it once, and its sheets come from orders."""
    payouts = fetch(commands, PAYOUTS)
    assert payouts
    assert [row for row in payouts if row[1] != "PAID" or len({*row[2:]}) > 1] == []
    transfers = bank.transfers()
    assert {(each["status"], each["times"]) for each in transfers} == {("PAID", 1)}
    assert sum(each["amountMinor"] for each in transfers) == sum(row[2] for row in payouts)
    assert len(transfers) == len(payouts)
    assert fetch(commands, GROUNDLESS) == []
    assert fetch(commands, LEFT_OVER) == []
    assert fetch(commands, WAITING) == []


def check_balances(commands: Commands, expected: dict[Period, Earned]) -> None:
    """The trial balance closes; each party has been paid what it earned, or owes what was paid too much."""
    text = commands.run("export", "balances").stdout
    book = marketplaces.read_balances(text)
    sums: Counter[tuple[str, str]] = Counter()
    stands: Counter[tuple[str, str, str]] = Counter()
    for (entity, code, party, currency), (debit, credit) in book.items():
        sums[entity, currency] += debit - credit
        if party and code in (*PAYABLE, "2015", "2016", "2050", "2060"):
            assert debit == credit, (entity, code, party, currency)
        if party and code == "1200":
            assert debit >= credit, (entity, party)
            stands[party, entity, currency] -= debit - credit
    for party, entity, currency, net in fetch(
        commands,
        """
        SELECT p.reference, b.reference, o.currency, sum(o.net_minor + o.withheld_minor)::bigint FROM payout AS o
        INNER JOIN party AS p ON p.party_id = o.party_id INNER JOIN party AS b ON b.party_id = o.book_id
        WHERE o.status = 'PAID' GROUP BY p.reference, b.reference, o.currency
        """,
    ):
        stands[party, entity, currency] += net
    earned = earned_by_party(expected)
    assert {each: net for each, net in stands.items() if net} == {each: net for each, net in earned.items() if net}
    assert set(sums.values()) == {0}
    assert commands.ask("verify")["agrees"]


PAYOUT_LIST = """query ($after: String) { payouts(first: 50, after: $after) { nodes { id status gross { minorUnits }
    sheets { taken { minorUnits } sheet { id total { minorUnits } netted { minorUnits } } } }
    pageInfo { hasNextPage endCursor } } }"""
DOWN = """query ($id: ID!, $after: String) { trace(id: $id, after: $after) {
    sheets { id total { minorUnits } } payouts { id } totals { amount { minorUnits } sheet { id } }
    parts { amount { minorUnits } sheet { id } orderLine { id } entries { id } }
    orders { reference captures { eventId channelTransaction } } pageInfo { hasNextPage endCursor } } }"""
UP = """query ($id: ID!) { trace(id: $id) { payouts { id } parts { amount { minorUnits } sheet { id } } } }"""


def check_traces(ask: Ask, *, payouts: int) -> None:
    """From payouts down to the captures of their orders, and from one of their order lines back; sums to the cent."""
    listed = ask(PAYOUT_LIST)["payouts"]["nodes"][:payouts]
    assert listed
    for payout in listed:
        trace = ask(DOWN, id=payout["id"])["trace"]
        sheets = {each["sheet"]["id"]: each for each in payout["sheets"]}
        assert {sheet["id"] for sheet in trace["sheets"]} == set(sheets)
        parts: Counter[str] = Counter()
        for part in turn_parts(ask, payout["id"]):
            assert part["orderLine"] is not None
            assert part["entries"] != []
            parts[part["sheet"]["id"]] += int(part["amount"]["minorUnits"])
        for number, each in sheets.items():
            total, netted = (int(each["sheet"][name]["minorUnits"]) for name in ("total", "netted"))
            taken = int(each["taken"]["minorUnits"])
            assert (parts[number], taken + netted) == (total, total), (payout, trace)
        summed = {each["sheet"]["id"]: int(each["amount"]["minorUnits"]) for each in trace["totals"]}
        assert summed == dict(parts)
        assert sum(int(each["taken"]["minorUnits"]) for each in sheets.values()) == int(payout["gross"]["minorUnits"])
        assert trace["orders"] != []
        assert all(order["captures"] for order in trace["orders"])
        back = ask(UP, id=trace["parts"][0]["orderLine"]["id"])["trace"]
        assert payout["id"] in {each["id"] for each in back["payouts"]}
        assert set(sheets) & {part["sheet"]["id"] for part in back["parts"] if part["sheet"]}


def turn_parts(ask: Ask, payout: str) -> list[dict[str, Any]]:
    """The parts of a payout, page after page."""
    parts: list[dict[str, Any]] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        trace = ask(DOWN, id=payout, after=page["endCursor"])["trace"]
        parts += trace["parts"]
        page = trace["pageInfo"]
    return parts
