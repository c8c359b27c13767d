"""A marketplace as the files that `splitbook import` reads."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from app.demo.marketplace import Marketplace

# Lines between two words on how far it is.
_REPORT_EVERY = 500


class WrittenFiles(NamedTuple):
    """Where the files are, fee plans oldest first, and how many objects two of them hold."""

    parties: Path
    fee_plans: list[Path]
    events: Path
    party_count: int
    event_count: int


def write_files(
    folder: Path, marketplace: Marketplace, *, report: Callable[[int, int], None] = lambda paid, lines: None
) -> WrittenFiles:
    """
    Write parties.jsonl, one fee_plan-<validFrom>.json per version, and events.jsonl into the folder; `report` hears now
    and then how many payments and how many lines of events are written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    party_file, event_file = folder / "parties.jsonl", folder / "events.jsonl"
    plan_files = []
    for plan in marketplace.fee_plans():
        plan_file = folder / f"fee_plan-{plan['validFrom']}.json"
        plan_file.write_bytes(json.dumps(plan, ensure_ascii=False, indent=2).encode() + b"\n")
        plan_files.append(plan_file)
    return WrittenFiles(
        parties=party_file,
        fee_plans=plan_files,
        events=event_file,
        party_count=_write_lines(party_file, marketplace.generate_parties()),
        event_count=_write_lines(event_file, _count(marketplace.generate_events(), report)),
    )


def _count(events: Iterable[dict[str, Any]], report: Callable[[int, int], None]) -> Iterator[dict[str, Any]]:
    paid = 0
    for lines, event in enumerate(events, start=1):
        paid += event["event"] == "order.paid"
        if lines % _REPORT_EVERY == 0:
            report(paid, lines)
        yield event


def _write_lines(path: Path, objects: Iterable[dict[str, Any]]) -> int:
    write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    count = 0
    # The newline is named, so that the bytes are the same on every system.
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for count, item in enumerate(objects, start=1):  # noqa: B007 -- the last number is the count
            file.write(write_json(item) + "\n")
    return count
