"""A wake-up hint to whoever listens on a channel; what happened is always read from the tables."""

from ledger.db.transacting import Connection


async def announce(conn: Connection, *, channel: str, payload: str) -> None:
    """
    Send a hint when this transaction commits, which waits for no disk: a hint that a crash swallows is no loss.

    Payloads pass the walls between platforms, so they hold numbers only.
    """
    await conn.execute("SET LOCAL synchronous_commit = off")
    await conn.execute("SELECT pg_notify($1, $2)", channel, payload)
