"""The planner takes every platform for the only one, whatever ANALYZE has seen."""

from migrations.plain_sql import run_sql_beside

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql_beside(__file__)
