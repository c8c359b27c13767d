"""Accounts line by line: versions without a gap, running balances, floors; their late sums; the accounts themselves."""

from datetime import date

from ledger.verify import sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot

ACCOUNTS, RUNNING, LATE = "accounts", "running balances", "late lines of accounts"


async def check_accounts(snapshot: Snapshot) -> Disagreement | None:
    """Each account is what the chart, its book and its party say."""
    async for row in sql.stream_foreign_accounts(snapshot):
        return Disagreement(ACCOUNTS, "account", {"account": row["account_id"]}, row["found"], row["expected"])
    return None


async def check_running_balances(snapshot: Snapshot) -> Disagreement | None:
    """Each line's version and running figures follow from the line before it; floors hold after every entry."""
    account_id, version, debit, credit = 0, 0, 0, 0
    last: Row | None = None
    async for line in sql.stream_lines_by_account(snapshot):
        if line["account_id"] != account_id:
            account_id, version, debit, credit = line["account_id"], 0, 0, 0
        if last is not None and (last["account_id"], last["sequence"]) != (account_id, line["sequence"]):
            wrong = _check_floor(last)
            if wrong is not None:
                return wrong
        version += 1
        debit += line["amount"] if line["side"] == "D" else 0
        credit += line["amount"] if line["side"] == "C" else 0
        found = {name: line[name] for name in ("version", "debit_after", "credit_after")}
        expected = {"version": version, "debit_after": debit, "credit_after": credit}
        if found != expected:
            return Disagreement(RUNNING, "line", _place(line), found, expected)
        last = line
    return None if last is None else _check_floor(last)


async def check_late(snapshot: Snapshot) -> Disagreement | None:
    """Late sums are those of the lines whose two dates differ."""
    async for row in sql.stream_account_late(snapshot):
        days: dict[str, int | date] = {name: row[name] for name in ("posting_day", "business_date")}
        key = {"account": row["account_id"], **days}
        return Disagreement(LATE, "account_late", key, _sums(row, "found"), _sums(row, "expected"))
    return None


def _check_floor(line: Row) -> Disagreement | None:
    if line["floor_minor"] is None:
        return None
    balance = line["debit_after"] - line["credit_after"]
    if line["normal_side"] == "C":
        balance = -balance
    if balance >= line["floor_minor"]:
        return None
    return Disagreement(
        RUNNING, "line", _place(line), {"balance": balance}, {"balance": f"{line['floor_minor']} or more"}
    )


def _place(line: Row) -> dict[str, int]:
    return {"sequence": line["sequence"], "position": line["position"], "account": line["account_id"]}


def _sums(row: Row, side: str) -> dict[str, int] | None:
    if row[f"{side}_debit"] is None:
        return None
    return {"debit": row[f"{side}_debit"], "credit": row[f"{side}_credit"]}
