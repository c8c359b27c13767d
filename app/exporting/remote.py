"""Exports over the API."""

from collections.abc import AsyncIterator

from app.client import Client


async def write_balances(client: Client, as_json: bool) -> AsyncIterator[str]:
    """Yield."""
    yield ""


async def write_entries(client: Client) -> AsyncIterator[str]:
    """Yield."""
    yield ""
