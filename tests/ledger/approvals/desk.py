"""A platform with operators who have keys, and verbs that read like the tests of approvals."""

import hashlib
import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals import deciding, requesting
from ledger.approvals.flows import write_steps
from ledger.approvals.model import ApprovalRequest, Decision, Flow, Judged, Kind, Requested, Step, Verdict
from ledger.approvals.sql import insert_flow
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.posting import write_entries
from ledger.parties.finding import find_parties
from ledger.parties.model import PartyDraft
from ledger.parties.registering import register_parties
from tests.platforms import open_platform

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PEPPER = b"pepper"
TREE = (
    PartyDraft("LE", "LEGAL_ENTITY", "First entity", "OP", currency="CNY"),
    PartyDraft("LE2", "LEGAL_ENTITY", "Second entity", "OP", currency="JPY"),
    PartyDraft("M1", "MERCHANT", "Café Zoë", "OP"),
    PartyDraft("M2", "MERCHANT", "茶館", "OP"),
)
WRITTEN = ("approval", "approval_seat", "approval_decision", "approval_flow", "approval_delegation", "log_record")
_numbers = itertools.count(1)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def ask_for(
    subject: str = "payout/1",
    *,
    kind: Kind = Kind.PAYOUT,
    text: str = "pay 10",
    amount: int | None = 1_000,
    currency: str | None = "CNY",
    book: int | None = None,
    party: int | None = None,
) -> ApprovalRequest:
    return ApprovalRequest(kind, subject, digest(text), amount, currency, book, party, f"Do: {text}")


class Desk:
    """One platform of a database that others share; `hour` is the clock of whoever acts."""

    def __init__(self, database: Database, platform_id: int, ids: dict[str, int]) -> None:
        self.database = database
        self.platform_id = platform_id
        self.ids = ids
        self.keys: dict[str, str] = {}

    @classmethod
    async def open(cls, database: Database, *, operators: Sequence[str] = ("ann", "bob", "cem", "dora")) -> "Desk":
        reference = f"OP{next(_numbers)}"
        operator = PartyDraft(reference, "OPERATOR", "Operator", time_zone="UTC")
        tree = [_below(draft, reference) for draft in TREE]
        platform = await open_platform(database, operator=operator, actor=Actor("tester"), now=NOW)
        async with database.write(platform.platform_id) as conn:
            await register_parties(conn, drafts=tree, actor=Actor("tester"), now=NOW)
            found = await find_parties(conn, references=[draft.reference for draft in tree])
        desk = cls(database, platform.platform_id, {name: party.party_id for name, party in found.items()})
        for name in operators:
            await desk.hire(name)
        return desk

    async def hire(self, name: str, *, role: Role = Role.OPERATOR, hours: int | None = None) -> None:
        """Give somebody a key, for so many hours or for good."""
        async with self.database.write(self.platform_id) as conn:
            issued = await keys.create_key(
                conn,
                role=role,
                name=name,
                pepper=PEPPER,
                now=NOW,
                expires_at=None if hours is None else NOW + timedelta(hours=hours),
            )
        self.keys[name] = issued.principal.key_id

    async def dismiss(self, name: str) -> None:
        async with self.database.write(self.platform_id) as conn:
            await keys.revoke_key(conn, key_id=self.keys[name], actor=Actor("cli"), now=NOW)

    async def flow(self, *steps: Step, kind: Kind = Kind.PAYOUT, **conditions: Any) -> None:
        async with self.database.write(self.platform_id) as conn:
            await lock_log(conn)
            flow = Flow(kind, "flow", steps, **conditions)
            version = await insert_flow(conn, flow=flow, steps=write_steps(steps), actor="ann", now=NOW)
            names = {number: name for name, number in self.ids.items()}
            said = {
                "kind": kind.value,
                "name": "flow",
                "steps": json.loads(write_steps(steps)),
                "legalEntity": names.get(flow.book_id or 0),
                "party": names.get(flow.party_id or 0),
                "currency": flow.currency,
                "fromAmountMinor": flow.from_amount_minor,
                "isRetired": flow.is_retired,
            }
            told = EventDraft("approval.flow_defined", f"approval-flow/{version}", NOW, (), json.dumps(said))
            await write_entries(conn, drafts=(), events=[told], actor=Actor("ann"))

    async def request(self, *requests: ApprovalRequest, maker: str = "ann", hour: int = 0) -> list[Requested]:
        async with self.database.write(self.platform_id) as conn:
            return await requesting.request_approvals(conn, requests=requests, maker=Actor(maker), now=at(hour))

    async def ask(self, text: str = "pay 10", *, maker: str = "ann", hour: int = 0, **given: Any) -> int:
        """One request that must wait; its id."""
        (requested,) = await self.request(ask_for(text=text, **given), maker=maker, hour=hour)
        assert requested.approval_id is not None
        return requested.approval_id

    async def say(
        self,
        actor: str,
        approval_id: int,
        *,
        text: str = "pay 10",
        verdict: Verdict = Verdict.APPROVE,
        hour: int = 0,
        comment: str = "",
    ) -> Judged | LedgerError:
        decision = Decision(approval_id, digest(text), verdict, comment)
        (outcome,) = await self.say_all(actor, [decision], hour=hour)
        return outcome.error if isinstance(outcome, Refused) else outcome

    async def say_all(self, actor: str, decisions: Sequence[Decision], *, hour: int = 0) -> list[Judged | Refused]:
        async with self.database.write(self.platform_id) as conn:
            return await self.decide_in(conn, decisions, actor=actor, hour=hour)

    async def decide_in(
        self, conn: Connection, decisions: Sequence[Decision], *, actor: str, hour: int = 0
    ) -> list[Judged | Refused]:
        return await deciding.decide(conn, decisions=decisions, actor=Actor(actor), now=at(hour))

    async def approve(self, actor: str, approval_id: int, **given: Any) -> str:
        """The status after it, or the code of the refusal."""
        said = await self.say(actor, approval_id, **given)
        return said.code if isinstance(said, LedgerError) else said.status.value

    async def reject(self, actor: str, approval_id: int, **given: Any) -> str:
        return await self.approve(actor, approval_id, verdict=Verdict.REJECT, **given)

    async def events(self, approval_id: int) -> list[tuple[str, dict[str, Any]]]:
        async with self.database.read(self.platform_id) as conn:
            rows = await conn.fetch(
                "SELECT kind, payload FROM log_event WHERE platform_id = $1 AND subject = $2 ORDER BY sequence",
                self.platform_id,
                f"approval/{approval_id}",
            )
        return [(row["kind"], json.loads(row["payload"])) for row in rows]

    async def kinds_of_events(self, approval_id: int) -> list[str]:
        return [kind for kind, _ in await self.events(approval_id)]

    async def awaited(self, approval_id: int) -> list[str]:
        """Whom the last event named."""
        return (await self.events(approval_id))[-1][1]["awaited"]

    async def status(self, approval_id: int) -> str:
        async with self.database.read(self.platform_id) as conn:
            return await conn.fetchval(
                "SELECT status FROM approval WHERE platform_id = $1 AND approval_id = $2", self.platform_id, approval_id
            )

    async def count(self) -> dict[str, int]:
        async with self.database.read(self.platform_id) as conn:
            return {table: await conn.fetchval(f"SELECT count(*) FROM {table}") for table in WRITTEN}

    async def as_app(self, *statements: str) -> None:
        """Run statements past our code, in one transaction; $1 does not exist: {p} is the platform."""
        raw = await asyncpg.connect(self.database.dsn, server_settings={"role": "splitbook_app"})
        try:
            async with raw.transaction():
                await raw.execute(f"SELECT set_config('app.platform', '{self.platform_id}', true)")
                for statement in statements:
                    await raw.execute(statement.replace("{p}", str(self.platform_id)))
        finally:
            await raw.close()


def at(hour: int) -> datetime:
    return NOW + timedelta(hours=hour)


def _below(draft: PartyDraft, operator: str) -> PartyDraft:
    return PartyDraft(draft.reference, draft.kind, draft.name, operator, currency=draft.currency)
