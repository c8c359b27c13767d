"""Days of holds and deposits are days where their party is: each keeps its time zone, as sheets do."""

from migrations.plain_sql import run_sql_beside

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    run_sql_beside(__file__)
