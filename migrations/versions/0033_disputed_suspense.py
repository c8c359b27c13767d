"""What of a disputed share waits in suspense is written down: each cent of it is counted on by one dispute."""

from migrations.plain_sql import run_sql_beside

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    run_sql_beside(__file__)
