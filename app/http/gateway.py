"""What all routes of one process share, and whether the process is stopping."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.api.context import Context, Services
from app.api.messages import Locale
from app.auth import Authenticator, Viewer
from app.http.holdings import Holdings
from app.http.protocol import CloseCode
from app.operations.execution import Runner
from ledger.errors import LedgerError, Remark, Words

# Says what is wrong, which anybody may read, or None when nothing is.
Check = Callable[[], Awaitable[Remark | None]]


class Unready(Words):
    """Why a process takes no work."""

    STOPPING_PROCESS = "The server is stopping."
    DATABASE_AWAY = "The database cannot be reached."
    NO_ANSWER_OF_CHECK = "No answer within {seconds} seconds."
    CHECK_BROKEN = "The check itself failed; see the log."
    UNFIT = "The store cannot be used. {findings}"


DIST = Path(__file__).parents[1] / "web" / "dist"


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds of the transports. A body has room for a batch of an import; single operations need a hundredth of it."""

    body_bytes: int = 4 * 1024 * 1024
    body_seconds: float = 10.0
    socket_init_seconds: float = 5.0
    operations_per_socket: int = 20
    sockets: int = 10_000
    # A fiftieth of all, so that no key keeps the others out; a client needs one socket a process of its own.
    sockets_per_key: int = 200
    subscriptions_per_key: int = 1_000
    # How soon an expired or revoked key loses its sockets, on top of what the authenticator remembers.
    recheck_seconds: float = 1.5


class SocketSession(Protocol):
    """What a process may want of a socket that it serves."""

    async def end(self, code: CloseCode, reason: Remark | LedgerError) -> None:
        """Close the socket; once is enough."""

    async def recheck(self) -> None:
        """End the socket when its key may no longer be used."""


@dataclass(slots=True)
class Gateway:
    """One process's gateway. `checks` are what /readyz asks, by name."""

    runner: Runner
    services: Services
    authenticator: Authenticator
    checks: Mapping[str, Check] = field(default_factory=dict)
    limits: HttpLimits = field(default_factory=HttpLimits)
    pages: Path = DIST
    draining: bool = False
    sessions: set[SocketSession] = field(default_factory=set)
    holdings: Holdings = field(default_factory=Holdings)

    def make_context(self, viewer: Viewer, *, locale: Locale, request_id: str) -> Context:
        """Make the context of one operation."""
        return Context(self.services, viewer=viewer, locale=locale, request_id=request_id)

    def begin_drain(self) -> None:
        """Say at /readyz that this process takes no more work, so that whoever sends it some goes elsewhere."""
        self.draining = True
