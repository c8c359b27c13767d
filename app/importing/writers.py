"""Where batches go: one writer per kind of file, each a list in and one outcome per item out."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from app.clock import read_utc
from app.importing.batches import BATCH_LINES, Parsed
from app.importing.outcomes import Done, Refusal
from app.lanes.lane import Lane
from app.lanes.retry import RetryPolicy
from app.platforms import choose_platform
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.parties.model import PartyDraft
from ledger.parties.platforms import create_operator_platform
from ledger.settlement.terms.registering import register_settlers

Item = TypeVar("Item")
Outcome = Done | Refusal
Send = Callable[[Sequence[Parsed[Item]]], Awaitable[list[Outcome]]]


class Sender(Protocol[Item]):
    """Where batches go."""

    async def send(self, parsed: Sequence[Parsed[Item]]) -> list[Outcome]: ...


class Replayable(Protocol):
    """What the ledger's batch functions answer for an item that is in the book."""

    @property
    def replayed(self) -> bool: ...


Post = Callable[[Connection, Sequence[Item], datetime], Awaitable[Sequence[Replayable | Refused]]]


class StoreWriter(Generic[Item]):
    """
    Posts batches into one platform, each in a transaction of its own.

    Goes through a lane, for what a lane knows: which failures are tried again, that a lost COMMIT is resolved by the
    keys, and that a batch which a law of the database refuses runs again item by item.
    """

    def __init__(self, database: Database, platform_id: int, post: Post[Item]) -> None:
        self._database = database
        self._platform_id = platform_id
        self._post = post
        self._lane: Lane[Item, Replayable | Refused] = Lane(
            name="import",
            run_batch=self._run_batch,
            policy=RetryPolicy(),
            capacity=BATCH_LINES,
            batch_limit=BATCH_LINES,
        )

    async def send(self, parsed: Sequence[Parsed[Item]]) -> list[Outcome]:
        """
        Post a batch; one outcome per item, in order.

        Errors: the retryable LedgerErrors of RetryPolicy.run: the store is the trouble, not an item.
        """
        answers = await self._lane.submit_many([each.item for each in parsed])
        return [_read_answer(answer) for answer in answers]

    async def _run_batch(self, items: Sequence[Item]) -> Sequence[Replayable | Refused]:
        async with self._database.write(self._platform_id) as conn:
            return await self._post(conn, items, read_utc())


class PartyWriter:
    """
    Registers parties. Without a platform by name, an OPERATOR among the first lines creates or finds its own; without
    an OPERATOR they go to the only platform there is.
    """

    def __init__(self, database: Database, *, platform: str | None, actor: Actor) -> None:
        self._database = database
        self._reference = platform
        self._actor = actor
        self._writer: StoreWriter[PartyDraft] | None = None
        self._created: str | None = None

    async def send(self, parsed: Sequence[Parsed[PartyDraft]]) -> list[Outcome]:
        """Register a batch. Errors: PlatformNotChosen, and those of StoreWriter.send."""
        if self._writer is None:
            platform_id = await self._find_platform(parsed)
            self._writer = StoreWriter(self._database, platform_id, self._register)
        outcomes = await self._writer.send(parsed)
        if self._created is not None:
            outcomes = [self._correct(each.item, outcome) for each, outcome in zip(parsed, outcomes, strict=True)]
        return outcomes

    async def _find_platform(self, parsed: Sequence[Parsed[PartyDraft]]) -> int:
        operator = next((each.item for each in parsed if each.item.kind == "OPERATOR"), None)
        if self._reference is not None or operator is None:
            return (await choose_platform(self._database, self._reference)).platform_id
        now = read_utc()
        platform = await create_operator_platform(self._database, operator=operator, actor=self._actor, now=now)
        if platform is None:
            # The line of the operator is replayed or refused with the others, which are not to blame.
            return (await choose_platform(self._database, operator.reference)).platform_id
        self._created = operator.reference
        return platform.platform_id

    async def _register(
        self, conn: Connection, drafts: Sequence[PartyDraft], now: datetime
    ) -> Sequence[Replayable | Refused]:
        return await register_settlers(conn, drafts=drafts, actor=self._actor, now=now)

    def _correct(self, draft: PartyDraft, outcome: Outcome) -> Outcome:
        # The operator came in with its platform a moment ago, so its line counts as new, once.
        if draft.reference == self._created and isinstance(outcome, Done):
            self._created = None
            return Done(replayed=False)
        return outcome


def _read_answer(answer: Replayable | Refused | Exception) -> Outcome:
    if isinstance(answer, Refused):
        return Refusal.of(answer.error)
    if isinstance(answer, LedgerError):
        if answer.retryable:
            raise answer
        return Refusal.of(answer)
    if isinstance(answer, Exception):
        # Alone in its transaction it made the program or a law of the database fail: a bug, and this line shows it.
        reason = f"{type(answer).__name__}: {answer}".partition("\n")[0]
        return Refusal("INTERNAL", f"Nothing was written, because of a bug in Splitbook; please report it: {reason}")
    return Done(answer.replayed)
