"""Pages of a list: keyset, stable under inserts, and bounded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import strawberry

from app.api.cursor import Cursors, CursorScope, Position
from ledger.errors import LedgerError

MOST_PER_PAGE = 100
DEFAULT_PER_PAGE = 20

NodeType = TypeVar("NodeType")
Row = TypeVar("Row")


class PageInvalid(LedgerError):
    """A page goes forward or backward, and is bounded."""

    code = "PAGE_INVALID"
    sentence = "Ask for 1 to {limit} at a time, by first (with after) or by last (with before)."


@dataclass(frozen=True, slots=True)
class Page:
    """
    What a reader of a list needs: fetch `limit` rows between `after` and `before` (both exclusive, None is open),
    from the start, or from the end when `backward`. `limit` is one more than was asked for, which tells whether there
    are more.
    """

    limit: int
    backward: bool
    after: Position | None
    before: Position | None


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One item of a page, with its place in the list.")
class Edge(Generic[NodeType]):
    cursor: str
    node: NodeType


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeType]):
    edges: list[Edge[NodeType]]
    page_info: PageInfo

    @strawberry.field(description="The items of the page without their cursors.")
    def nodes(self) -> list[NodeType]:
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class Pager:
    """Reads the arguments of one list field and lays out its page; one per field and call."""

    cursors: Cursors
    scope: CursorScope

    def read_page(self, *, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
        """
        Turn the four arguments into a page; 20 items forward when neither first nor last is given.

        Refusals, first match wins: PageInvalid, CursorInvalid.
        """
        backward = last is not None
        size = last if backward else DEFAULT_PER_PAGE if first is None else first
        if (first is not None and last is not None) or size is None or not 1 <= size <= MOST_PER_PAGE:
            raise PageInvalid(field=("last" if backward else "first",), limit=MOST_PER_PAGE)
        return Page(size + 1, backward, self._decode(after, "after"), self._decode(before, "before"))

    def lay_out(
        self,
        rows: Sequence[Row],
        page: Page,
        *,
        node: Callable[[Row], NodeType],
        position: Callable[[Row], Position],
    ) -> Connection[NodeType]:
        """Make a page of the rows that were fetched for it: in the list's order, whichever way they were read."""
        more = len(rows) == page.limit
        kept = rows[: page.limit - 1]
        shown = [*reversed(kept)] if page.backward else kept
        edges = [Edge(cursor=self.cursors.encode(position(row), scope=self.scope), node=node(row)) for row in shown]
        return Connection(
            edges=edges,
            page_info=PageInfo(
                # A cursor is the place of an item that was shown and never goes away: there is something beyond it.
                has_next_page=page.before is not None if page.backward else more,
                has_previous_page=more if page.backward else page.after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )

    def _decode(self, cursor: str | None, name: str) -> Position | None:
        return None if cursor is None else self.cursors.decode(cursor, scope=self.scope, field=(name,))
