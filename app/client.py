"""A client of a running gateway: GraphQL over HTTP, with the patience that keyed requests allow."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from app.connection_words import Connection, say_trouble
from app.system_words import quote_failure
from ledger.errors import ExpectedError, Remark, Words

# A mutation may be pursued for 20 s by the server; a proxy may add to that.
TIMEOUT_S = 60.0
# Every request is keyed, so one whose answer was lost is sent again. 0.2 + 0.4 + … + 6.4 = 12.6 seconds in all.
TRIES = 7
FIRST_PAUSE_S = 0.2
BUSY = frozenset({429, 502, 503, 504})


class Why(Words):
    """Why an address is none."""

    ADDRESS_BEGINS = "it does not begin with http:// or https://"
    NO_HOST = "it names no host"
    NO_PORT = "{port} is no port"
    AFTER_THE_PATH = "it goes on after the path"


class ServerUnusable(ExpectedError):
    """The server at --url cannot be reached, or does not do what it is asked."""

    code = "SERVER_UNUSABLE"
    sentence = "The server at {url} cannot be reached: {reason}."


class AddressInvalid(ServerUnusable):
    """What --url says is no address."""

    code = "ADDRESS_INVALID"
    sentence = "{url} is no address of a gateway: {reason}."


class KeyNotTaken(ServerUnusable):
    """The server does not know the key, or does not take it any more."""

    code = "KEY_NOT_TAKEN"
    sentence = "The server at {url} does not take this key; `splitbook key create` makes one."


class KeySeesPart(ServerUnusable):
    """The key is one of a party, and the whole is asked for."""

    code = "KEY_SEES_PART"
    sentence = "This key sees a part of the book only; an export takes the key of an operator or auditor."


class NoGateway(ServerUnusable):
    """Something else answers there."""

    code = "NO_GATEWAY"
    sentence = "What answers at {url} is no Splitbook gateway."


class OperationRefused(ServerUnusable):
    """The server refused a request as a whole; `message` is what it says, in the language that it was asked in."""

    code = "OPERATION_REFUSED"
    sentence = "The server at {url} refused the request: {message}"


class QuestionRefused(ExpectedError):
    """What was asked is refused, as it is on the store itself; `message` says why, in the language of the question."""

    code = "QUESTION_REFUSED"
    sentence = "{message}"


class BatchRefused(ServerUnusable):
    """The server refused all items of a batch for one reason."""

    code = "BATCH_REFUSED"
    sentence = "The server refused a whole batch: {message}"


class ServerLost(ServerUnusable):
    """The server was told to write, and cannot be reached any more: what it wrote stands, and all can be sent again."""

    code = "SERVER_LOST"
    sentence = "The server at {url} cannot be reached any more: {reason}."
    retryable = True


class ServerBusy(ServerLost):
    """The server could not take some items, however often they were sent."""

    code = "SERVER_BUSY"
    sentence = "The server asks to try again later: {message}"


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

        Errors: QuestionRefused; ServerUnusable; ServerLost where something may have been written by now.
        """
        writes = query.startswith("mutation")
        for attempt in range(1, TRIES + 1):
            try:
                response = await self._http.post("/graphql", json={"query": query, "variables": dict(variables)})
                if response.status_code not in BUSY:
                    self._has_written |= writes
                    return self._read(response)
                trouble: Words | Remark = Remark(Connection.STATUS_ANSWERED, status=response.status_code)
            except httpx.HTTPError as error:
                trouble = say_trouble(error)
                self._has_written |= writes and not isinstance(error, httpx.ConnectError)
            if attempt < TRIES:
                await asyncio.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
        lost = ServerLost if self._has_written else ServerUnusable
        raise lost(url=self._url, reason=trouble)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code == 401:
            raise KeyNotTaken(url=self._url)
        try:
            answer = response.json()
        except ValueError:
            raise NoGateway(url=self._url) from None
        if not isinstance(answer, dict):
            raise NoGateway(url=self._url)
        if answer.get("errors"):
            error = answer["errors"][0]
            if error.get("extensions", {}).get("code") == "BAD_USER_INPUT":
                raise QuestionRefused(message=error["message"])
            raise OperationRefused(url=self._url, message=error.get("message"))
        data: dict[str, Any] = answer["data"]
        return data


def _read_address(url: str) -> httpx.URL:
    """Read a gateway's address. Errors: AddressInvalid, at once: no patience makes one of what is none."""
    try:
        address = httpx.URL(url.rstrip("/").removesuffix("/graphql"))
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressInvalid(url=url, reason=quote_failure(error)) from None
    if address.scheme not in ("http", "https"):
        raise AddressInvalid(url=url, reason=Why.ADDRESS_BEGINS)
    if not address.host or "%" in address.host:
        raise AddressInvalid(url=url, reason=Why.NO_HOST)
    if address.port is not None and not 0 < address.port < 2**16:
        raise AddressInvalid(url=url, reason=Why.NO_PORT, port=address.port)
    if address.query or address.fragment:
        raise AddressInvalid(url=url, reason=Why.AFTER_THE_PATH)
    return address
