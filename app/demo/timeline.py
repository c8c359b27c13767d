"""Many stories as one stream in order of time, holding only the orders that are under way."""

import heapq
from collections.abc import Callable, Iterator
from typing import Any

from app.demo.regions import FIRST_SECOND, SECONDS

Event = dict[str, Any]
Story = list[tuple[int, Event]]

# No story is longer than this, and with many orders in the year they are made shorter still (see `longest_story`).
_LONGEST = 32 * 24 * 3600


def longest_story(*, orders: int, in_flight: int) -> int:
    """Return how many seconds a story may take so that at most about `in_flight` orders are under way at once."""
    return min(_LONGEST, in_flight * SECONDS // max(1, orders))


def payment_second(number: int, *, orders: int) -> int:
    """Return the first second at which order `number` of the year may be paid; no later order is paid before it."""
    return FIRST_SECOND + number * SECONDS // orders


def interleave_stories(tell_story: Callable[[int], Story], *, orders: int) -> Iterator[Event]:
    """
    Yield the events of all orders by their instants; events of one order stay in order.

    `tell_story(number)` gives the events of one order with rising Unix seconds, none before its payment second: so
    whatever lies before the payment second of the next order can go out, and only the rest waits in the heap.
    """
    waiting: list[tuple[int, int, int, Event]] = []
    for number in range(orders):
        # An equal second may go too: it belongs to an earlier order, which comes first.
        horizon = payment_second(number, orders=orders)
        while waiting and waiting[0][0] <= horizon:
            yield heapq.heappop(waiting)[3]
        for step, (second, event) in enumerate(tell_story(number)):
            heapq.heappush(waiting, (second, number, step, event))
    while waiting:
        yield heapq.heappop(waiting)[3]
