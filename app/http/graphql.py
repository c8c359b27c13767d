"""/graphql by POST and GET."""

import hashlib
from typing import Any

from graphql import OperationType
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.messages import Locale, choose_locale
from app.auth import Viewer, read_bearer
from app.http.accepting import PLAIN_JSON, choose_media_type, choose_status, list_headers
from app.http.body import parse_body, read_body, read_operation
from app.http.edge import note, request_id
from app.http.gateway import Gateway
from app.operations.answers import Answer
from app.operations.documents import DocumentRefused
from app.operations.execution import OperationRequest, Prepared
from app.refusals import BadRequest, MethodNotAllowed, What, Why
from app.strict_json import read_value, write_json
from ledger.errors import LedgerError


class GraphQLOverHttp:
    """One request, one operation. Queries may come by GET; what changes anything comes by POST as JSON only."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._serve(Request(scope, receive, send))
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        locale = choose_locale(request.headers.get("accept-language"))
        media_type = PLAIN_JSON
        try:
            media_type = choose_media_type(request.headers.get("accept"))
            viewer = await self._authenticate(request)
            operation = await self._read(request)
        except LedgerError as refusal:
            # Before there is a well-formed request of somebody known, both media types say what is wrong by status.
            answer = self._refuse(request, refusal, locale)
            return self._respond(answer, media_type, answer.status)
        answer = await self._answer(request, operation, viewer, locale)
        return self._respond(answer, media_type, choose_status(answer, media_type))

    async def _authenticate(self, request: Request) -> Viewer:
        if request.method not in ("GET", "POST"):
            raise MethodNotAllowed(method=request.method, allowed="POST")
        viewer = await self._gateway.authenticator.authenticate(read_bearer(request.headers.get("authorization")))
        note(request.scope, platform=viewer.platform_id, actor=viewer.actor.name, role=viewer.role.value)
        return viewer

    async def _read(self, request: Request) -> OperationRequest:
        if request.method == "GET":
            return _read_query(request.query_params)
        limits = self._gateway.limits
        return parse_body(await read_body(request, limit=limits.body_bytes, seconds=limits.body_seconds))

    async def _answer(self, request: Request, operation: OperationRequest, viewer: Viewer, locale: Locale) -> Answer:
        try:
            prepared = self._gateway.runner.prepare(operation)
            _check_method(request.method, prepared)
        except (LedgerError, DocumentRefused) as refusal:
            return self._refuse(request, refusal, locale)
        name = prepared.operation.name.value if prepared.operation.name else ""
        note(request.scope, operation=prepared.kind.value, document=_hash(operation.document), name=_hash(name))
        context = self._gateway.make_context(viewer, locale=locale, request_id=request_id(request.scope))
        answer = await self._gateway.runner.run(prepared, context)
        if "errors" in answer.body:
            note(request.scope, errors=[error["extensions"]["code"] for error in answer.body["errors"]])
        return answer

    def _refuse(self, request: Request, refusal: Exception, locale: Locale) -> Answer:
        answer = self._gateway.runner.refuse(refusal, locale=locale, request_id=request_id(request.scope))
        note(request.scope, errors=[error["extensions"]["code"] for error in answer.body["errors"]])
        return answer

    def _respond(self, answer: Answer, media_type: str, status: int) -> Response:
        headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language, Authorization"}
        return Response(
            write_json(answer.body),
            status_code=status,
            headers={**headers, **({"Allow": "GET, POST"} if status == 405 else {}), **list_headers(status)},
            media_type=f"{media_type}; charset=utf-8",
        )


def _read_query(parameters: QueryParams) -> OperationRequest:
    found: dict[str, Any] = {}
    for name, value in parameters.multi_items():
        if name in found:
            raise BadRequest(reason=Why.PARAMETER_TWICE, name=name[:100])
        found[name] = value
    for name, what in (("variables", What.VARIABLES), ("extensions", What.EXTENSIONS)):
        if name in found:
            found[name] = read_value(found[name].encode("utf-8", "surrogatepass"), what=what)
    return read_operation(found)


def _check_method(method: str, prepared: Prepared) -> None:
    if prepared.kind is OperationType.SUBSCRIPTION:
        raise BadRequest(reason=Why.OVER_WEBSOCKET)
    if method == "GET" and prepared.kind is not OperationType.QUERY:
        raise MethodNotAllowed(method="GET", allowed="POST")


def _hash(text: str) -> str:
    # Names and documents are the caller's words; their hashes tell requests apart and say nothing else.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12] if text else ""
