"""How many events of a subscription are answered together."""


class TookTooLong(TimeoutError):
    """So many events, more than one, took longer together than one answer may take."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events took too long together")
        self.count = count


class Pace:
    """
    Learns what a subscription's events bear: `together` of them, at most as many as one query may cost.

    What took too long is halved for good, so that the time is not spent in vain again. What spoiled its neighbours is
    answered alone; after it each stretch that goes well is followed by one of twice the size.
    """

    def __init__(self, most: int) -> None:
        self.together = self._most = max(1, most)

    def slow_down(self, count: int) -> None:
        """Take in that so many took too long."""
        self.together = self._most = max(1, min(self.together, count) // 2)

    def go_alone(self) -> None:
        """Take in that what comes next must be answered by itself."""
        self.together = 1

    def go_on(self) -> None:
        """Take in that all went well."""
        self.together = min(self._most, 2 * self.together)
