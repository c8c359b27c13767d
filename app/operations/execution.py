"""Runs operations: one answer for a query or a mutation, one per event for a subscription."""

import asyncio
from collections.abc import AsyncGenerator, Hashable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import Any, Protocol, Self, cast

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType
from graphql.execution import Executor, create_source_event_stream
from strawberry.execution import optimized_is_awaitable

from app.api.bounds import LongList
from app.api.messages import Locale
from app.operations import labels
from app.operations.answers import Answer
from app.operations.cost import estimate_cost
from app.operations.documents import Document, DocumentRefused, Documents
from app.operations.limits import Limits
from app.operations.pace import Pace, TookTooLong
from app.operations.plans import Plans
from app.operations.running import Run
from app.operations.sharing import Asker, SharedAnswers, write_selection_key
from app.operations.sizes import LongItems, find_long_argument, measure_lists
from app.refusals import CostLimitReached, DeadlineExceeded, OperationUnresolved, Why, choose_refusal_status
from ledger.db.errors import OutcomeUnknown
from ledger.errors import LedgerError

AnyExecutor = Executor[Any]


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """What a client sent, already known to be of these types."""

    document: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may be run."""

    request: OperationRequest
    document: Document
    operation: OperationDefinitionNode
    cost: int

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation


class OperationContext(Protocol):
    """What running an operation needs of the context that resolvers get."""

    locale: Locale
    request_id: str
    long_lists: Mapping[str, LongList]
    long_items: Mapping[str, LongItems]

    @property
    def audience(self) -> Hashable:
        """What two callers have in common who are told the same."""

    async def describe_snapshot(self) -> dict[str, object]:
        """Extensions of the answer."""

    async def close(self) -> None:
        """Give everything back."""

    def for_events(self) -> Self:
        """The context of events that are told together."""


@dataclass(frozen=True, slots=True)
class _Subscription:
    """What a subscription keeps from event to event."""

    selection: Hashable
    pace: Pace
    asker: Asker = field(default_factory=Asker)


class Runner:
    """Runs operations against one schema within the limits."""

    def __init__(self, schema: strawberry.Schema, limits: Limits) -> None:
        self.limits = limits
        self._schema = schema._schema  # the graphql-core schema; Strawberry has no public name for it
        self._executor_class: type[AnyExecutor] = schema.execution_context_class
        self._documents = Documents(self._schema, limits)
        self._plans = Plans(self._schema)
        self._shared = SharedAnswers()

    def prepare(self, request: OperationRequest) -> Prepared:
        """
        Find out whether an operation may be run at all.

        Refusals, first match wins: those of Documents.prepare, OperationUnresolved, CostLimitReached, InvalidInput for
            a list in the argument of a field that holds more than it may.
        """
        document = self._documents.prepare(request.document)
        operation = document.find_operation(request.operation_name)
        if self._schema.get_root_type(operation.operation) is None:
            raise OperationUnresolved(reason=Why.NO_SUCH_OPERATIONS, kind=operation.operation.value)
        cost = self._estimate_cost(document, operation, request)
        if cost > self.limits.cost:
            raise CostLimitReached(cost=cost, limit=self.limits.cost)
        long_list = find_long_argument(document.bounded, operation, request.variables)
        if long_list is not None:
            raise long_list.refuse()
        return Prepared(request, document, operation, cost)

    def _estimate_cost(self, document: Document, operation: OperationDefinitionNode, request: OperationRequest) -> int:
        name = operation.name.value if operation.name else None
        cost = document.fixed_costs.get(name)
        if cost is None:
            cost = estimate_cost(self._schema, operation, document.fragments, request.variables)
            if not document.sizing_variables:
                document.fixed_costs[name] = cost
        return cost

    def refuse(self, refusal: Exception, *, locale: Locale, request_id: str) -> Answer:
        """Answer an operation that was not run."""
        if isinstance(refusal, DocumentRefused):
            errors = labels.describe_document_errors(refusal.errors, locale=locale, request_id=request_id)
            return Answer({"errors": errors}, refused=True, status=400)
        assert isinstance(refusal, LedgerError)
        errors = [labels.describe_refusal(refusal, locale=locale, request_id=request_id)]
        return Answer({"errors": errors}, refused=True, status=choose_refusal_status(refusal))

    async def run(self, prepared: Prepared, context: OperationContext) -> Answer:
        """Run a query or a mutation within its deadline, and give everything back before the answer is written."""
        writes = prepared.kind is OperationType.MUTATION
        try:
            async with asyncio.timeout(self.limits.write_seconds if writes else self.limits.read_seconds) as deadline:
                return await self._execute(prepared, context)
        except TimeoutError:
            if not deadline.expired():
                raise
            # What was submitted may still post: to say that it failed would invite a second one under a new key.
            late = OutcomeUnknown() if writes else DeadlineExceeded()
            return self.refuse(late, locale=context.locale, request_id=context.request_id)
        finally:
            await context.close()

    async def subscribe(self, prepared: Prepared, context: OperationContext) -> AsyncGenerator[Answer]:
        """
        Run a subscription: an answer per event. Events that are there at once are read in one snapshot, as many as one
        query may cost and as its time allows, once for all who wait for them.

        An answer that is refused is the last one: the subscription could not begin, or its source failed.
        """
        executor = self._build(prepared, context)
        if isinstance(executor, list):
            yield self._refuse_variables(executor, context)
            return
        try:
            events: Any = create_source_event_stream(executor)
            events = await events if optimized_is_awaitable(events) else events
            if isinstance(events, ExecutionResult):
                yield Answer({"errors": self._describe(events, context)["errors"]}, refused=True)
                return
            request = prepared.request
            selection = write_selection_key(
                request.document, prepared.document.node, prepared.operation, request.variables
            )
            subscription = _Subscription(selection, Pace(self.limits.cost // max(1, prepared.cost)))
            async with aclosing(events):
                async for event in events:
                    told = self._tell(prepared, executor, event, context, subscription=subscription)
                    async with aclosing(told) as answers:
                        async for answer in answers:
                            yield answer
        except Exception as failure:
            yield self._end(failure, context)
        finally:
            await context.close()

    async def _tell(
        self,
        prepared: Prepared,
        executor: AnyExecutor,
        event: object,
        context: OperationContext,
        *,
        subscription: _Subscription,
    ) -> AsyncGenerator[Answer]:
        """Answer an event and those that come with it. An event without a key is about this stream, nobody else's."""
        left = [event, *getattr(event, "others", ())]
        keys = [
            object() if each is None else (subscription.selection, context.audience, each)
            for each in (getattr(one, "shared_key", None) for one in left)
        ]
        pace = subscription.pace
        while left:
            work_out = partial(self._answer_events, prepared, executor, left, context)
            try:
                answers = await self._shared.find(keys[: pace.together], work_out, subscription.asker)
            except TookTooLong as late:
                pace.slow_down(late.count)
                continue
            sound = [*takewhile(Answer.is_sound, answers)]
            if len(sound) == len(answers):
                pace.go_on(len(answers))
            elif len(answers) > 1:
                # What fails takes the snapshot along, and with it neighbours that have nothing wrong with them.
                answers = sound
                pace.go_alone()
            for answer in answers:
                yield answer
            del left[: len(answers)], keys[: len(answers)]

    async def _answer_events(
        self,
        prepared: Prepared,
        executor: AnyExecutor,
        events: Sequence[object],
        subscribed: OperationContext,
        count: int,
    ) -> list[Answer]:
        """Answer the first of these events in one snapshot, so that their fields are loaded together."""
        context = subscribed.for_events()
        try:
            async with asyncio.timeout(self.limits.read_seconds):
                return await asyncio.gather(
                    *(self._answer_event(prepared, executor, event, context) for event in events[:count])
                )
        except TimeoutError:
            if count == 1:
                raise
            raise TookTooLong(count) from None
        finally:
            await context.close()

    async def _answer_event(
        self, prepared: Prepared, executor: AnyExecutor, event: object, context: OperationContext
    ) -> Answer:
        per_event = executor.build_per_event_executor(event)
        per_event.context_value = context
        return Answer(self._describe(await self._run(prepared, per_event), context))

    def _end(self, failure: Exception, context: OperationContext) -> Answer:
        known = DeadlineExceeded() if isinstance(failure, TimeoutError) else failure
        result = ExecutionResult(None, [GraphQLError(str(known), original_error=known)])
        return Answer({"errors": self._describe(result, context)["errors"]}, refused=True)

    async def _execute(self, prepared: Prepared, context: OperationContext) -> Answer:
        executor = self._build(prepared, context)
        if isinstance(executor, list):
            return self._refuse_variables(executor, context)
        result = await self._run(prepared, executor)
        # They are methods of its own. Without this ring it goes at once with all that it holds, and is not left to the
        # garbage collector, which took a sixth of the server's time.
        del executor.async_helpers
        body = self._describe(result, context)
        # The answer has been read; that the store went away since takes nothing from it.
        with suppress(LedgerError):
            extensions = await context.describe_snapshot()
            if extensions:
                body["extensions"] = extensions
        return Answer(body)

    async def _run(self, prepared: Prepared, executor: AnyExecutor) -> ExecutionResult:
        """By the operation's plan; by the library itself where there is none."""
        serially = prepared.kind is OperationType.MUTATION
        plan = self._plans.find(prepared.document, prepared.operation)
        if plan is None:
            result: Any = executor.execute_operation(serially)
            return cast("ExecutionResult", await result if optimized_is_awaitable(result) else result)
        try:
            return await Run(executor).answer(plan.list_roots(), serially=serially)
        finally:
            self._plans.settle(prepared.document, prepared.operation)

    def _build(self, prepared: Prepared, context: OperationContext) -> AnyExecutor | list[GraphQLError]:
        variables = prepared.request.variables
        if prepared.kind is OperationType.MUTATION:
            assert self._schema.mutation_type is not None, "prepare has looked"
            measured = measure_lists(
                self._schema.mutation_type, prepared.operation, prepared.document.fragments, variables
            )
            variables, context.long_lists = measured.variables, measured.long_lists
            context.long_items = measured.long_items
        return self._executor_class.build(
            self._schema,
            prepared.document.node,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=prepared.request.operation_name,
            max_coercion_errors=self.limits.errors - 1,
            is_awaitable=cast("Any", optimized_is_awaitable),  # Strawberry types it as a plain predicate
            operation_extensions=None,
        )

    def _refuse_variables(self, errors: list[GraphQLError], context: OperationContext) -> Answer:
        described = labels.describe_variable_errors(
            errors[: self.limits.errors], locale=context.locale, request_id=context.request_id
        )
        return Answer({"errors": described}, refused=True, status=400)

    def _describe(self, result: ExecutionResult, context: OperationContext) -> dict[str, Any]:
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = labels.describe_field_errors(
                result.errors, locale=context.locale, request_id=context.request_id, most=self.limits.errors
            )
        return body
