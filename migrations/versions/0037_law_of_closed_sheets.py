"""The law of closed sheets costs what the list is long, not its square."""

from migrations.plain_sql import run_sql_beside

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    run_sql_beside(__file__)
