"""A client of a running gateway: GraphQL over HTTP, with the patience that keyed requests allow."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

# A mutation may be pursued for 20 s by the server; a proxy may add to that.
TIMEOUT_S = 60.0
# Every request is keyed, so one whose answer was lost is sent again. 0.2 + 0.4 + … + 6.4 = 12.6 seconds in all.
TRIES = 7
FIRST_PAUSE_S = 0.2
BUSY = frozenset({429, 502, 503, 504})


class ServerUnusable(Exception):
    """The server at --url cannot be reached, or does not take the key. `str(error)` says which."""


class ServerLost(ServerUnusable):
    """The server was told to write, and cannot be reached any more: what it wrote stands, and all can be sent again."""


class Client:
    """One connection to one gateway under one key."""

    def __init__(self, *, url: str, key: str, language: str = "en") -> None:
        self._http = httpx.AsyncClient(
            base_url=_read_address(url),
            headers={
                "Authorization": f"Bearer {key}",
                "Accept": "application/graphql-response+json",
                "Accept-Language": language,
            },
            timeout=httpx.Timeout(TIMEOUT_S, connect=10.0),
            follow_redirects=False,
            trust_env=False,
        )
        self._url = url
        self._has_written = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def run(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """
        Run one operation and return its data, asking again while the server is busy or the answer is lost.

        Errors: ServerUnusable; ServerLost where something may have been written by now.
        """
        writes = query.startswith("mutation")
        for attempt in range(1, TRIES + 1):
            try:
                response = await self._http.post("/graphql", json={"query": query, "variables": dict(variables)})
                if response.status_code not in BUSY:
                    self._has_written |= writes
                    return self._read(response)
                trouble = f"it answered {response.status_code}"
            except httpx.HTTPError as error:
                trouble = str(error) or type(error).__name__
                self._has_written |= writes and not isinstance(error, httpx.ConnectError)
            if attempt < TRIES:
                await asyncio.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
        lost = ServerLost if self._has_written else ServerUnusable
        raise lost(f"The server at {self._url} cannot be reached: {trouble}.")

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code == 401:
            raise ServerUnusable(f"The server at {self._url} does not take this key; `splitbook key create` makes one.")
        try:
            answer = response.json()
        except ValueError:
            raise ServerUnusable(f"What answers at {self._url} is no Splitbook gateway.") from None
        errors = answer.get("errors") if isinstance(answer, dict) else [{"message": "no object came back"}]
        if errors:
            raise ServerUnusable(f"The server at {self._url} refused the request: {errors[0].get('message')}")
        data: dict[str, Any] = answer["data"]
        return data


def _read_address(url: str) -> httpx.URL:
    """Read a gateway's address. Errors: ServerUnusable, at once: no patience makes one of what is none."""
    try:
        address = httpx.URL(url.rstrip("/").removesuffix("/graphql"))
    except (httpx.InvalidURL, ValueError) as error:
        raise ServerUnusable(f"{url} is no address of a gateway: {str(error).rstrip('.')}.") from None
    if address.scheme not in ("http", "https"):
        reason = "it does not begin with http:// or https://"
    elif not address.host or "%" in address.host:
        reason = "it names no host"
    elif address.port is not None and not 0 < address.port < 2**16:
        reason = f"{address.port} is no port"
    elif address.query or address.fragment:
        reason = "it goes on after the path"
    else:
        return address
    raise ServerUnusable(f"{url} is no address of a gateway: {reason}.")
