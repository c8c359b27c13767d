"""What has happened, in pages; the live stream is the subscription of the same name."""

import strawberry

from app.api.connections import Connection
from app.api.context import Info
from app.api.events import Event, OfParty, Types, read_kinds
from app.api.figures import Count, Cursor, to_span
from app.api.named import check_named
from ledger.reporting.history import list_history


@strawberry.type
class HistoryQueries:
    @strawberry.field(
        description="What has happened, in the order of the log. Its cursors are those of the subscription: whoever has"
        " read up to one of them may subscribe after it."
    )
    async def events(
        self,
        info: Info,
        *,
        types: Types = None,
        party: OfParty = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Event]:
        context = info.context
        kinds = read_kinds(types)
        # Named as the stream is and without the filters, so that the two have their cursors in common.
        pager = context.open_list("events")
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            list_history,
            scope=context.viewer.scope_party_id,
            kinds=None if kinds is None else sorted(kinds),
            party=party,
            span=to_span(page),
        )
        await check_named(context, rows, party=party, field=("party",))
        return pager.lay_out(rows, page, node=Event.of, position=lambda row: (row.sequence,))
