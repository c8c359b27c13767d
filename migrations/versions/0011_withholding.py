"""Holds, deposits and retentions, adjustments."""

from migrations.plain_sql import run_sql_beside

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql_beside(__file__)
