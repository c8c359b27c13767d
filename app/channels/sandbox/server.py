"""
The sandbox over HTTP.

    POST /transfers          a submission: {"messageId", "transfers": [{"key", "amountMinor", "currency", "holder"}]}
    POST /queries            {"keys": [...]}: what became of them; what never came is refused from now on
    POST /script             {"behaviours": [{"do", ...}]}, one for each submission to come:
                             accept (with "fee", or "account": pay to another one), refuse ("reason"),
                             delay ("seconds"), lose ("after": true|false)
    POST /settle             everything accepted is paid now; {"keys": [...]} only those
    POST /return             {"key", "reason"}: the bank sends a paid transfer back, less its "charge" in minor units
    POST /statements         leave a camt.053 of what was paid and returned since the last one; /reports a pain.002
    GET  /files, DELETE /files/NAME
    POST /payments           the payment side: {"order": …} as an order.paid event, with what the channel adds, and with
                             the "fee" that it keeps (of the amount; 0.6 % without one)
    POST /refunds            {"order", "refund"}: tells refund.paid, or with "reject" refund.rejected; with "amount"
                             (all that is left without one) and "feeReturned"
    POST /channel-files      {"day"}: leave the file of what was captured and refunded on that day (of UTC, or of
                             "timeZone"); "platform" is who it is for
    GET  /events?after=N     order events, as import files have them

Every request but GET /health needs the key it was started with, as Authorization: Bearer KEY.
"""

import asyncio
import base64
import hmac
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.channels.sandbox import payments
from app.channels.sandbox.files import write_report, write_statement
from app.channels.sandbox.state_sql import SandboxState, Transfer
from ledger.errors import LedgerError

NAME = "sandbox"  # as orders name the channel that they are paid by
_LONGEST_DELAY_S = 60.0
_ACTIONS = ("accept", "refuse", "delay", "lose")
_Handler = Callable[[Request], Awaitable[Response]]


class _LostAnswer(Response):
    """An answer that never arrives: the connection ends in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})


class Sandbox:
    """The handlers over one state; `key` is what callers must know."""

    def __init__(self, state: SandboxState, *, key: str) -> None:
        self._state = state
        self._key = key

    def build(self) -> Starlette:
        """The application."""
        posts: dict[str, _Handler] = {
            "/transfers": self.take_transfers,
            "/queries": self.answer_queries,
            "/script": self.follow_script,
            "/settle": self.settle,
            "/return": self.send_back,
            "/statements": self.write_statement,
            "/reports": self.write_report,
            "/payments": self.take_payment,
            "/refunds": self.refund,
            "/channel-files": self.write_channel_file,
        }
        routes = [Route(path, self._guard(handler), methods=["POST"]) for path, handler in posts.items()]
        return Starlette(
            routes=[
                *routes,
                Route("/files", self._guard(self.list_files)),
                Route("/files/{name}", self._guard(self.put_file_away), methods=["DELETE"]),
                Route("/events", self._guard(self.list_events)),
                Route("/transfers", self._guard(self.list_transfers)),
                Route("/health", self.tell_health),
            ]
        )

    async def take_transfers(self, request: Request) -> Response:
        """Take a submission in the way that was scripted for it."""
        said = await request.json()
        behaviour = self._state.next_behaviour()
        action = behaviour.get("do", "accept")
        if action == "lose" and not behaviour.get("after", True):
            return _LostAnswer()  # before anything was taken
        if action == "delay":
            await asyncio.sleep(min(float(behaviour.get("seconds", 1)), _LONGEST_DELAY_S))
        status = "REFUSED" if action == "refuse" else "ACCEPTED"
        reason = str(behaviour.get("reason", "refused by script")) if action == "refuse" else ""
        refused_keys = set(behaviour.get("keys", []))
        taken = []
        for transfer in said["transfers"]:
            fits = not refused_keys or transfer["key"] in refused_keys
            taken.append(
                self._state.take(
                    {**transfer, "account": behaviour.get("account", transfer.get("account", ""))},
                    status=status if fits else "ACCEPTED",
                    reason=reason if fits else "",
                    fee=int(behaviour.get("fee", 0)),
                )
            )
        if action == "lose":
            return _LostAnswer()
        return JSONResponse({"transfers": [_describe(transfer) for transfer in taken]})

    async def answer_queries(self, request: Request) -> Response:
        """What became of transfers. One that never came is barred, so the answer stays true."""
        keys = (await request.json())["keys"]
        found = [self._state.find(key) or self._state.bar(key) for key in keys]
        return JSONResponse({"transfers": [_describe(transfer) for transfer in found]})

    async def follow_script(self, request: Request) -> Response:
        """How the next submissions are treated. What is not understood would look like a bank that takes it all."""
        behaviours = (await request.json())["behaviours"]
        if any(not isinstance(each, dict) or each.get("do") not in _ACTIONS for each in behaviours):
            raise ValueError(f"every behaviour says in `do` one of {', '.join(_ACTIONS)}")
        self._state.script(behaviours)
        return JSONResponse({})

    async def settle(self, request: Request) -> Response:
        """What was accepted is paid."""
        said = await request.json()
        keys = said.get("keys")
        moved = [
            self._state.move(transfer.key, status="PAID", fee=said.get("fee"))
            for transfer in self._state.list_transfers(status="ACCEPTED")
            if keys is None or transfer.key in keys
        ]
        return JSONResponse({"transfers": [_describe(transfer) for transfer in moved if transfer]})

    async def send_back(self, request: Request) -> Response:
        """A paid transfer comes back."""
        said = await request.json()
        found = self._state.find(said["key"])
        if found is None or found.status != "PAID":
            return JSONResponse({"error": "only a paid transfer is returned"}, status_code=409)
        charge = int(said.get("charge", 0))
        if not 0 <= charge < found.amount:
            return JSONResponse({"error": "something has to come back"}, status_code=409)
        moved = self._state.move(found.key, status="RETURNED", reason=said.get("reason", "AC04"), charge=charge)
        assert moved is not None, "it was there"
        return JSONResponse({"transfers": [_describe(moved)]})

    async def write_statement(self, request: Request) -> Response:
        """Leave a statement of what was paid or came back and is not on one yet."""
        listed = [
            each for each in self._state.list_transfers() if each.status in ("PAID", "RETURNED") and each.told != 1
        ]
        name = f"STMT{self._state.count_files() + 1:06d}"
        self._state.put_file(f"{name}.xml", write_statement(listed, name=name, now=datetime.now(UTC)))
        self._state.mark_told([transfer.key for transfer in listed])
        return JSONResponse({"name": f"{name}.xml", "entries": len(listed)})

    async def write_report(self, request: Request) -> Response:
        """Leave a status report on these transfers, or on all."""
        said = await request.json()
        keys = said.get("keys")
        listed = [each for each in self._state.list_transfers() if keys is None or each.key in keys]
        name = f"RPRT{self._state.count_files() + 1:06d}"
        content = write_report(listed, name=name, message_id=str(said.get("messageId", name)), now=datetime.now(UTC))
        self._state.put_file(f"{name}.xml", content)
        return JSONResponse({"name": f"{name}.xml", "entries": len(listed)})

    async def list_files(self, request: Request) -> Response:
        """The files that wait."""
        files = self._state.waiting_files()
        listed = [{"name": name, "content": base64.b64encode(body).decode()} for name, body in files.items()]
        return JSONResponse({"files": listed})

    async def put_file_away(self, request: Request) -> Response:
        """A file was read."""
        self._state.put_file_away(request.path_params["name"])
        return JSONResponse({})

    async def list_transfers(self, request: Request) -> Response:
        """Everything that was ever sent here, with how often."""
        return JSONResponse({"transfers": [_describe(transfer) for transfer in self._state.list_transfers()]})

    async def take_payment(self, request: Request) -> Response:
        """A customer pays: the event that the channel tells of it."""
        said = dict(await request.json())
        order, fee = said["order"], said.pop("fee", None)
        number = 1 + sum(each.kind == "CAPTURE" for each in self._state.list_movements(order=order))
        again = "" if number == 1 else f"-{number}"
        now = datetime.now(UTC).isoformat()
        event = {"event": "order.paid", "id": f"{order}/paid{again}", "occurredAt": now, "channel": NAME, **said}
        event.setdefault("channelTransaction", f"SBX-{order}{again}")
        self._state.add_events([event], movement=payments.capture(event, fee=fee))
        return JSONResponse(event)

    async def refund(self, request: Request) -> Response:
        """The channel has paid a refund, or could not."""
        said = await request.json()
        order, refund = said["order"], said["refund"]
        kind = "refund.rejected" if said.get("reject") else "refund.paid"
        event = {
            "event": kind,
            "id": f"{order}/{refund}/{kind}",
            "order": order,
            "refund": refund,
            "occurredAt": said.get("occurredAt", datetime.now(UTC).isoformat()),
        }
        movement = None
        if kind == "refund.paid":
            movement = payments.refund(event, said, before=self._state.list_movements(order=order))
        self._state.add_events([event], movement=movement)
        return JSONResponse(event)

    async def write_channel_file(self, request: Request) -> Response:
        """Leave the file of a day."""
        said = await request.json()
        number = f"{self._state.count_files() + 1:06d}"
        name = f"CHNL{number}"
        moved = payments.list_of_day(self._state.list_movements(), day=said["day"], zone=said.get("timeZone", "UTC"))
        content = payments.write_channel_file(moved, name=name, channel=NAME, day=said["day"], head=_head(said))
        self._state.put_file(f"{name}.jsonl", content)
        return JSONResponse({"name": f"{name}.jsonl", "records": len(moved)})

    async def list_events(self, request: Request) -> Response:
        """Order events after a place, one JSON object a line, as an import file has them."""
        events = self._state.events_after(int(request.query_params.get("after", "0")))
        lines = "".join(json.dumps(document, ensure_ascii=False) + "\n" for _, document in events)
        last = str(events[-1][0]) if events else request.query_params.get("after", "0")
        return Response(lines, media_type="application/jsonl", headers={"X-Last-Event": last})

    async def tell_health(self, request: Request) -> Response:
        """It is there."""
        return JSONResponse({"status": "ok"})

    def _guard(self, handler: _Handler) -> _Handler:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
                return JSONResponse({"error": "the sandbox has another key"}, status_code=401)
            try:
                return await handler(request)
            except (KeyError, TypeError, ValueError, LedgerError) as error:
                return JSONResponse({"error": f"not understood: {error}"}, status_code=400)

        return guarded


def _head(said: dict[str, Any]) -> dict[str, Any]:
    return {"platform": said["platform"]} if "platform" in said else {}


def _describe(transfer: Transfer) -> dict[str, Any]:
    return {
        "key": transfer.key,
        "status": transfer.status,
        "amountMinor": transfer.amount,
        "currency": transfer.currency,
        "reason": transfer.reason,
        "reference": transfer.reference,
        "feeMinor": transfer.fee,
        "times": transfer.times,
        "changedAt": transfer.changed_at,
        "account": transfer.account,
        "chargeMinor": transfer.charge,
    }
