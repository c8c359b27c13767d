"""Young tables: the planner is told that platform_id has one value, until it can see for itself."""

from migrations.plain_sql import run_sql_beside

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql_beside(__file__)
