"""Files over the API of a running gateway, in batches that fit a request."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.client import BatchRefused, Client, ServerBusy
from app.importing.batches import Parsed
from app.importing.outcomes import Done, Refusal
from app.importing.writers import Outcome

# The server takes 500 items and bodies of 4 MiB; a batch ends at 2 MiB of lines and at the line that passes them.
BATCH_LINES = 500
# It takes 50 calendars, each of which may be long, and 100 receipts.
CALENDAR_LINES = 50
RECEIPT_LINES = 100
# Items that the server asks to send again: its database was away for a moment, or too many were waiting.
TRIES = 5
FIRST_PAUSE_S = 0.5
# Steps of an error's path before the item's own: the list and the place in it, or the document.
_TO_ITEM, _TO_DOCUMENT = 2, 1

_ERRORS = "userErrors { code message field retryable }"
_EACH = f"{{ {_ERRORS} results {{ replayed {_ERRORS} }} }}"
_REGISTER = f"mutation($items: [PartyInput!]!) {{ answer: registerParties(input: {{parties: $items}}) {_EACH} }}"
_RECORD = f"mutation($items: [JSON!]!) {{ answer: recordOrderEvents(input: {{events: $items}}) {_EACH} }}"
_CALENDARS = f"mutation($items: [JSON!]!) {{ answer: publishCalendars(input: {{calendars: $items}}) {_EACH} }}"
_TERMS = (
    f"mutation($items: [SettlementTermsInput!]!)"
    f" {{ answer: changeSettlementTerms(input: {{changes: $items}}) {_EACH} }}"
)
_FEE_LINES = f"mutation($items: [JSON!]!) {{ answer: submitFeeLines(input: {{lines: $items}}) {_EACH} }}"
_RECEIPTS = (
    f"mutation($items: [RecordReceiptInput!]!) {{ answer: recordReceipts(input: {{receipts: $items}}) {_EACH} }}"
)
_FEE_ITEMS = (
    f"mutation($document: JSON!) {{ answer: publishFeeItems(input: {{document: $document}}) {{ replayed {_ERRORS} }} }}"
)
_PUBLISH = (
    f"mutation($document: JSON!) {{ answer: publishFeePlan(input: {{document: $document}}) {{ replayed {_ERRORS} }} }}"
)


Shape = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class RemoteWriter:
    """Sends batches of one kind; what `StoreWriter` does for a store. `shape` makes an input of a line."""

    def __init__(self, client: Client, mutation: str, *, shape: Shape = lambda document: document) -> None:
        self._client = client
        self._mutation = mutation
        self._shape = shape

    async def send(self, parsed: Sequence[Parsed[Any]]) -> list[Outcome]:
        """
        Send a batch; one outcome per item, in order. The items are keyed, so the whole batch may be sent again.

        Errors: ServerUnusable; ServerLost when the same command again would complete the rest.
        """
        documents = [self._shape(each.document) for each in parsed]
        answer = await _run_patiently(self._client, self._mutation, {"items": documents})
        return [_read_result(result, way=_TO_ITEM) for result in answer["results"]]


def write_parties(client: Client) -> RemoteWriter:
    """Make the writer of parties."""
    return RemoteWriter(client, _REGISTER)


def write_events(client: Client) -> RemoteWriter:
    """Make the writer of order events."""
    return RemoteWriter(client, _RECORD)


def write_calendars(client: Client) -> RemoteWriter:
    """Make the writer of calendars."""
    return RemoteWriter(client, _CALENDARS)


def write_terms(client: Client) -> RemoteWriter:
    """Make the writer of settlement terms."""
    return RemoteWriter(client, _TERMS)


def write_fee_lines(client: Client) -> RemoteWriter:
    """Make the writer of fee lines."""
    return RemoteWriter(client, _FEE_LINES)


def write_receipts(client: Client) -> RemoteWriter:
    """Make the writer of receipts, whose amounts the API takes with their currency."""

    def shape(document: Mapping[str, Any]) -> dict[str, Any]:
        said = {key: value for key, value in document.items() if key != "currency"}
        return {**said, "amount": {"amount": document["amount"], "currency": document["currency"]}}

    return RemoteWriter(client, _RECEIPTS, shape=shape)


async def publish_document(client: Client, document: Mapping[str, Any]) -> Outcome:
    """Publish the fee plan that a document says. Errors: ServerUnusable."""
    answer = await _run_patiently(client, _PUBLISH, {"document": document}, is_single=True)
    return _read_result(answer, way=_TO_DOCUMENT)


async def publish_items(client: Client, document: Mapping[str, Any]) -> Outcome:
    """Publish the fee items that a document says. Errors: ServerUnusable."""
    answer = await _run_patiently(client, _FEE_ITEMS, {"document": document}, is_single=True)
    return _read_result(answer, way=0)


async def _run_patiently(
    client: Client, mutation: str, variables: Mapping[str, Any], *, is_single: bool = False
) -> dict[str, Any]:
    for attempt in range(1, TRIES + 1):
        answer: dict[str, Any] = (await client.run(mutation, variables))["answer"]
        errors = [*answer["userErrors"], *(each for one in answer.get("results", ()) for each in one["userErrors"])]
        if not any(error["retryable"] for error in errors):
            break
        if attempt == TRIES:
            raise ServerBusy(message=errors[0]["message"])
        await asyncio.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
    if answer["userErrors"] and not is_single:
        raise BatchRefused(message=answer["userErrors"][0]["message"])
    return answer


def _read_result(result: Mapping[str, Any], *, way: int) -> Outcome:
    """`way` is how many steps of an error's path lead to the item, which says nothing to whoever reads a file."""
    for error in result["userErrors"]:
        return Refusal(error["code"], error["message"], tuple(error["field"] or ())[way:])
    return Done(result["replayed"])
