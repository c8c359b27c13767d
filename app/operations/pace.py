"""How many events of a subscription are answered together."""

# How many whole stretches are answered in time before twice as many events are tried again, and after how many at most:
# each that takes too long again doubles it, so that little of the time is spent in vain.
PATIENCE = 8
MOST_PATIENCE = 1_024


class TookTooLong(TimeoutError):
    """So many events, more than one, took longer together than one answer may take."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events took too long together")
        self.count = count


class Pace:
    """
    Learns what a subscription's events bear: `together` of them, at most as many as one query may cost.

    What took too long is halved, and not tried again before PATIENCE whole stretches were answered in time; what took
    too long again as it was tried, before twice as many. What spoiled its neighbours is answered alone; after it each
    stretch that goes well is followed by one of twice the size.
    """

    def __init__(self, most: int) -> None:
        self.together = self._most = self._bound = max(1, most)
        self._patience = PATIENCE
        self._is_trying = False
        self._in_time = 0

    def slow_down(self, count: int) -> None:
        """Take in that so many took too long."""
        if self._is_trying:
            self._patience = min(2 * self._patience, MOST_PATIENCE)
            self._is_trying = False
        self.together = self._most = max(1, min(self.together, count) // 2)
        self._in_time = 0

    def go_alone(self) -> None:
        """Take in that what comes next must be answered by itself."""
        self.together = 1

    def go_on(self, count: int) -> None:
        """Take in that so many were answered, and all went well."""
        if self._most < self._bound and count >= self._most:
            self._in_time += 1
            if self._in_time == self._patience:
                self._most = min(2 * self._most, self._bound)
                self._in_time = 0
                self._is_trying = True
        self.together = min(self._most, 2 * self.together)
