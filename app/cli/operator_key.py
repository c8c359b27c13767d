"""The operator key that `serve` makes for a newcomer, and keeps in the home."""

import secrets
from pathlib import Path

from app.clock import read_utc
from app.store import Store, write_private
from ledger.access import keys
from ledger.access.errors import ActorTaken, KeyExpired, KeyInvalid
from ledger.access.model import Role
from ledger.journal.platforms import Platform

KEY_FILE = "operator.key"
ACTOR = "operator"


async def find_kept_platform_id(store: Store) -> int | None:
    """Return the platform of the operator key that the home keeps; None where it keeps none that works."""
    text = await _check_kept_key(store, _read(store.settings.home / KEY_FILE))
    return None if text is None else keys.parse_key(text).platform_id


async def find_or_make_operator_key(store: Store, platform: Platform) -> str | None:
    """
    Return the operator key of this platform that the home keeps, made where the platform has none yet.

    None when the platform has an operator key that somebody else keeps: nobody can read it back.
    """
    path = store.settings.home / KEY_FILE
    kept = await _check_kept_key(store, _read(path))
    if kept is not None and keys.parse_key(kept).platform_id == platform.platform_id:
        return kept
    now = read_utc()
    async with store.database.write(platform.platform_id) as conn:
        if await keys.has_live_key(conn, role=Role.OPERATOR, now=now):
            return None
        try:
            issued = await keys.create_key(conn, role=Role.OPERATOR, name=ACTOR, pepper=store.read_pepper(), now=now)
        except ActorTaken:  # a key of another role acts under that name
            name = f"{ACTOR}-{secrets.token_hex(2)}"
            issued = await keys.create_key(conn, role=Role.OPERATOR, name=name, pepper=store.read_pepper(), now=now)
        # Before the commit: a key that nobody could ever read would keep the next start from making one.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, issued.text + "\n")
    return issued.text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


async def _check_kept_key(store: Store, text: str) -> str | None:
    try:
        key = keys.parse_key(text)
        async with store.database.read(key.platform_id) as conn:
            await keys.authenticate(conn, key=key, pepper=store.read_pepper(), now=read_utc())
    except (KeyInvalid, KeyExpired):
        return None
    return text
