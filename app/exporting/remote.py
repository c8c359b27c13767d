"""Exports over the API of a running gateway, page by page; balances and entries as of one sequence of the log."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from app.client import Client, KeySeesPart
from app.exporting.rows import BALANCE_COLUMNS, CHANNEL_COLUMNS, DIFFERENCE_COLUMNS, write_csv_row, write_json_row
from ledger.compact_json import write_sorted_json
from ledger.exports.balances import AccountSums
from ledger.reporting.channel_days import ChannelDayFilter
from ledger.reporting.fee_lines import ComparisonFilter

# Told after each page how much is done, how many rows that were, and of how much in all; None where nobody knows.
Advance = Callable[[int, int, int | None], None]

_POSITION = "{ asOf { sequence } platform { reference } }"
_ACCOUNTS = """
query($after: String, $sequence: BigInt!) {
  accounts(first: 100, after: $after) {
    nodes: edges { node {
      legalEntity { reference } role { code } party { reference } currency
      totals(asOf: {sequence: $sequence}) { debit { minorUnits } credit { minorUnits } version }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_ENTRIES = """
query($before: String, $sequence: BigInt!) {
  entries(last: 50, before: $before, filter: {sequenceTo: $sequence}) {
    nodes: edges { node {
      sequence legalEntity { reference } postedAt businessDate requestedDate idempotencyKey actor source kind
      description document documentLine cause metadata reversalOf { sequence } fingerprint contentHash
      lines { side amount { minorUnits }
        account { legalEntity { reference } role { code } party { reference } currency } }
    } }
    pageInfo { hasPreviousPage startCursor }
  }
}
"""
_COMPARISONS = """
query($after: String, $paidFrom: Instant, $paidTo: Instant, $unmatched: Boolean!) {
  feeComparisons(
    first: 50, after: $after, filter: {paidFrom: $paidFrom, paidTo: $paidTo, includeUnmatched: $unmatched}
  ) {
    nodes: edges { node { orderReference differences {
      lineReference item reason legalEntity { reference } party { reference }
      own { minorUnits currency } submitted { minorUnits currency }
    } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_CHANNEL_DAYS = """
query($after: String, $channel: String, $from: LocalDate, $through: LocalDate, $open: Boolean) {
  channelDays(
    first: 100, after: $after, filter: {channel: $channel, fromDate: $from, throughDate: $through, open: $open}
  ) {
    nodes: edges { node { number channel businessDate legalEntity { reference } file } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_CHANNEL_DIFFERENCES = """
query($after: String, $day: BigInt!) {
  channelDifferences(first: 100, after: $after, filter: {channelDay: $day, open: true}) {
    nodes: edges { node {
      reason kind orderReference name record
      told { minorUnits currency } booked { minorUnits currency }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


async def write_balances(client: Client, as_json: bool, *, advance: Advance) -> AsyncIterator[str]:
    """
    Yield the balances as lines of CSV or JSON, sorted as the export from a store is; they are all kept until the last
    page has come.

    Errors: ServerUnusable.
    """
    _, sequence = await _find_position(client)
    rows, after, more = [], None, sequence != "0"
    while more:
        page = (await client.run(_ACCOUNTS, {"after": after, "sequence": sequence}))["accounts"]
        rows += [_read_account(each["node"]) for each in page["nodes"] if each["node"]["totals"]["version"] != "0"]
        advance(len(rows), len(rows), None)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    if not as_json:
        yield write_csv_row(BALANCE_COLUMNS)
    for row in sorted(rows, key=lambda row: tuple(text.encode() for text in row[:4])):
        yield write_json_row(row._asdict()) if as_json else write_csv_row(row)


async def write_entries(client: Client, *, advance: Advance) -> AsyncIterator[str]:
    """
    Yield the entries as lines of JSON, oldest first: the same bytes as the export from the store.

    Errors: ServerUnusable.
    """
    platform, sequence = await _find_position(client)
    before, more, count = None, sequence != "0", 0
    while more:
        # The API lists the newest first, so the pages are walked from the list's end.
        page = (await client.run(_ENTRIES, {"before": before, "sequence": sequence}))["entries"]
        for each in reversed(page["nodes"]):
            yield write_json_row(_read_entry(each["node"], platform))
        count += len(page["nodes"])
        # Entries share the log with what else is told there, so places say better than counts how far it is.
        advance(int(page["nodes"][0]["node"]["sequence"]) if page["nodes"] else 0, count, int(sequence))
        before, more = page["pageInfo"]["startCursor"], page["pageInfo"]["hasPreviousPage"]


async def write_fee_differences(client: Client, as_json: bool, *, matching: ComparisonFilter) -> AsyncIterator[str]:
    """
    Yield where own and submitted fees differ, as lines of CSV or JSON; amounts in minor units.

    Refusals: InvalidInput, as compare_orders. Errors: ServerUnusable.
    """
    matching.check()
    await _find_position(client)  # refuses keys that see a part only
    if not as_json:
        yield write_csv_row(DIFFERENCE_COLUMNS)
    wanted = {
        "paidFrom": matching.paid_from and matching.paid_from.isoformat(),
        "paidTo": matching.paid_to and matching.paid_to.isoformat(),
        "unmatched": matching.include_unmatched,
    }
    async for node in _walk(client, "feeComparisons", _COMPARISONS, wanted):
        for row in node["differences"]:
            written = _read_difference(node["orderReference"], row)
            yield write_json_row(written) if as_json else write_csv_row(tuple(written.values()))


async def write_channel_differences(client: Client, as_json: bool, *, matching: ChannelDayFilter) -> AsyncIterator[str]:
    """
    Yield where payment channels' days and the book differ, as lines of CSV or JSON; amounts in minor units.

    Refusals: InvalidInput. Errors: ServerUnusable.
    """
    matching.check()
    await _find_position(client)  # refuses keys that see a part only
    wanted = {
        "channel": matching.channel,
        "from": matching.from_day and matching.from_day.isoformat(),
        "through": matching.through_day and matching.through_day.isoformat(),
        "open": matching.is_open,
    }
    if matching.channel is not None:
        await client.run(_CHANNEL_DAYS, wanted)  # refuses a channel that told of no day
    if not as_json:
        yield write_csv_row(CHANNEL_COLUMNS)
    async for day in _walk(client, "channelDays", _CHANNEL_DAYS, wanted):
        async for row in _walk(client, "channelDifferences", _CHANNEL_DIFFERENCES, {"day": day["number"]}):
            written = _read_channel_difference(day, row)
            yield write_json_row(written) if as_json else write_csv_row(tuple(written.values()))


async def _walk(client: Client, name: str, query: str, wanted: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """The nodes of a list, page by page."""
    after, more = None, True
    while more:
        page = (await client.run(query, {"after": after, **wanted}))[name]
        for each in page["nodes"]:
            yield each["node"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def _read_channel_difference(day: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    told, booked = row["told"], row["booked"]
    return {
        "day": day["businessDate"],
        "channel": day["channel"],
        "legal_entity": day["legalEntity"]["reference"],
        "file": day["file"],
        "reason": row["reason"],
        "kind": row["kind"],
        "order": row["orderReference"],
        "name": row["name"],
        "record": row["record"] or "",
        "told": told and int(told["minorUnits"]),
        "told_currency": told["currency"] if told else "",
        "booked": booked and int(booked["minorUnits"]),
        "booked_currency": booked["currency"] if booked else "",
    }


def _read_difference(order: str, row: dict[str, Any]) -> dict[str, Any]:
    own, submitted = row["own"], row["submitted"]
    return {
        "order": order,
        "line": row["lineReference"] or "",
        "legal_entity": row["legalEntity"]["reference"] if row["legalEntity"] else "",
        "party": row["party"]["reference"] if row["party"] else "",
        "item": row["item"],
        "reason": row["reason"],
        "currency": (own or submitted)["currency"],
        "own": own and int(own["minorUnits"]),
        "submitted": submitted and int(submitted["minorUnits"]),
    }


async def _find_position(client: Client) -> tuple[str, str]:
    """The platform and the last place in its log."""
    found = await client.run(_POSITION, {})
    position = found["asOf"]
    if position is None:
        raise KeySeesPart
    return found["platform"]["reference"], position["sequence"]


def _read_account(node: dict[str, Any]) -> AccountSums:
    totals, party = node["totals"], node["party"]
    return AccountSums(
        legal_entity=node["legalEntity"]["reference"],
        account_code=node["role"]["code"],
        party=party["reference"] if party else "",
        currency=node["currency"],
        debit=int(totals["debit"]["minorUnits"]),
        credit=int(totals["credit"]["minorUnits"]),
    )


def _read_entry(node: dict[str, Any], platform: str) -> dict[str, Any]:
    metadata = node["metadata"]
    return {
        "platform": platform,
        "sequence": node["sequence"],
        "legalEntity": node["legalEntity"]["reference"],
        "postedAt": node["postedAt"],
        "businessDate": node["businessDate"],
        "requestedDate": node["requestedDate"],
        "key": node["idempotencyKey"],
        "actor": node["actor"],
        "source": node["source"],
        "template": "" if node["kind"] == node["source"] else node["kind"],
        "description": node["description"],
        "document": node["document"] or "",
        "documentLine": node["documentLine"] or "",
        "cause": node["cause"] or "",
        "metadata": write_sorted_json(metadata) if metadata else "",
        "reversalOf": node["reversalOf"] and node["reversalOf"]["sequence"],
        "lines": [_read_line(line) for line in node["lines"]],
        "fingerprint": node["fingerprint"],
        "contentHash": node["contentHash"],
    }


def _read_line(line: dict[str, Any]) -> dict[str, str]:
    account, party = line["account"], line["account"]["party"]
    return {
        "legalEntity": account["legalEntity"]["reference"],
        "accountCode": account["role"]["code"],
        "party": party["reference"] if party else "",
        "currency": account["currency"],
        "side": "D" if line["side"] == "DEBIT" else "C",
        "amount": line["amount"]["minorUnits"],
    }
