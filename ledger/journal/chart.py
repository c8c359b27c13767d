"""
The chart of accounts that a new platform starts with.

Source: docs/entries.md "Chart of accounts". `kept_per` says whose account it is; every finer key (order, refund, payout
…) is a dimension of the entry or of its document. A floor of zero means the account may never stand on its other side;
accounts that must not do so per order, refund or dispute are judged on that document. `owned` accounts move only with a
document; an account becomes owned with the document that owns it.
"""

from typing import Literal, NamedTuple

Class = Literal["ASSET", "LIABILITY", "EQUITY", "INCOME", "EXPENSE"]
KeptPer = Literal["PLATFORM", "PARTY"]


class ChartAccount(NamedTuple):
    """One code of the chart; the normal side follows from the class, except for contra accounts."""

    code: str
    name: str
    klass: Class
    side: Literal["D", "C"]
    kept_per: KeptPer = "PLATFORM"
    floor_minor: int | None = None
    owned: bool = False
    is_summary: bool = False


def _summary(code: str, name: str, klass: Class, side: Literal["D", "C"]) -> ChartAccount:
    return ChartAccount(code, name, klass, side, is_summary=True)


CHART: tuple[ChartAccount, ...] = (
    _summary("1", "Assets", "ASSET", "D"),
    ChartAccount("1010", "Bank account of the entity", "ASSET", "D", floor_minor=0),
    ChartAccount("1015", "Cash in transit between own accounts", "ASSET", "D"),
    _summary("110", "Payment channels", "ASSET", "D"),
    ChartAccount("1100", "Channel clearing: captured, frozen", "ASSET", "D"),
    ChartAccount("1105", "Channel balance: unfrozen, available", "ASSET", "D"),
    ChartAccount("1130", "Disputed funds receivable", "ASSET", "D", owned=True),
    _summary("12", "Receivables", "ASSET", "D"),
    ChartAccount("1200", "Receivable from party", "ASSET", "D", "PARTY", owned=True),
    ChartAccount("1210", "Rebate receivable", "ASSET", "D", "PARTY"),
    ChartAccount("1220", "Deposit receivable", "ASSET", "D", "PARTY", owned=True),
    ChartAccount("1240", "Input VAT", "ASSET", "D"),
    ChartAccount("1400", "FX position", "ASSET", "D"),
    ChartAccount("1510", "Reconciliation shortage pending", "ASSET", "D"),
    ChartAccount("1900", "Due from other legal entity", "ASSET", "D"),
    _summary("2", "Liabilities", "LIABILITY", "C"),
    ChartAccount("2000", "Order funds held, not yet split", "LIABILITY", "C", owned=True),
    _summary("20", "Payable to parties", "LIABILITY", "C"),
    ChartAccount("2010", "Merchant payable", "LIABILITY", "C", "PARTY", owned=True),
    ChartAccount("2015", "Payable on closed sheet, to be paid", "LIABILITY", "C", "PARTY", floor_minor=0, owned=True),
    ChartAccount("2016", "Returned payouts to be re-paid", "LIABILITY", "C", "PARTY", floor_minor=0, owned=True),
    ChartAccount("2020", "Agent payable", "LIABILITY", "C", "PARTY", owned=True),
    ChartAccount("2030", "Supplier payable", "LIABILITY", "C", "PARTY", owned=True),
    _summary("204", "Distributor payable", "LIABILITY", "C"),
    ChartAccount("2041", "Distributor payable, level 1", "LIABILITY", "C", "PARTY", owned=True),
    ChartAccount("2042", "Distributor payable, level 2", "LIABILITY", "C", "PARTY", owned=True),
    ChartAccount("2043", "Distributor payable, level 3", "LIABILITY", "C", "PARTY", owned=True),
    ChartAccount("2050", "Payable on hold", "LIABILITY", "C", "PARTY", floor_minor=0, owned=True),
    ChartAccount("2060", "Deposit and warranty retention", "LIABILITY", "C", "PARTY", floor_minor=0, owned=True),
    ChartAccount("2070", "Refunds payable to customers", "LIABILITY", "C", owned=True),
    ChartAccount("2080", "Purchases received, not invoiced", "LIABILITY", "C", "PARTY", owned=True),
    ChartAccount("2090", "Rebate payable to merchant", "LIABILITY", "C", "PARTY"),
    _summary("21", "Taxes and transit", "LIABILITY", "C"),
    ChartAccount("2100", "Output VAT payable", "LIABILITY", "C"),
    ChartAccount("2105", "Output VAT pending invoice", "LIABILITY", "C"),
    ChartAccount("2110", "Withholding tax payable", "LIABILITY", "C", "PARTY"),
    ChartAccount("2190", "Payouts in transit", "LIABILITY", "C", floor_minor=0, owned=True),
    ChartAccount("2200", "Suspense", "LIABILITY", "C", owned=True),
    ChartAccount("2210", "Unidentified receipts", "LIABILITY", "C", floor_minor=0, owned=True),
    ChartAccount("2220", "Unclaimed payables", "LIABILITY", "C", "PARTY"),
    ChartAccount("2510", "Reconciliation surplus pending", "LIABILITY", "C"),
    ChartAccount("2900", "Due to other legal entity", "LIABILITY", "C"),
    ChartAccount("3000", "Owner's equity, opening", "EQUITY", "C"),
    _summary("4", "Income", "INCOME", "C"),
    ChartAccount("4000", "Commission revenue", "INCOME", "C"),
    ChartAccount("4010", "Product sales revenue", "INCOME", "C"),
    ChartAccount("4020", "Service-fee revenue", "INCOME", "C"),
    ChartAccount("4030", "Channel fee recovered from parties", "INCOME", "C", "PARTY"),
    ChartAccount("4040", "Penalties and other income", "INCOME", "C"),
    ChartAccount("4050", "Vendor rebates", "EXPENSE", "C"),
    _summary("5", "Expenses", "EXPENSE", "D"),
    ChartAccount("5000", "Cost of goods sold", "EXPENSE", "D"),
    ChartAccount("5010", "Channel and bank fees", "EXPENSE", "D"),
    ChartAccount("5020", "Marketing subsidy", "EXPENSE", "D"),
    ChartAccount("5030", "Bad debts", "EXPENSE", "D", "PARTY"),
    ChartAccount("5040", "Chargeback loss and fees", "EXPENSE", "D"),
    ChartAccount("5050", "Recognised shortages", "EXPENSE", "D"),
    ChartAccount("5060", "Compensation to parties", "EXPENSE", "D"),
    ChartAccount("5070", "Rounding difference", "EXPENSE", "D"),
    ChartAccount("5080", "Rebates granted to merchants", "EXPENSE", "D"),
    ChartAccount("5090", "Distribution commission borne by platform", "EXPENSE", "D"),
    ChartAccount("7000", "FX gain or loss", "EXPENSE", "D"),
)

_PLACES = {place.code: place for place in CHART}


def find_place(code: str) -> ChartAccount | None:
    """A place of the chart by its code; None when there is none."""
    return _PLACES.get(code)
