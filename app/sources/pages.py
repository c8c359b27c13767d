"""
One page of a source over HTTP.

    GET url?after=CURSOR&limit=500          Authorization: Bearer … where the source has a credential
    {"lines": [fee lines], "cursor": "where the next page begins", "more": true}

The cursor is the source's own text; an empty `after` asks for the beginning. Asking twice with one cursor may give more
lines the second time, and must give those of the first.
"""

from typing import Any, NamedTuple

import httpx

from app.connection_words import Connection, say_trouble
from app.refusals import BadRequest
from app.strict_json import read_object
from ledger.charging.fees.sources import Source
from ledger.errors import LedgerError, Remark, Words

LINES_AT_ONCE = 500
MOST_BYTES = 8 * 2**20
_LONGEST_CURSOR = 1_000


class Wrong(Words):
    """What is wrong with a source or its page."""

    PAGE_TOO_LONG = "its page is longer than {most} bytes"
    NO_PAGE = "its answer is no page: {refusal}"
    PAGE_SHAPE = "its answer is no page: it has lines, a list, a cursor and more, true or false"
    NO_CURSOR = "its answer has no cursor, a text of at most {most} characters"
    CURSOR_STAYS = "its cursor does not move on, so the same page would come for ever"
    NO_CREDENTIAL = "{variable} is not set"


class SourceUnusable(LedgerError):
    """The source cannot be reached, or answers something else than a page."""

    code = "SOURCE_UNUSABLE"
    sentence = "{source} cannot be pulled: {reason}."


class Page(NamedTuple):
    """Lines as they came, where the next page begins, and whether there is one already."""

    lines: list[Any]
    cursor: str
    has_more: bool


async def fetch_page(http: httpx.AsyncClient, *, source: Source, token: str) -> Page:
    """Ask for the page behind a source's watermark. Errors: SourceUnusable."""
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    asked = {"after": source.cursor, "limit": str(LINES_AT_ONCE)}
    body = bytearray()
    try:
        async with http.stream("GET", source.url, params=asked, headers=headers) as response:
            if response.status_code != 200:
                reason = Remark(Connection.STATUS_ANSWERED, status=response.status_code)
                raise SourceUnusable(source=source.name, reason=reason)
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    reason = Remark(Wrong.PAGE_TOO_LONG, most=MOST_BYTES)
                    raise SourceUnusable(source=source.name, reason=reason)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceUnusable(source=source.name, reason=say_trouble(error)) from error
    return _read_page(bytes(body), source)


def _read_page(body: bytes, source: Source) -> Page:
    def refuse(words: Words, **facts: Any) -> SourceUnusable:
        return SourceUnusable(source=source.name, reason=words, **facts)

    try:
        answer = read_object(body)
    except BadRequest as error:
        raise refuse(Wrong.NO_PAGE, refusal=error) from None
    lines, after, more = answer.get("lines"), answer.get("cursor"), answer.get("more")
    if not isinstance(lines, list) or len(lines) > 2 * LINES_AT_ONCE or type(more) is not bool:
        raise refuse(Wrong.PAGE_SHAPE)
    if not isinstance(after, str) or len(after) > _LONGEST_CURSOR or "\x00" in after:
        raise refuse(Wrong.NO_CURSOR, most=_LONGEST_CURSOR)
    if (lines or more) and after == source.cursor:
        raise refuse(Wrong.CURSOR_STAYS)
    return Page(lines, after, more)
