"""Durable jobs of the workers."""

from migrations.plain_sql import run_sql_beside

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_sql_beside(__file__)
