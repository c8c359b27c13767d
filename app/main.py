"""The gateway of one process, put together from an open store."""

from datetime import UTC, datetime

from app.api.context import Services
from app.api.cursor import Cursors
from app.api.schema import build_schema
from app.api.snapshot import LogPosition
from app.auth import Authenticator
from app.events.hub import EventHub
from app.http.gateway import Check, Gateway, HttpLimits, Unready
from app.lanes.registry import Lanes
from app.operations.execution import Runner
from app.operations.limits import Limits
from app.store import Store
from ledger.db.errors import DatabaseUnavailable
from ledger.db.examining import examine
from ledger.db.transacting import Connection
from ledger.errors import Remark
from ledger.reporting.platforms import get_platform


def build_gateway(store: Store) -> Gateway:
    """Put the gateway together; nothing is started yet."""
    settings, pepper = store.settings, store.read_pepper()
    events = EventHub(
        store.database,
        listen_url=settings.listen_url,
        heartbeat_seconds=settings.event_heartbeat_seconds,
        queue_limit=settings.event_queue_limit,
    )
    lanes = Lanes(
        store.database,
        batch_limit=settings.lane_batch_limit,
        capacity=settings.lane_capacity,
        committed=events.committed,
    )
    services = Services(store.database, lanes, Cursors(pepper), find_position, events)
    return Gateway(
        runner=Runner(build_schema(), Limits()),
        services=services,
        authenticator=Authenticator(database=store.database, pepper=pepper, now=lambda: datetime.now(UTC)),
        checks={"database": _make_check(store)},
        limits=HttpLimits(
            sockets_per_key=settings.key_socket_limit, subscriptions_per_key=settings.key_subscription_limit
        ),
    )


async def find_position(conn: Connection) -> LogPosition:
    """Where the platform's log stands in this snapshot."""
    platform = await get_platform(conn)
    return LogPosition(platform.sequence, platform.posted_at)


def _make_check(store: Store) -> Check:
    async def check() -> Remark | None:
        try:
            async with store.database.read(None) as conn:
                findings = await examine(conn)
        except DatabaseUnavailable:
            return Remark(Unready.DATABASE_AWAY)
        failed = tuple(finding.remark for finding in findings if not finding.passed)
        return Remark(Unready.UNFIT, findings=failed) if failed else None

    return check
