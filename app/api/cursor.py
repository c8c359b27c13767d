"""
Cursors: opaque positions in a list, good for that list only.

A cursor is base64url(version | seal | masked position). The seal is a keyed hash over the position and over everything
that makes the list what it is (platform, name, filters, order), and the position is masked with a key stream that grows
out of the seal. So a cursor shows nothing (a party must not learn the platform's sequence from it), fits no other list,
and the same position always has the same cursor.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.compact_json import write_json
from ledger.errors import LedgerError

Position = tuple[int | str, ...]

_VERSION = b"\x01"
_SEAL_BYTES = 16
_LONGEST_CURSOR = 2_000


class CursorInvalid(LedgerError):
    """The cursor was issued for another list, another platform or by another server, or was changed on the way."""

    code = "CURSOR_INVALID"
    sentence = "This cursor does not belong to this list; pass one that the same list with the same filters returned."


@dataclass(frozen=True, slots=True)
class CursorScope:
    """What makes a list this list. `filters` hold whatever changes its members or their order, as plain values."""

    platform_id: int
    list_name: str
    filters: Mapping[str, object] = field(default_factory=dict)

    def digest(self) -> bytes:
        """Reduce the scope to 32 bytes that differ when anything in it does."""
        named = sorted((name, repr(value)) for name, value in self.filters.items())
        return hashlib.sha256(json.dumps([self.platform_id, self.list_name, named]).encode()).digest()


class Cursors:
    """The one place that writes and reads cursors. `secret` is the server's; other servers of a store share it."""

    def __init__(self, secret: bytes) -> None:
        self._seal_key = hmac.digest(secret, b"splitbook cursor seal 1", "sha256")
        self._mask_key = hmac.digest(secret, b"splitbook cursor mask 1", "sha256")

    def encode(self, position: Position, *, scope: CursorScope) -> str:
        """Write a position in a list."""
        clear = write_json(position).encode()
        seal = self._seal(clear, scope)
        return base64.urlsafe_b64encode(_VERSION + seal + self._mask(clear, seal)).rstrip(b"=").decode()

    def decode(self, text: str, *, scope: CursorScope, field: tuple[str, ...] = ()) -> Position:
        """
        Read a position back.

        Refusals: CursorInvalid.
        """
        raw = _read(text)
        seal = raw[1 : 1 + _SEAL_BYTES]
        clear = self._mask(raw[1 + _SEAL_BYTES :], seal)
        genuine = hmac.compare_digest(seal, self._seal(clear, scope))
        if raw[:1] != _VERSION or not genuine or len(seal) < _SEAL_BYTES:
            raise CursorInvalid(field=field)
        return tuple(json.loads(clear))

    def _seal(self, clear: bytes, scope: CursorScope) -> bytes:
        return hmac.digest(self._seal_key, _VERSION + scope.digest() + clear, "sha256")[:_SEAL_BYTES]

    def _mask(self, text: bytes, seal: bytes) -> bytes:
        blocks = (len(text) + 31) // 32
        stream = b"".join(hmac.digest(self._mask_key, seal + bytes([block]), "sha256") for block in range(blocks))
        return bytes(left ^ right for left, right in zip(text, stream, strict=False))


def _read(text: str) -> bytes:
    if len(text) > _LONGEST_CURSOR:
        return b""
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeError, binascii.Error, ValueError):
        return b""
