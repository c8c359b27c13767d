"""The page of the kinds of entries names each that the program makes, and no other."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

from ledger.settlement.adjustments.model import AdjustmentKind
from ledger.settlement.deposits.model import MoveKind
from ledger.settlement.holds.moving import Step

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "entries.md").read_text("utf-8")
SOURCES = [source.read_text("utf-8") for source in sorted((ROOT / "ledger").rglob("*.py"))]

# The kinds that are written out where the entry is made, and those that are put together there.
WRITTEN = re.compile(
    r'(?:make_move\(|mirror_move\(|hand_over\([^"]*|take_back\([^"]*|template=|TEMPLATE = )\s*"([A-Z_]+)"'
)
PUT_TOGETHER = re.compile(r'template=f"([A-Z_]+)_\{')
PAYOUT_STEPS = re.compile(r'_draft\(\s*payout, "([A-Z]+)"|what(?:: str = |=)"([A-Z_]+)"')
# What both entities of an order book has a second kind for the one that collects.
BOTH = {"SPLIT", "REFUND", "REFUND_REJECTED", "CHARGEBACK_LOST"}
STEPS = {
    "ADJUSTMENT": set(AdjustmentKind),
    "DEPOSIT": set(MoveKind),
    "HOLD": set(get_args(get_type_hints(Step)["kind"])),
    "PAYOUT": {name for source in SOURCES for found in PAYOUT_STEPS.findall(source) for name in found if name},
    "RECEIPT": {"MATCHED", "UNMATCHED"},
    "RECEIPT_REST": {"CLEARED", "RESTORED"},
}


def list_kinds() -> set[str]:
    written = {kind for source in SOURCES for kind in WRITTEN.findall(source)}
    prefixes = {prefix for source in SOURCES for prefix in PUT_TOGETHER.findall(source)}
    assert prefixes == set(STEPS)
    assert written >= BOTH
    together = {f"{prefix}_{step}" for prefix, steps in STEPS.items() for step in steps}
    return {kind.removesuffix("_DUE") for kind in written} | {f"{kind}_DUE" for kind in BOTH} | together


def test_every_kind_of_entry_is_on_the_page_and_no_other_is():
    told = set(re.findall(r"^\| ([A-Z_]+)", PAGE, re.MULTILINE))

    assert told == list_kinds()


def test_the_accounts_on_the_page_are_in_the_chart():
    chart = (ROOT / "ledger" / "journal" / "chart.py").read_text("utf-8")

    assert {code for code in re.findall(r"\b[1-7]\d{3}\b", PAGE) if f'"{code}"' not in chart} == set()
