"""A claim of a deposit goes to another party than whose deposit it is."""

from migrations.plain_sql import run_sql_beside

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    run_sql_beside(__file__)
