"""A dispute is defended before it is decided: that moves nothing, and is known with its time."""

from migrations.plain_sql import run_sql_beside

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    run_sql_beside(__file__)
