"""People at the gateway, the worker and the bank, told in the words of a settlement."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uvicorn

from app.api.context import Services
from app.api.cursor import Cursors
from app.api.schema import build_schema
from app.auth import Authenticator
from app.channels.protocol import Channel
from app.events.hub import EventHub
from app.http.application import create_app
from app.http.gateway import Gateway
from app.lanes.registry import Lanes
from app.main import find_position
from app.operations.execution import Runner
from app.operations.limits import Limits
from app.worker.kinds import list_work
from app.worker.worker import Tally, Worker
from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.parties.finding import find_parties
from ledger.parties.model import PartyDraft
from ledger.verify.verifying import verify
from tests.app.channels.sandboxes import Bank
from tests.platforms import open_platform
from tests.waiting import HANGS_S

PEPPER = b"pepper"
Document = dict[str, Any]
PARTIES: list[Document] = [
    {"reference": "LE", "kind": "LEGAL_ENTITY", "name": "Marketplace Ltd", "parent": "OP", "currency": "CNY"},
    {"reference": "M1", "kind": "MERCHANT", "name": "Café Zoë", "parent": "OP"},
    {"reference": "M2", "kind": "MERCHANT", "name": "茶館", "parent": "OP"},
    {"reference": "D3", "kind": "DISTRIBUTOR", "name": "Third level", "parent": "OP"},
    {"reference": "D2", "kind": "DISTRIBUTOR", "name": "Second level", "parent": "D3"},
    {"reference": "D1", "kind": "DISTRIBUTOR", "name": "First level", "parent": "D2"},
]
EVENTS = """mutation ($events: [JSON!]!) { recordOrderEvents(input: {events: $events}) {
    results { userErrors { code message } } userErrors { code message } } }"""
REGISTER = """mutation ($parties: [PartyInput!]!) { registerParties(input: {parties: $parties}) {
    results { userErrors { code message } } userErrors { code message } } }"""
PUBLISH = """mutation ($document: JSON!) { publishFeePlan(input: {document: $document}) {
    version userErrors { code message } } }"""
TERMS = """mutation ($changes: [SettlementTermsInput!]!) { changeSettlementTerms(input: {changes: $changes}) {
    results { userErrors { code message } } userErrors { code message } } }"""
TRIAL = """query ($entity: String!) { trialBalance(legalEntity: $entity) {
    rows { role { code } balance { amount } debit { amount } credit { amount } }
    totals { debit { amount } credit { amount } } } }"""
BALANCE = """query ($party: String!) { party(reference: $party) { accounts { nodes {
    role { code } balance { amount } } } } }"""


FEE_LINES = """mutation ($lines: [JSON!]!) { submitFeeLines(input: {lines: $lines}) {
    results { userErrors { code message } } userErrors { code message } } }"""
FLOW = """mutation ($input: DefineApprovalFlowInput!) { defineApprovalFlow(input: $input) {
    version userErrors { code message } } }"""
RATES = """mutation ($document: JSON!) { requestRateOverride(input: {document: $document}) {
    approval { id } userErrors { code message } } }"""
INBOX = "{ approvals { nodes { id digest kind subject maker content amount { amount } } } }"
APPROVE = """mutation ($input: ApproveInput!) { approve(input: $input) {
    results { approval { status } userErrors { code message } } userErrors { code message } } }"""
AGREE = """mutation ($input: AgreeDepositInput!) { agreeDeposit(input: $input) {
    agreement { id } userErrors { code message } } }"""
ACCOUNTS = """mutation ($accounts: [BankAccountInput!]!) { registerBankAccounts(input: {accounts: $accounts}) {
    results { masked userErrors { code message } } userErrors { code message } } }"""
ADJUST = """mutation ($input: ProposeAdjustmentInput!) { proposeAdjustment(input: $input) {
    adjustment { status } userErrors { code message } } }"""
SHEETS = """{ sheets { nodes { id number status dueDate isOverdue lineCount total { amount } payable { amount }
    retained { amount } paid { amount } } } }"""
CONFIRM = """mutation ($sheet: ID!) { confirmSheet(input: {sheet: $sheet}) {
    sheet { status } userErrors { code message } } }"""
UNPAID = """query ($party: String!) { party(reference: $party) { unpaid {
    state amount { amount } awaits expectedDate ground } } }"""
OVERDUE = "{ overdueSheets { nodes { dueDate total { amount } unpaid { amount } } } }"
CASH = """query ($through: LocalDate!) { cashForecast(through: $through) {
    dueDate waiting { amount } short { amount } } }"""
IBANS = ("DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606")


class Story:
    """One platform told over HTTP. `clock` is everybody's; `keys` are people's by name."""

    def __init__(self, database: Database, client: httpx.AsyncClient, channels: Mapping[str, Channel]) -> None:
        self.database = database
        self.client = client
        self.channels = channels
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)
        self.keys: dict[str, str] = {}
        self.platform_id = 0
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database, *, channels: Mapping[str, Channel]) -> AsyncIterator["Story"]:
        """A gateway that listens on loopback, on this store."""
        story = cls(database, httpx.AsyncClient(timeout=HANGS_S), channels)
        gateway = Gateway(
            runner=Runner(build_schema(), Limits()),
            services=Services(
                database, Lanes(database), Cursors(b"secret"), find_position, EventHub(database), now=story.now
            ),
            authenticator=Authenticator(database=database, pepper=PEPPER, now=story.now),
        )
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(create_app(gateway), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:  # noqa: ASYNC110 -- the server has a flag and no event
                await asyncio.sleep(0.01)
            story.client.base_url = httpx.URL(f"http://127.0.0.1:{listener.getsockname()[1]}")
            yield story
        finally:
            await story.client.aclose()
            server.should_exit = True
            await serving
            listener.close()

    def now(self) -> datetime:
        return self.clock

    async def set_up(self) -> None:
        """The operator and his keys; the parties, over HTTP."""
        operator = PartyDraft("OP", "OPERATOR", "Operator", time_zone="Asia/Shanghai")
        platform = await open_platform(self.database, operator=operator, actor=Actor("setup"), now=self.clock)
        self.platform_id = platform.platform_id
        for name, role in (("ann", Role.OPERATOR), ("bob", Role.OPERATOR), ("shop system", Role.PARTNER)):
            await self.issue(name, role)
        await self.ask("ann", REGISTER, parties=PARTIES)
        for party in ("M1", "M2", "D1"):
            await self.issue(party, Role.PARTY, party=party)

    async def issue(self, name: str, role: Role, *, party: str | None = None) -> None:
        async with self.database.write(self.platform_id) as conn:
            found = await find_parties(conn, references=[party] if party else [])
            issued = await keys.create_key(
                conn,
                role=role,
                name=name,
                pepper=PEPPER,
                now=self.clock,
                party_id=found[party].party_id if party else None,
            )
        self.keys[name] = issued.text

    async def ask(self, who: str, query: str, **variables: Any) -> Document:
        """What somebody asks and is answered; no refusal anywhere in it."""
        answer = await self.send(who, query, **variables)
        assert "errors" not in answer, answer["errors"]
        refusals = [*_find_refusals(answer["data"])]
        assert refusals == [], refusals
        data: Document = answer["data"]
        return data

    async def refused(self, who: str, query: str, **variables: Any) -> list[str]:
        """The codes of what somebody is refused."""
        answer = await self.send(who, query, **variables)
        if "errors" in answer:
            return [error["extensions"]["code"] for error in answer["errors"]]
        return [refusal["code"] for refusal in _find_refusals(answer["data"])]

    async def send(self, who: str, query: str, **variables: Any) -> Document:
        response = await self.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.keys[who]}", "Accept-Language": "en"},
        )
        answer: Document = response.json()
        return answer

    async def publish(self, plan: Document) -> None:
        await self.ask("ann", PUBLISH, document=plan)

    async def set_terms(self, **said: Any) -> None:
        await self.ask("ann", TERMS, changes=[said])

    async def sell(
        self, order: str, goods: str, *, when: str, succeeded: str, merchant: str = "M1", referrer: str = "D1"
    ) -> None:
        """One line of goods, paid, split and unfrozen."""
        line = {
            "line": "1",
            "merchant": merchant,
            "sku": "S",
            "category": "C",
            "quantity": 1,
            "goods": goods,
            "delivery": "0.00",
        }
        await self.tell(
            "order.paid",
            order,
            occurredAt=when,
            settlementEntity="LE",
            currency="CNY",
            channel="sandbox",
            channelTransaction=f"tx-{order}",
            amount=goods,
            lines=[line],
            **({"referrer": referrer} if referrer else {}),
        )
        await self.tell("order.succeeded", order, occurredAt=succeeded)
        await self.tell("payment.unfrozen", order, occurredAt=succeeded)

    async def tell(self, event: str, order: str, **more: Any) -> None:
        """The partner's system tells of one event."""
        number = next(self._numbers)
        head = {"event": event, "id": f"e{number}", "order": order, "occurredAt": self.clock.isoformat()}
        await self.ask("shop system", EVENTS, events=[{**head, **more}])

    async def submit_fee_line(self, key: str, item: str, party: str, amount: str) -> None:
        """The partner's system bills through the generic interface."""
        line = {
            "id": key,
            "party": party,
            "settlementEntity": "LE",
            "item": item,
            "currency": "CNY",
            "amount": amount,
            "occurredAt": self.clock.isoformat(),
        }
        await self.ask("shop system", FEE_LINES, lines=[line])

    async def agree_rates(self, party: str, *, maker: str, checker: str, **said: Any) -> None:
        """Rates of a merchant's own, by two people."""
        await self.ask(maker, RATES, document={"party": party, "reason": "contract", **said})
        await self.approve_all(checker)

    async def need_approval(self, kind: str, *, approvers: list[str]) -> None:
        flow = {"kind": kind, "name": kind.lower(), "steps": [{"approvers": approvers}]}
        await self.ask("ann", FLOW, input=flow)

    async def inbox(self, who: str) -> list[Document]:
        found: list[Document] = (await self.ask(who, INBOX))["approvals"]["nodes"]
        return found

    async def approve_all(self, who: str) -> None:
        """Somebody agrees to all that waits for him."""
        seen = [{"approval": each["id"], "digest": each["digest"]} for each in await self.inbox(who)]
        await self.ask(who, APPROVE, input={"approvals": seen})

    async def agree_retention(self, party: str, **said: Any) -> None:
        agreement = {
            "reference": f"warranty {party}",
            "party": party,
            "legalEntity": "LE",
            "currency": "CNY",
            "kind": "WARRANTY",
            "legalGround": "contract, clause 7",
            **said,
        }
        await self.ask("ann", AGREE, input=agreement)

    async def open_bank_accounts(self, *parties: str) -> None:
        """Where the entity pays from, by the sandbox, and where these parties are paid."""
        paying = {"iban": "CH9300762011623852957", "holder": "Marketplace Ltd", "paying": {"channel": "sandbox"}}
        accounts = [{"owner": "LE", "reference": "B1", "currency": "CNY", **paying}]
        for party, iban in zip(parties, IBANS, strict=False):
            accounts.append(
                {"owner": party, "reference": f"{party}-1", "currency": "CNY", "iban": iban, "holder": f"{party} shop"}
            )
        await self.ask("ann", ACCOUNTS, accounts=accounts)

    async def adjust(self, kind: str, party: str, amount: str, *, reason: str) -> None:
        adjustment = {
            "reference": f"{kind} {next(self._numbers)}",
            "kind": kind,
            "party": party,
            "legalEntity": "LE",
            "amount": {"currency": "CNY", "amount": amount},
            "reason": reason,
        }
        await self.ask("ann", ADJUST, input=adjustment)

    async def sheets(self, who: str) -> list[Document]:
        """The sheets that a party's key sees, with anything on them, oldest first."""
        found = (await self.ask(who, SHEETS))["sheets"]["nodes"]
        return [sheet for sheet in reversed(found) if sheet["total"]["amount"] != "0.00"]

    async def confirm(self, who: str) -> None:
        """A party agrees with what waits for it."""
        for sheet in await self.sheets(who):
            if sheet["status"] == "CONFIRM_PENDING":
                await self.ask(who, CONFIRM, sheet=sheet["id"])

    async def unpaid(self, party: str) -> list[tuple[str, str, str, str, str | None]]:
        """Why a party is not paid, as it reads: state, how much, what is awaited, until when, on what ground."""
        answer = (await self.ask(party, UNPAID, party=party))["party"]["unpaid"]
        return [
            (part["state"], part["amount"]["amount"], part["awaits"], part["expectedDate"], part["ground"])
            for part in answer
        ]

    async def overdue(self, who: str) -> list[tuple[str, str, str]]:
        """What was to be paid and was not, as somebody's key sees it: total, what is left of it, since when."""
        found = (await self.ask(who, OVERDUE))["overdueSheets"]["nodes"]
        return [(sheet["total"]["amount"], sheet["unpaid"]["amount"], sheet["dueDate"]) for sheet in found]

    async def cash_needed(self, through: str) -> list[tuple[str, str, str]]:
        """By due date: what payouts wait to send, and what of it the account lacks."""
        found = (await self.ask("ann", CASH, through=through))["cashForecast"]
        return [(need["dueDate"], need["waiting"]["amount"], need["short"]["amount"]) for need in found]

    async def kinds_of_events(self, subject: str) -> list[str]:
        async with self.database.read(self.platform_id) as conn:
            rows = await conn.fetch("SELECT kind FROM log_event WHERE subject = $1 ORDER BY sequence", subject)
        return [row["kind"] for row in rows]

    async def find_kinds(self) -> set[str]:
        """The kinds of all that happened."""
        async with self.database.read(self.platform_id) as conn:
            return {row["kind"] for row in await conn.fetch("SELECT DISTINCT kind FROM log_event")}

    async def pay(self, bank: Bank) -> None:
        """Let the worker send what is due, the bank move it, and the worker read that it did; ten minutes apart."""
        self.clock += timedelta(minutes=10)
        await self.work()
        accepted = [transfer["key"] for transfer in await bank.transfers() if transfer["status"] == "ACCEPTED"]
        await bank.ask("/settle", keys=accepted)
        await bank.ask("/statements")
        self.clock += timedelta(minutes=10)
        await self.work()

    async def work(self) -> Tally:
        """Let the worker do all that is due."""
        work = list_work(self.channels, {})
        tally = await Worker(self.database, work, self.now, platform_id=self.platform_id).run_once()
        assert tally.failed == 0, tally
        return tally

    async def trial_balance(self) -> dict[str, str]:
        """What stands on each account of the entity on its debit side, credits with a minus; nothing that is zero."""
        answer = (await self.ask("ann", TRIAL, entity="LE"))["trialBalance"]
        sums: dict[str, int] = {}
        for row in answer["rows"]:
            net = _cents(row["debit"]["amount"]) - _cents(row["credit"]["amount"])
            sums[row["role"]["code"]] = sums.get(row["role"]["code"], 0) + net
        assert sum(sums.values()) == 0
        return {code: f"{net / 100:.2f}" for code, net in sorted(sums.items()) if net}

    async def verify(self) -> None:
        """The book agrees with itself, whatever it is derived from."""
        async with self.database.read(self.platform_id) as conn:
            assert (await verify(conn)).disagreement is None

    async def balances(self, party: str) -> dict[str, str]:
        """The balances of a party's accounts by code, as the party itself sees them."""
        answer = await self.ask("ann", BALANCE, party=party)
        return {node["role"]["code"]: node["balance"]["amount"] for node in answer["party"]["accounts"]["nodes"]}


def _cents(amount: str) -> int:
    whole, _, rest = amount.partition(".")
    return int(whole + rest.ljust(2, "0"))


def _find_refusals(data: object) -> Any:
    if isinstance(data, dict):
        yield from data.get("userErrors") or []
        for value in data.values():
            yield from _find_refusals(value)
    elif isinstance(data, list):
        for value in data:
            yield from _find_refusals(value)
