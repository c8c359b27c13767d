"""Work on what channels say of their days that goes through lanes, each a call of one function of the ledger."""

from datetime import datetime
from typing import NamedTuple

from app.lanes.calls import make_single_kind
from ledger.actor import Actor
from ledger.charging.channel_days.dismissing import dismiss_differences, reopen_differences
from ledger.charging.channel_days.model import Difference
from ledger.db.transacting import Connection


class WordOnDifferences(NamedTuple):
    """Differences as they read, and why nobody need look at them any more, or somebody has to again."""

    differences: tuple[Difference, ...]
    reason: str


async def _dismiss(conn: Connection, word: WordOnDifferences, actor: Actor, now: datetime) -> int:
    return await dismiss_differences(conn, differences=word.differences, reason=word.reason, actor=actor, now=now)


async def _reopen(conn: Connection, word: WordOnDifferences, actor: Actor, now: datetime) -> int:
    return await reopen_differences(conn, differences=word.differences, reason=word.reason, actor=actor, now=now)


DISMISS_CHANNEL_DIFFERENCES = make_single_kind("dismiss_channel_differences", _dismiss)
REOPEN_CHANNEL_DIFFERENCES = make_single_kind("reopen_channel_differences", _reopen)
