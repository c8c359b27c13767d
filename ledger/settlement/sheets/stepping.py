"""From rows to sheets, and from steps of sheets to rows: what every change of a sheet is read and written with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from ledger.actor import Actor
from ledger.db.columns import days, instants, numbers, texts
from ledger.db.transacting import Connection
from ledger.journal.model import EntryDraft, EventDraft
from ledger.journal.posting import post_new
from ledger.settlement.sheets import sql
from ledger.settlement.sheets.model import Sheet, SheetKey, Status, Take
from ledger.settlement.sheets.telling import KIND_BY_STATUS, tell


class Step(NamedTuple):
    """One line of a sheet's history; the dates are those of a change of its due date."""

    sheet_id: int
    status: Status
    at: datetime
    actor: str
    reason: str = ""
    due_date_before: date | None = None
    due_date_after: date | None = None


@dataclass(slots=True)
class Steps:
    """
    What a writer changes, gathered until it is written: sheets as they stand last, what was taken, their history, the
    entries, and the events that tell of it.
    """

    actor: Actor
    now: datetime
    sheets: dict[int, Sheet] = field(default_factory=dict)
    takes: list[Take] = field(default_factory=list)
    history: list[Step] = field(default_factory=list)
    drafts: list[EntryDraft] = field(default_factory=list)
    events: list[EventDraft] = field(default_factory=list)

    def keep(self, sheet: Sheet) -> Sheet:
        """Write this sheet as it stands, without a step."""
        self.sheets[sheet.sheet_id] = sheet
        return sheet

    def move(
        self,
        sheet: Sheet,
        status: Status,
        *,
        reason: str = "",
        at: datetime | None = None,
        actor: Actor | None = None,
        **facts: Any,
    ) -> Sheet:
        """Put a sheet where it stands now, with the step that brought it there and its event; return it."""
        moved = self.keep(sheet._replace(status=status))
        self.history.append(Step(sheet.sheet_id, status, at or self.now, (actor or self.actor).name, reason))
        if status in KIND_BY_STATUS:
            said = {"reason": reason, **facts} if reason else facts
            self.events.append(tell(moved, now=at or self.now, **said))
        return moved

    def post(self, draft: EntryDraft, *, sheet: Sheet, kind: str, **facts: Any) -> None:
        """Post an entry, and tell of it by an event of that kind."""
        self.drafts.append(draft)
        self.events.append(tell(sheet, now=self.now, kind=kind, entries=(len(self.drafts) - 1,), **facts))


async def write_and_post(conn: Connection, *, steps: Steps) -> None:
    """Post and tell what was gathered, and write the sheets. The journal's refusals are raised: nothing stays."""
    await post_new(conn, drafts=steps.drafts, events=steps.events, actor=steps.actor)
    await write_steps(conn, steps=steps)


async def write_steps(conn: Connection, *, steps: Steps) -> None:
    """Write what was gathered, by one statement, sheets in the order of their numbers."""
    sheets = [sheet for _, sheet in sorted(steps.sheets.items())]
    if sheets or steps.history or steps.takes:
        await sql.write_steps(
            conn,
            sheets=_sheet_columns(sheets),
            movements=_movement_columns(steps),
            history=_history_columns(steps.history),
        )


def to_sheet(row: sql.Row) -> Sheet:
    """A row of the table, with its references, as a value."""
    return Sheet(
        sheet_id=row["sheet_id"],
        key=SheetKey(row["party_id"], row["book_id"], row["role"], row["mode"], row["currency"]),
        party=row["party"],
        legal_entity=row["legal_entity"],
        zone=row["zone"],
        period_start=row["period_start"],
        period_end=row["period_end"],
        status=Status(row["status"]),
        due_date=row["due_date"],
        calendar=row["calendar"],
        calendar_version=row["calendar_version"],
        confirmation=row["confirmation"],
        deemed_days=row["deemed_days"],
        confirm_by=row["confirm_by"],
        overdue_at=row["overdue_at"],
        closed_at=row["closed_at"],
        through_sequence=row["through_sequence"],
        closing_sequence=row["closing_sequence"],
        line_count=row["line_count"],
        carried_cycles=row["carried_cycles"],
        total=row["total_minor"],
        netted=row["netted_minor"],
        retained=row["retained_minor"],
        held=row["held_minor"],
        withheld=row["withheld_minor"],
        payout=row["payout_minor"],
        paid=row["paid_minor"],
        collected=row["collected_minor"],
        written_off=row["written_off_minor"],
        digest=row["digest"],
    )


def _sheet_columns(sheets: Sequence[Sheet]) -> list[str]:
    return [
        numbers([sheet.sheet_id for sheet in sheets]),
        texts([sheet.status for sheet in sheets]),
        days([sheet.due_date for sheet in sheets]),
        numbers([sheet.calendar_version for sheet in sheets]),
        texts([_instant(sheet.confirm_by) for sheet in sheets]),
        texts([_instant(sheet.overdue_at) for sheet in sheets]),
        texts([_instant(sheet.closed_at) for sheet in sheets]),
        *(
            numbers([getattr(sheet, name) for sheet in sheets])
            for name in (
                "carried_cycles",
                "netted",
                "retained",
                "held",
                "withheld",
                "payout",
                "paid",
                "collected",
                "written_off",
            )
        ),
        texts([sheet.digest.hex() if sheet.digest else "" for sheet in sheets]),
    ]


def _movement_columns(steps: Steps) -> list[str]:
    takes = steps.takes
    return [
        numbers([take.sheet_id for take in takes]),
        texts([take.kind for take in takes]),
        numbers([take.amount for take in takes]),
        texts([take.reference for take in takes]),
        instants([steps.now] * len(takes)),
        texts([steps.actor.name] * len(takes)),
    ]


def _history_columns(history: Sequence[Step]) -> list[str]:
    return [
        numbers([step.sheet_id for step in history]),
        texts([step.status for step in history]),
        instants([step.at for step in history]),
        texts([step.actor for step in history]),
        texts([step.reason for step in history]),
        texts([str(step.due_date_before or "") for step in history]),
        texts([str(step.due_date_after or "") for step in history]),
    ]


def _instant(value: datetime | None) -> str:
    return value.isoformat() if value else ""
