"""Parties, plans and order events over the API of a running gateway, in batches that fit a request."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.client import Client
from app.importing.batches import Parsed
from app.importing.outcomes import Done
from app.importing.writers import Outcome

# The server takes bodies of 4 MiB; a batch ends at 2 MiB of lines, so the rest is room for escapes.
BATCH_LINES = 500

_RESULT = "{ replayed userErrors { code message field retryable } }"
_REGISTER = (
    f"mutation($items: [PartyInput!]!) {{ registerParties(input: {{parties: $items}}) {{ results {_RESULT} }} }}"
)
_RECORD = f"mutation($items: [JSON!]!) {{ recordOrderEvents(input: {{events: $items}}) {{ results {_RESULT} }} }}"
_PUBLISH = f"mutation($plan: JSON!) {{ publishFeePlan(input: {{plan: $plan}}) {_RESULT} }}"


class PartySender:
    """Sends parties that were read from a file."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, parsed: Sequence[Parsed[Any]]) -> list[Outcome]:
        return []


class EventSender:
    """Sends parties that were read from a file."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, parsed: Sequence[Parsed[Any]]) -> list[Outcome]:
        return []


async def publish_document(client: Client, document: Mapping[str, Any]) -> Outcome:
    """Publish a fee plan."""
    return Done(False)
