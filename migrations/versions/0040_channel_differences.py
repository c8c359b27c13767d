"""How channels' days differ from what is booked here is kept, and what waits of it can be counted."""

from migrations.plain_sql import run_sql_beside

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    run_sql_beside(__file__)
