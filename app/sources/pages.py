"""
One page of a source over HTTP.

    GET url?after=CURSOR&limit=500          Authorization: Bearer … where the source has a credential
    {"lines": [fee lines], "cursor": "where the next page begins", "more": true}

The cursor is the source's own text; an empty `after` asks for the beginning. Asking twice with one cursor may give more
lines the second time, and must give those of the first.
"""

from typing import Any, NamedTuple

import httpx

from app.refusals import BadRequest
from app.strict_json import read_object

LINES_AT_ONCE = 500
MOST_BYTES = 8 * 2**20
_LONGEST_CURSOR = 1_000


class SourceUnusable(Exception):
    """The source cannot be reached, or answers something else than a page. `str(error)` says what."""


class Page(NamedTuple):
    """Lines as they came, where the next page begins, and whether there is one already."""

    lines: list[Any]
    cursor: str
    has_more: bool


async def fetch_page(http: httpx.AsyncClient, *, url: str, cursor: str, token: str) -> Page:
    """Ask for the page behind a cursor. Errors: SourceUnusable."""
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    asked = {"after": cursor, "limit": str(LINES_AT_ONCE)}
    body = bytearray()
    try:
        async with http.stream("GET", url, params=asked, headers=headers) as response:
            if response.status_code != 200:
                raise SourceUnusable(f"it answered {response.status_code}")
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise SourceUnusable(f"its page is longer than {MOST_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceUnusable(str(error) or type(error).__name__) from error
    return _read_page(bytes(body), cursor)


def _read_page(body: bytes, cursor: str) -> Page:
    try:
        answer = read_object(body)
    except BadRequest as error:
        raise SourceUnusable(f"its answer is no page: {error}") from None
    lines, after, more = answer.get("lines"), answer.get("cursor"), answer.get("more")
    if not isinstance(lines, list) or len(lines) > 2 * LINES_AT_ONCE or type(more) is not bool:
        raise SourceUnusable("its answer is no page: it has lines, a list, a cursor and more, true or false")
    if not isinstance(after, str) or len(after) > _LONGEST_CURSOR or "\x00" in after:
        raise SourceUnusable("its answer has no cursor, a text of at most 1,000 characters")
    if (lines or more) and after == cursor:
        raise SourceUnusable("its cursor does not move on, so the same page would come for ever")
    return Page(lines, after, more)
