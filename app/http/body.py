"""A request body: plain JSON in UTF-8, read up to a bound and within a time."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request

from app.operations.execution import OperationRequest
from app.refusals import BadRequest, BodyTooLarge, BodyTooSlow, MediaTypeUnsupported, Why
from app.strict_json import read_object


async def read_body(request: Request, *, limit: int, seconds: float) -> bytes:
    """
    Read the body of a request that says it is plain JSON.

    Refusals, first match wins: MediaTypeUnsupported, BodyTooLarge, BodyTooSlow, BadRequest when the client goes away.
    """
    if not _is_plain_json(request.headers):
        raise MediaTypeUnsupported()
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise BodyTooLarge(limit=limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise BodyTooLarge(limit=limit)
    except TimeoutError:
        raise BodyTooSlow(seconds=f"{seconds:g}") from None
    except ClientDisconnect:
        raise BadRequest(reason=Why.CLIENT_AWAY) from None
    return bytes(body)


def read_operation(parameters: Mapping[str, Any]) -> OperationRequest:
    """
    Check the types of a request's parameters. Unknown ones are left alone: the specification reserves them.

    Refusals: BadRequest.
    """
    query = parameters.get("query")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest(reason=Why.NO_QUERY)
    operation_name = parameters.get("operationName")
    if not isinstance(operation_name, str | None):
        raise BadRequest(reason=Why.OPERATION_NAME)
    for name in ("variables", "extensions"):
        if not isinstance(parameters.get(name), dict | None):
            raise BadRequest(reason=Why.NO_OBJECT_OR_NULL, name=name)
    return OperationRequest(query, operation_name, parameters.get("variables") or {})


def parse_body(raw: bytes) -> OperationRequest:
    """
    Read the parameters of a request by POST.

    Refusals: BadRequest.
    """
    return read_operation(read_object(raw))


def _is_plain_json(headers: Mapping[str, str]) -> bool:
    if headers.get("content-type") == "application/json" and "content-encoding" not in headers:
        return True  # how nearly every client spells it
    media_type, *parameters = headers.get("content-type", "").lower().split(";")
    charsets = [value.strip().strip('"') for name, _, value in map(_split, parameters) if name.strip() == "charset"]
    encoded = headers.get("content-encoding", "identity").strip().lower() != "identity"
    return media_type.strip() == "application/json" and not encoded and all(each == "utf-8" for each in charsets)


def _split(parameter: str) -> tuple[str, str, str]:
    return parameter.partition("=")
