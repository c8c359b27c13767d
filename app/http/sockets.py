"""/graphql by WebSocket: many operations over one connection of one key."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing, suppress
from typing import Any, NamedTuple

import structlog
from graphql import OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.http.websocket_origin import is_same_origin

from app.api.messages import choose_locale, say
from app.auth import Viewer, read_bearer
from app.http import protocol
from app.http.edge import request_id
from app.http.gateway import Gateway, Unready
from app.http.protocol import CloseCode, Ending, SocketRefused
from app.operations.answers import Answer
from app.operations.documents import DocumentRefused
from app.operations.execution import OperationRequest
from app.refusals import CredentialExpired, TooManyOperations, TooManySockets, TooManySubscriptions, Unauthenticated
from app.strict_json import write_json
from ledger.errors import LedgerError, Remark

log = structlog.get_logger(__name__)


class GraphQLOverWebSocket:
    """Accepts sockets of this origin, or of no browser at all, and serves each in a session."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it ends."""
        socket = WebSocket(scope, receive, send)
        origin = socket.headers.get("origin")
        if origin is not None and not is_same_origin(origin, socket.headers.get("host")):
            # Browsers put no wall between a page and another host's sockets; closing now answers 403.
            await socket.close()
            return
        known = protocol.SUBPROTOCOL in scope["subprotocols"]
        await socket.accept(subprotocol=protocol.SUBPROTOCOL if known else None)
        session = Session(self._gateway, socket)
        if not known:
            await session.end(
                CloseCode.SUBPROTOCOL_UNKNOWN, Remark(Ending.SUBPROTOCOL_WANTED, name=protocol.SUBPROTOCOL)
            )
        elif self._gateway.draining or len(self._gateway.sessions) >= self._gateway.limits.sockets:
            await session.end(CloseCode.TRY_AGAIN_LATER, Remark(Ending.NO_ROOM))
        else:
            await session.serve()


class _Operation(NamedTuple):
    """What runs under an id, and the room of its key that it takes."""

    task: asyncio.Task[None]
    room: ExitStack

    def stop(self) -> None:
        """Its room is free at once: whoever completes one may begin another, however long the first clears up."""
        self.task.cancel()
        self.room.close()


class Session:
    """One socket: who it belongs to and which operations run over it."""

    def __init__(self, gateway: Gateway, socket: WebSocket) -> None:
        self._gateway = gateway
        self._socket = socket
        self._locale = choose_locale(socket.headers.get("accept-language"))
        self._request_id = request_id(socket.scope)
        self._credential: str | None = None
        self._viewer: Viewer | None = None
        self._began = False
        self._operations: dict[str, _Operation] = {}

    async def serve(self) -> None:
        """Answer messages until either side ends the socket; whatever still runs then is cancelled."""
        self._gateway.sessions.add(self)
        impatience = asyncio.create_task(self._await_init())
        try:
            while self._socket.client_state is WebSocketState.CONNECTED:
                await self._answer(*await self._receive())
        except SocketRefused as refusal:
            await self.end(refusal.code, refusal.reason)
        except WebSocketDisconnect:
            log.debug("socket.gone", request_id=self._request_id)
        except Exception:
            # Left to itself the server would close with 1011, after which clients never come back.
            log.exception("socket.failed", request_id=self._request_id)
            await self.end(CloseCode.TRY_AGAIN_LATER, Remark(Ending.WENT_WRONG))
        finally:
            self._gateway.sessions.discard(self)
            if self._viewer is not None:
                self._gateway.holdings.give_socket_back(self._viewer)
            running = [*self._operations.values()]
            for operation in running:
                operation.stop()
            impatience.cancel()
            await asyncio.gather(impatience, *(operation.task for operation in running), return_exceptions=True)

    async def end(self, code: CloseCode, reason: Remark | LedgerError) -> None:
        """Close the socket, with the reason in the client's language; once is enough."""
        if self._socket.application_state is WebSocketState.CONNECTED:
            log.info("socket.closed", request_id=self._request_id, code=int(code), **self._who())
            with suppress(WebSocketDisconnect):
                # A close frame has room for 123 bytes.
                await self._socket.close(int(code), self._say(reason).encode()[:123].decode(errors="ignore"))

    async def recheck(self) -> None:
        """End the socket when its key may no longer be used."""
        if self._credential is None:
            return
        try:
            self._viewer = await self._gateway.authenticator.authenticate(self._credential)
        except CredentialExpired as refusal:
            await self.end(CloseCode.CREDENTIAL_EXPIRED, refusal)
        except Unauthenticated as refusal:
            await self.end(CloseCode.UNAUTHORIZED, refusal)
        except LedgerError:
            log.debug("socket.recheck_postponed", request_id=self._request_id)  # the store is away; so are its events

    def _say(self, reason: Remark | LedgerError) -> str:
        said = say(reason, locale=self._locale)
        # Clients come again after the same code for other reasons; who has too many sockets closes one first.
        return f"{reason.code}: {said}" if isinstance(reason, TooManySockets) else said

    async def _receive(self) -> tuple[str, dict[str, Any]]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005), message.get("reason"))
        text = message.get("text")
        if text is None:
            raise SocketRefused(CloseCode.BAD_MESSAGE, Remark(Ending.MESSAGE_IS_TEXT))
        return protocol.read_message(text)

    async def _answer(self, kind: str, message: dict[str, Any]) -> None:
        match kind:
            case "connection_init":
                await self._init(protocol.read_payload(message))
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                return
            case "subscribe":
                await self._subscribe(protocol.read_id(message), message)
            case "complete":
                self._cancel(protocol.read_id(message))
            case _:
                raise SocketRefused(CloseCode.BAD_MESSAGE, Remark(Ending.NO_SUCH_MESSAGE))

    async def _init(self, payload: dict[str, Any]) -> None:
        if self._began:
            raise SocketRefused(CloseCode.TOO_MANY_INITS, Remark(Ending.INITIALISED_BEFORE))
        self._began = True
        given = payload.get("Authorization", payload.get("authorization", self._socket.headers.get("authorization")))
        try:
            credential = read_bearer(given if isinstance(given, str) else None)
            viewer = await self._gateway.authenticator.authenticate(credential)
            self._gateway.holdings.take_socket(viewer, limit=self._gateway.limits.sockets_per_key)
            self._viewer = viewer
        except CredentialExpired as refusal:
            raise SocketRefused(CloseCode.CREDENTIAL_EXPIRED, refusal) from None
        except Unauthenticated as refusal:
            raise SocketRefused(CloseCode.UNAUTHORIZED, refusal) from None
        except LedgerError as refusal:
            raise SocketRefused(CloseCode.TRY_AGAIN_LATER, refusal) from None
        self._credential = credential
        log.info("socket.opened", request_id=self._request_id, **self._who())
        await self._send({"type": "connection_ack"})

    async def _await_init(self) -> None:
        await asyncio.sleep(self._gateway.limits.socket_init_seconds)
        if not self._began:
            await self.end(CloseCode.INIT_TIMEOUT, Remark(Ending.NOT_INITIALISED))

    async def _subscribe(self, identifier: str, message: dict[str, Any]) -> None:
        if self._viewer is None:
            raise SocketRefused(CloseCode.UNAUTHORIZED, Remark(Ending.INITIALISE_FIRST))
        if identifier in self._operations:
            raise SocketRefused(CloseCode.ID_TAKEN, Remark(Ending.ID_RUNS))
        operation = protocol.read_subscription(message)
        limit = self._gateway.limits.operations_per_socket
        if len(self._operations) >= limit:
            await self._send_answer(identifier, self._refuse(TooManyOperations(limit=limit)))
            return
        room = ExitStack()
        task = asyncio.create_task(self._run(identifier, operation, self._viewer, room))
        self._operations[identifier] = _Operation(task, room)

    def _cancel(self, identifier: str) -> None:
        operation = self._operations.pop(identifier, None)
        if operation is not None:
            operation.stop()

    async def _run(self, identifier: str, operation: OperationRequest, viewer: Viewer, room: ExitStack) -> None:
        try:
            with room:
                await self._run_operation(identifier, operation, viewer, room)
        except WebSocketDisconnect:
            log.debug("socket.gone", request_id=self._request_id)
        except Exception:
            log.exception("socket.operation_failed", request_id=self._request_id)
            await self.end(CloseCode.TRY_AGAIN_LATER, Remark(Ending.WENT_WRONG))
        finally:
            self._forget(identifier)

    async def _run_operation(
        self, identifier: str, operation: OperationRequest, viewer: Viewer, room: ExitStack
    ) -> None:
        runner = self._gateway.runner
        try:
            prepared = runner.prepare(operation)
        except (LedgerError, DocumentRefused) as refusal:
            await self._send_answer(identifier, self._refuse(refusal))
            return
        context = self._gateway.make_context(viewer, locale=self._locale, request_id=self._request_id)
        if prepared.kind is not OperationType.SUBSCRIPTION:
            if not await self._send_answer(identifier, await runner.run(prepared, context)):
                return
        elif not await self._follow(identifier, runner.subscribe(prepared, context), viewer, room):
            return
        self._forget(identifier)
        await self._send({"id": identifier, "type": "complete"})

    async def _follow(self, identifier: str, told: AsyncGenerator[Answer], viewer: Viewer, room: ExitStack) -> bool:
        """Send the answers of a subscription; False when it ended with an error."""
        limit = self._gateway.limits.subscriptions_per_key
        async with aclosing(told) as answers:
            try:
                room.enter_context(self._gateway.holdings.hold_subscription(viewer, limit=limit))
            except TooManySubscriptions as refusal:
                return await self._send_answer(identifier, self._refuse(refusal))
            async for answer in answers:
                if not await self._send_answer(identifier, answer):
                    return False
        return True

    async def _send_answer(self, identifier: str, answer: Answer) -> bool:
        """Send an answer; False when it was the operation's last, because errors without data end it."""
        if not answer.refused:
            # The body is written once, however many are told of it.
            await self._send_text(f'{{"id":{write_json(identifier)},"type":"next","payload":{answer.text}}}')
            return True
        self._forget(identifier)
        await self._send({"id": identifier, "type": "error", "payload": answer.body["errors"]})
        return False

    def _forget(self, identifier: str) -> None:
        # Before the last message is sent: its reader may use id and room again at once, and then the id is another's.
        running = self._operations.get(identifier)
        if running is not None and running.task is asyncio.current_task():
            del self._operations[identifier]
            running.room.close()

    def _refuse(self, refusal: Exception) -> Answer:
        return self._gateway.runner.refuse(refusal, locale=self._locale, request_id=self._request_id)

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(write_json(message))

    async def _send_text(self, text: str) -> None:
        # `end` may have closed the socket while this operation was waiting for something else.
        if self._socket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect(1000)
        await self._socket.send_text(text)

    def _who(self) -> dict[str, Any]:
        return {"platform": self._viewer.platform_id, "actor": self._viewer.actor.name} if self._viewer else {}


async def watch_sessions(gateway: Gateway) -> None:
    """End the sockets whose keys were revoked or expired; runs as long as the program."""
    while True:
        await asyncio.sleep(gateway.limits.recheck_seconds)
        for session in [*gateway.sessions]:
            try:
                await session.recheck()
            except Exception:
                # Whatever it was, it is asked again: a watch that died would leave revoked keys their sockets for good.
                log.exception("socket.recheck_failed")


async def end_sessions(gateway: Gateway) -> None:
    """Tell every client to connect again, to this program's next run or to another one."""
    sessions = [*gateway.sessions]
    await asyncio.gather(
        *(session.end(CloseCode.SERVICE_RESTART, Remark(Unready.STOPPING_PROCESS)) for session in sessions)
    )
