"""Who asks, and which moment the answer shows."""

from datetime import datetime

import strawberry

from app.api.context import Info
from app.api.scalars import BigInt
from ledger.access.model import Role

RoleType = strawberry.enum(Role, description="What an API key is for.")


@strawberry.type(description="Who asks: the owner of the API key.")
class Viewer:
    actor: str = strawberry.field(description="The name that is written beside everything this key does.")
    role: Role = strawberry.field(description="What the key is for.")
    may_write: bool = strawberry.field(description="Whether this key may call mutations.")
    expires_at: datetime | None


@strawberry.type(description="Where the platform's log stood when the answer was read.")
class AsOf:
    sequence: BigInt
    posted_at: datetime = strawberry.field(description="When the last record was written to it.")


@strawberry.type
class ViewerQueries:
    @strawberry.field(description="Who asks.")
    def viewer(self, info: Info) -> Viewer:
        viewer = info.context.viewer
        return Viewer(
            actor=viewer.actor.name,
            role=viewer.role,
            may_write=viewer.may_write,
            expires_at=viewer.principal.expires_at,
        )

    @strawberry.field(
        description="The moment that every field of this operation shows; null for keys that see only a part."
    )
    async def as_of(self, info: Info) -> AsOf | None:
        if not info.context.viewer.sees_whole_platform:
            return None
        position = await info.context.snapshot.position()
        return AsOf(sequence=BigInt(position.sequence), posted_at=position.posted_at)
