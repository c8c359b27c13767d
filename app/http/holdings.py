"""How many sockets and subscriptions each key holds in this process, so that nobody takes the others' room."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from app.auth import Viewer
from app.refusals import TooManySockets, TooManySubscriptions

# Key ids are unique within their platform.
_Key = tuple[int, str]


class Holdings:
    """`sockets` and `subscriptions` by key. Between asking and taking nothing else runs."""

    def __init__(self) -> None:
        self.sockets: Counter[_Key] = Counter()
        self.subscriptions: Counter[_Key] = Counter()

    def take_socket(self, viewer: Viewer, *, limit: int) -> None:
        """Count one more socket of a key until it is given back. Refusals: TooManySockets."""
        key = _name_key(viewer)
        if self.sockets[key] >= limit:
            raise TooManySockets(limit=limit)
        self.sockets[key] += 1

    def give_socket_back(self, viewer: Viewer) -> None:
        """Count one socket of a key less."""
        _take_off(self.sockets, _name_key(viewer))

    @contextmanager
    def hold_subscription(self, viewer: Viewer, *, limit: int) -> Iterator[None]:
        """Count one more subscription of a key while it runs. Refusals: TooManySubscriptions."""
        key = _name_key(viewer)
        if self.subscriptions[key] >= limit:
            raise TooManySubscriptions(limit=limit)
        self.subscriptions[key] += 1
        try:
            yield
        finally:
            _take_off(self.subscriptions, key)


def _name_key(viewer: Viewer) -> _Key:
    return viewer.platform_id, viewer.principal.key_id


def _take_off(counter: Counter[_Key], key: _Key) -> None:
    counter[key] -= 1
    if not counter[key]:
        # Keys come and go for as long as the process lives.
        del counter[key]
