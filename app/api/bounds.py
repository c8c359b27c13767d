"""How many items the lists of an input or of an argument may hold; app/operations/sizes.py counts them."""

from typing import Any, NamedTuple

import strawberry
from graphql import GraphQLArgument, GraphQLInputField

from app.api.errors import Why
from ledger.errors import InvalidInput

_BOUND = "bound"


class Bound(NamedTuple):
    """At most so many items. With `is_of_item` who gives more is one item of a batch, and is refused alone."""

    most: int
    is_of_item: bool = False


class LongList(NamedTuple):
    """A list that was given more items than it may have; `path` leads to it in the input."""

    path: tuple[str, ...]
    bound: Bound
    given: int

    def under(self, *names: str) -> "LongList":
        """The same list, seen from further out."""
        return self._replace(path=(*names, *self.path))

    @property
    def most(self) -> int:
        """How many items it may have."""
        return self.bound.most

    def refuse(self) -> InvalidInput:
        """Say that nothing of it was read."""
        return InvalidInput(field=self.path, reason=Why.AT_A_TIME, most=self.most, count=self.given)


def at_most(count: int, *, is_of_item: bool = False, **options: Any) -> Any:
    """
    Declare a list of an input, of so many items; who gives more is refused before any of them is read: the whole of a
    mutation, or with `is_of_item` the item of a batch that it is a list of.
    """
    return strawberry.field(metadata={_BOUND: Bound(count, is_of_item)}, **options)


def argument_of_at_most(count: int, *, description: str) -> Any:
    """Declare a list that is an argument itself, of so many items; who gives more is refused before any is read."""
    return strawberry.argument(description=description, metadata={_BOUND: Bound(count)})


def find_bound(place: GraphQLArgument | GraphQLInputField) -> Bound | None:
    """How many items a list was declared to have at most; None for what is no such list."""
    definition = place.extensions.get("strawberry-definition")
    return None if definition is None else definition.metadata.get(_BOUND)
