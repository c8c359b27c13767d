"""Whatever the log says can be asked for by its kind."""

import re
from pathlib import Path
from typing import get_args

from app.api.event_kinds import EVENT_KINDS, OWN_FACTS
from ledger.approvals.model import Status as ApprovalStatus
from ledger.charging.drafting import LOG_KINDS
from ledger.charging.event import OrderEvent
from ledger.settlement.payouts.model import PayoutStatus
from ledger.settlement.sheets.telling import KIND_BY_STATUS
from tests.app.api.gateway import SCHEMA

ROOT = Path(__file__).parents[3]
LEDGER = ROOT / "ledger"
# A kind as code writes it: given to an event, or named as the kind of one.
_WRITTEN = re.compile(r'(?:EventDraft\(\s*|kind=|kind: |tell\(.*?)"((?:[a-z_]+)\.(?:[a-z_]+))"')


def test_no_kind_is_listed_twice():
    assert len(EVENT_KINDS) == len(set(EVENT_KINDS))


def test_the_page_of_events_names_every_kind_once():
    page = (ROOT / "docs" / "events.md").read_text("utf-8")

    named = re.findall(r"`([a-z_]+\.[a-z_]+)`", page.partition("|---|")[2])
    assert sorted(named) == sorted(EVENT_KINDS)


def test_the_page_of_events_reads_anew_by_what_the_schema_has():
    page = (ROOT / "docs" / "events.md").read_text("utf-8")
    said = [row.split("|")[3] for row in page.splitlines() if row.startswith("| `")]

    asked = re.findall(r"`(?:([A-Z][A-Za-z]+)\.)?([a-zA-Z]+)(?:\(([a-zA-Z]+):[^`]*\))?`", " ".join(said))
    types = SCHEMA._schema.type_map
    for owner, name, argument in asked:
        field = types[owner or "Query"].fields[name]  # type: ignore[attr-defined]  # both are object types
        assert argument in {"", *field.args}, name
    assert len(asked) == sum(each.count("`") for each in said) // 2
    by_name = {name for _, name, argument in asked if argument in ("number", "reference")}
    assert by_name > {"hold", "depositSlice", "depositAgreement", "adjustment", "approval"}


def test_every_kind_that_code_writes_out_is_listed():
    written = {kind for source in LEDGER.rglob("*.py") for kind in _WRITTEN.findall(source.read_text("utf-8"))}

    assert len(written) > 15
    assert written - set(EVENT_KINDS) == set()


def test_every_kind_that_follows_from_a_status_or_an_event_is_listed():
    orders = {LOG_KINDS.get(event.kind, event.kind) for event in get_args(OrderEvent)}
    approvals = {f"approval.{status.lower()}" for status in set(ApprovalStatus) - {"PENDING", "NOT_REQUIRED"}}
    payouts = {f"payout.{status.lower()}" for status in PayoutStatus}

    assert (orders | approvals | payouts | set(KIND_BY_STATUS.values())) - set(EVENT_KINDS) == set()


def test_what_a_party_reads_of_its_documents_is_of_kinds_that_there_are():
    assert set(OWN_FACTS) - {kind.split(".")[0] for kind in EVENT_KINDS} == set()
