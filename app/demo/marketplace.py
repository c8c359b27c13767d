"""A marketplace of any size, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.demo import parties, plans
from app.demo.draw import Draw
from app.demo.order_story import OrderStory
from app.demo.regions import SECONDS
from app.demo.timeline import Event, Story, interleave_stories, longest_story, payment_second


@dataclass(frozen=True)
class Marketplace:
    """
    One year, 2025, of a made-up marketplace: who takes part, what the fees are, what happened.

    `orders` may be anything from 0 up. Memory does not grow with it, because about `in_flight` orders at most are
    under way at once; beyond some 230,000 orders that makes the story of an order shorter than the usual month.
    Every iterator starts afresh, so each may be read more than once, and gives the same objects each time.
    """

    orders: int
    seed: int
    in_flight: int = 20_000

    def __post_init__(self) -> None:
        if self.orders < 0 or self.in_flight < 1:
            raise ValueError("A marketplace has no fewer than 0 orders, and room for at least 1 under way.")

    def generate_parties(self) -> Iterator[parties.Party]:
        """Yield the parties, parents before children."""
        return parties.generate_parties(self._cast, draw=Draw(f"splitbook demo {self.seed}: parties"))

    def fee_plans(self) -> list[dict[str, Any]]:
        """Return the versions of the fee plan, oldest first."""
        return plans.fee_plans()

    def generate_events(self) -> Iterator[Event]:
        """Yield the order events by their instants."""
        draw = Draw(f"splitbook demo {self.seed}: orders")
        cast = self._cast
        longest = longest_story(orders=self.orders, in_flight=self.in_flight)
        slot = max(1, SECONDS // max(1, self.orders))

        def tell_story(number: int) -> Story:
            paid_at = payment_second(number, orders=self.orders) + draw.below(slot)
            return OrderStory(draw=draw, cast=cast, number=number, paid_at=paid_at, longest=longest).tell()

        return interleave_stories(tell_story, orders=self.orders)

    @property
    def _cast(self) -> parties.Cast:
        return parties.Cast.for_orders(self.orders)
