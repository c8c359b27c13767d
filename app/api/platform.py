"""The platform that a key belongs to."""

import strawberry

from app.api.context import Context, Info
from app.api.nodes import Node, write_id
from app.api.scalars import BigInt
from app.api.viewer import AsOf
from ledger.reporting import platforms


@strawberry.type(description="One operator with its tree of parties and one log.")
class Platform(Node):
    reference: str
    name: str
    time_zone: str = strawberry.field(description="The operator's; posting days are days in it.")
    as_of: AsOf | None = strawberry.field(
        description="The moment that every field of this operation shows; null for keys that see only a part."
    )


@strawberry.type
class PlatformQueries:
    @strawberry.field(description="The platform that the key belongs to.")
    async def platform(self, info: Info) -> Platform:
        return await load_platform(info.context)


async def load_platform(context: Context) -> Platform:
    """The viewer's platform."""
    row = await context.read(platforms.get_platform)
    as_of = AsOf(sequence=BigInt(row.sequence), posted_at=row.posted_at)
    return Platform(
        id=write_id(context, "Platform", row.reference),
        reference=row.reference,
        name=row.name,
        time_zone=row.time_zone,
        as_of=as_of if context.viewer.sees_whole_platform else None,
    )


async def find_platform(context: Context, key: int | str) -> Platform | None:
    """The platform by the key of its id; None when it is not the viewer's."""
    platform = await load_platform(context)
    return platform if platform.reference == key else None
