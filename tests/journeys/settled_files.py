"""A marketplace's files with everything told that turns an order into cash, so that parties can be paid."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.journeys.marketplaces import Files, read_lines
from tests.oracle.charging_input import DECIMALS
from tests.oracle.charging_oracle import expected_book
from tests.oracle.settlement_oracle import Earned, Period, expected_sheets, group_orders

Document = dict[str, Any]
HOUR = timedelta(hours=1)


class SettledMarket(NamedTuple):
    """
    Files of one platform, and by what terms its roles settle. `calendar` are the words after `calendar load`; `end` is
    an instant at which everything is due.
    """

    files: Files
    calendar: tuple[str, ...]
    terms: tuple[Document, ...]
    end: datetime

    @property
    def cycles(self) -> dict[str, str]:
        return {each["role"]: each["cycle"] for each in self.terms}

    def work_out(self) -> dict[Period, Earned]:
        """Ask the oracle for every sheet with anything on it."""
        plans = [json.loads(plan.read_text("utf-8")) for plan in self.files.fee_plans]
        events = read_lines(self.files.events)
        return expected_sheets(read_lines(self.files.parties), plans, events, cycles=self.cycles)

    def with_terms(self, **said: Any) -> "SettledMarket":
        """The same with more said by every role's terms."""
        return self._replace(terms=tuple({**each, **said} for each in self.terms))


def make_terms(calendar: str, *, since: str) -> tuple[Document, ...]:
    """Agents monthly, merchants two working days after each sale, distributors weekly; nobody is asked."""
    cycles = {"AGENT": "MONTHLY", "MERCHANT": "T+2", "DISTRIBUTOR": "WEEKLY"}
    head = {"calendar": calendar, "confirmation": "NONE", "validFrom": since, "effect": "NOW"}
    return tuple({"role": role, "cycle": cycle, **head} for role, cycle in cycles.items())


def tell_cash(files: Files, folder: Path, *, orders: int | None = None) -> Files:
    """
    The same files, with the first `orders` orders only and, of each, what brings its cash: every refund paid, the
    payment unfrozen and settled to the bank.
    """
    parties = read_lines(files.parties)
    plans = [json.loads(plan.read_text("utf-8")) for plan in files.fee_plans]
    stories = list(group_orders(read_lines(files.events)).values())[:orders]
    told = [event for story in stories for event in _tell_rest(story, parties, plans)]
    told.sort(key=lambda event: datetime.fromisoformat(event["occurredAt"]))
    events = folder / "told.jsonl"
    events.write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in told), "utf-8")
    return files._replace(events=events)


def cut_files(files: Files, folder: Path, *, cuts: Iterable[datetime]) -> list[Path]:
    """The events in files of their own: those before each of these instants and not before the one before it."""
    events, paths, told = read_lines(files.events), [], 0
    for place, cut in enumerate(cuts):
        part = [event for event in events[told:] if datetime.fromisoformat(event["occurredAt"]) < cut]
        told += len(part)
        paths.append(folder / f"events {place}.jsonl")
        paths[-1].write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in part), "utf-8")
    assert told == len(events)
    return paths


def _tell_rest(story: list[Document], parties: list[Document], plans: list[Document]) -> list[Document]:
    """One order's events and what is missing to its cash, each an hour after the one before."""
    done = {(event["event"], event.get("refund")) for event in story}
    missing: list[Document] = [
        {"event": "refund.paid", "id": f"{event['id']}/paid", "refund": event["refund"]}
        for event in story
        if event["event"] == "order.refunded"
        and not done & {(end, event["refund"]) for end in ("refund.paid", "refund.rejected")}
    ]
    order = story[0]["order"]
    if ("payment.unfrozen", None) not in done:
        missing.append({"event": "payment.unfrozen", "id": f"{order}/unfrozen"})
    amount = _count_cash(story, parties, plans)
    missing.append({"event": "payment.settled", "id": f"{order}/settled", "amount": amount})
    last = datetime.fromisoformat(story[-1]["occurredAt"])
    return [
        *story,
        *(
            {**event, "order": order, "occurredAt": (last + hours * HOUR).isoformat()}
            for hours, event in enumerate(missing, 1)
        ),
    ]


def _count_cash(story: list[Document], parties: list[Document], plans: list[Document]) -> str:
    """What the channel has captured less its fees, as a decimal."""
    currency = story[0]["currency"]
    book = expected_book(parties, plans, story)
    cash = sum(
        sides[0] - sides[1]
        for entry in book.orders[story[0]["order"]]
        if entry.template in ("CAPTURE", "CHANNEL_FEE")
        for (code, _), sides in entry.sides.items()
        if code == "1100"
    )
    return write_amount(cash, currency)


def write_amount(minor: int, currency: str) -> str:
    """Minor units as a decimal."""
    decimals = DECIMALS.get(currency, 2)
    digits = str(minor).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def list_holders(parties: Iterable[Mapping[str, Any]], sheets: Iterable[Period]) -> dict[tuple[str, str], str]:
    """Everybody who is to be paid, by party and currency, with a name for the account."""
    names = {party["reference"]: party["name"] for party in parties}
    return {(sheet.party, sheet.currency): names[sheet.party] for sheet in sheets}
