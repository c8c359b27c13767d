"""Global ids: one opaque word that names a thing of any kind, in any platform, for as long as the thing exists."""

import base64
import binascii
from dataclasses import dataclass

# An account's or an order line's key has two references of at most 200 characters, of at most 4 bytes each in UTF-8;
# base64 adds a third.
_LONGEST_ID = 2_400
# The largest that the database keeps in a bigint.
LARGEST_NUMBER = 2**63 - 1
# The version leads, so that ids handed out today stay readable when the layout changes.
_VERSION = "1"


@dataclass(frozen=True, slots=True)
class GlobalId:
    """`kind` is the type's name in the API; `key` is a sequence or number, or a reference."""

    kind: str
    platform_id: int
    key: int | str


def encode_id(global_id: GlobalId) -> str:
    """Write a global id as URL-safe text without padding; the same thing always has the same id."""
    marker = "n" if isinstance(global_id.key, int) else "r"
    text = f"{_VERSION}:{global_id.kind}:{global_id.platform_id}:{marker}{global_id.key}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_id(text: str) -> GlobalId | None:
    """
    Read a global id back; None when this program never issued it.

    The platform in it is a claim of the caller's: compare it with the platform the caller may see.
    """
    found = _read(text) if len(text) <= _LONGEST_ID else None
    # One thing has one id: other spellings of the same bytes are refused, so that ids can be compared as text.
    return found if found is not None and encode_id(found) == text else None


def _read(text: str) -> GlobalId | None:
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, kind, platform, key = raw.decode().split(":", 3)
    except (UnicodeError, binascii.Error, ValueError):
        return None
    platform_id, number = _number(platform), _number(key[1:])
    if version != _VERSION or not kind or platform_id is None or key[:1] not in ("n", "r"):
        return None
    if "\0" in key:
        return None  # nothing is called so, as the database takes no such text
    if key[0] == "r":
        return GlobalId(kind, platform_id, key[1:])
    return None if number is None else GlobalId(kind, platform_id, number)


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= 19):
        return None
    number = int(text)
    return number if number <= LARGEST_NUMBER else None
