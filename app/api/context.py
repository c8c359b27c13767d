"""What a resolver may reach for: `info.context`, one per operation (in subscriptions: per stretch of events)."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

import strawberry

from app.api.bounds import LongList
from app.api.connections import Pager
from app.api.cursor import Cursors, CursorScope
from app.api.errors import UserError, write_user_error
from app.api.loaders import Loaders
from app.api.messages import Locale, say_noted
from app.api.scalars import write_instant
from app.api.snapshot import LogPosition, Snapshot
from app.auth import Viewer
from app.clock import Clock, read_utc
from app.events.hub import EventHub
from app.lanes.registry import LaneKind, Lanes
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.errors import LedgerError

# How fields describe `Context.name_actor`.
WHO = "Null for keys that see only a part, but for what they did themselves and what a rule did (`system`)."

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Services:
    """
    What lives as long as the process. `find_position` reads where a platform's log stands; `events` is told of what the
    lanes commit, and closed with them.
    """

    database: Database
    lanes: Lanes
    cursors: Cursors
    find_position: Callable[[Connection], Awaitable[LogPosition]]
    events: EventHub
    now: Clock = read_utc


class Context:
    """
    One operation's view of the store.

    `read` and `load` see one snapshot; `submit` gives it back first, so that a waiting writer holds no connection and
    the payload reads what was written.
    """

    def __init__(self, services: Services, *, viewer: Viewer, locale: Locale, request_id: str) -> None:
        self.services = services
        self.viewer = viewer
        self.locale = locale
        self.request_id = request_id
        self.snapshot = Snapshot(
            open_read=partial(services.database.read, viewer.platform_id), find_position=services.find_position
        )
        self.loaders = Loaders(self.snapshot)
        # Of its mutations, by their keys in the answer; of items of batches by their places, too.
        self.long_lists: Mapping[str, LongList] = {}
        self.long_items: Mapping[str, Mapping[int, LongList]] = {}
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """
        The instant that loaders are asked at: one for all that is read of a snapshot, as fields that ask at different
        ones are not loaded together.
        """
        if self._now is None:
            self._now = self.services.now()
        return self._now

    async def read(
        self, function: Callable[Concatenate[Connection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `function(conn, …)` inside the operation's snapshot."""
        return await self.snapshot.run(function, *args, **kwargs)

    async def read_alone(
        self, function: Callable[Concatenate[Connection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `function(conn, …)` in a snapshot that is given back at once: for the sources of subscriptions."""
        async with self.services.database.read(self.viewer.platform_id) as conn:
            return await function(conn, *args, **kwargs)

    def load(
        self, function: Callable[..., Awaitable[Sequence[T | LedgerError]]], key: object, **arguments: object
    ) -> Awaitable[T]:
        """Load one key through `function(conn, keys=[…], **arguments)`, together with its neighbours."""
        return self.loaders.load(function, key, **arguments)

    async def submit(self, kind: LaneKind[Item, Outcome], item: Item) -> Outcome:
        """Run one item in the platform's lane. Refusals: see Lane.submit."""
        await self.renew()
        return await self.services.lanes.submit(kind, item, platform_id=self.viewer.platform_id)

    async def submit_many(self, kind: LaneKind[Item, Outcome], items: Sequence[Item]) -> list[Outcome | Exception]:
        """Run items, in this order, in the platform's lane. Refusals: see Lane.submit_many."""
        await self.renew()
        return await self.services.lanes.submit_many(kind, items, platform_id=self.viewer.platform_id)

    def name_actor(self, actor: str | None) -> str | None:
        """Who did something, where the viewer may know; see WHO."""
        return actor if actor and self.viewer.knows(actor) else None

    def say(self, text: str) -> str:
        """What a document has in words, in the viewer's language where the program wrote it."""
        return say_noted(text, locale=self.locale)

    def open_list(self, list_name: str, **filters: object) -> Pager:
        """Open a list for paging. Name every filter and order: its cursors fit that list and this viewer only."""
        scope = CursorScope(self.viewer.platform_id, list_name, {"scope": self.viewer.scope_party_id, **filters})
        return Pager(self.services.cursors, scope)

    def refuse(self, failure: Exception, *, prefix: Sequence[str | int] = ()) -> UserError:
        """Say in the caller's language why an item was refused; what is no refusal is logged and masked."""
        return write_user_error(failure, locale=self.locale, request_id=self.request_id, prefix=prefix)

    @property
    def audience(self) -> Hashable:
        """What two callers have in common who are told the same of an event: what they may see, and the language."""
        viewer = self.viewer
        return (viewer.platform_id, viewer.scope_party_id, viewer.role, self.locale)

    def for_events(self) -> "Context":
        """Make the context of events of a subscription that are told together, with a snapshot of its own."""
        return Context(self.services, viewer=self.viewer, locale=self.locale, request_id=self.request_id)

    async def renew(self) -> None:
        """Let the next read see the store as it is then."""
        self.loaders.forget()
        self._now = None
        await self.snapshot.renew()

    async def describe_snapshot(self) -> dict[str, object]:
        """Say which snapshot was read; nothing when none was, or when that would tell of others' business."""
        if not (self.snapshot.is_open and self.viewer.sees_whole_platform):
            return {}
        position = await self.snapshot.position()
        return {"asOf": {"sequence": str(position.sequence), "postedAt": write_instant(position.posted_at)}}

    async def close(self) -> None:
        """Give everything back, before the answer is written out."""
        self.loaders.forget()  # they know the snapshot, and it would know them for ever
        await self.snapshot.close()


Info = strawberry.Info[Context, None]
